const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** One pair of windows that an alert watches, and the share of the budget that is gone when it fires. */
export interface AlertWindow {
  readonly severity: 'page' | 'ticket';
  /** Share of the period's budget. */
  readonly budget: number;
  readonly longMs: number;
  /** Ends the alert soon after the trouble: a twelfth of the long one. */
  readonly shortMs: number;
}

/** Recommended for 99.9 %: https://sre.google/workbook/alerting-on-slos/, table 5-8. */
export const alertWindows: readonly AlertWindow[] = [
  { severity: 'page', budget: 0.02, longMs: hour, shortMs: 5 * minute },
  { severity: 'page', budget: 0.05, longMs: 6 * hour, shortMs: 30 * minute },
  { severity: 'ticket', budget: 0.1, longMs: day, shortMs: 2 * hour },
  { severity: 'ticket', budget: 0.1, longMs: 3 * day, shortMs: 6 * hour },
];

/** The burn rate at which a window has eaten its share of the budget: 14.4 for 2 % in 1 h of 30 d. */
export function burnFactor({ budget, longMs }: AlertWindow, periodMs: number): number {
  return (budget * periodMs) / longMs;
}

/** Bad slices as a share of those that were good or bad; null where there was none. */
export function errorRatio({
  good,
  bad,
}: {
  readonly good: number;
  readonly bad: number;
}): number | null {
  return good + bad > 0 ? bad / (good + bad) : null;
}

/** How fast the budget goes: 1 spends it exactly over the period. */
export function burnRate(ratio: number, objective: number): number {
  return ratio / (1 - objective);
}

/** Share of the budget that is left; negative when overspent. */
export function budgetRemaining(ratio: number, objective: number): number {
  return 1 - ratio / (1 - objective);
}

/** Milliseconds until the rest of the budget is spent at this burn rate; null when it is not burning. */
export function exhaustionMs(remaining: number, burn: number, periodMs: number): number | null {
  if (burn <= 0) return null;
  return Math.max(0, (remaining * periodMs) / burn);
}

/** How long a steady share of errors takes to fire an alert, in milliseconds. */
export function detectionMs(
  { longMs }: AlertWindow,
  factor: number,
  ratio: number,
  objective: number,
): number {
  return ((1 - objective) / ratio) * longMs * factor;
}

/** Bad slices that an alert needs before it fires. */
export function slicesToFire(
  window: AlertWindow,
  periodMs: number,
  objective: number,
  intervalMs: number,
): number {
  return (burnFactor(window, periodMs) * (1 - objective) * window.longMs) / intervalMs;
}

/** Fewest bad slices that may page: one lost packet is no emergency. */
export const leastSlicesToPage = 3;

/**
 * What makes the pages of an objective impossible or foolish, in words; undefined when they are sound.
 * Windows that a short period has no use for, their factor being below 1, are left out of its alerts.
 */
export function policyFault({
  objective,
  periodMs,
  intervalMs,
}: {
  objective: number;
  periodMs: number;
  intervalMs: number;
}): string | undefined {
  const pages = alertWindows.filter(
    (window) => window.severity === 'page' && burnFactor(window, periodMs) >= 1,
  );
  for (const window of pages) {
    const factor = burnFactor(window, periodMs);
    const shown = `${window.longMs / hour}h`;
    if (factor * (1 - objective) >= 1) {
      return `the page over ${shown} fires at a burn rate of ${factor.toFixed(1)}, which ${objective} can never reach; expected an objective above ${(1 - 1 / factor).toFixed(4)}`;
    }
    const slices = slicesToFire(window, periodMs, objective, intervalMs);
    if (slices < leastSlicesToPage) {
      return `the page over ${shown} would fire at ${slices.toFixed(1)} failed probes of one every ${intervalMs / 1000} s; expected a lower objective or a shorter interval, so that it takes ${leastSlicesToPage}`;
    }
  }
  return undefined;
}
