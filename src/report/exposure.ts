import type { Attainment } from '../slo/answers.js';
import type { ExposureRow } from '../slo/slice.js';
import { leastCoverage } from './budget.js';
import { isWithin, type Range } from './range.js';

/** How much data of one dataset could have been lost, over the range. */
export interface ExposureLine {
  readonly dataset: string;
  /** The newest target; null where no row tells. */
  readonly targetMs: number | null;
  /** Of the worst exposure of every minute; null where nothing was known. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Share of the range whose exposure was known and over the target of that time; null without any. */
  readonly shareOverTarget: number | null;
  /** Share of the range whose exposure was not known, or not kept. */
  readonly shareUnknown: number;
  readonly status: Attainment;
}

const minuteMs = 60_000;

/** The nearest rank: a value that was measured, not one between two. */
function percentile(ascending: readonly number[], share: number): number | null {
  const rank = Math.max(1, Math.ceil(Number((share * ascending.length).toPrecision(12))));
  return ascending[rank - 1] ?? null;
}

function statusOf(overCount: number, shareKnown: number): Attainment {
  if (overCount > 0) return 'breached';
  return shareKnown < leastCoverage ? 'unknown' : 'met';
}

/** @param rows - those of this dataset, oldest first */
export function exposureLine(
  dataset: string,
  rows: readonly ExposureRow[],
  range: Range,
): ExposureLine {
  const inRange = rows.filter(({ startMs }) => isWithin(range, startMs, minuteMs));
  const known = inRange.flatMap(({ worstMs }) => (worstMs === null ? [] : [worstMs]));
  const ascending = known.toSorted((a, b) => a - b);
  const minutes = (range.toMs - range.fromMs) / minuteMs;
  const overCount = inRange.filter(
    ({ worstMs, targetMs }) => worstMs !== null && worstMs > targetMs,
  ).length;
  const shareUnknown = Math.max(0, minutes - known.length) / minutes;
  return {
    dataset,
    targetMs: rows.at(-1)?.targetMs ?? null,
    p50Ms: percentile(ascending, 0.5),
    p95Ms: percentile(ascending, 0.95),
    p99Ms: percentile(ascending, 0.99),
    maxMs: ascending.at(-1) ?? null,
    shareOverTarget: known.length === 0 ? null : overCount / minutes,
    shareUnknown,
    status: statusOf(overCount, known.length / minutes),
  };
}
