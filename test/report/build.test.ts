import { describe, expect, it } from 'vitest';
import { buildReport, isBreached, type ReportInput } from '../../src/report/build.js';
import type { ExposureRow } from '../../src/slo/slice.js';
import {
  dayMs,
  hourMs,
  hourOf,
  hoursOf,
  incidentOf,
  sloOf,
  verdictOf,
} from '../support/slo-fixtures.js';

const fromMs = Date.parse('2026-03-01T00:00:00Z');
const range = { fromMs, toMs: fromMs + 10 * hourMs };
const tenMinutes = { widthMs: 600_000, good: 600 };

function inputOf(changes: Partial<ReportInput> = {}): ReportInput {
  return {
    deployment: 'orders',
    tier: 'enhanced',
    targets: { rpoMs: 900_000, rtoMs: hourMs },
    range,
    timeZone: 'UTC',
    generatedAtMs: range.toMs,
    slos: [sloOf()],
    hourlySlices: hoursOf(range.fromMs, range.toMs),
    tenMinuteSlices: [],
    incidents: [],
    incidentsCutOff: false,
    exposures: [],
    drills: [],
    verdicts: [],
    ...changes,
  };
}

function budgetOf(changes: Partial<ReportInput>) {
  return buildReport(inputOf(changes)).components[0]?.budgets[0];
}

function minutesOf(count: number, worstMs: (index: number) => number | null): ExposureRow[] {
  return Array.from({ length: count }, (_, index) => ({
    dataset: 'orders',
    startMs: fromMs + index * 60_000,
    worstMs: worstMs(index),
    targetMs: 5000,
  }));
}

describe('error budgets', () => {
  it('come from sums over the range, never from averages of ratios', () => {
    const [first, ...rest] = hoursOf(range.fromMs, range.toMs);
    const slow = { ...first!, good: 90, bad: 10, intervalMs: 36_000 };
    expect(budgetOf({ hourlySlices: [slow, ...rest] })).toMatchObject({
      good: 90 + 9 * 3600,
      bad: 10,
      sli: 10 / (100 + 9 * 3600),
      coverage: 1,
      status: 'met',
    });
  });

  it.each([
    ['all of it where nothing was bad', 0, 1, 'met'],
    ['half', 18, 0.5, 'met'],
    ['none, and kept, where it is spent exactly', 36, 0, 'met'],
    ['overspent', 72, -1, 'breached'],
  ])('remain: %s', (_title, bad, budgetRemaining, status) => {
    const [first, ...rest] = hoursOf(range.fromMs, range.toMs);
    const hourlySlices = [{ ...first!, good: 3600 - bad, bad }, ...rest];
    expect(budgetOf({ hourlySlices })).toMatchObject({ budgetRemaining, status });
  });

  it.each([
    ['exactly 90 % was observed', 9, 'met'],
    ['less was observed', 8, 'unknown'],
  ])('are judged by coverage: %s', (_title, hours, status) => {
    const hourlySlices = hoursOf(range.fromMs, range.fromMs + hours * hourMs);
    expect(budgetOf({ hourlySlices })).toMatchObject({ coverage: hours / 10, status });
  });

  it('are unknown, not breached, where too little was observed to tell', () => {
    const hourlySlices = [hourOf(fromMs, { good: 0, bad: 3600 })];
    expect(budgetOf({ hourlySlices })).toMatchObject({ sli: 1, status: 'unknown' });
  });

  it('count unknown slices neither as good nor as observed', () => {
    const hourlySlices = hoursOf(range.fromMs, range.toMs, { good: 1800, unknown: 1800 });
    expect(budgetOf({ hourlySlices })).toMatchObject({ coverage: 0.5, status: 'unknown' });
  });

  it('leave excluded time out of what was expected', () => {
    const hourlySlices = hoursOf(range.fromMs, range.toMs, { good: 1800, excluded: 1800 });
    expect(budgetOf({ hourlySlices })).toMatchObject({ coverage: 1, status: 'met' });
  });

  it('say nothing where everything was excluded', () => {
    const hourlySlices = hoursOf(range.fromMs, range.toMs, { good: 0, excluded: 3600 });
    expect(budgetOf({ hourlySlices })).toMatchObject({
      sli: null,
      budgetRemaining: null,
      coverage: 0,
      status: 'unknown',
    });
  });

  it('take ten-minute rows at the edges and none that an hour counts already', () => {
    const uneven = { fromMs: fromMs + 1_800_000, toMs: fromMs + 2 * hourMs };
    const ten = (index: number) => hourOf(fromMs + index * 600_000, tenMinutes);
    expect(
      budgetOf({
        range: uneven,
        hourlySlices: hoursOf(fromMs - hourMs, fromMs + 3 * hourMs),
        tenMinuteSlices: Array.from({ length: 18 }, (_, index) => ten(index)),
      }),
    ).toMatchObject({ good: 1800 + 3600, coverage: 1 });
  });

  it('weigh observations by their interval where it was changed', () => {
    const before = hoursOf(fromMs, fromMs + 5 * hourMs, { intervalMs: 10_000, good: 360 });
    const after = hoursOf(fromMs + 5 * hourMs, range.toMs);
    expect(budgetOf({ hourlySlices: [...before, ...after] })).toMatchObject({ coverage: 1 });
  });

  it('of a month that clocks change in expect its 743 hours', () => {
    const march = {
      fromMs: Date.parse('2026-03-01T00:00:00+01:00'),
      toMs: Date.parse('2026-04-01T00:00:00+02:00'),
    };
    expect(march.toMs - march.fromMs).toBe(743 * hourMs);
    const hourlySlices = hoursOf(march.fromMs, march.toMs);
    expect(budgetOf({ range: march, hourlySlices })).toMatchObject({
      good: 743 * 3600,
      coverage: 1,
      status: 'met',
    });
  });
});

describe('incidents of a report', () => {
  const begin = fromMs + hourMs;
  const outage = incidentOf({ id: 'a', firstFailMs: begin, firstOkMs: begin + 1000 });

  it('are outages by component, and planned interruptions apart', () => {
    const planned = { ...outage, id: 'b', class: 'planned_switchover' as const };
    const report = buildReport(inputOf({ incidents: [planned, outage] }));
    expect(report.components).toMatchObject([{ component: 'postgresql', outages: [{ id: 'a' }] }]);
    expect(report.planned).toMatchObject([{ id: 'b' }]);
  });

  it.each([
    ['ended before', { firstFailMs: fromMs - 2000, firstOkMs: fromMs - 1 }, 0],
    ['ended as the range began', { firstFailMs: fromMs - 2000, firstOkMs: fromMs }, 1],
    ['began as it ended', { firstFailMs: range.toMs, firstOkMs: null }, 0],
    ['is open since before', { firstFailMs: fromMs - dayMs, firstOkMs: null }, 1],
  ])('one that %s: %#', (_title, changes, count) => {
    const report = buildReport(inputOf({ incidents: [{ ...outage, ...changes }] }));
    expect(report.components.flatMap(({ outages }) => outages)).toHaveLength(count);
  });

  it('of a component without an SLO have a part of their own', () => {
    const incidents = [{ ...outage, component: 'redis' }];
    const report = buildReport(inputOf({ incidents }));
    expect(report.components.map(({ component }) => component)).toEqual(['postgresql', 'redis']);
  });
});

describe('exposure', () => {
  const exposureOf = (exposures: readonly ExposureRow[]) =>
    buildReport(inputOf({ exposures })).exposures[0];

  it('is given in percentiles of what was measured', () => {
    expect(exposureOf(minutesOf(600, (index) => index + 1))).toEqual({
      dataset: 'orders',
      targetMs: 5000,
      p50Ms: 300,
      p95Ms: 570,
      p99Ms: 594,
      maxMs: 600,
      shareOverTarget: 0,
      shareUnknown: 0,
      status: 'met',
    });
  });

  it('over the target is breached by a single minute, even where most is unknown', () => {
    const rows = minutesOf(6, (index) => (index === 0 ? 5001 : null));
    expect(exposureOf(rows)).toMatchObject({
      p50Ms: 5001,
      shareOverTarget: 1 / 600,
      shareUnknown: 599 / 600,
      status: 'breached',
    });
  });

  it.each([
    ['met at 10 % unknown', 540, 'met'],
    ['unknown beyond', 539, 'unknown'],
  ])('counts minutes that were not kept as unknown: %s', (_title, count, status) => {
    expect(exposureOf(minutesOf(count, () => 5000))).toMatchObject({ status });
  });

  it('of a dataset with an objective and no row is unknown, and not left out', () => {
    const slos = [sloOf({ name: 'objects', type: 'rpo', sli: 'rpo/objects' })];
    expect(buildReport(inputOf({ slos })).exposures).toMatchObject([
      { dataset: 'objects', targetMs: null, maxMs: null, shareUnknown: 1, status: 'unknown' },
    ]);
  });
});

describe('a report', () => {
  it('has the promised tier first, even without a verdict, and the others where there are any', () => {
    const verdicts = [
      verdictOf({ tier: 'standard', promised: false }),
      verdictOf({ status: 'no_evidence', disruption: 'zone' }),
      verdictOf({ tier: 'standard', promised: false, status: 'no_evidence' }),
    ];
    const report = buildReport(inputOf({ verdicts }));
    expect(report.tiers.map(({ tier, promised }) => [tier, promised])).toEqual([
      ['enhanced', true],
      ['standard', false],
    ]);
    expect(report.noEvidence).toEqual([verdicts[1]]);
    expect(buildReport(inputOf()).tiers).toEqual([
      { tier: 'enhanced', promised: true, verdicts: [] },
    ]);
  });

  it('names SLOs that have counts and are no longer configured', () => {
    const hourlySlices = [hourOf(fromMs, { slo: 'gone' }), hourOf(fromMs - dayMs, { slo: 'old' })];
    expect(buildReport(inputOf({ hourlySlices })).formerSlos).toEqual(['gone']);
  });

  it('is the same whatever the order of its rows', () => {
    const outages = ['a', 'b', 'c'].map((id) => incidentOf({ id, firstFailMs: fromMs }));
    const slos = [sloOf(), sloOf({ name: 'api', component: 'api' })];
    const input = inputOf({
      incidents: outages,
      slos,
      exposures: minutesOf(5, (index) => index),
    });
    const reversed = {
      ...input,
      incidents: outages.toReversed(),
      slos: slos.toReversed(),
      hourlySlices: input.hourlySlices.toReversed(),
      exposures: input.exposures.toReversed(),
    };
    expect(buildReport(reversed)).toEqual(buildReport(input));
  });

  const bad = { good: 0, bad: 3600 };
  const open = { firstOkMs: null, highMs: null, firstFailMs: fromMs };
  it.each<[string, Partial<ReportInput>, boolean]>([
    ['nothing', {}, false],
    ['a promise', { verdicts: [verdictOf({ status: 'breached' })] }, true],
    [
      "another tier's",
      { verdicts: [verdictOf({ status: 'breached', tier: 'premium', promised: false })] },
      false,
    ],
    ['a budget', { hourlySlices: hoursOf(range.fromMs, range.toMs, bad) }, true],
    ['an exposure', { exposures: minutesOf(1, () => 6000) }, true],
    ['an outage that is open', { incidents: [incidentOf(open)] }, true],
    [
      'a switchover that is open',
      { incidents: [incidentOf({ ...open, class: 'rollout' })] },
      false,
    ],
  ])('is breached by %s: %#', (_title, changes, breached) => {
    expect(isBreached(buildReport(inputOf(changes)))).toBe(breached);
  });
});
