import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError, reasonOf } from '../failure.js';
import { Bucket } from '../s3/client.js';
import { Canaries, digestOf, mostOutstanding, newKey, timeOfKey, type Canary } from './canaries.js';
import { Removals } from './removals.js';
import type { ObjectsSnapshot, Replicated, SideResult } from './snapshot.js';
import type { ObjectsTarget } from './targets.js';

/** Copies that are read in one collection, and at a time. */
const readAtOnce = 50;
const readTogether = 4;
/** The largest canary there may be, and a byte: a longer copy differs. */
const mostCanaryBytes = 1024 * 1024 + 1;
/** How often the source is listed to find what was left behind or removed there, in milliseconds. */
const searchEveryMs = 60_000;
/** Pages of a listing that are read. */
const mostPages = 3;
/** Share of the deadline that a new canary is looked for in. */
const lookingShare = 0.7;
const firstPauseMs = 250;
/** How long the last removals may take, in milliseconds. */
const closingMs = 500;

export interface ObjectsIo {
  readonly source: Bucket;
  readonly destination: Bucket;
  readonly target: ObjectsTarget;
  readonly clock: Clock;
  readonly canaries: Canaries;
  readonly removals: Removals;
  /** When the source was last listed, by the monotonic clock. */
  searchedMs: number | undefined;
  /** A PUT without an answer may have been done all the same. */
  isUnsure: boolean;
  /** Keys that the destination had in the collection before. */
  copies: ReadonlySet<string>;
}

/** What one collection gathers on its way. */
interface Gathered {
  readonly replicated: Replicated[];
  accepted: number;
  isPut: boolean;
}

export function openObjects(target: ObjectsTarget, { secrets, clock }: CollectorEnv): ObjectsIo {
  return {
    source: new Bucket(target.source.settings, secrets),
    destination: new Bucket(target.destination.settings, secrets),
    target,
    clock,
    canaries: new Canaries(),
    removals: new Removals(),
    searchedMs: undefined,
    isUnsure: false,
    copies: new Set(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function timed({ clock }: ObjectsIo, work: () => Promise<void>): Promise<SideResult> {
  const startedMs = clock.now().monoMs;
  try {
    await work();
    return { ok: true, seconds: (clock.now().monoMs - startedMs) / 1000 };
  } catch (error) {
    return { ok: false, reason: reasonOf(error), message: messageOf(error) };
  }
}

/** Every key under a prefix. @throws CollectionError; `too_large` where there is far too much */
async function keysUnder(bucket: Bucket, prefix: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  let from: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { objects, next } = await bucket.list(prefix, from, signal);
    found.push(...objects.map(({ key }) => key));
    if (next === undefined) return found;
    from = next;
  }
  throw new CollectionError(
    'too_large',
    `${bucket.where}: more than ${mostPages} pages of objects under ${prefix}; remove what does not belong there`,
  );
}

async function putCanary(
  io: ObjectsIo,
  gathered: Gathered,
  { signal, transcript }: ObserveContext,
): Promise<void> {
  const { source, target, canaries, clock } = io;
  const now = clock.now();
  const key = newKey(target.prefix, now);
  const body = randomBytes(target.canaryBytes);
  io.isUnsure = true;
  const versionId = await source.put(key, body, signal);
  io.isUnsure = false;
  transcript?.note(`PUT ${key} in ${source.where}`, `${body.length} bytes`);
  canaries.add({ key, monoMs: now.monoMs, digest: digestOf(body), versionId, isCorrupt: false });
  gathered.isPut = true;
}

/** Takes over what an earlier process put, and forgets what somebody removed from the source. */
async function searchSource(io: ObjectsIo, gathered: Gathered, signal: AbortSignal): Promise<void> {
  const { canaries, removals, target, clock, source } = io;
  const known = canaries.all;
  const copies = io.copies;
  const keys = await keysUnder(source, target.prefix, signal);
  const there = new Set(keys);
  for (const { key } of known) {
    if (there.has(key)) continue;
    canaries.drop(key);
    gathered.accepted += 1;
  }
  const now = clock.now();
  const used = removals.keys;
  for (const key of keys.slice(0, mostOutstanding)) {
    const atMs = timeOfKey(target.prefix, key);
    if (atMs === undefined || canaries.has(key) || used.has(key)) continue;
    const monoMs = now.monoMs - Math.max(0, now.wallMs - atMs);
    canaries.add({ key, monoMs, digest: undefined, versionId: undefined, isCorrupt: false });
    canaries.hasLeftovers ||= io.searchedMs === undefined;
  }
  for (const key of copies) {
    const isOrphan = timeOfKey(target.prefix, key) !== undefined && !there.has(key);
    if (isOrphan && !canaries.has(key)) removals.add(io.destination, key, undefined);
  }
  io.searchedMs = now.monoMs;
}

/** What an earlier process wrote is read again, so that copies can be compared with it. */
async function readLeftovers({ canaries, source }: ObjectsIo, signal: AbortSignal): Promise<void> {
  const unread = canaries.all.filter(({ digest }) => digest === undefined);
  for (const canary of unread.slice(0, readAtOnce)) {
    const written = await source.get(canary.key, mostCanaryBytes, signal);
    if (written === undefined) continue;
    canary.digest = digestOf(written.body);
    canary.versionId = written.versionId;
  }
}

async function workOnSource(
  io: ObjectsIo,
  gathered: Gathered,
  context: ObserveContext,
): Promise<void> {
  const { searchedMs, clock, canaries } = io;
  const isDue = searchedMs === undefined || clock.now().monoMs - searchedMs >= searchEveryMs;
  if (isDue || io.isUnsure) await searchSource(io, gathered, context.signal);
  if (canaries.size < mostOutstanding) await putCanary(io, gathered, context);
  await readLeftovers(io, context.signal);
}

/** Compares one copy with what was written; a true one is done with, on both sides. */
async function compareCopy(
  io: ObjectsIo,
  canary: Canary,
  gathered: Gathered,
  { signal, transcript }: ObserveContext,
): Promise<void> {
  const { destination, source, canaries, removals, clock } = io;
  const copy = await destination.get(canary.key, mostCanaryBytes, signal);
  if (copy === undefined || canary.digest === undefined || !canaries.has(canary.key)) return;
  canary.isCorrupt = digestOf(copy.body) !== canary.digest;
  const words = canary.isCorrupt ? 'differs from what was written' : 'the same bytes';
  transcript?.note(`GET ${canary.key} in ${destination.where}`, words);
  if (canary.isCorrupt) return;
  gathered.replicated.push(canaries.replicated(canary, clock.now()));
  removals.add(source, canary.key, canary.versionId);
  removals.add(destination, canary.key, copy.versionId);
}

/** @throws the last failure, after all were tried */
async function compareAll(
  io: ObjectsIo,
  some: readonly Canary[],
  gathered: Gathered,
  context: ObserveContext,
): Promise<void> {
  for (let start = 0; start < some.length; start += readTogether) {
    const batch = some.slice(start, start + readTogether);
    const results = await Promise.allSettled(
      batch.map((canary) => compareCopy(io, canary, gathered, context)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/** Looks at the outstanding ones that arrived. Only what is listed is read: a service may refuse the rest. */
async function compareArrived(
  io: ObjectsIo,
  gathered: Gathered,
  context: ObserveContext,
): Promise<void> {
  const { destination, canaries, target } = io;
  const keys = new Set(await keysUnder(destination, target.prefix, context.signal));
  io.copies = keys;
  context.transcript?.note(`LIST ${target.prefix} in ${destination.where}`, `${keys.size} objects`);
  const comparable = canaries.all.filter(({ digest }) => digest !== undefined);
  for (const canary of comparable) canary.isCorrupt &&= keys.has(canary.key);
  const arrived = comparable.filter(({ key }) => keys.has(key));
  await compareAll(io, arrived.slice(0, readAtOnce), gathered, context);
}

/** Looks for the canary just put, so that exposure is not rounded up to the next collection. */
async function lookForNewest(
  io: ObjectsIo,
  gathered: Gathered,
  context: ObserveContext,
): Promise<void> {
  const { canaries, clock, target, destination } = io;
  const untilMs = clock.now().monoMs + target.timeoutMs * lookingShare;
  for (let pauseMs = firstPauseMs; clock.now().monoMs + pauseMs < untilMs; pauseMs *= 1.5) {
    await sleep(pauseMs, undefined, { signal: context.signal });
    const newest = canaries.all.at(-1);
    if (newest === undefined && gathered.isPut) return;
    if (newest === undefined) continue;
    const { objects } = await destination.list(newest.key, undefined, context.signal);
    if (objects.length > 0) await compareAll(io, [newest], gathered, context);
  }
}

async function workOnDestination(
  io: ObjectsIo,
  gathered: Gathered,
  context: ObserveContext,
): Promise<void> {
  await compareArrived(io, gathered, context);
  await lookForNewest(io, gathered, context);
}

/** The source first: a replicator could copy what is still there once more. */
async function removeUsed(
  { removals, source, destination }: ObjectsIo,
  signal: AbortSignal,
): Promise<string | undefined> {
  const results = await Promise.allSettled([
    removals.run(source, signal),
    removals.run(destination, signal),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  return failed === undefined ? undefined : messageOf(failed.reason);
}

/**
 * Puts a canary in the source, and beside that looks for every outstanding one in the destination: a
 * side that fails or hangs takes nothing from the other.
 * @throws CollectionError when neither answers; its partial is the snapshot
 */
export async function observeObjects(
  io: ObjectsIo,
  context: ObserveContext,
): Promise<ObjectsSnapshot> {
  const gathered: Gathered = { replicated: [], accepted: 0, isPut: false };
  const [removalError, source, destination] = await Promise.all([
    removeUsed(io, context.signal),
    timed(io, () => workOnSource(io, gathered, context)),
    timed(io, () => workOnDestination(io, gathered, context)),
  ]);
  const { canaries, removals, clock } = io;
  const now = clock.now();
  const snapshot: ObjectsSnapshot = {
    source,
    destination,
    removalError,
    waitingForRemoval: removals.size,
    ...gathered,
    outstanding: canaries.outstanding(now),
    newestReplicatedMs: canaries.newestReplicatedMs(now),
    isSearched: io.searchedMs !== undefined,
    hasLeftovers: canaries.hasLeftovers,
  };
  if (source.ok || destination.ok) return snapshot;
  const message = `${source.message}; ${destination.message}`;
  throw new CollectionError(source.reason, message, undefined, snapshot);
}

/** What is done with is removed at once: after a single look nobody would come back for it. */
export async function closeObjects(io: ObjectsIo): Promise<void> {
  if (io.removals.size > 0) await removeUsed(io, AbortSignal.timeout(closingMs));
  io.source.close();
  io.destination.close();
}
