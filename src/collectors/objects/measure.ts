import type { EvidenceEvent, Fact, Observation, RestorePoint } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import { incrementsOf, samplesOf } from './samples.js';
import type { ObjectsSnapshot, Outstanding, SideResult } from './snapshot.js';
import type { ObjectsTarget } from './targets.js';

export interface ObjectsMemory {
  readonly isStalled: boolean;
  /** Keys of canaries whose copies differ. */
  readonly corrupt: ReadonlySet<string>;
  /** From the beginning of the last replicated canary until its copy was seen. */
  readonly delayMs: number | undefined;
}

export function replicationSli({ name }: Pick<ObjectsTarget, 'name'>): string {
  return `objects/${name}/replication`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function wordsFor({ key, atMs, state }: Outstanding): string {
  return state === 'corrupt'
    ? `canary ${key} differs in the destination from what was written at ${iso(atMs)}`
    : `canary ${key} of ${iso(atMs)} is missing in the destination`;
}

/** What is wrong with the oldest, and with how many others. */
function wordsForAll(outstanding: readonly Outstanding[]): string {
  const [oldest, ...others] = outstanding;
  if (oldest === undefined) return 'every canary has its copy';
  const differing = others.filter(({ state }) => state === 'corrupt').length;
  const more = differing === 0 ? '' : `; ${differing} newer ones differ from what was written`;
  return `${wordsFor(oldest)}${more}`;
}

/** Until the source was searched, an earlier process may have left older ones than are known. */
function restorePoints(target: ObjectsTarget, snapshot: ObjectsSnapshot): RestorePoint[] {
  const { outstanding, newestReplicatedMs, isSearched, hasLeftovers } = snapshot;
  const [oldest] = outstanding;
  const point = { dataset: target.dataset, path: 'copy' } as const;
  if (!isSearched) return [];
  if (newestReplicatedMs === undefined) {
    if (oldest === undefined || !hasLeftovers) return [];
    const unproved = 'no canary was seen to be replicated since the start';
    return [{ ...point, newestMs: oldest.atMs, source: wordsForAll(outstanding), unproved }];
  }
  // A newer one may have overtaken it: what was written at its time is not there all the same.
  const newestMs = Math.min(newestReplicatedMs, oldest?.atMs ?? Infinity);
  const source =
    oldest === undefined
      ? `the canary of ${iso(newestMs)} has a true copy`
      : `${wordsForAll(outstanding)}; the newest with a true copy is of ${iso(newestReplicatedMs)}`;
  return [{ ...point, newestMs, source }];
}

function outcomeOf(
  { source, destination }: ObjectsSnapshot,
  { isStalled, corrupt }: ObjectsMemory,
): Pick<Observation, 'outcome' | 'reason'> {
  if (corrupt.size > 0) return { outcome: 'bad', reason: 'corrupt' };
  if (isStalled) return { outcome: 'bad', reason: 'stalled' };
  if (!source.ok) return { outcome: 'bad', reason: `source_${source.reason}` };
  if (!destination.ok) return { outcome: 'bad', reason: `destination_${destination.reason}` };
  return { outcome: 'good' };
}

function rememberOf(
  { staleAfterMs }: ObjectsTarget,
  { outstanding, replicated }: ObjectsSnapshot,
  before: ObjectsMemory | undefined,
  { endedAt }: Span,
): ObjectsMemory {
  const [oldest] = outstanding;
  return {
    isStalled: oldest !== undefined && endedAt.wallMs - oldest.atMs > staleAfterMs,
    corrupt: new Set(outstanding.filter(({ state }) => state === 'corrupt').map(({ key }) => key)),
    delayMs: replicated.at(-1)?.seenMs ?? before?.delayMs,
  };
}

function newlyCorrupt(now: ObjectsMemory, before: ObjectsMemory | undefined): string[] {
  return [...now.corrupt].filter((key) => before?.corrupt.has(key) !== true);
}

function eventsOf(
  { name }: ObjectsTarget,
  { outstanding }: ObjectsSnapshot,
  now: ObjectsMemory,
  before: ObjectsMemory | undefined,
  { endedAt }: Span,
): EvidenceEvent[] {
  const base = { at: endedAt, subject: name };
  const events: EvidenceEvent[] = [];
  const [corrupt] = now.corrupt;
  if (corrupt !== undefined && (before?.corrupt.size ?? 0) === 0) {
    const detail = `the copy of canary ${corrupt} differs from what was written`;
    events.push({ ...base, type: 'object_corrupt', detail });
  }
  const wasStalled = before?.isStalled ?? false;
  const [oldest] = outstanding;
  if (now.isStalled && !wasStalled && oldest !== undefined)
    events.push({ ...base, type: 'replication_stalled', detail: wordsFor(oldest) });
  if (!now.isStalled && wasStalled)
    events.push({
      ...base,
      type: 'replication_resumed',
      detail: 'every canary has its copy in time',
    });
  return events;
}

function sideFact(name: string, result: SideResult, bucket: string): Fact {
  const words = result.ok ? 'it did what it was asked' : result.message;
  return { name, value: result.ok, source: `bucket ${bucket}: ${words}` };
}

function factsOf(target: ObjectsTarget, snapshot: ObjectsSnapshot, memory: ObjectsMemory): Fact[] {
  const { source, destination, outstanding, newestReplicatedMs } = snapshot;
  return [
    sideFact('source', source, target.source.settings.bucket),
    sideFact('destination', destination, target.destination.settings.bucket),
    {
      name: 'outstanding',
      value: outstanding.length,
      source: wordsForAll(outstanding),
    },
    {
      name: 'newest_replicated',
      value: newestReplicatedMs === undefined ? null : iso(newestReplicatedMs),
      source: 'compared byte by byte',
    },
    {
      name: 'delay_seconds',
      value: memory.delayMs === undefined ? null : memory.delayMs / 1000,
      source: 'the last canary that was replicated',
    },
    {
      name: 'waiting_for_removal',
      value: snapshot.waitingForRemoval,
      source: snapshot.removalError ?? 'used canaries, on both sides',
    },
  ];
}

/** What one collection of a pair of buckets says. Pure. */
export function measureObjects(
  target: ObjectsTarget,
  snapshot: ObjectsSnapshot,
  before: ObjectsMemory | undefined,
  span: Span,
): Measurement<ObjectsMemory> {
  const memory = rememberOf(target, snapshot, before, span);
  return {
    samples: samplesOf(target, snapshot, memory),
    increments: incrementsOf(target, snapshot, newlyCorrupt(memory, before).length),
    observations: [
      {
        sli: replicationSli(target),
        at: span.startedAt,
        endedAt: span.endedAt,
        ...outcomeOf(snapshot, memory),
      },
    ],
    events: eventsOf(target, snapshot, memory, before, span),
    facts: factsOf(target, snapshot, memory),
    restorePoints: restorePoints(target, snapshot),
    memory,
  };
}
