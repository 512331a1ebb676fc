import type { SloAnswer, BurnRateAnswer } from './answers.js';
import { budgetRemaining, burnRate, errorRatio, exhaustionMs } from './burn-rate.js';
import type { Incident } from './incident.js';
import type { Period } from './objective.js';
import type { SloTracker } from './tracker.js';
import { burnWindows, type WindowCounts } from './windows.js';

const day = 86_400_000;
/** Below this coverage a window proves nothing. */
export const leastCoverage = 0.9;

export function periodName(period: Period): string {
  return period.kind === 'calendar' ? period.unit : `${period.ms / day}d`;
}

/** Length of a period as budgets are spent over it, in milliseconds. */
export function periodLengthMs(period: Period): number {
  if (period.kind === 'rolling') return period.ms;
  return period.unit === 'month' ? 30 * day : 91 * day;
}

/** How an SLO stands. Null wherever nothing was observed. */
export interface Standing {
  readonly windows: Readonly<Record<string, BurnRateAnswer>>;
  readonly period: WindowCounts;
  readonly budgetRemaining: number | null;
  readonly exhaustionMs: number | null;
  readonly status: 'met' | 'breached' | 'unknown';
}

function windowAnswer(counts: WindowCounts, objective: number): BurnRateAnswer {
  const ratio = errorRatio(counts);
  return { ...counts, burnRate: ratio === null ? null : burnRate(ratio, objective) };
}

function statusOf(remaining: number | null, coverage: number): Standing['status'] {
  if (remaining === null || coverage < leastCoverage) return 'unknown';
  return remaining >= 0 ? 'met' : 'breached';
}

export function standingOf({ slo, windows }: SloTracker, nowMs: number): Standing {
  const { objective } = slo;
  const answers = Object.fromEntries(
    burnWindows.map(({ name }) => [name, windowAnswer(windows.window(name, nowMs), objective)]),
  );
  const period = windows.periodCounts(nowMs);
  const ratio = errorRatio(period);
  const remaining = ratio === null ? null : budgetRemaining(ratio, objective);
  const burn = answers['1h']?.burnRate ?? null;
  const leftMs =
    remaining === null || burn === null
      ? null
      : exhaustionMs(remaining, burn, periodLengthMs(slo.period));
  return {
    windows: answers,
    period,
    budgetRemaining: remaining,
    exhaustionMs: leftMs,
    status: statusOf(remaining, period.coverage),
  };
}

/** An SLO as `/api/v1/slos` shows it. */
export function sloAnswer(
  tracker: SloTracker,
  nowMs: number,
  open: Incident | undefined,
): SloAnswer {
  const { name, type, sli, component, region, zone, objective, period, source } = tracker.slo;
  const standing = standingOf(tracker, nowMs);
  const { good, bad, unknown, excluded, coverage } = standing.period;
  return {
    name,
    type,
    sli,
    component,
    region,
    zone,
    objective,
    period: periodName(period),
    source,
    burnRates: standing.windows,
    periodCounts: { good, bad, unknown, excluded },
    totals: { ...tracker.totals },
    periodCoverage: coverage,
    budgetRemaining: standing.budgetRemaining,
    exhaustionSeconds: standing.exhaustionMs === null ? null : standing.exhaustionMs / 1000,
    status: standing.status,
    now: tracker.outcomeAt(nowMs),
    openIncident: open?.id ?? null,
  };
}
