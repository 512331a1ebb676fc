import { statusCodes, type Backup, type Repository } from './stanza-info.js';

/** Why a backup is none to count on. */
export const backupFaults = [
  'backup_failed',
  'reference_missing',
  'archive_gone',
  'repository_failed',
  'dated_in_future',
] as const;
export type BackupFault = (typeof backupFaults)[number];

/** Clocks of two machines may differ by so much, in milliseconds. */
export const clockToleranceMs = 60_000;

/** The least and the newest archived segment of the backup's database, in its own repository. */
export function archiveOf({ archives }: Repository, { database }: Backup) {
  return archives.find((each) => each.database.id === database.id);
}

/** Whether the WAL that a backup needs to become consistent lies within what is archived. */
function hasItsWal(repository: Repository, backup: Backup): boolean {
  const { start, stop } = backup.archive ?? {};
  const { min, max } = archiveOf(repository, backup) ?? {};
  if (!start || !stop || !min || !max) return false;
  return min <= start && stop <= max;
}

function isThere({ backups }: Repository, label: string): boolean {
  return backups.some((each) => each.label === label && each.error !== true);
}

/** What is wrong with a backup; undefined where it can be restored as far as its records tell. */
export function faultOf(
  repository: Repository,
  backup: Backup,
  nowMs: number,
): BackupFault | undefined {
  if (repository.status.code !== statusCodes.ok) return 'repository_failed';
  if (backup.error === true) return 'backup_failed';
  if ((backup.reference ?? []).some((label) => !isThere(repository, label)))
    return 'reference_missing';
  if (!hasItsWal(repository, backup)) return 'archive_gone';
  if (backup.timestamp.stop * 1000 > nowMs + clockToleranceMs) return 'dated_in_future';
  return undefined;
}
