import { defineMetrics } from './definition.js';

const cluster = ['cluster', 'region'] as const;
const member = [...cluster, 'member'] as const;
const standby = [...member, 'standby'] as const;
const slot = [...member, 'slot'] as const;
const canary = ['cluster', 'region'] as const;

export const postgresMetrics = defineMetrics({
  sensei_postgres_up: {
    type: 'gauge',
    unit: 'none',
    labels: [...cluster, 'zone', 'member'],
    help: 'Whether the member answered the last collection (1) or not (0).',
  },
  sensei_postgres_member_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...member, 'reason'],
    help: 'Collections in which the member gave no answer, by reason.',
  },
  sensei_postgres_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...member, 'version', 'system_identifier'],
    help: 'Version of the server and identity of its database; always 1.',
  },
  sensei_postgres_in_recovery: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'Whether the member is a standby (1) or accepts writes (0).',
  },
  sensei_postgres_timeline: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'Timeline the member writes or follows.',
  },
  sensei_postgres_start_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: member,
    help: 'Unix time at which the server was started.',
  },
  sensei_postgres_wal_position_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [...member, 'position'],
    help: 'Write-ahead log position: current (primary), receive and replay (standby).',
  },
  sensei_postgres_receive_lag_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: member,
    help: 'Log the primary had written and the standby had not received; absent when either is unknown or their timelines differ.',
  },
  sensei_postgres_replay_lag_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: member,
    help: 'Log the primary had written and the standby had not replayed; absent when either is unknown or their timelines differ.',
  },
  sensei_postgres_replay_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: member,
    help: "How long ago the primary passed the position that the standby has replayed, on the exporter's clock.",
  },
  sensei_postgres_replay_paused: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'Whether replay is paused on the standby.',
  },
  sensei_postgres_wal_receiver_streaming: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'Whether the standby has a WAL receiver that streams.',
  },
  sensei_postgres_wal_receiver_last_message_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: member,
    help: "Unix time, on the standby's clock, at which its receiver last heard from its source.",
  },
  sensei_postgres_heartbeat_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: [...member, 'writer'],
    help: "Unix time, on the writing exporter's clock, of the newest heartbeat row that the member has.",
  },
  sensei_postgres_heartbeat_sequence: {
    type: 'gauge',
    unit: 'none',
    labels: [...member, 'writer'],
    help: 'Sequence number of the newest heartbeat row that the member has.',
  },
  sensei_postgres_primaries: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Members that answered and accept writes; more than one is a split brain.',
  },
  sensei_postgres_standbys_connected: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Configured members that stream from the primary; absent when no primary answered.',
  },
  sensei_postgres_standbys_expected: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Members that should stream from the primary.',
  },
  sensei_postgres_synchronous_standbys_connected: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Standbys that the primary waits for at commit; 0 means a lone primary: a failover may lose data.',
  },
  sensei_postgres_synchronous_standbys_expected: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Standbys that the primary should wait for at commit.',
  },
  sensei_postgres_synchronous_replication_on: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Whether synchronous_standby_names of the primary is set; 0 means that commits wait for no standby: an RPO of 0 is not promised.',
  },
  sensei_postgres_replication_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...standby, 'state', 'sync_state'],
    help: 'A connection of pg_stat_replication on the member and its state; always 1.',
  },
  sensei_postgres_replication_lag_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [...standby, 'stage'],
    help: 'Log that the standby has not sent, written, flushed or replayed, as its sender sees it.',
  },
  sensei_postgres_replication_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [...standby, 'stage'],
    help: 'Delay to write, flush and replay as the sender measured it; 0 when idle and caught up, absent when unknown.',
  },
  sensei_postgres_slot_active: {
    type: 'gauge',
    unit: 'none',
    labels: slot,
    help: 'Whether a replication slot is in use.',
  },
  sensei_postgres_slot_retained_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: slot,
    help: 'Log that the slot keeps from being removed.',
  },
  sensei_postgres_slot_lost: {
    type: 'gauge',
    unit: 'none',
    labels: slot,
    help: 'Whether log that the slot needs is gone or about to go (wal_status lost or unreserved).',
  },
  sensei_postgres_archived_segments_total: {
    type: 'counter',
    unit: 'none',
    labels: member,
    help: 'Log segments archived since the exporter began to watch.',
  },
  sensei_postgres_archive_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: member,
    help: 'Failed attempts to archive since the exporter began to watch.',
  },
  sensei_postgres_last_archived_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: member,
    help: "Unix time, on the server's clock, of the last archived segment.",
  },
  sensei_postgres_last_archive_failure_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: member,
    help: "Unix time, on the server's clock, of the last failed attempt to archive.",
  },
  sensei_postgres_canary_success: {
    type: 'gauge',
    unit: 'none',
    labels: canary,
    help: 'Whether the last heartbeat was committed and read back through the write path.',
  },
  sensei_postgres_canary_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [...canary, 'phase'],
    help: 'Duration of the last good heartbeat: connect (0 on the kept connection), commit, read.',
  },
  sensei_postgres_canary_sequence: {
    type: 'gauge',
    unit: 'none',
    labels: canary,
    help: 'Sequence number of the last heartbeat that was acknowledged.',
  },
  sensei_postgres_canary_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: canary,
    help: 'Unix time of the last heartbeat that was committed and read back; stays while the write path is down.',
  },
  sensei_postgres_canary_writes_total: {
    type: 'counter',
    unit: 'none',
    labels: canary,
    help: 'Heartbeats attempted.',
  },
  sensei_postgres_canary_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...canary, 'reason'],
    help: 'Heartbeats that failed, by reason. One that timed out may have been committed.',
  },
  sensei_postgres_canary_connections_total: {
    type: 'counter',
    unit: 'none',
    labels: canary,
    help: 'Connections made; more than one means that the kept connection was lost.',
  },
  sensei_postgres_canary_lost_heartbeats_total: {
    type: 'counter',
    unit: 'none',
    labels: canary,
    help: 'Times that an acknowledged heartbeat was gone at the next good one: acknowledged commits were lost.',
  },
});
