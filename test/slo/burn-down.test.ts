import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { burnDown } from '../../src/slo/burn-down.js';
import { budgetRemaining } from '../../src/slo/burn-rate.js';
import { SloWindows } from '../../src/slo/windows.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nowMs = 1_795_000 * 1_000_000;
const stretch = (hoursAgo: number, good: number, bad: number) => ({
  startMs: Math.floor(nowMs / hourMs) * hourMs - hoursAgo * hourMs,
  widthMs: hourMs,
  good,
  bad,
});

describe('the burn-down of a budget', () => {
  it('begins with all of it and ends with what is left', () => {
    const points = burnDown(
      [stretch(2, 1000, 0), stretch(1, 995, 5), stretch(0, 1000, 0)],
      0.99,
      nowMs,
    );
    expect(points.map(({ remaining }) => Number(remaining.toFixed(4)))).toEqual([
      1, 1, 0.8333, 0.8333,
    ]);
    expect(points.at(-1)!.atMs).toBe(nowMs);
  });

  it('is empty where nothing was observed', () => {
    expect(burnDown([], 0.99, nowMs)).toEqual([]);
    expect(burnDown([stretch(1, 0, 0)], 0.99, nowMs)).toEqual([]);
  });

  it('ends with what is told elsewhere, and never rises', () => {
    const counts = fc.array(fc.tuple(fc.nat(5000), fc.nat(50)), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.constantFrom(0.9, 0.99, 0.999), (pairs, objective) => {
        const stretches = pairs.map(([good, bad], index) =>
          stretch(pairs.length - index, good, bad),
        );
        const bad = pairs.reduce((sum, pair) => sum + pair[1], 0);
        const valid = pairs.reduce((sum, pair) => sum + pair[0] + pair[1], 0);
        const points = burnDown(stretches, objective, nowMs);
        if (valid === 0) return points.length === 0;
        const falls = points.every(
          ({ remaining }, at) => at === 0 || remaining <= points[at - 1]!.remaining,
        );
        return (
          falls &&
          Math.abs(points.at(-1)!.remaining - budgetRemaining(bad / valid, objective)) < 1e-6
        );
      }),
    );
  });
});

describe('the stretches of a period', () => {
  it('are the hours of a rolling period in which anything was observed', () => {
    const windows = new SloWindows('api', 1000, { kind: 'rolling', ms: 30 * dayMs });
    windows.add(nowMs - 29 * dayMs, 'good', 10);
    windows.add(nowMs - 5 * hourMs, 'bad', 3);
    windows.add(nowMs, 'unknown', 3);
    windows.add(nowMs, 'good', 7);
    expect(windows.periodStretches(nowMs).map(({ good, bad }) => [good, bad])).toEqual([
      [10, 0],
      [0, 3],
      [7, 0],
    ]);
  });

  it('do not reach beyond the period', () => {
    const windows = new SloWindows('api', 1000, { kind: 'rolling', ms: 7 * dayMs });
    windows.add(nowMs - 8 * dayMs, 'good', 10);
    windows.add(nowMs, 'good', 7);
    expect(windows.periodStretches(nowMs).map(({ good }) => good)).toEqual([7]);
  });

  it('of a calendar month are those of the month so far', () => {
    const windows = new SloWindows('api', 1000, {
      kind: 'calendar',
      unit: 'month',
      timeZone: 'UTC',
    });
    const at = (text: string) => Date.parse(text);
    windows.add(at('2026-10-31T23:30:00Z'), 'good', 1);
    windows.add(at('2026-11-01T00:30:00Z'), 'good', 2);
    windows.add(at('2026-11-20T00:30:00Z'), 'good', 3);
    expect(windows.periodStretches(at('2026-11-20T00:40:00Z')).map(({ good }) => good)).toEqual([
      2, 3,
    ]);
  });
});
