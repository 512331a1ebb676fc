import { count, type Increment } from '../../metrics/sample.js';
import type { Fact, Observation, RestorePoint } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import {
  backupEvents,
  rememberBackups,
  rememberSurroundings,
  surroundingsEvents,
  type BackupMemory,
  type SurroundingsMemory,
} from './changes.js';
import { instantText, unprovedWords } from './proof.js';
import { samplesOf, surroundingsSamples } from './samples.js';
import type { BackupsSnapshot, Surroundings } from './snapshot.js';
import type { BackupsTarget } from './targets.js';
import { surroundingsView, viewOf, type BackupsView, type SurroundingsView } from './view.js';
import type { WalMemory } from './wal-time.js';
import { missingSegment, sourceWords } from './words.js';

export interface BackupsMemory {
  readonly log: WalMemory;
  readonly surroundings: SurroundingsMemory;
  readonly backups: BackupMemory | undefined;
}

/** Names the SLI whether the dataset could be brought back at all. */
export function restorableSli({ name }: { readonly name: string }): string {
  return `backups/${name}/restorable`;
}

/** Archiving that fails leaves a point that grows old: that is bad while it can still be mended. */
function outcomeOf(view: BackupsView): Pick<Observation, 'outcome' | 'reason'> {
  const { best, nothing, archiving, stores } = view;
  if (best === undefined && nothing === undefined)
    return { outcome: 'unknown', reason: 'repository_failed' };
  if (nothing !== undefined) return { outcome: 'bad', reason: nothing };
  if (archiving === 'off') return { outcome: 'bad', reason: 'archiving_off' };
  if (archiving === 'fails') return { outcome: 'bad', reason: 'archiver_failing' };
  if (stores.some((store) => missingSegment(view, store) !== undefined))
    return { outcome: 'bad', reason: 'archive_incomplete' };
  return { outcome: 'good' };
}

function observationOf(
  target: BackupsTarget,
  outcome: Pick<Observation, 'outcome' | 'reason'>,
  { startedAt, endedAt }: Span,
): Observation {
  return { sli: restorableSli(target), at: startedAt, endedAt, ...outcome };
}

function incrementsOf({ target, archiver }: SurroundingsView): Increment[] {
  if (archiver === undefined || archiver.ok) return [];
  const { name: backup, region } = target;
  const { reason } = archiver;
  return [count('sensei_backup_archiver_failures_total', { backup, region, reason })];
}

function archiverFacts({ archiver, archiving }: SurroundingsView): Fact[] {
  if (archiver === undefined) return [];
  const source = archiver.ok ? `pg_stat_archiver on ${archiver.member}` : archiver.message;
  const last = archiver.ok ? archiver.answer.archiver?.last_archived_wal : undefined;
  return [
    { name: 'archiving', value: archiving ?? null, source },
    { name: 'last_archived_wal', value: last ?? null, source },
  ];
}

function restoreTestFacts({ target, restoreTest }: SurroundingsView): Fact[] {
  if (target.restoreTest === undefined) return [];
  const record = restoreTest?.ok === true ? restoreTest.record : undefined;
  const source = restoreTest?.ok === false ? restoreTest.message : target.restoreTest.file;
  return [
    { name: 'restore_test', value: record === undefined ? null : instantText(record.at), source },
    { name: 'restore_test_succeeded', value: record?.success ?? null, source },
  ];
}

function backupFacts(view: BackupsView, unproved: string | undefined): Fact[] {
  const { best, stores } = view;
  const source = sourceWords(view);
  const newest = best === undefined ? null : instantText(best.newestMs);
  return [
    { name: 'restorable', value: newest, source },
    { name: 'backup', value: best?.backup.label ?? null, source },
    { name: 'proved', value: unproved === undefined, source: unproved ?? 'the last restore test' },
    ...stores.flatMap(({ key, wal }) =>
      wal === undefined
        ? []
        : [
            {
              name: key === '' ? 'archived_wal' : `repository.${key}.archived_wal`,
              value: wal.max.name,
              source: key === '' ? 'pg_stat_archiver' : 'pgbackrest info',
            },
          ],
    ),
  ];
}

/** None where it is not known: what was known before stands. */
function restorePoints(view: BackupsView, unproved: string | undefined): RestorePoint[] {
  const { target, best, nothing } = view;
  if (best === undefined && nothing === undefined) return [];
  return [
    {
      dataset: target.dataset,
      path: 'backup',
      newestMs: best?.newestMs ?? null,
      source: sourceWords(view),
      ...(unproved !== undefined && { unproved }),
    },
  ];
}

/** What one collection of backups says. Pure. */
export function measureBackups(
  target: BackupsTarget,
  snapshot: BackupsSnapshot,
  memory: BackupsMemory | undefined,
  span: Span,
): Measurement<BackupsMemory> {
  const view = viewOf(target, snapshot, memory?.log, span);
  const surroundings = rememberSurroundings(view, memory?.surroundings);
  const backups = rememberBackups(view, memory?.backups);
  const unproved = unprovedWords(target, snapshot.restoreTest, span);
  return {
    samples: samplesOf(view, unproved === undefined),
    increments: incrementsOf(view),
    observations: [observationOf(target, outcomeOf(view), span)],
    events: [
      ...surroundingsEvents(view, surroundings, memory?.surroundings, span),
      ...backupEvents(view, backups, memory?.backups, span),
    ],
    restorePoints: restorePoints(view, unproved),
    facts: [...backupFacts(view, unproved), ...archiverFacts(view), ...restoreTestFacts(view)],
    memory: { log: view.log, surroundings, backups },
  };
}

/** The backups gave no answer: what was known of them stands and grows old. Pure. */
export function measureBackupsFailure(
  target: BackupsTarget,
  reason: string,
  memory: BackupsMemory | undefined,
  span: Span,
  partial?: unknown,
): Partial<Measurement<BackupsMemory>> {
  const observations = [observationOf(target, { outcome: 'unknown', reason }, span)];
  if (partial === undefined) return { observations };
  const view = surroundingsView(target, partial as Surroundings, memory?.log);
  const surroundings = rememberSurroundings(view, memory?.surroundings);
  const unproved = unprovedWords(target, view.restoreTest, span);
  return {
    samples: surroundingsSamples(view, unproved === undefined),
    increments: incrementsOf(view),
    observations,
    events: surroundingsEvents(view, surroundings, memory?.surroundings, span),
    facts: [...archiverFacts(view), ...restoreTestFacts(view)],
    memory: { log: view.log, surroundings, backups: memory?.backups },
  };
}
