import type { RegionLetter } from './addresses.js';

/** A write that was acknowledged; Unix milliseconds. */
export interface Acknowledged {
  readonly seq: number;
  readonly region: RegionLetter;
  readonly begunMs: number;
  readonly ackedMs: number;
}

/** A time without an acknowledgement, between two that frame it. */
export interface Gap {
  readonly last: Acknowledged;
  readonly first: Acknowledged;
  /** Last acknowledgement before it to the first after it: what is called the true unavailability. */
  readonly lengthMs: number;
}

/** An attempt to write by one way in. */
export interface WayAttempt {
  readonly way: string;
  readonly region: RegionLetter;
  readonly begunMs: number;
  readonly endedMs: number;
  readonly accepted: boolean;
}

/** A time in which a way accepted every attempt; from the beginning of the first to the end of the last. */
export interface Acceptance {
  readonly way: string;
  readonly region: RegionLetter;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attempts: number;
}

/** A time in which the writes that were accepted were those of one region. */
export interface Reign {
  readonly region: RegionLetter;
  readonly fromMs: number;
  readonly toMs: number;
}

function gapBetween(last: Acknowledged, first: Acknowledged): Gap {
  return { last, first, lengthMs: first.ackedMs - last.ackedMs };
}

/** The gaps of at least so long, in order. */
export function gapsOf(acknowledged: readonly Acknowledged[], leastMs: number): Gap[] {
  return pairs(acknowledged)
    .map(([last, first]) => gapBetween(last, first))
    .filter(({ lengthMs }) => lengthMs >= leastMs);
}

/** The gaps after which another region acknowledged, however short. */
export function movesOf(acknowledged: readonly Acknowledged[]): Gap[] {
  return pairs(acknowledged)
    .filter(([last, first]) => last.region !== first.region)
    .map(([last, first]) => gapBetween(last, first));
}

function pairs<Value>(values: readonly Value[]): [Value, Value][] {
  return values.slice(1).map((value, index) => [values[index]!, value]);
}

/** Every way's times of acceptance, in order of their beginning; a refusal or a time-out ends one. */
export function acceptancesOf(attempts: readonly WayAttempt[]): Acceptance[] {
  const done: Acceptance[] = [];
  const open = new Map<string, Acceptance>();
  for (const attempt of attempts.toSorted((a, b) => a.endedMs - b.endedMs)) {
    const before = open.get(attempt.way);
    if (attempt.accepted) open.set(attempt.way, extended(before, attempt));
    else if (before !== undefined) {
      done.push(before);
      open.delete(attempt.way);
    }
  }
  return [...done, ...open.values()].toSorted((a, b) => a.fromMs - b.fromMs);
}

function extended(before: Acceptance | undefined, attempt: WayAttempt): Acceptance {
  const { way, region, begunMs, endedMs } = attempt;
  return {
    way,
    region,
    fromMs: before?.fromMs ?? begunMs,
    toMs: endedMs,
    attempts: (before?.attempts ?? 0) + 1,
  };
}

/** Pairs of acceptances in the one and the other region that have a moment in common. */
export function twoAtOnce(acceptances: readonly Acceptance[]): [Acceptance, Acceptance][] {
  const inB = acceptances.filter(({ region }) => region === 'b');
  return acceptances
    .filter(({ region }) => region === 'a')
    .flatMap((a) =>
      inB
        .filter((b) => a.fromMs <= b.toMs && b.fromMs <= a.toMs)
        .map((b): [Acceptance, Acceptance] => [a, b]),
    );
}

/**
 * Which region accepted, one after the other. A region that was left and comes back is another reign: two
 * writable regions that are never seen at one moment show as more reigns than there were failovers.
 */
export function reignsOf(attempts: readonly WayAttempt[]): Reign[] {
  const reigns: Reign[] = [];
  const accepted = attempts.filter(({ accepted: is }) => is);
  for (const { region, begunMs, endedMs } of accepted.toSorted((a, b) => a.endedMs - b.endedMs)) {
    const last = reigns.at(-1);
    if (last?.region === region) reigns[reigns.length - 1] = { ...last, toMs: endedMs };
    else reigns.push({ region, fromMs: begunMs, toMs: endedMs });
  }
  return reigns;
}
