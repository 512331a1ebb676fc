import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../src/failover/execution.js';
import { Harness, type HarnessOptions } from './failover-harness.js';

const open: Harness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

/** One whose east is lost, or stands by where the failover is planned. */
async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const made = await new Harness(options).start();
  open.push(made);
  if (options.mode === 'planned') {
    made.east.state.role = 'standby_leader';
    made.east.state.config = { standby_cluster: { host: 'db.east.example' } };
  } else made.east.state.isUp = false;
  return made;
}

async function frozen(made: Harness): Promise<Execution> {
  const execution = made.execution();
  await made.step('freeze', execution);
  return execution;
}

/** As it is when a promotion was asked for, and nobody knows what became of it. */
async function asked(made: Harness): Promise<Execution> {
  const execution = await frozen(made);
  const unseen = { seenMs: null, member: null, timeline: null, lsn: null };
  execution.pairs[0]!.promoted = { askedMs: execution.startedMs, ...unseen };
  return execution;
}

describe('promoting', () => {
  it('takes standby_cluster away, and is written down before it is sent', async () => {
    const made = await harness();
    const execution = await frozen(made);
    expect((await made.step('promote', execution)).detail).toBe(
      'orders-west: standby_cluster taken away, through b1',
    );
    expect(made.changes('west')).toEqual([{ standby_cluster: null }]);
    expect(made.journal.writes.at(-1)?.pairs[0]?.promoted).toMatchObject({ seenMs: null });
  });

  it('is not sent where that cannot be written down', async () => {
    const made = await harness();
    const execution = await frozen(made);
    made.journal.isBroken = () => true;
    await expect(made.step('promote', execution)).rejects.toThrow('the journal cannot be written');
    expect(made.changes('west')).toEqual([]);
  });

  it('gives the region that stands by its slot, where the failover is planned', async () => {
    const made = await harness({ mode: 'planned' });
    await made.step('promote', await frozen(made));
    expect(made.changes('west')).toEqual([
      { standby_cluster: null, slots: { slot_east: { type: 'physical' } } },
    ]);
  });

  it('lets go what was held in it once, and makes commits synchronous as the platform says', async () => {
    const replication = { numSynchronousReplicas: 1 };
    const made = await harness({ platform: { postgresql: { replication } } });
    const held = { parameters: { default_transaction_read_only: 'on' } };
    made.west.state.config = { ...made.west.state.config, postgresql: held };
    await made.step('promote', await frozen(made));
    expect(made.changes('west')).toEqual([
      {
        standby_cluster: null,
        postgresql: { parameters: { default_transaction_read_only: null } },
        synchronous_mode: true,
      },
    ]);
    expect(made.west.isWritable).toBe(true);
  });

  it.each([409, 503])('is sent again where Patroni answers %i', async (status) => {
    const made = await harness();
    made.west.state.refusals = [status];
    await made.step('promote', await frozen(made));
    expect(made.changes('west')).toHaveLength(2);
    expect(made.west.state.role).toBe('primary');
  });

  it('is done where it was asked for before, and the key is away', async () => {
    const made = await harness();
    const execution = await asked(made);
    made.west.state.config = {};
    expect((await made.step('promote', execution)).detail).toBe('orders-west was promoted already');
    expect(made.changes('west')).toEqual([]);
  });

  it('refuses where the key is away and it was not asked for: somebody else did that', async () => {
    const made = await harness();
    const execution = await frozen(made);
    made.west.state.config = {};
    await expect(made.step('promote', execution)).rejects.toThrow(
      'orders-west is no standby cluster: somebody else promoted it',
    );
  });

  it('fails where the change is taken and the key is there still', async () => {
    const made = await harness({ limits: { promote: 700 } });
    made.west.state.isDeaf = true;
    await expect(made.step('promote', await frozen(made))).rejects.toThrow(
      'orders-west took the change, and has standby_cluster still',
    );
  });

  it('waits for a standby leader, and says in the end what there is', async () => {
    const made = await harness({ limits: { promote: 700 } });
    const execution = await frozen(made);
    made.west.state.role = 'primary';
    await expect(made.step('promote', execution)).rejects.toThrow(
      'not within 0.7 s: orders-west has no standby leader that runs (b1: primary, running)',
    );
    expect(made.changes('west')).toEqual([]);
  });

  it('is not sent again before it is proved again that the old region does not write', async () => {
    const made = await harness();
    const execution = await asked(made);
    Object.assign(made.east.state, { isUp: true });
    await expect(made.step('promote', execution)).rejects.toThrow('east is not fenced');
    expect(made.changes('west')).toEqual([]);
    made.east.state.isUp = false;
    expect((await made.step('promote', execution)).state).toBe('done');
  });

  it('is not sent by a proof that has grown old while the standby leader was waited for', async () => {
    const made = await harness({ limits: { promote: 20_000 } });
    const execution = await frozen(made);
    made.west.state.role = 'primary';
    const promoted = made.step('promote', execution);
    await sleep(6000);
    Object.assign(made.east.state, { isUp: true });
    made.west.state.role = 'standby_leader';
    await expect(promoted).rejects.toThrow('east is not fenced');
    expect(made.changes('west')).toEqual([]);
  });

  it('is not sent again while the old region does not stand by, and takes nothing back', async () => {
    const made = await harness({ mode: 'planned', limits: { demote: 700 } });
    const execution = await asked(made);
    Object.assign(made.east.state, { role: 'primary', config: {} });
    await expect(made.step('promote', execution)).rejects.toThrow(
      'orders-east: a1: primary, running',
    );
    expect([made.changes('west'), made.changes('east')]).toEqual([[], []]);
  });
});

describe('verifying', () => {
  async function promoted(options: HarnessOptions = {}) {
    const made = await harness(options);
    const execution = await frozen(made);
    await made.step('promote', execution);
    return { made, execution };
  }

  it('is done by a write that is read back, on a higher timeline', async () => {
    const { made, execution } = await promoted();
    expect((await made.step('verify', execution)).detail).toMatch(
      /orders-west: b1 is the primary on timeline 2; a heartbeat was committed and read back, .* after it was asked to/,
    );
    expect(execution.pairs[0]).toMatchObject({
      promoted: { member: 'b1', timeline: 2, lsn: '0/3000' },
      written: { lastFailedMs: null },
    });
  });

  it('keeps when the last write failed, and does not write again when it is gone on with', async () => {
    const { made, execution } = await promoted();
    made.west.state.writes = { state: '25006' };
    setTimeout(() => (made.west.state.writes = 'as it is'), 300);
    await made.step('verify', execution);
    const written = structuredClone(execution.pairs[0]!.written);
    expect(written?.lastFailedMs).toBeGreaterThan(execution.startedMs);
    await made.step('verify', execution);
    expect(execution.pairs[0]?.written).toEqual(written);
  });

  it('fails at once where the old region writes too, and does not go on writing', async () => {
    const { made, execution } = await promoted({ limits: { verify: 60_000 } });
    made.west.state.writes = { state: '25006' };
    Object.assign(made.east.state, { isUp: true });
    await expect(made.step('verify', execution)).rejects.toThrow(
      'a1 of orders-east takes writes beside orders-west: fence east at once, then resume',
    );
    const tried = made.log.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(made.log).toHaveLength(tried);
  });

  it.each([
    [
      'the timeline is not raised',
      (made: Harness) => void (made.west.state.timeline = 1),
      'b1 is on timeline 1, 1 was before',
    ],
    [
      'Patroni does not call it a primary',
      (made: Harness) => void (made.west.state.role = 'standby_leader'),
      /b1: standby leader, running|cannot execute INSERT/,
    ],
    [
      'nothing answers',
      (made: Harness) => void (made.west.state.isUp = false),
      'not within 0.7 s: ',
    ],
    [
      'no write is taken',
      (made: Harness) => void (made.west.state.writes = { state: '25006' }),
      'cannot execute INSERT',
    ],
  ])('fails where %s', async (_title, treat, expected) => {
    const { made, execution } = await promoted({ limits: { verify: 700 } });
    treat(made);
    await expect(made.step('verify', execution)).rejects.toThrow(expected);
  });
});
