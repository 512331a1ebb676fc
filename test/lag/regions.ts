import { lagCollector } from '../../src/collectors/lag/index.js';
import type { LagMemory } from '../../src/collectors/lag/measure.js';
import type { LagSnapshot } from '../../src/collectors/lag/snapshot.js';
import type { LagTarget } from '../../src/collectors/lag/targets.js';
import type { HeartbeatRow, MemberAnswer } from '../../src/collectors/sql/answer.js';
import type { MemberResult } from '../../src/collectors/sql/member.js';
import { configSchema } from '../../src/config/schema.js';

/** When the first collection begins, in Unix milliseconds. */
export const start = Date.UTC(2026, 10, 1);

const base: MemberAnswer = {
  version: '15.18',
  inRecovery: true,
  startedAt: 1,
  systemIdentifier: '77',
  checkpointTimeline: 1,
  currentLsn: null,
  writtenTimeline: null,
  receiveLsn: null,
  replayLsn: null,
  replayPaused: null,
  synchronousStandbyNames: '',
  replication: [],
  receiver: null,
  slots: [],
  archiver: null,
};

const receiver = {
  status: 'streaming',
  received_tli: 1,
  slot_name: 'region_b',
  sender_host: '127.1.2.6',
  last_message_at: start / 1000,
};

function follower(name: string): MemberAnswer['replication'][number] {
  return {
    application_name: name,
    state: 'streaming',
    sync_state: 'async',
    sent_lsn: null,
    write_lsn: null,
    flush_lsn: null,
    replay_lsn: null,
    write_lag_seconds: null,
    flush_lag_seconds: null,
    replay_lag_seconds: null,
  };
}

export interface Situation {
  /** How far a1, the primary, has written; null where it gives no answer. */
  readonly written: string | null;
  /** What b1 has replayed; null where region B gives no answer. */
  readonly replayed: string | null;
  readonly received?: string;
  readonly isStreaming?: boolean;
  readonly isPaused?: boolean;
  readonly timeline?: number;
  readonly copyTimeline?: number;
  readonly copySystem?: string;
  /** Number and time of the newest heartbeat that b1 has, in Unix milliseconds. */
  readonly heartbeat?: readonly [sequence: string, atMs: number];
  /** When the newest heartbeat that a1 has was written, in Unix milliseconds; ahead of b1 when absent. */
  readonly writtenMs?: number;
  /** b1 was promoted. */
  readonly isPromoted?: boolean;
  /** The role that a1 has when it is back. */
  readonly isDemoted?: boolean;
}

function answered(
  member: string,
  answer: Partial<MemberAnswer>,
  heartbeats: readonly HeartbeatRow[] = [],
): MemberResult {
  return { ok: true, member, answer: { ...base, ...answer }, heartbeats, monoMs: 0 };
}

function dead(member: string): MemberResult {
  return { ok: false, member, reason: 'connect', message: `${member}: refused` };
}

function source(situation: Situation): MemberResult {
  const { written, timeline = 1, isDemoted = false, heartbeat } = situation;
  if (written === null) return dead('a1');
  const atMs = situation.writtenMs ?? (heartbeat?.[1] ?? 0) + 100;
  const rows =
    heartbeat === undefined ? [] : [{ writer: 'orders', seq: '99', written_at: atMs / 1000 }];
  if (isDemoted) return answered('a1', { replayLsn: written, receiveLsn: written });
  return answered(
    'a1',
    {
      inRecovery: false,
      currentLsn: written,
      writtenTimeline: timeline,
      checkpointTimeline: timeline,
      slots: [
        { slot_name: 'region_b', active: true, restart_lsn: '0/1000', wal_status: 'reserved' },
      ],
    },
    rows,
  );
}

function copyHead(situation: Situation): Partial<MemberAnswer> {
  const { replayed, received = replayed, isStreaming = true, copyTimeline = 1 } = situation;
  return {
    systemIdentifier: situation.copySystem ?? '77',
    checkpointTimeline: copyTimeline,
    replication: [follower('b2')],
    replayPaused: situation.isPaused ?? false,
    ...(situation.isPromoted === true
      ? { inRecovery: false, currentLsn: replayed, writtenTimeline: copyTimeline }
      : { replayLsn: replayed, receiveLsn: received }),
    receiver: isStreaming ? { ...receiver, received_tli: copyTimeline } : null,
  };
}

function copy(situation: Situation): MemberResult[] {
  if (situation.replayed === null) return [dead('b1'), dead('b2')];
  const [seq, atMs] = situation.heartbeat ?? [];
  const rows =
    seq === undefined || atMs === undefined
      ? []
      : [
          { writer: 'orders', seq, written_at: atMs / 1000 },
          { writer: 'another', seq: '9', written_at: atMs / 1000 + 60 },
        ];
  return [
    answered('b1', copyHead(situation), rows),
    answered('b2', {
      replayLsn: situation.replayed,
      receiver: { ...receiver, slot_name: 'b2', received_tli: situation.copyTimeline ?? 1 },
      checkpointTimeline: situation.copyTimeline ?? 1,
    }),
  ];
}

/** What both regions answer. */
export function snapshotOf(situation: Situation): LagSnapshot {
  return [[source(situation)], copy(situation)];
}

const member = (name: string) => ({ name, address: `${name}.test:5432` });

/** A configuration of two clusters, a1 and b1 + b2. */
export function lagTargetOf({ hasCanary = true } = {}): LagTarget {
  const canary = { address: 'write.test:5000', user: 'sensei' };
  const parsed = configSchema.parse({
    deployment: 'orders',
    collectors: {
      postgres: [
        {
          name: 'orders-a',
          region: 'a',
          user: 'sensei',
          members: [member('a1')],
          ...(hasCanary && { canary }),
        },
        { name: 'orders-b', region: 'b', user: 'sensei', members: [member('b1'), member('b2')] },
      ],
      lag: [{ name: 'orders', primary: 'orders-a', standby: 'orders-b', lagThreshold: '10s' }],
    },
  });
  return lagCollector.targets(parsed)[0]!;
}

/** Collections of one target, one after another. */
export class Collections {
  private memory: LagMemory | undefined;
  constructor(readonly target = lagTargetOf()) {}

  /** The collection that begins so many milliseconds after the start. */
  at(ms: number, situation: Situation) {
    const instant = (at: number) => ({ wallMs: start + at, monoMs: 1000 + at });
    const span = { startedAt: instant(ms), endedAt: instant(ms + 20) };
    const timed = (result: MemberResult) =>
      result.ok ? { ...result, monoMs: span.endedAt.monoMs } : result;
    const [first, second] = snapshotOf(situation);
    const snapshot = [first.map(timed), second.map(timed)] as const;
    const found = lagCollector.measure(this.target, snapshot, this.memory, span);
    this.memory = found.memory;
    const value = (metric: string, labels: Readonly<Record<string, string>> = {}) =>
      found.samples.find(
        (sample) =>
          sample.metric === metric &&
          Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
      )?.value;
    const outcome = (aspect: string) => {
      const { outcome: is, reason } = found.observations.find(({ sli }) => sli.endsWith(aspect))!;
      return reason === undefined ? is : `${is}: ${reason}`;
    };
    const [point] = found.restorePoints ?? [];
    return {
      ...found,
      value,
      outcome,
      /** Milliseconds after the start. */
      restorableMs: point?.newestMs == null ? undefined : point.newestMs - start,
      source: point?.source,
      eventTypes: found.events.map(({ type }) => type),
    };
  }
}
