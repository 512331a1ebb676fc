import { type MemberResult } from '../../src/collectors/sql/member.js';
import { describe, expect, it } from 'vitest';
import { postgresCanaryCollector, postgresCollector } from '../../src/collectors/postgres/index.js';
import { lagBytes, parseLsn } from '../../src/collectors/sql/lsn.js';
import { measuredDelay } from '../../src/collectors/postgres/samples.js';
import {
  extendTrack,
  lagSeconds,
  pointsKept,
  type PrimaryTrack,
} from '../../src/collectors/sql/primary-track.js';
import type { PostgresMemory } from '../../src/collectors/postgres/measure.js';

import { configOf } from '../support/collect.js';
import { alter, recordedMember } from './recorded.js';

const config = configOf(
  {
    postgres: [
      {
        name: 'orders',
        region: 'a',
        user: 'u',
        members: ['a1', 'a2', 'a3'].map((name) => ({ name, address: `${name}:5432` })),
        canary: { address: 'lb:5000', user: 'c' },
      },
    ],
  },
  { postgresql: { replication: { numSynchronousReplicas: 1 } } },
);
const target = postgresCollector.targets(config)[0]!;
const canary = postgresCanaryCollector.targets(config)[0]!;

const span = (seconds: number) => {
  const at = { wallMs: 1_000_000 + seconds * 1000, monoMs: seconds * 1000 };
  return { startedAt: at, endedAt: at };
};

function measured(snapshot: readonly MemberResult[], memory?: PostgresMemory, seconds = 0) {
  const measurement = postgresCollector.measure(target, snapshot, memory, span(seconds));
  const value = (metric: string, labels: Record<string, string> = {}) => {
    const found = measurement.samples.filter(
      (sample) =>
        sample.metric === metric &&
        Object.entries(labels).every(([key, each]) => sample.labels[key] === each),
    );
    expect(found.length).toBeLessThanOrEqual(1);
    return found[0]?.value;
  };
  const counted = (metric: string, labels: Record<string, string> = {}) =>
    measurement.increments
      .filter(
        (step) =>
          step.metric === metric &&
          Object.entries(labels).every(([key, each]) => step.labels[key] === each),
      )
      .reduce((sum, { by }) => sum + by, 0);
  return { ...measurement, value, counted, outcome: measurement.observations[0]?.outcome };
}

const recorded = (situation: string, monoMs = 0) =>
  ['a1', 'a2', 'a3'].map((member) => recordedMember(situation, member, monoMs));
const lag = 'sensei_postgres_replay_lag_seconds';

/** The recorded healthy pair with the positions and receivers that a case needs. */
function pair(
  primaryLsn: string,
  standbyLsn: string,
  atSeconds: number,
  standby: object = {},
): MemberResult[] {
  const [a1, a2] = recorded('a-healthy', atSeconds * 1000);
  return [
    alter(a1!, { currentLsn: primaryLsn }),
    alter(a2!, { replayLsn: standbyLsn, receiveLsn: standbyLsn, ...standby }),
  ];
}

describe('postgres on recorded answers', () => {
  it('sees a healthy cluster: one primary, two standbys, one of them synchronous', () => {
    const { value, outcome, memory } = measured(recorded('a-healthy'));
    expect(value('sensei_postgres_primaries')).toBe(1);
    expect(value('sensei_postgres_standbys_connected')).toBe(2);
    expect(value('sensei_postgres_synchronous_standbys_connected')).toBe(1);
    expect(outcome).toBe('good');
    expect(memory.track?.timeline).toBe(1);
  });

  it("does not take another region's standby for one of its own", () => {
    const { value } = measured(recorded('ab-healthy'));
    expect(value('sensei_postgres_standbys_connected')).toBe(2);
    expect(value('sensei_postgres_replication_info', { standby: 'b2' })).toBe(1);
  });

  it('after a failover with the old primary dead: new primary, one standby missing, the dead one has up 0 alone', () => {
    const { value, outcome, samples, counted } = measured(
      recorded('a-after-failover-old-primary-dead'),
    );
    expect(value('sensei_postgres_in_recovery', { member: 'a3' })).toBe(0);
    expect(value('sensei_postgres_timeline', { member: 'a3' })).toBe(2);
    expect(outcome).toBe('bad');
    expect(
      samples.filter(({ labels }) => labels['member'] === 'a1').map(({ metric }) => metric),
    ).toEqual(['sensei_postgres_up']);
    expect(value('sensei_postgres_up', { member: 'a1' })).toBe(0);
    expect(
      counted('sensei_postgres_member_failures_total', { member: 'a1', reason: 'connect' }),
    ).toBe(1);
  });

  it('tells a member going down and coming back', () => {
    const before = measured(recorded('a-healthy'));
    const down = measured(recorded('a-after-failover-old-primary-dead'), before.memory, 5);
    expect(down.events.map(({ type, subject }) => `${type} ${subject}`)).toContain(
      'member_down a1',
    );
    const back = measured(recorded('a-healthy'), down.memory, 10);
    expect(back.events.map(({ type, subject }) => `${type} ${subject}`)).toContain('member_up a1');
  });

  it('when nobody answers, keeps up 0 for each and no other member gauge', () => {
    const failed = ['a1', 'a2', 'a3'].map((member): MemberResult => ({
      ok: false,
      member,
      reason: 'timeout',
      message: 'late',
    }));
    const measurement = postgresCollector.failed!(target, 'timeout', undefined, span(0), failed);
    expect(measurement.observations?.[0]?.outcome).toBe('unknown');
    const perMember = measurement.samples!.filter(({ labels }) => 'member' in labels);
    expect(perMember.map(({ metric, value }) => `${metric} ${value}`)).toEqual(
      Array(3).fill('sensei_postgres_up 0'),
    );
  });

  it("counts the archiver's own counters as steps, from the first collection on, and survives their reset", () => {
    const archiver = (archived: number, failed: number) => ({
      archiver: {
        archived_count: archived,
        failed_count: failed,
        last_archived_at: 5,
        last_failed_at: null,
      },
    });
    const at = (archived: number, failed: number) => [
      alter(recordedMember('a-healthy', 'a1'), archiver(archived, failed)),
    ];
    const first = measured(at(10, 1));
    expect(first.counted('sensei_postgres_archived_segments_total')).toBe(0);
    const second = measured(at(13, 2), first.memory);
    expect(second.counted('sensei_postgres_archived_segments_total')).toBe(3);
    expect(second.counted('sensei_postgres_archive_failures_total')).toBe(1);
    expect(
      measured(at(2, 0), second.memory).counted('sensei_postgres_archived_segments_total'),
    ).toBe(2);
    expect(first.value('sensei_postgres_last_archive_failure_timestamp_seconds')).toBeUndefined();
  });
});

describe('pitfalls of PostgreSQL', () => {
  it('pitfall: replay age grows on an idle primary: an idle, caught-up standby has lag 0 however long', () => {
    let memory: PostgresMemory | undefined;
    for (const seconds of [0, 60, 3600, 86_400]) {
      const result = measured(pair('0/5000000', '0/5000000', seconds), memory, seconds);
      expect(result.value(lag)).toBe(0);
      memory = result.memory;
    }
  });

  it('pitfall: receive = replay is not lag 0 with the receiver down: lag goes on growing against the primary', () => {
    const down = { receiver: null };
    const start = measured(pair('0/5000000', '0/5000000', 0), undefined, 0);
    const later = measured(pair('0/5100000', '0/5000000', 10, down), start.memory, 10);
    const last = measured(pair('0/5200000', '0/5000000', 20, down), later.memory, 20);
    expect(last.value(lag)).toBe(20);
    expect(last.value('sensei_postgres_replay_lag_bytes')).toBe(0x200000);
    expect(last.value('sensei_postgres_wal_receiver_streaming')).toBe(0);
    expect(later.events.map(({ type }) => type)).toContain('receiver_down');
  });

  it.each([
    [null, 0, 0],
    [null, 100, undefined],
    [null, undefined, undefined],
    [0.25, 100, 0.25],
  ])(
    'pitfall: replay_lag %s with an LSN difference of %s is %s',
    (delay, outstanding, expected) => {
      expect(measuredDelay(delay, outstanding)).toBe(expected);
    },
  );

  it.each([
    ['0/0', 0n],
    ['0/803BF98', 0x803bf98n],
    ['FFFFFFFF/FFFFFFFF', 0xffffffffffffffffn],
    ['', undefined],
    ['0/G', undefined],
    [null, undefined],
  ])('pitfall: LSN arithmetic in BigInt: %s', (text, expected) => {
    expect(parseLsn(text)).toBe(expected);
  });

  it('pitfall: a difference of two positions above 2^53 is exact', () => {
    expect(lagBytes(parseLsn('FFFFFFF0/00000001'), parseLsn('FFFFFFF0/00000000'))).toBe(1);
    expect(lagBytes(1n, 2n)).toBe(0);
    expect(lagBytes(undefined, 1n)).toBeUndefined();
  });

  it('pitfall: timeline equality first: no lag at all against a primary on another timeline', () => {
    const receiver = {
      status: 'streaming',
      received_tli: 7,
      slot_name: 's',
      sender_host: 'h',
      last_message_at: 1,
    };
    const { value } = measured(
      pair('0/5000000', '0/4000000', 0, { receiver, checkpointTimeline: 7 }),
    );
    expect(value(lag)).toBeUndefined();
    expect(value('sensei_postgres_replay_lag_bytes')).toBeUndefined();
  });

  it('pitfall: lag in seconds on one clock: when the primary passed the position that the standby has', () => {
    let memory: PostgresMemory | undefined;
    for (const [seconds, primary] of [
      [0, '0/1000'],
      [10, '0/2000'],
      [20, '0/3000'],
    ] as const) {
      memory = measured(pair(primary, '0/1000', seconds), memory, seconds).memory;
    }
    const halfway = measured(pair('0/3000', '0/1800', 20), memory, 20);
    expect(halfway.value(lag)).toBe(15);
  });

  it('pitfall: the heartbeat row stands beside it, with sequence number and time', () => {
    const heartbeats = [{ writer: 'test', seq: '42', written_at: 1000.5 }];
    const [a1, a2] = recorded('a-healthy');
    const { value } = measured([a1!, { ...a2!, heartbeats } as MemberResult]);
    expect(value('sensei_postgres_heartbeat_sequence', { member: 'a2' })).toBe(42);
    expect(
      value('sensei_postgres_heartbeat_timestamp_seconds', { member: 'a2', writer: 'test' }),
    ).toBe(1000.5);
  });

  it('pitfall: the lag of a standby vanishes when the primary gives no answer, it does not freeze or read 0', () => {
    const before = measured(pair('0/5000000', '0/4000000', 0));
    const dead: MemberResult = { ok: false, member: 'a1', reason: 'timeout', message: 'late' };
    const { value } = measured([dead, pair('0/0', '0/4000000', 5)[1]!], before.memory, 5);
    expect(value(lag)).toBeUndefined();
    expect(value('sensei_postgres_replay_lag_bytes')).toBeUndefined();
    expect(value('sensei_postgres_standbys_connected')).toBeUndefined();
  });

  it("pitfall: a disconnected standby's row vanishes: expected against connected, and what the slot retains", () => {
    const [a1] = recorded('a-healthy');
    const alone = alter(a1!, {
      replication: [],
      currentLsn: '0/9000000',
      slots: [{ slot_name: 'a2', active: false, restart_lsn: '0/8000000', wal_status: 'extended' }],
    });
    const { value, outcome } = measured([alone]);
    expect(value('sensei_postgres_standbys_expected')).toBe(2);
    expect(value('sensei_postgres_standbys_connected')).toBe(0);
    expect(value('sensei_postgres_slot_retained_bytes', { slot: 'a2' })).toBe(0x1000000);
    expect(value('sensei_postgres_slot_active', { slot: 'a2' })).toBe(0);
    expect(outcome).toBe('bad');
  });

  it('pitfall: non-strict synchronous_mode degrades to a lone primary: the state is shown, and bad', () => {
    const [a1, a2, a3] = recorded('a-healthy');
    if (!a1?.ok) throw new Error('a1 answered');
    const asynchronous = a1.answer.replication.map((row) => ({ ...row, sync_state: 'async' }));
    const { value, observations } = measured([
      alter(a1, { replication: asynchronous, synchronousStandbyNames: '' }),
      a2!,
      a3!,
    ]);
    expect(value('sensei_postgres_synchronous_standbys_connected')).toBe(0);
    expect(value('sensei_postgres_synchronous_standbys_expected')).toBe(1);
    expect(observations[0]).toMatchObject({
      outcome: 'bad',
      reason: 'synchronous_standby_missing',
    });
  });
});

describe('the track of the primary', () => {
  it.each([
    ['nothing known', undefined, 1n, undefined],
    [
      'older than the track reaches',
      { timeline: 1, points: [{ monoMs: 0, lsn: 10n }] },
      5n,
      undefined,
    ],
    ['ahead of the last seen', { timeline: 1, points: [{ monoMs: 0, lsn: 10n }] }, 11n, 0],
    ['another timeline', { timeline: 2, points: [{ monoMs: 0, lsn: 10n }] }, 10n, undefined],
  ] as const)('%s', (_title, track: PrimaryTrack | undefined, lsn, expected) => {
    expect(lagSeconds(track, { timeline: 1, lsn }, 5000)).toBe(expected);
  });

  it('is bounded, and an idle primary needs two points', () => {
    let track: PrimaryTrack | undefined;
    for (let at = 0; at < 5000; at += 1)
      track = extendTrack(track, 1, { monoMs: at, lsn: BigInt(at) });
    expect(track?.points.length).toBe(pointsKept);
    let idle: PrimaryTrack | undefined;
    for (let at = 0; at < 5000; at += 1) idle = extendTrack(idle, 1, { monoMs: at, lsn: 7n });
    expect(idle?.points).toEqual([
      { monoMs: 0, lsn: 7n },
      { monoMs: 4999, lsn: 7n },
    ]);
  });

  it('begins anew on another timeline', () => {
    const track = extendTrack({ timeline: 1, points: [{ monoMs: 0, lsn: 10n }] }, 2, {
      monoMs: 5,
      lsn: 3n,
    });
    expect(track).toEqual({ timeline: 2, points: [{ monoMs: 5, lsn: 3n }] });
  });
});

describe('the write canary', () => {
  const good = {
    sequence: 7n,
    begunMs: 0,
    endedMs: 10,
    connectSeconds: 0,
    commitSeconds: 0.01,
    readSeconds: 0.001,
    connections: 0,
  };

  it('pitfall: a write canary that commits and re-reads is the proof of recovery: lost once, restored with its bracket', () => {
    const first = postgresCanaryCollector.measure(canary, good, undefined, span(0));
    const lost = postgresCanaryCollector.failed!(canary, 'connect', first.memory, span(1));
    const still = postgresCanaryCollector.failed!(canary, 'timeout', lost.memory, span(2));
    const back = postgresCanaryCollector.measure(
      canary,
      { ...good, connections: 1 },
      still.memory,
      span(4),
    );
    expect([lost, still, back].map(({ events }) => events?.map(({ type }) => type))).toEqual([
      ['write_path_lost'],
      [],
      ['write_path_restored'],
    ]);
    expect(back.events[0]?.detail).toContain('3.000 s to 4.000 s');
    expect(lost.observations?.[0]).toMatchObject({
      sli: 'postgres-canary/orders/write',
      outcome: 'bad',
      reason: 'connect',
    });
    expect(back.observations[0]?.outcome).toBe('good');
  });

  it('says nothing of the write path where a secret of its own cannot be read: no outage begins', () => {
    const first = postgresCanaryCollector.measure(canary, good, undefined, span(0));
    const failed = postgresCanaryCollector.failed!(canary, 'internal', first.memory, span(1));
    expect(failed.observations).toMatchObject([{ outcome: 'unknown', reason: 'internal' }]);
    expect(failed.events).toEqual([]);
    expect(failed.samples).toContainEqual(
      expect.objectContaining({ metric: 'sensei_postgres_canary_success', value: 0 }),
    );
    const back = postgresCanaryCollector.measure(canary, good, failed.memory, span(2));
    expect(back.events).toEqual([]);
  });

  it('while it fails shows success 0, the time of the last good one, and no old durations', () => {
    const first = postgresCanaryCollector.measure(canary, good, undefined, span(0));
    const { samples } = postgresCanaryCollector.failed!(canary, 'connect', first.memory, span(1));
    expect(samples!.map(({ metric }) => metric)).toEqual([
      'sensei_postgres_canary_success',
      'sensei_postgres_canary_last_success_timestamp_seconds',
    ]);
  });
});
