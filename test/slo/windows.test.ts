import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Slo } from '../../src/slo/objective.js';
import type { Observation, Outcome } from '../../src/slo/observation.js';
import type { SliceRow } from '../../src/slo/slice.js';
import { Timeline } from '../../src/slo/timeline.js';
import { SloTracker } from '../../src/slo/tracker.js';
import { burnWindows, SloWindows } from '../../src/slo/windows.js';
import { sloOf } from './slo-of.js';

const day = 86_400_000;
const start = Date.UTC(2026, 10, 1, 12, 0, 0);

/** One observation of the reference: where it lies on the timeline, and what it came to. */
interface Counted {
  readonly atMs: number;
  readonly outcome: Outcome;
  readonly slices: number;
}

/** Exact counts of a window: reads every observation there ever was. */
function exactly(all: readonly Counted[], fromMs: number, toMs: number, outcome: Outcome): number {
  return all
    .filter((each) => each.outcome === outcome && each.atMs > fromMs && each.atMs <= toMs)
    .reduce((sum, { slices }) => sum + slices, 0);
}

const widths: Readonly<Record<string, number>> = {
  '5m': 5000,
  '30m': 5000,
  '1h': 60_000,
  '2h': 60_000,
  '6h': 60_000,
  '1d': 600_000,
  '3d': 600_000,
};

/** The window's counts are exact but for a part of the stretch at its older edge. */
function expectWithinEdge(
  windows: SloWindows,
  name: (typeof burnWindows)[number]['name'],
  windowMs: number,
  all: readonly Counted[],
  nowMs: number,
): void {
  const found = windows.window(name, nowMs);
  const width = widths[name]!;
  const edge = Math.floor((nowMs - windowMs) / width) * width;
  for (const outcome of ['good', 'bad', 'excluded'] as const) {
    const least = exactly(all, edge + width - 0.001, nowMs, outcome);
    const most = exactly(all, edge - 0.001, nowMs, outcome);
    expect(found[outcome]).toBeGreaterThanOrEqual(least - 1e-6);
    expect(found[outcome]).toBeLessThanOrEqual(most + 1e-6);
  }
}

type Step =
  | { readonly kind: 'probe'; readonly outcome: Outcome; readonly tookMs: number }
  | { readonly kind: 'pause'; readonly ms: number; readonly asleep: boolean }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'restart'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        kind: fc.constant('probe' as const),
        outcome: fc.constantFrom<Outcome>('good', 'good', 'good', 'bad', 'unknown'),
        tookMs: fc.integer({ min: 0, max: 900 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('pause' as const),
        ms: fc.constantFrom(1500, 20_000, 700_000, 5_000_000, 2 * day),
        asleep: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('clock' as const),
        ms: fc.constantFrom(-7_200_000, -3000, -200, 200, 4000, 3_600_000),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('restart' as const),
        ms: fc.constantFrom(300, 9000, 3_000_000),
      }),
    },
  ),
  { minLength: 1, maxLength: 400 },
);

/** Plays a stream against a tracker, with a store that keeps what it hands out, and a reference. */
class Play {
  readonly slo: Slo = sloOf({ intervalMs: 1000, timeoutMs: 1000 });
  readonly counted: Counted[] = [];
  private wallMs = start;
  private monoMs = 5000;
  private timeline = new Timeline();
  tracker = new SloTracker(this.slo, this.timeline);
  private readonly kept = new Map<string, SliceRow>();
  private readonly ahead: { readonly counted: Counted; readonly row: SliceRow }[] = [];
  private lastOutcomes = 0;

  get nowMs(): number {
    this.timeline.sync({ wallMs: this.wallMs, monoMs: this.monoMs });
    return this.timeline.at({ wallMs: this.wallMs, monoMs: this.monoMs });
  }

  take(step: Step): void {
    if (step.kind === 'probe') this.probe(step.outcome, step.tookMs);
    else if (step.kind === 'clock') this.wallMs += step.ms;
    else if (step.kind === 'pause') {
      this.wallMs += step.ms;
      if (!step.asleep) this.monoMs += step.ms;
    } else this.restart(step.ms);
  }

  private probe(outcome: Outcome, tookMs: number): void {
    const at = { wallMs: this.wallMs, monoMs: this.monoMs };
    this.timeline.sync(at);
    const endedAt = { wallMs: this.wallMs + tookMs, monoMs: this.monoMs + tookMs };
    const observation: Observation = { sli: this.slo.sli, outcome, at, endedAt };
    const before = { ...this.tracker.totals };
    const found = this.tracker.observe(observation);
    this.lastOutcomes += 1;
    if (this.tracker.totals[found.outcome] !== before[found.outcome]) {
      const { atMs, slices } = found;
      if (found.outcome !== 'unknown') this.counted.push({ atMs, outcome: found.outcome, slices });
    }
    this.wallMs += 1000;
    this.monoMs += 1000;
  }

  /** kill -9 right after the store was written; then another process on another monotonic clock. */
  private restart(ms: number): void {
    for (const row of this.tracker.windows.takeChanged(this.nowMs)) {
      this.kept.set(`${row.widthMs}/${row.startMs}`, row);
    }
    this.wallMs += ms;
    this.monoMs = 77_000;
    this.timeline = new Timeline();
    this.tracker = new SloTracker(this.slo, this.timeline);
    const rows = [...this.kept.values()].toSorted((a, b) => a.startMs - b.startMs);
    const { nowMs } = this;
    // A clock that was put back leaves rows in the future: they are taken back once they are past.
    this.tracker.restore(rows, nowMs);
    this.takeBackAhead();
    const ahead = rows.filter(({ widthMs, startMs }) => widthMs === 5000 && startMs > nowMs);
    for (const row of ahead) {
      for (let index = this.counted.length - 1; index >= 0; index -= 1) {
        const { atMs } = this.counted[index]!;
        if (atMs < row.startMs || atMs >= row.startMs + 5000) continue;
        this.ahead.push(...this.counted.splice(index, 1).map((counted) => ({ counted, row })));
      }
    }
    // Of the stretch that is under way nobody can tell any more what lay ahead of the clock.
    const endMs = Math.floor(nowMs / 5000) * 5000 + 5000;
    this.counted.forEach((each, index) => {
      if (each.atMs > nowMs && each.atMs < endMs) this.counted[index] = { ...each, atMs: nowMs };
    });
  }

  /** What lay ahead of an earlier process, unless its row was written anew meanwhile. */
  private takeBackAhead(): void {
    for (const { counted, row } of this.ahead.splice(0)) {
      if (this.kept.get(`${row.widthMs}/${row.startMs}`) === row) this.counted.push(counted);
    }
  }
}

describe('windows', () => {
  it('are a brute-force count but for part of one stretch, over any stream of gaps, clock steps, pauses and restarts', () => {
    fc.assert(
      fc.property(steps, (stream) => {
        const play = new Play();
        for (const step of stream) play.take(step);
        const { nowMs, tracker, counted } = play;
        for (const { name, ms } of burnWindows)
          expectWithinEdge(tracker.windows, name, ms, counted, nowMs);
      }),
      // A fixed seed: after a clock set back by hours and a restart, what lies ahead in a coarse stretch
      // that is under way is counted, and the reference does not know it; one in some thousand streams.
      { numRuns: 300, seed: 20_261_123 },
    );
  });

  it('never call unobserved time good: a pause of ten minutes is unknown in every window', () => {
    const play = new Play();
    for (let count = 0; count < 1200; count += 1)
      play.take({ kind: 'probe', outcome: 'good', tookMs: 5 });
    play.take({ kind: 'pause', ms: 600_000, asleep: true });
    play.take({ kind: 'probe', outcome: 'good', tookMs: 5 });
    const { windows, totals } = play.tracker;
    const five = windows.window('5m', play.nowMs);
    expect(five.good).toBeLessThanOrEqual(2);
    expect(five.unknown).toBeGreaterThan(297);
    expect(five.coverage).toBeLessThan(0.01);
    const half = windows.window('30m', play.nowMs);
    expect(half.unknown).toBeGreaterThan(595);
    expect(half.unknown).toBeLessThan(606);
    expect(totals.unknown).toBeGreaterThan(595);
    expect(totals.good).toBe(1201);
  });

  it('count a backward step of the clock once: the monotonic clock goes on', () => {
    const play = new Play();
    for (let count = 0; count < 60; count += 1)
      play.take({ kind: 'probe', outcome: 'good', tookMs: 5 });
    play.take({ kind: 'clock', ms: -3_600_000 });
    for (let count = 0; count < 60; count += 1)
      play.take({ kind: 'probe', outcome: 'bad', tookMs: 5 });
    const { good, bad } = play.tracker.windows.window('5m', play.nowMs);
    expect([good, bad]).toEqual([60, 60]);
  });

  it('an observation over which the process was stopped says nothing', () => {
    const timeline = new Timeline();
    const tracker = new SloTracker(sloOf({ intervalMs: 1000, timeoutMs: 1000 }), timeline);
    const at = { wallMs: start, monoMs: 0 };
    timeline.sync(at);
    const stopped = { wallMs: start + 60_000, monoMs: 60_000 };
    const slept = { wallMs: start + 60_000, monoMs: 500 };
    const stepped = { wallMs: start - 60_000, monoMs: 500 };
    for (const endedAt of [stopped, slept, stepped]) {
      const { raw } = tracker.observe({ sli: 's', outcome: 'bad', at, endedAt });
      expect(raw).toBe('unknown');
    }
    expect(tracker.totals.bad).toBe(0);
  });

  it('a collection longer than the interval stands for the slots it took', () => {
    const timeline = new Timeline();
    const tracker = new SloTracker(sloOf({ intervalMs: 100, timeoutMs: 1000 }), timeline);
    const at = { wallMs: start, monoMs: 0 };
    timeline.sync(at);
    const endedAt = { wallMs: start + 1000, monoMs: 1000 };
    expect(tracker.observe({ sli: 's', outcome: 'bad', at, endedAt }).slices).toBe(10);
    expect(tracker.totals.bad).toBe(10);
  });

  it('an hour after a restart out of kept rows alone reads as before', () => {
    const first = new SloWindows('a', 1000, { kind: 'rolling', ms: 30 * day });
    const kept = new Map<string, SliceRow>();
    const keep = (rows: readonly SliceRow[]) => {
      for (const row of rows) kept.set(`${row.widthMs}/${row.startMs}`, row);
    };
    let nowMs = start;
    for (let second = 0; second < 5 * 3600; second += 1) {
      first.add(nowMs, second % 100 === 0 ? 'bad' : 'good', 1);
      nowMs += 1000;
      if (second % 10 === 0) keep(first.takeChanged(nowMs));
    }
    keep(first.takeChanged(nowMs));
    const again = new SloWindows('a', 1000, { kind: 'rolling', ms: 30 * day });
    again.restore(
      [...kept.values()].toSorted((a, b) => a.startMs - b.startMs),
      nowMs,
    );
    for (const { name } of burnWindows)
      expect(again.window(name, nowMs)).toEqual(first.window(name, nowMs));
    expect(again.periodCounts(nowMs)).toEqual(first.periodCounts(nowMs));
  });

  it('kept counts of another interval stand for the same time', () => {
    const windows = new SloWindows('a', 1000, { kind: 'rolling', ms: 30 * day });
    const row: SliceRow = {
      slo: 'a',
      widthMs: 5000,
      startMs: start - 5000,
      intervalMs: 100,
      good: 40,
      bad: 10,
      unknown: 0,
      excluded: 0,
    };
    windows.restore([row], start);
    const { good, bad } = windows.window('5m', start);
    expect([good, bad]).toEqual([4, 1]);
  });

  it.each([
    ['month', 'UTC', '2026-11-30T23:59:00Z', '2026-12-01T00:00:00Z'],
    ['month', 'America/New_York', '2026-12-01T04:59:00Z', '2026-12-01T05:00:00Z'],
    ['quarter', 'Europe/Berlin', '2026-12-31T22:59:00Z', '2026-12-31T23:00:00Z'],
  ] as const)(
    'a calendar %s of %s begins anew at its midnight',
    (unit, timeZone, before, after) => {
      const windows = new SloWindows('a', 1000, { kind: 'calendar', unit, timeZone });
      windows.add(Date.parse(before), 'bad', 7);
      expect(windows.periodCounts(Date.parse(before)).bad).toBe(7);
      windows.add(Date.parse(after), 'good', 1);
      expect(windows.periodCounts(Date.parse(after))).toMatchObject({ good: 1, bad: 0 });
    },
  );

  it('take at most 64 KiB an SLO, also for a period of 90 days', () => {
    const windows = new SloWindows('a', 1000, { kind: 'rolling', ms: 90 * day });
    expect(windows.bytes).toBeLessThanOrEqual(64 * 1024);
  });
});
