import type { Fact, Observation, RestorePoint } from '../../slo/observation.js';
import type { Serving } from '../../slo/region.js';
import type { Measurement, Span } from '../contract.js';
import { isStreaming } from '../sql/member.js';
import type { PrimaryTrack } from '../sql/primary-track.js';
import { eventsOf } from './changes.js';
import {
  progressOf,
  restorableOf,
  wentBack,
  type Progress,
  type Restorable,
} from './restorable.js';
import { areTimelinesEqual, samplesOf } from './samples.js';
import type { LagSnapshot } from './snapshot.js';
import type { LagTarget } from './targets.js';
import { lagViewOf, type LagView } from './view.js';

export interface LagMemory {
  /** The cluster that has the writer, or had it last. */
  readonly source: string;
  readonly track: PrimaryTrack | undefined;
  readonly writers: number;
  /** The slot that the copy streams from, also while it does not. */
  readonly slot: string | undefined;
  readonly newest: Restorable | undefined;
  /** As far as the copy was seen to be; kept while it gives no answer. */
  readonly progress: Progress;
  /** Undefined without a threshold, and while nothing is known. */
  readonly isAbove: boolean | undefined;
}

export function writerSli({ name }: Pick<LagTarget, 'name'>): string {
  return `lag/${name}/writer`;
}

export function replicationSli({ name }: Pick<LagTarget, 'name'>): string {
  return `lag/${name}/replication`;
}

type Verdict = Pick<Observation, 'outcome' | 'reason'>;

function writerOutcome({ writers }: LagView): Verdict {
  if (writers === 1) return { outcome: 'good' };
  return { outcome: 'bad', reason: writers === 0 ? 'no_writer' : 'two_writers' };
}

function replicationOutcome(view: LagView): Verdict {
  const { copy, leader, primary } = view;
  if (copy.answered.length === 0) return { outcome: 'bad', reason: 'no_copy_answered' };
  if (leader === undefined) return { outcome: 'bad', reason: 'no_standby_leader' };
  if (!isStreaming(leader.answer)) return { outcome: 'bad', reason: 'receiver_down' };
  if (leader.answer.replayPaused === true) return { outcome: 'bad', reason: 'replay_paused' };
  if (areTimelinesEqual(view) === false) return { outcome: 'bad', reason: 'timelines_differ' };
  if (primary === undefined) return { outcome: 'unknown', reason: 'no_primary_answered' };
  return { outcome: 'good' };
}

/** What was proved stands, but where the copy went back. */
function newestOf(
  found: Restorable | undefined,
  progress: Progress,
  before: LagMemory | undefined,
): Restorable | undefined {
  const known = before?.newest;
  if (known === undefined || found === undefined) return found ?? known;
  if (before !== undefined && wentBack(progress, before.progress)) return found;
  return found.newestMs > known.newestMs ? found : known;
}

function furthest(now: Progress, before: Progress): Progress {
  return { heartbeatMs: now.heartbeatMs ?? before.heartbeatMs, lsn: now.lsn ?? before.lsn };
}

function rememberOf(view: LagView, before: LagMemory | undefined, span: Span): LagMemory {
  const { target, source, leader } = view;
  const isSameCopy = source.site.cluster === before?.source;
  const progress = progressOf(view);
  const newest = newestOf(restorableOf(view, span), progress, before);
  const { thresholdMs } = target;
  const isAbove =
    thresholdMs === undefined || newest === undefined
      ? undefined
      : span.endedAt.wallMs - newest.newestMs > thresholdMs;
  return {
    source: source.site.cluster,
    track: view.track,
    writers: view.writers,
    slot: leader?.answer.receiver?.slot_name ?? before?.slot,
    newest,
    progress: isSameCopy ? furthest(progress, before.progress) : progress,
    isAbove,
  };
}

function restorePoints({ target }: LagView, { newest }: LagMemory): RestorePoint[] {
  return newest === undefined ? [] : [{ dataset: target.dataset, path: 'copy', ...newest }];
}

/** Where the one writer is. */
function servingOf({ target, source, writers }: LagView): Serving[] {
  const { region } = source.site;
  return writers === 1 && region !== '' ? [{ component: target.component, region }] : [];
}

function factsOf(view: LagView, { newest }: LagMemory): Fact[] {
  const { source, copy, primary, leader, writers } = view;
  return [
    { name: 'writers', value: writers, source: 'pg_is_in_recovery() of every member of both' },
    {
      name: 'source',
      value: source.site.cluster,
      source: primary === undefined ? 'the last writer that was seen' : `${primary.member} writes`,
    },
    {
      name: 'standby_leader',
      value: leader?.member ?? null,
      source: `pg_stat_replication and pg_stat_wal_receiver of ${copy.site.cluster}`,
    },
    {
      name: 'streaming',
      value: leader === undefined ? null : isStreaming(leader.answer),
      source: `pg_stat_wal_receiver of ${leader?.member ?? copy.site.cluster}`,
    },
    {
      name: 'restorable',
      value: newest === undefined ? null : new Date(newest.newestMs).toISOString(),
      source: newest?.source ?? 'nothing was seen at the copy yet',
    },
  ];
}

/** What one collection of both regions says. Pure. */
export function measureLag(
  target: LagTarget,
  snapshot: LagSnapshot,
  before: LagMemory | undefined,
  span: Span,
): Measurement<LagMemory> {
  const view = lagViewOf(target, snapshot, before, span);
  const memory = rememberOf(view, before, span);
  const at = { at: span.startedAt, endedAt: span.endedAt };
  return {
    samples: samplesOf(view, memory),
    increments: [],
    observations: [
      { sli: writerSli(target), ...at, ...writerOutcome(view) },
      { sli: replicationSli(target), ...at, ...replicationOutcome(view) },
    ],
    events: eventsOf(view, memory, before, span),
    facts: factsOf(view, memory),
    restorePoints: restorePoints(view, memory),
    serving: servingOf(view),
    memory,
  };
}
