import { describe, expect, it } from 'vitest';
import {
  alertWindows,
  budgetRemaining,
  burnFactor,
  burnRate,
  detectionMs,
  errorRatio,
  exhaustionMs,
  policyFault,
  slicesToFire,
} from '../../src/slo/burn-rate.js';
import { SloWindows, type BurnWindow } from '../../src/slo/windows.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const windowNames: Readonly<Record<number, BurnWindow>> = {
  [5 * minute]: '5m',
  [30 * minute]: '30m',
  [hour]: '1h',
  [2 * hour]: '2h',
  [6 * hour]: '6h',
  [day]: '1d',
  [3 * day]: '3d',
};

describe('the factors of the SRE Workbook', () => {
  // https://sre.google/workbook/alerting-on-slos/ table 5-8, and the same budgets over other periods.
  it.each([
    [28, [13.44, 5.6, 2.8, 2.8 / 3]],
    [30, [14.4, 6, 3, 1]],
    [90, [43.2, 18, 9, 3]],
  ])('of %d days are %j', (days, factors) => {
    const found = alertWindows.map((window) => burnFactor(window, days * day));
    found.forEach((factor, index) => expect(factor).toBeCloseTo(factors[index]!, 9));
  });

  it('spend their share of the budget over their window', () => {
    for (const window of alertWindows) {
      const factor = burnFactor(window, 30 * day);
      expect((factor * window.longMs) / (30 * day)).toBeCloseTo(window.budget, 12);
    }
  });
});

/** Probes every so often until both windows are above the factor; answers how long that took. */
function simulate(days: number, ratio: number, objective: number, at: number): number | undefined {
  const window = alertWindows[at]!;
  const intervalMs = 10_000;
  const factor = burnFactor(window, days * day);
  const windows = new SloWindows('s', intervalMs, { kind: 'rolling', ms: days * day });
  let nowMs = start;
  for (; nowMs < start + window.longMs + hour; nowMs += intervalMs) windows.add(nowMs, 'good', 1);
  const brokenAtMs = nowMs;
  let owed = 0;
  const above = (ms: number) => {
    const ratioNow = errorRatio(windows.window(windowNames[ms]!, nowMs)) ?? 0;
    return burnRate(ratioNow, objective) > factor;
  };
  for (; nowMs < brokenAtMs + window.longMs; nowMs += intervalMs) {
    owed += ratio;
    const isBad = owed >= 1;
    if (isBad) owed -= 1;
    windows.add(nowMs, isBad ? 'bad' : 'good', 1);
    if (above(window.longMs) && above(window.shortMs)) return nowMs - brokenAtMs;
  }
  return undefined;
}

describe('the detection time of the SRE Workbook, by simulation', () => {
  const cases = [28, 30, 90].flatMap((days) =>
    [0, 1, 2].flatMap((at) => [1, 0.1].map((ratio) => ({ days, at, ratio }))),
  );

  it('never fires where the errors are below the factor', () => {
    expect(simulate(30, 0.01, 0.999, 0)).toBeUndefined();
  });

  it.each(cases)(
    'over $days d, window $at, with $ratio of errors, is (1 - objective) / errors * window * factor',
    ({ days, at, ratio }) => {
      const window = alertWindows[at]!;
      const objective = 0.999;
      const factor = burnFactor(window, days * day);
      const expected = detectionMs(window, factor, ratio, objective);
      const found = simulate(days, ratio, objective, at);
      // One slice and the coarsest stretch of the long window are what it may be off by.
      const stretch = window.longMs > 6 * hour ? 10 * minute : minute;
      const tolerance = 10_000 / ratio + (stretch * expected) / window.longMs + 10_000;
      expect(Math.abs(found! - expected)).toBeLessThanOrEqual(tolerance);
    },
    30_000,
  );
});

describe('budgets', () => {
  it.each([
    [0, 0.999, 1, 'untouched'],
    [0.0005, 0.999, 0.5, 'half spent'],
    [0.001, 0.999, 0, 'spent exactly'],
    [0.002, 0.999, -1, 'overspent'],
    [1, 0.9, -9, 'nothing but errors'],
  ])('a ratio of %d against %d leaves %d: %s', (ratio, objective, left) => {
    expect(budgetRemaining(ratio, objective)).toBeCloseTo(left, 9);
  });

  it('a quiet service has no ratio, not a good one', () => {
    expect(errorRatio({ good: 0, bad: 0 })).toBeNull();
    expect(errorRatio({ good: 0, bad: 1 })).toBe(1);
  });

  it.each([
    [1, 1, 30 * day, 'at a burn rate of 1 the whole period'],
    [0.5, 2, 7.5 * day, 'half of it at twice the rate'],
    [-0.5, 1, 0, 'overspent is now'],
    [1, 0, null, 'never where nothing burns'],
  ])('%d left at %d is exhausted in %s ms: %s', (remaining, burn, ms, _why) => {
    expect(exhaustionMs(remaining, burn, 30 * day)).toBe(ms);
  });
});

describe('an objective whose pages cannot work', () => {
  const probing = { periodMs: 30 * day, intervalMs: 1000 };

  it.each([
    [{ objective: 0.999, ...probing }, /^sound$/],
    [
      { objective: 0.93, ...probing },
      /burn rate of 14\.4, which 0\.93 can never reach; expected an objective above 0\.9306/,
    ],
    [
      { objective: 0.999, periodMs: 30 * day, intervalMs: 60_000 },
      /0\.9 failed probes of one every 60 s/,
    ],
    [{ objective: 0.9999, ...probing }, /^sound$/],
    [{ objective: 0.99999, ...probing }, /0\.5 failed probes/],
    [
      { objective: 0.97, periodMs: 90 * day, intervalMs: 1000 },
      /burn rate of 43\.2, which 0\.97 can never reach/,
    ],
  ])('%j: %s', (given, message) => {
    expect(policyFault(given) ?? 'sound').toMatch(message);
  });

  it('needs as many bad slices as its window and factor say', () => {
    expect(slicesToFire(alertWindows[0]!, 30 * day, 0.999, 10_000)).toBeCloseTo(5.184, 9);
  });
});
