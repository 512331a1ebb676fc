import type { EvidenceEvent, EventType } from '../../slo/observation.js';
import type { Span } from '../contract.js';
import { instantText } from './proof.js';
import type { BackupsView, KnownBackup, SurroundingsView } from './view.js';
import { describeNothing } from './words.js';

/** What was seen of the surroundings, to tell what changed. */
export interface SurroundingsMemory {
  readonly isArchiving: boolean | undefined;
  readonly testedMs: number | undefined;
}

/** What was seen of the backups; undefined before their first answer. */
export interface BackupMemory {
  readonly newestGoodMs: number;
  readonly failed: readonly string[];
  /** Null where nothing could be restored. */
  readonly restorableMs: number | null;
}

/** By how much the newest point may go back without being lost: clocks are shifted, and step. */
const steadyMs = 2000;

export function rememberSurroundings(
  { archiving, restoreTest }: SurroundingsView,
  before: SurroundingsMemory | undefined,
): SurroundingsMemory {
  return {
    isArchiving: archiving === undefined ? before?.isArchiving : archiving === 'works',
    testedMs: restoreTest?.ok === true ? restoreTest.record.at : before?.testedMs,
  };
}

function backupsOf({ stores }: BackupsView): KnownBackup[] {
  return stores.flatMap(({ backups }) => backups);
}

function failedOf(view: BackupsView): KnownBackup[] {
  return backupsOf(view).filter(({ fault }) => fault === 'backup_failed');
}

function restorableMs(
  { best, nothing }: BackupsView,
  before: BackupMemory | undefined,
): number | null {
  if (best !== undefined) return best.newestMs;
  return nothing === undefined ? (before?.restorableMs ?? null) : null;
}

export function rememberBackups(view: BackupsView, before: BackupMemory | undefined): BackupMemory {
  const good = backupsOf(view).filter(({ fault }) => fault === undefined);
  return {
    newestGoodMs: Math.max(before?.newestGoodMs ?? 0, ...good.map(({ endMs }) => endMs)),
    failed: failedOf(view).map(({ label }) => label),
    restorableMs: restorableMs(view, before),
  };
}

type Event = (type: EventType, detail: string, subject?: string) => EvidenceEvent;

function eventOf(subject: string, { endedAt: at }: Span): Event {
  return (type, detail, of = subject) => ({ type, at, subject: of, detail });
}

export function surroundingsEvents(
  view: SurroundingsView,
  now: SurroundingsMemory,
  before: SurroundingsMemory | undefined,
  span: Span,
): EvidenceEvent[] {
  const event = eventOf(view.target.name, span);
  const events: EvidenceEvent[] = [];
  if (before?.isArchiving === true && now.isArchiving === false) {
    const how = view.archiving === 'off' ? 'archiving is off' : 'the archiver fails';
    events.push(event('archive_stopped', `${how}: WAL is no longer archived`));
  }
  if (before?.isArchiving === false && now.isArchiving === true)
    events.push(event('archive_resumed', 'WAL is archived again'));
  if (before !== undefined && now.testedMs !== before.testedMs && now.testedMs !== undefined) {
    const hasSucceeded = view.restoreTest?.ok === true && view.restoreTest.record.success;
    const outcome = hasSucceeded ? 'succeeded' : 'failed';
    const when = instantText(now.testedMs);
    events.push(event('restore_test_recorded', `the restore test of ${when} ${outcome}`));
  }
  return events;
}

function completed(view: BackupsView, before: BackupMemory): KnownBackup[] {
  return backupsOf(view).filter(
    ({ fault, endMs }) => fault === undefined && endMs > before.newestGoodMs,
  );
}

function lostEvents(
  view: BackupsView,
  now: BackupMemory,
  before: BackupMemory,
  event: Event,
): EvidenceEvent[] {
  const [wasMs, isMs] = [before.restorableMs, now.restorableMs];
  if (wasMs === null || (isMs !== null && isMs >= wasMs - steadyMs)) return [];
  const left =
    isMs === null
      ? `nothing is left: ${describeNothing(view.nothing ?? 'no_backup')}`
      : `the newest is now ${instantText(isMs)}`;
  return [
    event('restorable_point_lost', `${instantText(wasMs)} can no longer be brought back; ${left}`),
  ];
}

export function backupEvents(
  view: BackupsView,
  now: BackupMemory,
  before: BackupMemory | undefined,
  span: Span,
): EvidenceEvent[] {
  if (before === undefined) return [];
  const event = eventOf(view.target.name, span);
  const known = new Set(before.failed);
  return [
    ...completed(view, before).map(({ label, type, endMs }) =>
      event('backup_completed', `backup ${label} (${type}) ended at ${instantText(endMs)}`, label),
    ),
    ...failedOf(view)
      .filter(({ label }) => !known.has(label))
      .map(({ label }) =>
        event('backup_failed', `backup ${label} holds pages whose checksum is wrong`, label),
      ),
    ...lostEvents(view, now, before, event),
  ];
}
