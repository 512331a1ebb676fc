import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../src/failover/execution.js';
import { JournalError, StepError, TakenBack } from '../../src/operator/step.js';
import { stepRuns } from '../../src/operator/steps/index.js';
import { Harness, type HarnessOptions } from './failover-harness.js';

const open: Harness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const made = await new Harness({ mode: 'planned', ...options }).start();
  open.push(made);
  return made;
}

/** One whose regions were read, and whose writes are held, as far as the steps named go. */
async function after(made: Harness, ...steps: readonly ('freeze' | 'hold')[]): Promise<Execution> {
  const execution = made.execution();
  for (const name of steps) {
    await made.step(name, execution);
    execution.steps.find((step) => step.name === name)!.state = 'done';
  }
  return execution;
}

const readOnly = (value: string | null) => ({
  postgresql: { parameters: { default_transaction_read_only: value } },
});
const withSlot = { slots: { slot_west: { type: 'physical' } } };

describe('freezing', () => {
  it('keeps where both regions stand, and does not read it again', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    expect(execution.pairs[0]).toMatchObject({
      systemIdentifier: '77',
      before: {
        old: { member: 'a1', timeline: 1, lsn: '0/3000', heartbeat: { seq: 100 } },
        new: { member: 'b1', timeline: 1, lsn: '0/3000', heartbeat: { seq: 100 } },
      },
    });
    made.east.state.lsn = '0/9000';
    await made.step('freeze', execution);
    expect(execution.pairs[0]?.before?.old?.lsn).toBe('0/3000');
  });

  it('of a region that is lost keeps what the other knows', async () => {
    const made = await harness();
    made.east.state.isUp = false;
    const execution = await after(made, 'freeze');
    expect(execution.pairs[0]?.before).toMatchObject({ old: null, new: { member: 'b1' } });
  });
});

describe('holding writes', () => {
  it('makes new transactions read-only, and waits for the copy', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    expect((await made.step('hold', execution)).state).toBe('done');
    expect(made.changes('east')).toEqual([readOnly('on')]);
    expect(execution.pairs[0]?.heldBefore).toEqual({ readOnly: null });
    expect(made.east.isWritable).toBe(false);
  });

  it('keeps what was there before it changes it, and not what it changed it to', async () => {
    const made = await harness();
    made.east.state.config = readOnly('off');
    const execution = await after(made, 'freeze', 'hold');
    await made.step('hold', execution);
    expect(execution.pairs[0]?.heldBefore).toEqual({ readOnly: 'off' });
    const [first] = made.journal.writes.filter(({ pairs }) => pairs[0]?.heldBefore !== null);
    expect(first?.pairs[0]?.heldBefore).toEqual({ readOnly: 'off' });
  });

  it('does not take for what was there before what an execution held that was just taken back', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    made.east.state.configAsRead = readOnly('on');
    setTimeout(() => delete made.east.state.configAsRead, 700);
    expect((await made.step('hold', execution)).state).toBe('done');
    expect(execution.pairs[0]?.heldBefore).toEqual({ readOnly: null });
  });

  it('keeps that writes were held already', async () => {
    const made = await harness();
    made.east.state.config = readOnly('on');
    const execution = await after(made, 'freeze', 'hold');
    expect(execution.pairs[0]?.heldBefore).toEqual({ readOnly: 'on' });
  });

  it.each([
    ['is behind', (made: Harness) => void (made.west.state.lsn = '0/2000'), '4.1 kB behind'],
    [
      'does not stream',
      (made: Harness) => void (made.west.state.isStreaming = false),
      /does not stream/,
    ],
    [
      'does not answer',
      (made: Harness) => void (made.west.state.isUp = false),
      /orders-west does not answer/,
    ],
  ])('is taken back where the copy %s', async (_title, treat, expected) => {
    const made = await harness({ limits: { hold: 900, demote: 2500 } });
    made.east.state.config = readOnly('off');
    const execution = await after(made, 'freeze');
    treat(made);
    const held = made.step('hold', execution);
    await expect(held).rejects.toThrow(TakenBack);
    await expect(held).rejects.toThrow(expected);
    await expect(held).rejects.toThrow('east serves again, nothing was promoted');
    expect(made.changes('east')).toEqual([
      readOnly('on'),
      { standby_cluster: null, ...readOnly('off'), ...withSlot },
    ]);
    expect(made.east.isWritable).toBe(true);
  });

  it('changes nothing where it could not be told whether writes are held', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    made.east.state.writes = { state: '42P01' };
    const held = made.step('hold', execution);
    await expect(held).rejects.toThrow(TakenBack);
    await expect(held).rejects.toThrow(/cannot tell whether write path .* takes writes/);
    await expect(held).rejects.toThrow('nothing was changed in east, nothing was promoted');
    expect(made.changes('east')).toEqual([]);
  });

  it('is taken back where the login may not hold them: they never were', async () => {
    const made = await harness();
    made.east.state.refusals = [401, 401];
    const held = made.step('hold', await after(made, 'freeze'));
    await expect(held).rejects.toThrow(TakenBack);
    await expect(held).rejects.toThrow('may not change orders-east');
  });

  it('does not say that it was taken back where writes do not work again', async () => {
    const made = await harness({ limits: { hold: 600, demote: 900 } });
    const execution = await after(made, 'freeze');
    made.west.state.lsn = '0/2000';
    made.east.state.writes = 'end';
    const held = made.step('hold', execution);
    await expect(held).rejects.toThrow(StepError);
    await expect(held).rejects.toThrow(/behind; east does not serve again: not within 0\.9 s/);
  });

  it('is taken back to its end, and no failover any more, when it is gone on with', async () => {
    const made = await harness({ limits: { hold: 600, demote: 900 } });
    made.west.state.lsn = '0/2000';
    made.east.state.writes = 'end';
    await expect(made.begin()).rejects.toThrow('does not serve again');
    // By now it could be done: that is not what was begun.
    made.west.state.lsn = '0/3000';
    made.east.state.writes = 'as it is';
    await expect(made.resume()).rejects.toThrow(TakenBack);
    expect(made.journal.writes.at(-1)).toMatchObject({
      state: 'taken_back',
      reason: expect.stringMatching(/4\.1 kB behind; east serves again, nothing was promoted$/),
    });
    expect([made.east.isWritable, made.west.state.role]).toEqual([true, 'standby_leader']);
  });

  it('is taken back to its end where that could not be written down', async () => {
    const made = await harness({ limits: { hold: 600 } });
    made.west.state.lsn = '0/2000';
    const isTakenBack = () => made.changes('east').length > 1;
    made.journal.isBroken = isTakenBack;
    await expect(made.begin()).rejects.toThrow('the journal cannot be written');
    made.journal.isBroken = () => false;
    made.west.state.lsn = '0/3000';
    await expect(made.resume()).rejects.toThrow(TakenBack);
    expect([made.east.isWritable, made.west.state.role]).toEqual([true, 'standby_leader']);
  });

  it('is taken back whatever goes wrong, be it what no step foresees', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    const context = made.context(execution);
    context.look = () => Promise.reject(new TypeError('the password cannot be read'));
    const held = stepRuns.hold(context, execution.steps[0]!);
    await expect(held).rejects.toThrow(TakenBack);
    expect(made.east.isWritable).toBe(true);
  });

  it('stops, and takes nothing back, where the journal cannot be written', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    made.journal.isBroken = () => true;
    await expect(made.step('hold', execution)).rejects.toThrow(JournalError);
    expect(made.changes('east')).toEqual([]);
  });

  it('takes nothing back when the command is to end', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze');
    made.west.state.lsn = '0/2000';
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 600);
    const held = made.step('hold', execution, controller.signal);
    await expect(held).rejects.toThrow('it was interrupted');
    expect(made.changes('east')).toEqual([readOnly('on')]);
  });
});

describe('demoting', () => {
  it('makes the old region stand by, and proves that the copy has all', async () => {
    const made = await harness();
    made.east.state.config = { ttl: 30, ...withSlot };
    const execution = await after(made, 'freeze', 'hold');
    expect((await made.step('demote', execution)).detail).toContain('its log ends at 0/3000');
    expect(made.changes('east').at(-1)).toMatchObject({
      standby_cluster: { host: 'db.east.example', primary_slot_name: 'slot_east' },
      slots: { slot_west: null },
    });
    expect(execution.pairs[0]).toMatchObject({
      isProvedWhole: true,
      end: { lsn: '0/3000' },
      copy: { lsn: '0/3000' },
    });
  });

  it('names no slot where there are none: Patroni would keep it, and make it', async () => {
    const made = await harness();
    await made.step('demote', await after(made, 'freeze', 'hold'));
    expect(made.east.state.config).not.toHaveProperty('slots');
  });

  it('does not ask again what stands by already', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze', 'hold');
    await made.step('demote', execution);
    const before = made.changes('east').length;
    await made.step('demote', execution);
    expect(made.changes('east')).toHaveLength(before);
  });

  it('takes it back where the copy is not proved to have all', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze', 'hold');
    made.east.state.lsn = '0/3400';
    made.east.state.lastCommitSeconds = 1_790_000_009;
    const demoted = made.step('demote', execution);
    await expect(demoted).rejects.toThrow(TakenBack);
    await expect(demoted).rejects.toThrow('orders-east ends at 0/3400, orders-west at 0/3000');
    expect(made.changes('east').at(-1)).toEqual({
      standby_cluster: null,
      ...readOnly(null),
      ...withSlot,
    });
    expect(made.east.isWritable).toBe(true);
    expect(execution.pairs[0]?.isProvedWhole).toBe(false);
  });

  it('is content where the old log only goes on behind the last commit', async () => {
    const made = await harness();
    const execution = await after(made, 'freeze', 'hold');
    made.east.state.lsn = '0/3400';
    expect((await made.step('demote', execution)).state).toBe('done');
  });

  it('is begun again with the holding of writes, which takes it back, when that was not done', async () => {
    const made = await harness({ limits: { demote: 700 } });
    const execution = await after(made, 'freeze', 'hold');
    made.east.state.lsn = '0/3400';
    made.east.state.lastCommitSeconds = null;
    made.east.state.writes = 'end';
    await expect(made.step('demote', execution)).rejects.toThrow('does not serve again');
    expect(execution.steps.find(({ name }) => name === 'hold')?.state).toBe('pending');
    expect(execution.takingBack).toMatch(/^the copy was not proved to have all/);
  });

  it('is taken back also where the members answer with the configuration of before', async () => {
    const made = await harness({ limits: { demote: 2500 } });
    const execution = await after(made, 'freeze', 'hold');
    made.east.state.lsn = '0/3400';
    made.east.state.lastCommitSeconds = null;
    made.east.state.configAsRead = { ...made.east.state.config };
    await expect(made.step('demote', execution)).rejects.toThrow(TakenBack);
    expect(made.east.isWritable).toBe(true);
  });

  it('is left as it is where somebody promoted the other region', async () => {
    const made = await harness({ limits: { demote: 700 } });
    const execution = await after(made, 'freeze', 'hold');
    made.east.state.lsn = '0/3400';
    made.east.state.lastCommitSeconds = null;
    made.west.state.config = {};
    const demoted = made.step('demote', execution);
    await expect(demoted).rejects.toThrow(
      /orders-west may be promoted: orders-east is left as it is/,
    );
    expect(made.east.state.role).toBe('standby_leader');
  });

  it('waits for the server that wrote: it has the end of the log', async () => {
    const made = await harness({ limits: { demote: 900 } });
    const execution = await after(made, 'freeze', 'hold');
    execution.pairs[0]!.before!.old!.member = 'a9';
    const demoted = made.step('demote', execution);
    await expect(demoted).rejects.toThrow('a9 of orders-east, which wrote, does not answer');
  });
});

describe('proving that nothing writes', () => {
  it('is done anew where the copy took long to be read', async () => {
    const made = await harness({ mode: 'unplanned', limits: { promote: 20_000 } });
    made.east.state.isUp = false;
    const execution = await after(made, 'freeze');
    made.west.state.isUp = false;
    const proved = made.step('prove', execution);
    await sleep(6000);
    Object.assign(made.east.state, { isUp: true });
    made.west.state.isUp = true;
    await expect(proved).rejects.toThrow('east is not fenced');
  });

  it('is done where every way refuses, and reads what the copy has', async () => {
    const made = await harness({ mode: 'unplanned' });
    made.east.state.writes = { state: '25006' };
    const execution = made.execution();
    const { detail, remarks } = await made.step('prove', execution);
    expect(detail).toBe('2 writes tried in east, 2 refused');
    expect(remarks).toEqual([]);
    expect(execution.pairs[0]?.copy).toMatchObject({ lsn: '0/3000', heartbeat: { seq: 100 } });
  });

  it('fails by one write that is accepted, and names the way', async () => {
    const made = await harness({ mode: 'unplanned' });
    await expect(made.step('prove', made.execution())).rejects.toThrow(
      /write path \(127\.0\.0\.1:\d+\) takes writes; a1 \(127\.0\.0\.1:\d+\) takes writes: east is not fenced/,
    );
  });

  it('goes on as long as the operations file says: a write may come late', async () => {
    const made = await harness({ mode: 'unplanned', limits: { fenceProof: 2500 } });
    made.east.state.writes = { state: '57P03' };
    setTimeout(() => (made.east.state.writes = 'as it is'), 700);
    await expect(made.step('prove', made.execution())).rejects.toThrow('east is not fenced');
  });

  it('is done where nothing answers, with a remark', async () => {
    const made = await harness({ mode: 'unplanned' });
    made.east.state.writes = 'silence';
    const { detail, remarks } = await made.step('prove', made.execution());
    expect(detail).toBe('2 writes tried in east, 0 refused, 2 without an answer');
    expect(remarks).toEqual([expect.stringContaining('the proof rests on the fence')]);
  });

  it.each([
    ['a login that is refused', '28P01'],
    ['too many connections', '53300'],
    ['a table that is missing', '42P01'],
  ])('fails by %s: that proves nothing', async (_title, state) => {
    const made = await harness({ mode: 'unplanned' });
    made.east.state.writes = { state };
    await expect(made.step('prove', made.execution())).rejects.toThrow(
      /cannot tell whether write path \(127\.0\.0\.1:\d+\) takes writes: /,
    );
  });

  it('fails where the new region does not answer', async () => {
    const made = await harness({ mode: 'unplanned', limits: { promote: 600 } });
    made.east.state.isUp = false;
    made.west.state.isUp = false;
    await expect(made.step('prove', made.execution())).rejects.toThrow(
      'orders-west does not answer',
    );
  });

  it('waits until the copy has replayed what it received', async () => {
    const made = await harness({ mode: 'unplanned', limits: { promote: 600 } });
    made.east.state.isUp = false;
    made.west.state.answer = { receiveLsn: '0/5000000' };
    await expect(made.step('prove', made.execution())).rejects.toThrow('still replays');
  });
});
