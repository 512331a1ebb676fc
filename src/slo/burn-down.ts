import type { PeriodStretch } from './windows.js';

/** How much of a budget was left at the end of a stretch of its period. */
export interface BurnDownPoint {
  /** Unix milliseconds. */
  readonly atMs: number;
  /** 1 is all of it; below 0 it is overspent. */
  readonly remaining: number;
}

/**
 * How the budget of a period went, from all of it at the period's beginning to what is left now. The
 * whole budget is that of all slices observed in the period, so that the last point is what is told
 * elsewhere, 1 - SLI / (1 - objective), to within the stretch at the period's edge. Empty where nothing
 * was observed.
 */
export function burnDown(
  stretches: readonly PeriodStretch[],
  objective: number,
  nowMs: number,
): BurnDownPoint[] {
  const valid = stretches.reduce((sum, { good, bad }) => sum + good + bad, 0);
  const [first] = stretches;
  if (first === undefined || valid === 0) return [];
  const budget = valid * (1 - objective);
  let spent = 0;
  const points = stretches.map(({ startMs, widthMs, bad }) => {
    spent += bad;
    return { atMs: Math.min(nowMs, startMs + widthMs), remaining: 1 - spent / budget };
  });
  return [{ atMs: first.startMs, remaining: 1 }, ...points];
}
