import { afterEach, describe, expect, it } from 'vitest';
import type { Execution } from '../../src/failover/execution.js';
import { lossesOf } from '../../src/failover/loss.js';
import { Harness, type HarnessOptions } from './failover-harness.js';

const open: Harness[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const made = await new Harness(options).start();
  open.push(made);
  return made;
}

/** West serves on a timeline of its own, and east follows it. */
function turnedRound({ east, west }: Harness): void {
  Object.assign(west.state, { role: 'primary', timeline: 2, config: {} });
  Object.assign(east.state, { role: 'standby_leader', timeline: 2 });
  east.state.config = { standby_cluster: { host: 'db.east.example' } };
}

function program(name: string, source: string, more: object = {}): object {
  return { name, command: [process.execPath, '-e', source], ...more };
}

const says = (words: string, code: number) => `console.log('${words}'); process.exit(${code})`;

describe('hooks', () => {
  it('are run one after the other, as they stand in the file, for their region alone', async () => {
    const hooks = [
      program('dns', says('ok', 0), { on: 'traffic' }),
      program('cdn', says('ok', 0), { on: 'traffic', region: 'west' }),
      program('other', says('no', 1), { on: 'traffic', region: 'east' }),
    ];
    const made = await harness({ hooks });
    const { state, detail } = await made.step('traffic', made.execution());
    expect(state).toBe('done');
    expect(detail).toMatch(/^dns: exit code 0, .*; cdn: exit code 0, [^;]*$/);
  });

  it('that there are none of leave nothing to do', async () => {
    const made = await harness();
    expect(await made.step('fence', made.execution())).toEqual({
      state: 'skipped',
      detail: 'no hook',
    });
  });

  it('that are required stop the execution, with what they said, and what comes after is not run', async () => {
    const hooks = [
      program('stop-east', says('no power here', 3), { on: 'fence', region: 'east' }),
      program('cut-east', says('ok', 0), { on: 'fence', region: 'east' }),
    ];
    const made = await harness({ hooks });
    const fenced = made.step('fence', made.execution());
    await expect(fenced).rejects.toThrow(
      /hook stop-east: exit code 3, after .*; it said: no power here$/,
    );
    await expect(fenced).rejects.not.toThrow('cut-east');
  });

  it('that are not required leave a remark', async () => {
    const made = await harness({ hooks: [program('mail', says('no', 1), { on: 'notify' })] });
    const { state, remarks } = await made.step('notify', made.execution());
    expect(state).toBe('done');
    expect(remarks).toEqual([expect.stringMatching(/^it did not succeed: mail: exit code 1/)]);
  });

  it('that are interrupted are not done, required or not', async () => {
    const hooks = [program('mail', 'setTimeout(() => {}, 60_000)', { on: 'notify' })];
    const made = await harness({ hooks });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    await expect(made.step('notify', made.execution(), controller.signal)).rejects.toThrow(
      'it was interrupted',
    );
  });
});

describe('following', () => {
  it('is done once the old region streams on the new timeline', async () => {
    const made = await harness({ mode: 'planned' });
    turnedRound(made);
    expect((await made.step('follow', made.execution())).detail).toBe(
      'orders-east/a1 streams on timeline 2',
    );
  });

  it('lets go what was held, and what was there before is there again', async () => {
    const made = await harness({ mode: 'planned' });
    turnedRound(made);
    const held = { parameters: { default_transaction_read_only: 'on' } };
    made.east.state.config = { ...made.east.state.config, postgresql: held };
    const execution = made.execution();
    execution.pairs[0]!.heldBefore = { readOnly: 'off' };
    await made.step('follow', execution);
    expect(made.changes('east')).toEqual([
      { postgresql: { parameters: { default_transaction_read_only: 'off' } } },
    ]);
  });

  it.each([
    ['it is a primary', (made: Harness) => void (made.east.state.role = 'primary'), 'a1: primary'],
    [
      'it does not stream',
      (made: Harness) => void (made.east.state.isStreaming = false),
      'orders-east/a1 does not stream yet',
    ],
    [
      'it is on another timeline',
      (made: Harness) =>
        void (made.east.state.answer = { receiver: { status: 'streaming', received_tli: 1 } }),
      'orders-east/a1 is on timeline 1, not 2',
    ],
    [
      'the new region has no primary that answers',
      (made: Harness) => void (made.west.state.role = 'standby_leader'),
      'orders-west does not answer',
    ],
  ])('is not done while %s', async (_title, treat, expected) => {
    const made = await harness({ mode: 'planned', limits: { follow: 700 } });
    turnedRound(made);
    treat(made);
    await expect(made.step('follow', made.execution())).rejects.toThrow(expected);
  });
});

describe('looking at the new region again', () => {
  it('has nothing to say where all is as it should be', async () => {
    const made = await harness();
    turnedRound(made);
    expect(await made.step('recheck', made.execution())).toMatchObject({
      state: 'done',
      remarks: [],
    });
  });

  it('remarks on slots, archiving and synchronous standbys, all at once', async () => {
    const replication = { numSynchronousReplicas: 1 };
    const made = await harness({ platform: { postgresql: { replication } } });
    turnedRound(made);
    const slot = (name: string, active: boolean, status: string) => ({
      slot_name: name,
      active,
      restart_lsn: '0/1000',
      wal_status: status,
    });
    made.west.state.answer = {
      slots: [
        slot('idle', false, 'reserved'),
        slot('gone', true, 'lost'),
        slot('ok', true, 'reserved'),
      ],
      archiver: { archived_count: 1, failed_count: 2, last_archived_at: 10, last_failed_at: 20 },
    };
    const { state, detail, remarks } = await made.step('recheck', made.execution());
    expect([state, detail]).toEqual(['done', '4 to look at']);
    expect(remarks).toEqual([
      expect.stringContaining('orders-west has 0 of 1 synchronous standbys'),
      'slot idle of orders-west is read by nobody, and keeps the log',
      'slot gone of orders-west has lost its log',
      'orders-west fails to archive its log: see its archive_command',
    ]);
  }, 40_000);
});

describe('the way back', () => {
  /** West was lost, and is back behind its fence; what it had is longer than what east went on from. */
  async function back(options: HarnessOptions = {}): Promise<Harness> {
    const made = await harness({ kind: 'failback', mode: 'planned', mustRejoin: true, ...options });
    Object.assign(made.east.state, { timeline: 2, lsn: '0/8000' });
    const { state } = made.west;
    Object.assign(state, {
      role: 'primary',
      timeline: 1,
      lsn: '0/3500',
      config: {},
      isStreaming: false,
    });
    state.heartbeat = ['104', 1_790_000_004];
    state.writes = 'end';
    return made;
  }

  /** The failover from west to east, as it is in the journal. */
  async function failover(made: Harness, given: Partial<Execution> = {}, id = '1'): Promise<void> {
    const execution: Execution = {
      ...made.execution(),
      id: `3f0c6f0e-56b7-4a53-9d0c-0f4f0a1f7f2${id}`,
      kind: 'failover',
      from: 'west',
      to: 'east',
      state: 'done',
      endedMs: 1,
      ...given,
    };
    const promoted = { askedMs: 1, seenMs: 2, member: 'a1', timeline: 2, lsn: '0/3000' };
    const beats: [number, number, number][] = [101, 102, 103].map((seq) => [seq, seq, seq + 1]);
    const acknowledged = { source: 'exporter', beats, isTruncated: false, firstRefusal: null };
    const heartbeat = { seq: 101, writtenMs: 101 };
    const copy = {
      atMs: 1,
      member: 'a1',
      timeline: 1,
      lsn: '0/3000',
      heartbeat,
      lastCommitMs: null,
    };
    Object.assign(execution.pairs[0]!, { promoted, acknowledged, copy });
    await made.journal.put({
      id: execution.id,
      startedMs: 1,
      endedMs: execution.endedMs,
      body: execution,
    });
  }

  async function lossOf(made: Harness, id = '1') {
    const entry = await made.journal.entry(`3f0c6f0e-56b7-4a53-9d0c-0f4f0a1f7f2${id}`);
    return lossesOf(entry?.body as Execution)[0];
  }

  it('begins with a region that answers, and whose write path is closed', async () => {
    const made = await back();
    expect((await made.step('rejoin', made.execution())).detail).toBe(
      'west answers, and its write path is closed',
    );
  });

  it('does not begin with one that takes writes', async () => {
    const made = await back();
    made.west.state.writes = 'as it is';
    await expect(made.step('rejoin', made.execution())).rejects.toThrow(
      /takes writes beside orders-east: fence west, so that nobody writes there, then resume/,
    );
  });

  it('does not begin with one that made itself a primary, on a timeline of the same number', async () => {
    const made = await back();
    made.west.state.timeline = 2;
    await expect(made.step('rejoin', made.execution())).rejects.toThrow(
      /made itself a primary, on timeline 2: stop it, and start it as a standby of nobody/,
    );
  });

  it('does not begin with one of which that cannot be told', async () => {
    const made = await back();
    made.west.state.writes = { state: '28P01' };
    await expect(made.step('rejoin', made.execution())).rejects.toThrow('cannot tell whether');
  });

  it('salvages what was lost, and the old failover says so from then on', async () => {
    const made = await back();
    await failover(made);
    expect(await lossOf(made)).toMatchObject({ isProvisional: true, bytesAtMost: null });
    expect((await made.step('salvage', made.execution())).detail).toContain(
      'orders: 2 heartbeats and at most 1280 bytes were lost',
    );
    expect(await lossOf(made)).toMatchObject({
      isProvisional: false,
      heartbeats: 2,
      bytesAtMost: 0x500,
    });
  });

  it('salvages for the last failover that promoted, also where it was given up afterwards', async () => {
    const made = await back();
    await failover(made, {}, '1');
    await failover(made, { state: 'abandoned' }, '2');
    await made.step('salvage', made.execution());
    expect((await lossOf(made, '2'))?.isProvisional).toBe(false);
    expect((await lossOf(made, '1'))?.isProvisional).toBe(true);
  });

  it('has nothing to salvage without a failover in the journal', async () => {
    const made = await back();
    expect((await made.step('salvage', made.execution())).state).toBe('skipped');
  });

  it('says that it came too late where the region follows already', async () => {
    const made = await back();
    await failover(made);
    made.west.state.timeline = 2;
    const { detail, remarks } = await made.step('salvage', made.execution());
    expect(detail).toContain('stays provisional');
    expect(remarks).toEqual([expect.stringContaining('can no longer be read')]);
  });

  it('makes the region follow, once its slot is there', async () => {
    const made = await back();
    made.west.state.config = { ...made.west.state.config, slots: { slot_east: {} } };
    const restrained = made.step('restrain', made.execution());
    // Patroni rewinds it, and it streams.
    setTimeout(() => (made.west.state.isStreaming = true), 300);
    expect((await restrained).detail).toBe('orders-west/b1 streams on timeline 2');
    const patches = made.log.filter((line) => line.includes('PATCH'));
    expect(patches.map((line) => line.slice(0, 4))).toEqual(['east', 'west']);
    expect(made.changes('west')).toEqual([
      {
        standby_cluster: {
          host: 'db.west.example',
          port: 5432,
          primary_slot_name: 'slot_west',
          create_replica_methods: ['basebackup'],
        },
        slots: { slot_east: null },
      },
    ]);
    await made.step('restrain', made.execution());
    expect(made.changes('west')).toHaveLength(1);
  });

  it('asks the gates until they pass, and stops at one that does not', async () => {
    const made = await back();
    const gate = {
      name: 'streaming',
      title: '',
      verdict: 'FAIL',
      figure: 'none',
      source: '',
      advice: '',
      mayBeOverridden: true,
    } as const;
    made.gates = [gate];
    const execution = made.execution();
    await expect(made.step('gates', execution)).rejects.toThrow(
      'streaming is FAIL (none); mend it and resume, or resume with --override streaming',
    );
    execution.mayOverride.push({ name: 'streaming', reason: 'known' });
    expect((await made.step('gates', execution)).detail).toBe('overridden: streaming');
    await made.step('gates', execution);
    expect(execution.overrides).toEqual([
      { name: 'streaming', reason: 'known', verdict: 'FAIL', figure: 'none' },
    ]);
  });
});
