/**
 * Everything that is asked of a member, in one round trip and one JSON value. Works on PostgreSQL 12 to
 * 17: columns that a version lacks are read through `to_jsonb`, which gives null for them. Needs
 * pg_monitor, and no more.
 */
export const memberQuery = `
SELECT json_build_object(
  'version', current_setting('server_version'),
  'inRecovery', pg_is_in_recovery(),
  'startedAt', extract(epoch FROM pg_postmaster_start_time()),
  'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
  'checkpointTimeline', (SELECT timeline_id FROM pg_control_checkpoint()),
  'currentLsn', CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END,
  'writtenTimeline', CASE WHEN NOT pg_is_in_recovery()
    THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
  'receiveLsn', pg_last_wal_receive_lsn()::text,
  'replayLsn', pg_last_wal_replay_lsn()::text,
  'replayPaused', CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() END,
  'lastReplayedAt', extract(epoch FROM pg_last_xact_replay_timestamp()),
  'synchronousStandbyNames', current_setting('synchronous_standby_names'),
  'replication', (SELECT coalesce(json_agg(r), '[]'::json) FROM (
     SELECT application_name, state, sync_state, sent_lsn::text, write_lsn::text, flush_lsn::text,
            replay_lsn::text, extract(epoch FROM write_lag) AS write_lag_seconds,
            extract(epoch FROM flush_lag) AS flush_lag_seconds,
            extract(epoch FROM replay_lag) AS replay_lag_seconds
     FROM pg_stat_replication LIMIT 256) r),
  'receiver', (SELECT row_to_json(r) FROM (
     SELECT status, received_tli, slot_name, sender_host,
            extract(epoch FROM last_msg_receipt_time) AS last_message_at
     FROM pg_stat_wal_receiver) r),
  'slots', (SELECT coalesce(json_agg(r), '[]'::json) FROM (
     SELECT slot_name, active, restart_lsn::text, to_jsonb(s) ->> 'wal_status' AS wal_status
     FROM pg_replication_slots s LIMIT 256) r),
  'archiver', (SELECT row_to_json(r) FROM (
     SELECT archived_count, failed_count, extract(epoch FROM last_archived_time) AS last_archived_at,
            extract(epoch FROM last_failed_time) AS last_failed_at
     FROM pg_stat_archiver) r)
) AS answer`;

/** The heartbeat rows as the member has them. The table's name is checked by the configuration. */
export function heartbeatQuery(table: string): string {
  return `SELECT coalesce(json_agg(r), '[]'::json) AS answer FROM (
    SELECT writer, seq::text, extract(epoch FROM written_at) AS written_at FROM ${table} ORDER BY written_at DESC LIMIT 16) r`;
}

/**
 * Writes a heartbeat. The number becomes the proposed one, or one more than the row's where that is
 * higher: it never goes back, whatever the clocks do and however many exporters share the row. `before`
 * is the number that the row had.
 */
export function writeQuery(table: string): string {
  return `INSERT INTO ${table} AS h (writer, seq, written_at) VALUES ($1, $2, to_timestamp($3))
    ON CONFLICT (writer) DO UPDATE
      SET seq = greatest(EXCLUDED.seq, h.seq + 1), written_at = EXCLUDED.written_at
    RETURNING seq::text, (SELECT b.seq::text FROM ${table} AS b WHERE b.writer = $1) AS before`;
}

export function readBackQuery(table: string): string {
  return `SELECT seq::text, pg_is_in_recovery() AS standby FROM ${table} WHERE writer = $1`;
}
