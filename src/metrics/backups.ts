import { defineMetrics } from './definition.js';

const backup = ['backup', 'region'] as const;
const repository = [...backup, 'repository'] as const;

export const backupsMetrics = defineMetrics({
  sensei_backup_restorable: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether there is a backup that could be restored, as far as its records tell (1) or not (0).',
  },
  sensei_backup_restorable_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: backup,
    help: 'Newest instant that could be brought back: all that was committed by then is in a backup or the WAL archived after it.',
  },
  sensei_backup_proved: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether a restore test that succeeded is recorded and not too old: without it backups are no evidence.',
  },
  sensei_backup_newest_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: [...backup, 'type'],
    help: 'When the newest good backup of the type ended, as its records have it.',
  },
  sensei_backup_last_success: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether the newest backup that is recorded is a good one.',
  },
  sensei_backup_faulty: {
    type: 'gauge',
    unit: 'none',
    labels: [...backup, 'reason'],
    help: 'Recorded backups that cannot be counted on, by reason.',
  },
  sensei_backup_size_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: backup,
    help: 'Size of what the newest good backup restores; of an object, its own size.',
  },
  sensei_backup_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: backup,
    help: 'How long the newest good backup took.',
  },
  sensei_backup_wal_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: repository,
    help: 'Instant that the newest archived WAL stands for: all that was committed by then is in it.',
  },
  sensei_backup_archive_position_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [...repository, 'edge'],
    help: 'Log position where the archived WAL begins (min) and ends (max).',
  },
  sensei_backup_archive_timeline: {
    type: 'gauge',
    unit: 'none',
    labels: [...repository, 'edge'],
    help: 'Timeline of the least (min) and the newest (max) archived WAL segment.',
  },
  sensei_backup_archive_missing: {
    type: 'gauge',
    unit: 'none',
    labels: repository,
    help: 'Whether the primary says that a segment is archived that the repository does not reach (1): WAL is lost.',
  },
  sensei_backup_archiver_up: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether the primary that archives WAL answered the last collection (1) or not (0).',
  },
  sensei_backup_archiver_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...backup, 'reason'],
    help: 'Collections in which the primary that archives WAL gave no answer, by reason.',
  },
  sensei_backup_archiving: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether the last attempt of the primary to archive a segment succeeded (1) or failed, or archiving is off (0).',
  },
  sensei_backup_segments_waiting: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'WAL segments that wait on the primary to be archived.',
  },
  sensei_backup_oldest_waiting_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: backup,
    help: "When the segment that waits longest became whole, by the primary's clock.",
  },
  sensei_backup_last_archived_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: backup,
    help: "When the primary last archived a segment, by its own clock; the segment's content may be much older.",
  },
  sensei_backup_last_archive_failure_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: backup,
    help: 'When the primary last failed to archive a segment, by its own clock.',
  },
  sensei_backup_restore_test_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: backup,
    help: 'When the last restore test that is recorded took place.',
  },
  sensei_backup_restore_test_success: {
    type: 'gauge',
    unit: 'none',
    labels: backup,
    help: 'Whether the last restore test that is recorded succeeded.',
  },
  sensei_backup_restore_test_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: backup,
    help: 'How long the last restore test took, where its record tells.',
  },
});
