import { percentile } from './row.js';

/** One write of the independent loop, in Unix milliseconds. */
export interface Attempt {
  readonly startMs: number;
  readonly endMs: number;
  readonly ok: boolean;
}

/** An outage as the independent loop saw it. */
export interface Truth {
  /** Start of the first write that failed. */
  readonly firstFailMs: number;
  /** End of the first write of the lasting run. */
  readonly firstOkMs: number;
  /** First failure to first success: what is called the true length. */
  readonly lengthMs: number;
}

export interface Bracket {
  readonly lowMs: number;
  readonly highMs: number;
}

/** The outage that began after an instant; flaps are part of it. Undefined where nothing failed. */
export function truthAfter(
  attempts: readonly Attempt[],
  fromMs: number,
  toMs: number,
): Truth | undefined {
  const sorted = attempts
    .filter(({ startMs }) => startMs >= fromMs && startMs < toMs)
    .toSorted((a, b) => a.startMs - b.startMs);
  const first = sorted.find(({ ok }) => !ok);
  const last = sorted.findLast(({ ok }) => !ok);
  if (first === undefined || last === undefined) return undefined;
  const after = sorted.filter(({ ok, startMs }) => ok && startMs > last.startMs);
  const firstOkMs = Math.min(...after.map(({ endMs }) => endMs));
  if (!Number.isFinite(firstOkMs)) return undefined;
  return { firstFailMs: first.startMs, firstOkMs, lengthMs: firstOkMs - first.startMs };
}

/** What a scraper with a fixed grid knows of an outage; undefined when no scrape fell into it. */
export function scrapeBracket(truth: Truth, phaseMs: number, everyMs: number): Bracket | undefined {
  const firstDown = Math.ceil((truth.firstFailMs - phaseMs) / everyMs);
  const lastDown = Math.ceil((truth.firstOkMs - phaseMs) / everyMs) - 1;
  if (lastDown < firstDown) return undefined;
  return {
    lowMs: (lastDown - firstDown) * everyMs,
    highMs: (lastDown - firstDown + 2) * everyMs,
  };
}

export function holds({ lowMs, highMs }: Bracket, lengthMs: number, slackMs = 0): boolean {
  return lowMs - slackMs <= lengthMs && lengthMs <= highMs + slackMs;
}

/** p50, p90 and the largest. */
export function spread(values: readonly number[]): { p50: number; p90: number; max: number } {
  return { p50: percentile(values, 0.5), p90: percentile(values, 0.9), max: Math.max(...values) };
}
