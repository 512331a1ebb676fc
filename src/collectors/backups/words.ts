import { instantText } from './proof.js';
import type { ArchiverResult } from './snapshot.js';
import type { BackupsTarget } from './targets.js';
import type { BackupsView, KnownBackup, Nothing, Point, Store } from './view.js';

const nothingWords: Readonly<Record<Nothing, string>> = {
  no_backup: 'there is no backup',
  stanza_missing: 'the stanza is missing',
  backup_failed: 'every backup holds pages whose checksum is wrong',
  reference_missing: 'a backup that the newest one is built on is missing or damaged',
  archive_gone: 'the WAL that the newest backup needs is not in the archive',
  repository_failed: 'a repository cannot be read',
  dated_in_future: 'the newest backup is dated in the future: the clocks disagree',
};

export function describeNothing(nothing: Nothing): string {
  return nothingWords[nothing];
}

function sourceName({ source }: BackupsTarget): string {
  return source.kind === 'objects' ? `bucket ${source.bucket.bucket}` : `stanza ${source.stanza}`;
}

function placeOf(target: BackupsTarget, { key }: Store): string {
  const name = sourceName(target);
  return key === '' || key === '1' ? name : `${name}, repository ${key}`;
}

/** Where backups alone count, why there is no WAL that counts. */
function whyNoWal({ archiver, archiving }: BackupsView, { wal }: Store): string {
  if (archiver === undefined) return 'no archiver is configured';
  if (wal === undefined) return 'no WAL is archived after it';
  if (wal.isOfOther) return 'the WAL archived there is of another database than the cluster is';
  if (!archiver.ok) return `what its WAL stands for is not known: ${archiver.message}`;
  if (archiving !== undefined && archiving !== 'works') return 'no newer WAL is archived';
  return 'what its WAL stands for is not known yet';
}

/** What is wrong with archiving. */
function archiverWords({ archiving, archiver }: BackupsView): string {
  const lastMs = lastArchivedMs(archiver);
  const since = lastMs === undefined ? '' : `; nothing was archived since ${instantText(lastMs)}`;
  if (archiving === 'off') return '; archiving is off';
  return archiving === 'fails' ? `; the archiver fails${since}` : '';
}

function lastArchivedMs(archiver: ArchiverResult | undefined): number | undefined {
  const seconds = archiver?.ok === true ? archiver.answer.archiver?.last_archived_at : undefined;
  return seconds === null || seconds === undefined ? undefined : seconds * 1000;
}

/** The segment that the primary says is archived, where the store does not reach it. */
export function missingSegment({ log, archiver }: BackupsView, { wal }: Store): string | undefined {
  const { claimed } = log;
  if (archiver === undefined || claimed === undefined || wal === undefined) return undefined;
  if (wal.isOfOther || claimed.timeline !== wal.max.timeline) return undefined;
  return claimed.name > wal.max.name ? claimed.name : undefined;
}

function backupWords(backup: KnownBackup): string {
  return `backup ${backup.label}`;
}

/** What the newest point rests on, and why it is no later where something is wrong. */
export function sourceWords(view: BackupsView): string {
  const { target, best, nothing, tooSmall } = view;
  if (best === undefined) {
    const small = tooSmall > 0 ? `: ${tooSmall} objects are too small` : '';
    return `${sourceName(target)}: ${describeNothing(nothing ?? 'repository_failed')}${small}`;
  }
  return `${restWords(view, best)}${missingWords(view, best.store)}${archiverWords(view)}`;
}

function restWords(view: BackupsView, { store, backup, isOfWal }: Point): string {
  const place = placeOf(view.target, store);
  const wal = store.wal?.max.name;
  return isOfWal && wal !== undefined
    ? `WAL ${wal} in ${place} after ${backupWords(backup)}`
    : `${backupWords(backup)} in ${place}; ${whyNoWal(view, store)}`;
}

function missingWords(view: BackupsView, store: Store): string {
  const missing = missingSegment(view, store);
  return missing === undefined
    ? ''
    : `; the primary says that ${missing} is archived, and it is not there`;
}
