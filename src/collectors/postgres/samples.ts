import { standbyLag } from '../sql/standby-lag.js';
import { isStreaming, logEnd, timelineOf, type Answered } from '../sql/member.js';
import { gauge, type Sample, optional } from '../../metrics/sample.js';
import type { ReplicationRow } from '../sql/answer.js';
import { connectedTo, type ClusterView } from './cluster-view.js';
import { lagBytes, parseLsn } from '../sql/lsn.js';
import type { PostgresSnapshot } from './snapshot.js';

function labelsOf({ target }: ClusterView, member: string) {
  return { cluster: target.name, region: target.region, member };
}

function identitySamples(view: ClusterView, { member, answer }: Answered): Sample[] {
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

function positionSamples(view: ClusterView, { member, answer }: Answered): Sample[] {
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

function lagSamples(view: ClusterView, result: Answered): Sample[] {
  const labels = labelsOf(view, result.member);
  const lag = standbyLag(view, result);
  return [
    ...optional(
      (value) => gauge('sensei_postgres_receive_lag_bytes', labels, value),
      lag?.receiveBytes,
    ),
    ...optional(
      (value) => gauge('sensei_postgres_replay_lag_bytes', labels, value),
      lag?.replayBytes,
    ),
    ...optional(
      (value) => gauge('sensei_postgres_replay_lag_seconds', labels, value),
      lag?.replaySeconds,
    ),
  ];
}

function receiverSamples(view: ClusterView, { member, answer }: Answered): Sample[] {
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

function heartbeatSamples(view: ClusterView, { member, heartbeats }: Answered): Sample[] {
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
  view: ClusterView,
  { member, answer }: Answered,
  row: ReplicationRow,
): Sample[] {
  const labels = { ...labelsOf(view, member), standby: row.application_name };
  const ahead = logEnd(answer);
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

/** Of connections under one name, the worst: a standby that connected again may be there twice. */
function worstOf(samples: readonly Sample[]): Sample[] {
  const worst = new Map<string, Sample>();
  for (const sample of samples) {
    const key = JSON.stringify([sample.metric, sample.labels]);
    const known = worst.get(key);
    if (known === undefined || known.value < sample.value) worst.set(key, sample);
  }
  return [...worst.values()];
}

function slotSamples(view: ClusterView, { member, answer }: Answered): Sample[] {
  const ahead = logEnd(answer);
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

function archiverSamples(view: ClusterView, { member, answer }: Answered): Sample[] {
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

function memberSamples(view: ClusterView, result: Answered): Sample[] {
  return [
    ...identitySamples(view, result),
    ...positionSamples(view, result),
    ...lagSamples(view, result),
    ...receiverSamples(view, result),
    ...heartbeatSamples(view, result),
    ...worstOf(result.answer.replication.flatMap((row) => connectionSamples(view, result, row))),
    ...slotSamples(view, result),
    ...archiverSamples(view, result),
  ];
}

function clusterSamples(view: ClusterView): Sample[] {
  const { target, answered } = view;
  const labels = { cluster: target.name, region: target.region };
  const connected = connectedTo(view);
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
    ...optional(
      (value) => gauge('sensei_postgres_synchronous_replication_on', labels, value),
      connected === undefined ? undefined : Number(connected.waits),
    ),
  ];
}

function upSamples({ target }: ClusterView, snapshot: PostgresSnapshot): Sample[] {
  const zones = new Map(target.members.map(({ name, zone }) => [name, zone]));
  return snapshot.map(({ member, ok }) =>
    gauge(
      'sensei_postgres_up',
      { cluster: target.name, region: target.region, zone: zones.get(member) ?? '', member },
      ok,
    ),
  );
}

/** Every gauge of a collection; those of a member that gave no answer are left out, but for its `up`. */
export function samplesOf(view: ClusterView, snapshot: PostgresSnapshot): Sample[] {
  return [
    ...upSamples(view, snapshot),
    ...clusterSamples(view),
    ...view.answered.flatMap((result) => memberSamples(view, result)),
  ];
}
