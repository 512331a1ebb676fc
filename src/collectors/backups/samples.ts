import { gauge, type Sample, optional } from '../../metrics/sample.js';
import { backupFaults } from './judge.js';
import type { Segment } from './segment.js';
import {
  isGood,
  newestOf,
  type BackupsView,
  type KnownBackup,
  type Store,
  type SurroundingsView,
} from './view.js';
import { missingSegment } from './words.js';

function labelsOf({ target }: SurroundingsView) {
  return { backup: target.name, region: target.region };
}

function archiverSamples(view: SurroundingsView): Sample[] {
  const { archiver, archiving } = view;
  if (archiver === undefined) return [];
  const labels = labelsOf(view);
  const up = gauge('sensei_backup_archiver_up', labels, archiver.ok);
  if (!archiver.ok) return [up];
  const { waiting, archiver: state } = archiver.answer;
  return [
    up,
    ...(archiving === undefined
      ? []
      : [gauge('sensei_backup_archiving', labels, archiving === 'works')]),
    ...optional(
      (value) => gauge('sensei_backup_segments_waiting', labels, value),
      waiting?.segments,
    ),
    ...optional(
      (value) => gauge('sensei_backup_oldest_waiting_timestamp_seconds', labels, value),
      waiting?.oldest_at,
    ),
    ...optional(
      (value) => gauge('sensei_backup_last_archived_timestamp_seconds', labels, value),
      state?.last_archived_at,
    ),
    ...optional(
      (value) => gauge('sensei_backup_last_archive_failure_timestamp_seconds', labels, value),
      state?.last_failed_at,
    ),
  ];
}

function restoreTestSamples(view: SurroundingsView): Sample[] {
  const { restoreTest } = view;
  if (restoreTest?.ok !== true) return [];
  const labels = labelsOf(view);
  const { at, success, durationSeconds } = restoreTest.record;
  return [
    gauge('sensei_backup_restore_test_timestamp_seconds', labels, at / 1000),
    gauge('sensei_backup_restore_test_success', labels, success),
    ...optional(
      (value) => gauge('sensei_backup_restore_test_duration_seconds', labels, value),
      durationSeconds,
    ),
  ];
}

/** What is known even where the backups gave no answer. */
export function surroundingsSamples(view: SurroundingsView, isProved: boolean): Sample[] {
  return [
    gauge('sensei_backup_proved', labelsOf(view), isProved),
    ...archiverSamples(view),
    ...restoreTestSamples(view),
  ];
}

function typeSamples(view: BackupsView, good: readonly KnownBackup[]): Sample[] {
  const types = new Set(good.map(({ type }) => type));
  return [...types].flatMap((type) =>
    optional(
      (value) =>
        gauge('sensei_backup_newest_timestamp_seconds', { ...labelsOf(view), type }, value),
      newestOf(good.filter((each) => each.type === type))?.endMs,
    ).map((sample) => ({ ...sample, value: sample.value / 1000 })),
  );
}

/** Objects tell nothing of what is in them. */
function faultySamples(view: BackupsView, backups: readonly KnownBackup[]): Sample[] {
  if (view.target.source.kind === 'objects') return [];
  return backupFaults.map((reason) => {
    const number = backups.filter(({ fault }) => fault === reason).length;
    return gauge('sensei_backup_faulty', { ...labelsOf(view), reason }, number);
  });
}

function backupSamples(view: BackupsView): Sample[] {
  const labels = labelsOf(view);
  const backups = view.stores.flatMap((store) => store.backups);
  const good = backups.filter(isGood);
  const [last, newest] = [newestOf(backups), newestOf(good)];
  const durationMs = newest?.durationMs;
  return [
    ...typeSamples(view, good),
    ...faultySamples(view, backups),
    ...optional(
      (value) => gauge('sensei_backup_last_success', labels, value),
      last === undefined ? undefined : Number(isGood(last)),
    ),
    ...optional((value) => gauge('sensei_backup_size_bytes', labels, value), newest?.bytes),
    ...optional(
      (value) => gauge('sensei_backup_duration_seconds', labels, value),
      durationMs === undefined ? undefined : durationMs / 1000,
    ),
  ];
}

function edgeSamples(
  labels: { backup: string; region: string; repository: string },
  edge: 'min' | 'max',
  segment: Segment | undefined,
): Sample[] {
  if (segment === undefined) return [];
  const position = edge === 'min' ? segment.begin : segment.end;
  return [
    gauge('sensei_backup_archive_position_bytes', { ...labels, edge }, Number(position)),
    gauge('sensei_backup_archive_timeline', { ...labels, edge }, segment.timeline),
  ];
}

function storeSamples(view: BackupsView, store: Store): Sample[] {
  const labels = { ...labelsOf(view), repository: store.key };
  const walMs = view.walMs.get(store.key);
  const canMiss = view.target.source.kind === 'pgbackrest' && view.log.claimed !== undefined;
  return [
    ...optional(
      (value) => gauge('sensei_backup_wal_timestamp_seconds', labels, value),
      walMs === undefined ? undefined : walMs / 1000,
    ),
    ...edgeSamples(labels, 'min', store.wal?.min),
    ...edgeSamples(labels, 'max', store.wal?.max),
    ...(canMiss && store.wal !== undefined
      ? [gauge('sensei_backup_archive_missing', labels, missingSegment(view, store) !== undefined)]
      : []),
  ];
}

/** Every gauge of a collection. */
export function samplesOf(view: BackupsView, isProved: boolean): Sample[] {
  const labels = labelsOf(view);
  const { best, nothing } = view;
  return [
    ...(best === undefined && nothing === undefined
      ? []
      : [gauge('sensei_backup_restorable', labels, best !== undefined)]),
    ...optional(
      (value) => gauge('sensei_backup_restorable_timestamp_seconds', labels, value),
      best === undefined ? undefined : best.newestMs / 1000,
    ),
    ...backupSamples(view),
    ...view.stores.flatMap((store) => storeSamples(view, store)),
    ...surroundingsSamples(view, isProved),
  ];
}
