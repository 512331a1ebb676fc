import type { Attainment } from '../slo/answers.js';
import type { Slo } from '../slo/objective.js';
import type { Counts, SliceRow } from '../slo/slice.js';
import { isWithin, type Range } from './range.js';

/** Least share of a range that must have been observed before anything is said of it. */
export const leastCoverage = 0.9;

/** What became of one SLO's budget over the range. */
export interface BudgetLine extends Counts {
  readonly slo: string;
  readonly type: string;
  readonly sliName: string;
  readonly region: string;
  readonly zone: string;
  readonly objective: number;
  readonly source: string;
  /** bad / (good + bad); null where nothing was observed. */
  readonly sli: number | null;
  /** 1 - SLI / (1 - objective); null where nothing was observed. */
  readonly budgetRemaining: number | null;
  /** Observed share of the time that was not excluded. */
  readonly coverage: number;
  readonly status: Attainment;
}

const hourMs = 60 * 60_000;

/**
 * The rows that make up the range, none counted twice: hours as they are, and finer rows where the
 * range begins or ends within an hour or the hour was not kept.
 */
export function rowsOfRange(
  hourly: readonly SliceRow[],
  finer: readonly SliceRow[],
  range: Range,
): SliceRow[] {
  const hours = hourly.filter(({ startMs, widthMs }) => isWithin(range, startMs, widthMs));
  const counted = new Set(hours.map(({ startMs }) => startMs));
  const edges = finer.filter(
    ({ startMs, widthMs }) =>
      isWithin(range, startMs, widthMs) && !counted.has(startMs - (startMs % hourMs)),
  );
  return [...hours, ...edges];
}

function sumOf(rows: readonly SliceRow[], value: (row: SliceRow) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0);
}

function countsOf(rows: readonly SliceRow[]): Counts {
  return {
    good: sumOf(rows, ({ good }) => good),
    bad: sumOf(rows, ({ bad }) => bad),
    unknown: sumOf(rows, ({ unknown }) => unknown),
    excluded: sumOf(rows, ({ excluded }) => excluded),
  };
}

/** By time and not by number of slices: the interval may have been changed within the range. */
function coverageOf(rows: readonly SliceRow[], { fromMs, toMs }: Range): number {
  const observedMs = sumOf(rows, ({ good, bad, intervalMs }) => (good + bad) * intervalMs);
  const excludedMs = sumOf(rows, ({ excluded, intervalMs }) => excluded * intervalMs);
  const expectedMs = toMs - fromMs - excludedMs;
  return expectedMs <= 0 ? 0 : Math.min(1, observedMs / expectedMs);
}

function statusOf(sli: number | null, coverage: number, objective: number): Attainment {
  if (sli === null || coverage < leastCoverage) return 'unknown';
  return budgetRemainingOf(sli, objective) < 0 ? 'breached' : 'met';
}

/** Without the error of 1 - 0.999: a budget that is spent exactly is 0, not a little beside it. */
function budgetRemainingOf(sli: number, objective: number): number {
  return Math.round((1 - sli / (1 - objective)) * 1e9) / 1e9 + 0;
}

/** @param rows - those of this SLO that make up the range, none twice */
export function budgetLine(slo: Slo, rows: readonly SliceRow[], range: Range): BudgetLine {
  const counts = countsOf(rows);
  const observed = counts.good + counts.bad;
  const sli = observed === 0 ? null : counts.bad / observed;
  const coverage = coverageOf(rows, range);
  return {
    slo: slo.name,
    type: slo.type,
    sliName: slo.sli,
    region: slo.region,
    zone: slo.zone,
    objective: slo.objective,
    source: slo.source,
    ...counts,
    sli,
    budgetRemaining: sli === null ? null : budgetRemainingOf(sli, slo.objective),
    coverage,
    status: statusOf(sli, coverage, slo.objective),
  };
}
