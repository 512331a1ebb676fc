import { count, gauge, type Increment, type Sample } from '../../metrics/sample.js';
import type { EvidenceEvent, Fact, Observation } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import type { MemberAnswer, ReplicationRow } from './answer.js';
import { lagBytes, parseLsn } from './lsn.js';
import { extendTrack, lagSeconds, type PrimaryTrack } from './primary-track.js';
import type { MemberResult, PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

type Answered = Extract<MemberResult, { ok: true }>;

interface MemberMemory {
  readonly isUp: boolean;
  readonly isStreaming: boolean | undefined;
  readonly archived: number | undefined;
  readonly archiveFailed: number | undefined;
}

export interface PostgresMemory {
  readonly track: PrimaryTrack | undefined;
  readonly members: ReadonlyMap<string, MemberMemory>;
}

/** What all parts of a measurement look at. */
interface View {
  readonly target: PostgresTarget;
  readonly answered: readonly Answered[];
  readonly primary: Answered | undefined;
  readonly track: PrimaryTrack | undefined;
}

/** The timeline a member writes, receives, or last wrote a checkpoint on. */
export function timelineOf({
  writtenTimeline,
  receiver,
  checkpointTimeline,
}: MemberAnswer): number | undefined {
  return writtenTimeline ?? receiver?.received_tli ?? checkpointTimeline ?? undefined;
}

function labelsOf({ target }: View, member: string) {
  return { cluster: target.name, region: target.region, member };
}

/** A gauge that is left out where its value is unknown: unknown is never zero. */
function optional(make: (value: number) => Sample, value: number | null | undefined): Sample[] {
  return value === undefined || value === null ? [] : [make(value)];
}

function isStreaming({ receiver }: MemberAnswer): boolean {
  return receiver?.status === 'streaming';
}

/** The primary that the others are compared with: on two, the one on the higher timeline. */
function primaryOf(answered: readonly Answered[]): Answered | undefined {
  return answered
    .filter(({ answer }) => !answer.inRecovery)
    .toSorted((a, b) => (timelineOf(b.answer) ?? 0) - (timelineOf(a.answer) ?? 0))[0];
}

function trackWith(
  track: PrimaryTrack | undefined,
  primary: Answered | undefined,
): PrimaryTrack | undefined {
  if (primary === undefined) return track;
  const [lsn, timeline] = [parseLsn(primary.answer.currentLsn), timelineOf(primary.answer)];
  if (lsn === undefined || timeline === undefined) return track;
  return extendTrack(track, timeline, { monoMs: primary.monoMs, lsn });
}

function identitySamples(view: View, { member, answer }: Answered): Sample[] {
  const labels = labelsOf(view, member);
  const { version, systemIdentifier, inRecovery, startedAt } = answer;
  return [
    gauge(
      'sensei_postgres_info',
      { ...labels, version, system_identifier: systemIdentifier ?? '' },
      1,
    ),
    gauge('sensei_postgres_in_recovery', labels, inRecovery),
    ...optional((value) => gauge('sensei_postgres_timeline', labels, value), timelineOf(answer)),
    ...optional(
      (value) => gauge('sensei_postgres_start_timestamp_seconds', labels, value),
      startedAt,
    ),
  ];
}

function positionSamples(view: View, { member, answer }: Answered): Sample[] {
  const labels = labelsOf(view, member);
  const positions = {
    current: answer.currentLsn,
    receive: answer.receiveLsn,
    replay: answer.replayLsn,
  };
  return Object.entries(positions).flatMap(([position, text]) => {
    const lsn = answer.inRecovery || position === 'current' ? parseLsn(text) : undefined;
    return optional(
      (value) => gauge('sensei_postgres_wal_position_bytes', { ...labels, position }, value),
      lsn === undefined ? undefined : Number(lsn),
    );
  });
}

/** Lag against the primary's own position, only where both are on one timeline. */
function lagSamples(view: View, { member, answer, monoMs }: Answered): Sample[] {
  if (!answer.inRecovery || view.primary === undefined) return [];
  const labels = labelsOf(view, member);
  const timeline = timelineOf(answer);
  if (timeline !== timelineOf(view.primary.answer)) return [];
  const ahead = parseLsn(view.primary.answer.currentLsn);
  const replayed = parseLsn(answer.replayLsn);
  const seconds = lagSeconds(view.track, { timeline, lsn: replayed }, monoMs);
  return [
    ...optional(
      (value) => gauge('sensei_postgres_receive_lag_bytes', labels, value),
      lagBytes(ahead, parseLsn(answer.receiveLsn)),
    ),
    ...optional(
      (value) => gauge('sensei_postgres_replay_lag_bytes', labels, value),
      lagBytes(ahead, replayed),
    ),
    ...optional((value) => gauge('sensei_postgres_replay_lag_seconds', labels, value), seconds),
  ];
}

function receiverSamples(view: View, { member, answer }: Answered): Sample[] {
  if (!answer.inRecovery) return [];
  const labels = labelsOf(view, member);
  return [
    gauge('sensei_postgres_wal_receiver_streaming', labels, isStreaming(answer)),
    ...optional(
      (value) =>
        gauge('sensei_postgres_wal_receiver_last_message_timestamp_seconds', labels, value),
      answer.receiver?.last_message_at,
    ),
    ...(answer.replayPaused === null || answer.replayPaused === undefined
      ? []
      : [gauge('sensei_postgres_replay_paused', labels, answer.replayPaused)]),
  ];
}

function heartbeatSamples(view: View, { member, heartbeats }: Answered): Sample[] {
  return heartbeats.flatMap(({ writer, seq, written_at: writtenAt }) => {
    const labels = { ...labelsOf(view, member), writer };
    return [
      gauge('sensei_postgres_heartbeat_timestamp_seconds', labels, writtenAt),
      gauge('sensei_postgres_heartbeat_sequence', labels, Number(seq)),
    ];
  });
}

/**
 * The delay a sender measured. It is NULL once the standby is idle and caught up: then, and only then,
 * it is 0. NULL with log outstanding is unknown.
 */
export function measuredDelay(
  delay: number | null | undefined,
  outstandingBytes: number | undefined,
): number | undefined {
  if (delay !== null && delay !== undefined) return delay;
  return outstandingBytes === 0 ? 0 : undefined;
}

function stagesOf(row: ReplicationRow) {
  return [
    { stage: 'sent', lsn: row.sent_lsn, delay: undefined },
    { stage: 'write', lsn: row.write_lsn, delay: row.write_lag_seconds },
    { stage: 'flush', lsn: row.flush_lsn, delay: row.flush_lag_seconds },
    { stage: 'replay', lsn: row.replay_lsn, delay: row.replay_lag_seconds },
  ] as const;
}

function connectionSamples(
  view: View,
  { member, answer }: Answered,
  row: ReplicationRow,
): Sample[] {
  const labels = { ...labelsOf(view, member), standby: row.application_name };
  const ahead = parseLsn(answer.currentLsn ?? answer.receiveLsn);
  const info = {
    ...labels,
    state: row.state ?? 'unknown',
    sync_state: row.sync_state ?? 'unknown',
  };
  const stages = stagesOf(row).flatMap(({ stage, lsn, delay }) => {
    const bytes = lagBytes(ahead, parseLsn(lsn));
    const seconds = stage === 'sent' ? undefined : measuredDelay(delay, bytes);
    return [
      ...optional(
        (value) => gauge('sensei_postgres_replication_lag_bytes', { ...labels, stage }, value),
        bytes,
      ),
      ...optional(
        (value) => gauge('sensei_postgres_replication_lag_seconds', { ...labels, stage }, value),
        seconds,
      ),
    ];
  });
  return [gauge('sensei_postgres_replication_info', info, 1), ...stages];
}

function slotSamples(view: View, { member, answer }: Answered): Sample[] {
  const ahead = parseLsn(answer.currentLsn ?? answer.receiveLsn);
  return answer.slots.flatMap((row) => {
    const labels = { ...labelsOf(view, member), slot: row.slot_name };
    const isLost = row.wal_status === 'lost' || row.wal_status === 'unreserved';
    return [
      gauge('sensei_postgres_slot_active', labels, row.active),
      ...optional(
        (value) => gauge('sensei_postgres_slot_retained_bytes', labels, value),
        lagBytes(ahead, parseLsn(row.restart_lsn)),
      ),
      ...(row.wal_status === null || row.wal_status === undefined
        ? []
        : [gauge('sensei_postgres_slot_lost', labels, isLost)]),
    ];
  });
}

function archiverSamples(view: View, { member, answer }: Answered): Sample[] {
  const labels = labelsOf(view, member);
  return [
    ...optional(
      (value) => gauge('sensei_postgres_last_archived_timestamp_seconds', labels, value),
      answer.archiver?.last_archived_at,
    ),
    ...optional(
      (value) => gauge('sensei_postgres_last_archive_failure_timestamp_seconds', labels, value),
      answer.archiver?.last_failed_at,
    ),
  ];
}

function memberSamples(view: View, result: Answered): Sample[] {
  return [
    ...identitySamples(view, result),
    ...positionSamples(view, result),
    ...lagSamples(view, result),
    ...receiverSamples(view, result),
    ...heartbeatSamples(view, result),
    ...result.answer.replication.flatMap((row) => connectionSamples(view, result, row)),
    ...slotSamples(view, result),
    ...archiverSamples(view, result),
  ];
}

interface Connected {
  readonly standbys: number;
  readonly synchronous: number;
}

/** The cluster's own standbys that stream from the primary; a cascade or another region is not one. */
function connectedTo({ target }: View, primary: Answered): Connected {
  const own = new Set(target.members.map(({ name }) => name));
  const rows = primary.answer.replication.filter(
    (row) => own.has(row.application_name) && row.state === 'streaming',
  );
  const synchronous = rows.filter(
    ({ sync_state: state }) => state === 'sync' || state === 'quorum',
  );
  return { standbys: rows.length, synchronous: synchronous.length };
}

function clusterSamples(view: View): Sample[] {
  const { target, answered, primary } = view;
  const labels = { cluster: target.name, region: target.region };
  const connected = primary === undefined ? undefined : connectedTo(view, primary);
  return [
    gauge(
      'sensei_postgres_primaries',
      labels,
      answered.filter(({ answer }) => !answer.inRecovery).length,
    ),
    gauge('sensei_postgres_standbys_expected', labels, target.standbysExpected),
    gauge('sensei_postgres_synchronous_standbys_expected', labels, target.synchronousExpected),
    ...optional(
      (value) => gauge('sensei_postgres_standbys_connected', labels, value),
      connected?.standbys,
    ),
    ...optional(
      (value) => gauge('sensei_postgres_synchronous_standbys_connected', labels, value),
      connected?.synchronous,
    ),
  ];
}

function upSamples({ target }: View, snapshot: PostgresSnapshot): Sample[] {
  const zones = new Map(target.members.map(({ name, zone }) => [name, zone]));
  return snapshot.map(({ member, ok }) =>
    gauge(
      'sensei_postgres_up',
      { cluster: target.name, region: target.region, zone: zones.get(member) ?? '', member },
      ok,
    ),
  );
}

/** A server's own counter as a step; after a reset of its statistics the new value is the step. */
function stepOf(now: number | null | undefined, before: number | undefined): number {
  if (now === null || now === undefined || before === undefined) return 0;
  return now >= before ? now - before : now;
}

function increments(
  view: View,
  snapshot: PostgresSnapshot,
  memory: PostgresMemory | undefined,
): Increment[] {
  return snapshot.flatMap((result) => {
    const labels = labelsOf(view, result.member);
    if (!result.ok)
      return [count('sensei_postgres_member_failures_total', { ...labels, reason: result.reason })];
    const { archiver } = result.answer;
    const before = memory?.members.get(result.member);
    return [
      count(
        'sensei_postgres_archived_segments_total',
        labels,
        stepOf(archiver?.archived_count, before?.archived),
      ),
      count(
        'sensei_postgres_archive_failures_total',
        labels,
        stepOf(archiver?.failed_count, before?.archiveFailed),
      ),
    ];
  });
}

function rememberMember(result: MemberResult, before: MemberMemory | undefined): MemberMemory {
  if (!result.ok) {
    return {
      isUp: false,
      isStreaming: before?.isStreaming,
      archived: before?.archived,
      archiveFailed: before?.archiveFailed,
    };
  }
  const { answer } = result;
  return {
    isUp: true,
    isStreaming: answer.inRecovery ? isStreaming(answer) : undefined,
    archived: answer.archiver?.archived_count ?? before?.archived,
    archiveFailed: answer.archiver?.failed_count ?? before?.archiveFailed,
  };
}

function memberEvents(
  member: string,
  now: MemberMemory,
  before: MemberMemory | undefined,
  why: string,
  span: Span,
): EvidenceEvent[] {
  const event = (type: EvidenceEvent['type'], detail: string) => ({
    type,
    at: span.endedAt,
    subject: member,
    detail,
  });
  const events: EvidenceEvent[] = [];
  if (before?.isUp === true && !now.isUp)
    events.push(event('member_down', `${member} gives no answer: ${why}`));
  if (before?.isUp === false && now.isUp)
    events.push(event('member_up', `${member} answers again`));
  if (before?.isStreaming === true && now.isStreaming === false)
    events.push(event('receiver_down', `the WAL receiver of ${member} is gone`));
  if (before?.isStreaming === false && now.isStreaming === true)
    events.push(event('receiver_up', `${member} streams again`));
  return events;
}

function replicationOutcome(view: View): Pick<Observation, 'outcome' | 'reason'> {
  if (view.primary === undefined) return { outcome: 'unknown', reason: 'no_primary_answered' };
  const { standbys, synchronous } = connectedTo(view, view.primary);
  if (standbys < view.target.standbysExpected) return { outcome: 'bad', reason: 'standby_missing' };
  if (synchronous < view.target.synchronousExpected)
    return { outcome: 'bad', reason: 'synchronous_standby_missing' };
  return { outcome: 'good' };
}

function facts(view: View, snapshot: PostgresSnapshot): Fact[] {
  const { target, primary } = view;
  const connected = primary === undefined ? undefined : connectedTo(view, primary);
  const from = `pg_stat_replication on ${primary?.member ?? 'no primary'}`;
  return [
    {
      name: 'primary',
      value: primary?.member ?? null,
      source: 'pg_is_in_recovery() of every member',
    },
    { name: 'standbys', value: connected?.standbys ?? null, source: from },
    { name: 'standbys_expected', value: target.standbysExpected, source: 'configuration' },
    { name: 'synchronous_standbys', value: connected?.synchronous ?? null, source: from },
    ...snapshot.flatMap((result) => memberFacts(view, result)),
  ];
}

function memberFacts(view: View, result: MemberResult): Fact[] {
  const { member } = result;
  if (!result.ok) return [{ name: `${member}.role`, value: null, source: result.message }];
  const { answer, monoMs } = result;
  const lsn = parseLsn(answer.replayLsn);
  const seconds = answer.inRecovery
    ? lagSeconds(view.track, { timeline: timelineOf(answer), lsn }, monoMs)
    : undefined;
  return [
    {
      name: `${member}.role`,
      value: answer.inRecovery ? 'standby' : 'primary',
      source: `pg_is_in_recovery() on ${member}`,
    },
    {
      name: `${member}.timeline`,
      value: timelineOf(answer) ?? null,
      source: `pg_stat_wal_receiver or pg_control_checkpoint() on ${member}`,
    },
    ...(answer.inRecovery
      ? [
          {
            name: `${member}.lag_seconds`,
            value: seconds ?? null,
            source: `pg_last_wal_replay_lsn() on ${member} against the primary's positions`,
          },
        ]
      : []),
  ];
}

/** What one collection of a cluster says. Pure. */
export function measurePostgres(
  target: PostgresTarget,
  snapshot: PostgresSnapshot,
  memory: PostgresMemory | undefined,
  span: Span,
): Measurement<PostgresMemory> {
  const answered = snapshot.filter((result) => result.ok);
  const primary = primaryOf(answered);
  const view: View = { target, answered, primary, track: trackWith(memory?.track, primary) };
  const members = new Map(
    snapshot.map((result) => [
      result.member,
      rememberMember(result, memory?.members.get(result.member)),
    ]),
  );
  const events = snapshot.flatMap((result) =>
    memberEvents(
      result.member,
      members.get(result.member)!,
      memory?.members.get(result.member),
      result.ok ? '' : result.message,
      span,
    ),
  );
  return {
    samples: [
      ...upSamples(view, snapshot),
      ...clusterSamples(view),
      ...answered.flatMap((result) => memberSamples(view, result)),
    ],
    increments: increments(view, snapshot, memory),
    observations: [
      {
        sli: `postgres/${target.name}/replication`,
        at: span.startedAt,
        endedAt: span.endedAt,
        ...replicationOutcome(view),
      },
    ],
    events,
    facts: facts(view, snapshot),
    memory: { track: view.track, members },
  };
}
