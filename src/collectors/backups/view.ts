import type { Instant } from '../../slo/observation.js';
import type { Span } from '../contract.js';
import { archiveOf, faultOf, type BackupFault } from './judge.js';
import { parseSegment, type Segment } from './segment.js';
import type { ArchiverResult, BackupsSnapshot, SourceAnswer, Surroundings } from './snapshot.js';
import { isAnswered, statusCodes, type Backup, type Repository } from './stanza-info.js';
import type { BackupsTarget } from './targets.js';
import { followLog, reach, reachedOf, type Reached, type WalMemory } from './wal-time.js';

export type BackupType = 'full' | 'diff' | 'incr' | 'object' | 'other';

/** A backup as every kind of source tells of it. */
export interface KnownBackup {
  readonly label: string;
  readonly type: BackupType;
  readonly endMs: number;
  readonly bytes: number | undefined;
  readonly durationMs: number | undefined;
  readonly fault: BackupFault | undefined;
}

/** Backups, and the WAL that is archived with them. */
export interface Store {
  /** Number of the repository; empty for objects. */
  readonly key: string;
  readonly backups: readonly KnownBackup[];
  readonly newestGood: KnownBackup | undefined;
  /** What is archived of the newest good backup's database. */
  readonly wal: Wal | undefined;
}

export interface Wal {
  readonly min: Segment | undefined;
  readonly max: Segment;
  /** Whether another database is archived here than the one whose primary was asked. */
  readonly isOfOther: boolean;
  /** The last segment that the backup itself needs; undefined where nothing tells. */
  readonly neededTo: string | undefined;
}

/** The newest point that can be brought back. */
export interface Point {
  readonly store: Store;
  readonly backup: KnownBackup;
  readonly newestMs: number;
  /** Whether archived WAL reaches it, or the backup alone. */
  readonly isOfWal: boolean;
}

/** Why nothing can be brought back. */
export type Nothing = BackupFault | 'no_backup' | 'stanza_missing';

/** What is known beside the source. */
export interface SurroundingsView extends Surroundings {
  readonly target: BackupsTarget;
  readonly log: WalMemory;
  /** Whether archiving works; undefined where nothing tells. */
  readonly archiving: 'works' | 'fails' | 'off' | undefined;
}

/** A collection, read. */
export interface BackupsView extends SurroundingsView {
  readonly stores: readonly Store[];
  /** The instant that the archived WAL of each store stands for, in Unix milliseconds. */
  readonly walMs: ReadonlyMap<string, number>;
  readonly best: Point | undefined;
  /** Objects that are too small to be a backup. */
  readonly tooSmall: number;
  /** Absent where there is a best, and where a repository that was not read may hold one. */
  readonly nothing: Nothing | undefined;
}

/** Of several, the one that ended last. */
export function newestOf(backups: readonly KnownBackup[]): KnownBackup | undefined {
  return backups.reduce<KnownBackup | undefined>(
    (best, each) => (best === undefined || each.endMs > best.endMs ? each : best),
    undefined,
  );
}

export function isGood({ fault }: KnownBackup): boolean {
  return fault === undefined;
}

function typeOf(text: string): BackupType {
  return (['full', 'diff', 'incr'] as const).find((each) => each === text) ?? 'other';
}

function knownBackup(repository: Repository, backup: Backup, nowMs: number): KnownBackup {
  const { label, type, timestamp, info } = backup;
  return {
    label,
    type: typeOf(type),
    endMs: timestamp.stop * 1000,
    bytes: info?.size,
    durationMs: (timestamp.stop - timestamp.start) * 1000,
    fault: faultOf(repository, backup, nowMs),
  };
}

/** What is archived in a repository of a backup's database. */
function walOf(repository: Repository, backup: Backup, log: WalMemory): Wal | undefined {
  const archive = archiveOf(repository, backup);
  const max = parseSegment(archive?.max, log.segmentBytes);
  if (max === undefined) return undefined;
  const system = repository.systems.get(backup.database.id);
  const isOfOther =
    system !== undefined && log.systemIdentifier !== undefined && system !== log.systemIdentifier;
  const min = parseSegment(archive?.min, log.segmentBytes);
  return { min, max, isOfOther, neededTo: backup.archive?.stop ?? undefined };
}

function repositoryStore(repository: Repository, log: WalMemory, nowMs: number): Store {
  const backups = repository.backups.map((each) => knownBackup(repository, each, nowMs));
  const newestGood = newestOf(backups.filter(isGood));
  const basis =
    repository.backups.find(({ label }) => label === newestGood?.label) ??
    repository.backups.at(-1);
  const wal = basis === undefined ? undefined : walOf(repository, basis, log);
  return { key: String(repository.key), backups, newestGood, wal };
}

function objectStore(
  { newest }: Extract<SourceAnswer, { kind: 'objects' }>,
  log: WalMemory,
): Store {
  const backup: KnownBackup | undefined =
    newest === undefined
      ? undefined
      : {
          label: newest.key,
          type: 'object',
          endMs: newest.modifiedMs,
          bytes: newest.bytes,
          durationMs: undefined,
          fault: undefined,
        };
  const max = log.claimed;
  return {
    key: '',
    backups: backup === undefined ? [] : [backup],
    newestGood: backup,
    wal:
      max === undefined
        ? undefined
        : { min: undefined, max, isOfOther: false, neededTo: undefined },
  };
}

function storesOf(source: SourceAnswer, log: WalMemory, nowMs: number): Store[] {
  return source.kind === 'objects'
    ? [objectStore(source, log)]
    : source.info.map((repository) => repositoryStore(repository, log, nowMs));
}

function archivingOf(archiver: ArchiverResult | undefined): SurroundingsView['archiving'] {
  if (archiver?.ok !== true) return undefined;
  const { archiveMode, archiver: state } = archiver.answer;
  if (archiveMode === 'off') return 'off';
  const failedAt = state?.last_failed_at ?? undefined;
  if (failedAt === undefined) return state?.last_archived_at == null ? undefined : 'works';
  return failedAt > (state?.last_archived_at ?? -Infinity) ? 'fails' : 'works';
}

/** What is known even where the source gave no answer. */
export function surroundingsView(
  target: BackupsTarget,
  { archiver, restoreTest }: Surroundings,
  before: WalMemory | undefined,
): SurroundingsView {
  const log = followLog(before, archiver);
  return { target, archiver, restoreTest, log, archiving: archivingOf(archiver) };
}

function reachedBy(
  stores: readonly Store[],
  log: WalMemory,
  archiver: ArchiverResult | undefined,
  now: Instant,
): ReadonlyMap<string, Reached> {
  return new Map(
    stores.flatMap(({ key, wal }) => {
      if (wal === undefined || wal.isOfOther) return [];
      const reached = reach(log, archiver, key, reachedOf(wal.max, log), now);
      return reached === undefined ? [] : [[key, reached] as const];
    }),
  );
}

function pointOf(store: Store, walMs: number | undefined): Point | undefined {
  const { newestGood: backup, wal } = store;
  if (backup === undefined) return undefined;
  const reachesBackup = wal !== undefined && (wal.neededTo ?? '') <= wal.max.name;
  const isOfWal = walMs !== undefined && reachesBackup && walMs > backup.endMs;
  return { store, backup, isOfWal, newestMs: isOfWal ? walMs : backup.endMs };
}

/** Where there are whole backups, what keeps the newest of them from being restored. */
function nothingIn(source: SourceAnswer, stores: readonly Store[]): Nothing | undefined {
  if (source.kind === 'pgbackrest' && !source.info.every(isAnswered)) return undefined;
  const backups = stores.flatMap((store) => store.backups);
  const whole = backups.filter(({ fault }) => fault !== 'backup_failed');
  const fault = newestOf(whole.length > 0 ? whole : backups)?.fault;
  if (fault !== undefined) return fault;
  if (source.kind === 'objects') return 'no_backup';
  const isMissing = ({ status: { code } }: Repository) =>
    code === statusCodes.missingPath || code === statusCodes.missingData;
  return source.info.every(isMissing) ? 'stanza_missing' : 'no_backup';
}

function bestOf(points: readonly Point[]): Point | undefined {
  return points.toSorted((a, b) => b.newestMs - a.newestMs)[0];
}

export function viewOf(
  target: BackupsTarget,
  snapshot: BackupsSnapshot,
  before: WalMemory | undefined,
  { endedAt }: Span,
): BackupsView {
  const around = surroundingsView(target, snapshot, before);
  const stores = storesOf(snapshot.source, around.log, endedAt.wallMs);
  const reached = reachedBy(stores, around.log, around.archiver, endedAt);
  const log = { ...around.log, reached };
  const walMs = new Map([...reached].map(([key, { at }]) => [key, at.wallMs]));
  const best = bestOf(stores.flatMap((store) => pointOf(store, walMs.get(store.key)) ?? []));
  const nothing = best === undefined ? nothingIn(snapshot.source, stores) : undefined;
  const tooSmall = snapshot.source.kind === 'objects' ? snapshot.source.tooSmall : 0;
  return { ...around, log, stores, walMs, best, tooSmall, nothing };
}
