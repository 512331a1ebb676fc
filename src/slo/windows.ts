import { calendarSpan } from './calendar.js';
import type { Period } from './objective.js';
import type { Outcome } from './observation.js';
import { resolutions, type Counts, type SliceRow } from './slice.js';
import { SliceRing } from './slice-ring.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The windows that burn rates are told for, beside the period. */
export const burnWindows = [
  { name: '5m', ms: 5 * minute, level: 0 },
  { name: '30m', ms: 30 * minute, level: 0 },
  { name: '1h', ms: hour, level: 1 },
  { name: '2h', ms: 2 * hour, level: 1 },
  { name: '6h', ms: 6 * hour, level: 1 },
  { name: '1d', ms: day, level: 2 },
  { name: '3d', ms: 3 * day, level: 2 },
] as const;
export type BurnWindow = (typeof burnWindows)[number]['name'];

const periodLevel = 3;
/** A quarter, and a day for its clocks that go back. */
const longestCalendarMs = 93 * day;

/** Counts of a window, and how much of it was observed. */
export interface WindowCounts extends Counts {
  /** Slices observed, good or bad, of those that were due and not excluded: 0 to 1. */
  readonly coverage: number;
}

/** What was counted in one stretch of the period. */
export interface PeriodStretch {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly widthMs: number;
  readonly good: number;
  readonly bad: number;
}

/** The sums of one calendar period. */
interface CalendarSums extends Record<Outcome, number> {
  startMs: number;
  endMs: number;
}

interface Slot {
  readonly level: number;
  readonly index: number;
}

/** Which sum of which ring holds each window. */
const slots: readonly Slot[] = burnWindows.map(({ level }, at) => ({
  level,
  index: burnWindows.slice(0, at).filter((other) => other.level === level).length,
}));

function windowsOfLevel(level: number, period: Period): number[] {
  if (level === periodLevel) return [period.kind === 'rolling' ? period.ms : longestCalendarMs];
  return burnWindows.filter((window) => window.level === level).map(({ ms }) => ms);
}

/**
 * Good, bad, unknown and excluded slices of one SLO over every window, at constant memory and constant
 * work an observation. Short windows are kept in stretches of 5 s, long ones in coarser stretches
 * (1 min, 10 min, 1 h): a window's error is at most the counts of the one stretch at its older edge,
 * that is 1.7 % of 5m and 1h, 0.7 % of 1d, 0.6 % of 7 d and 0.14 % of 30 d. Time that nobody observed
 * is unknown: it is what is missing of the slices that were due.
 */
export class SloWindows {
  private readonly rings: readonly SliceRing[];
  private readonly sums = new Float64Array(4);
  private calendar: CalendarSums | undefined;
  /** Stretches that changed since they were last taken, by level. */
  private readonly changed: readonly Set<number>[] = resolutions.map(() => new Set<number>());

  constructor(
    private readonly slo: string,
    private readonly intervalMs: number,
    private readonly period: Period,
  ) {
    this.rings = resolutions.map(
      ({ widthMs }, level) => new SliceRing(widthMs, windowsOfLevel(level, period)),
    );
  }

  get bytes(): number {
    return this.rings.reduce((sum, ring) => sum + ring.bytes, 0);
  }

  /** Counts slices at an instant. */
  add(atMs: number, outcome: Outcome, slices: number): void {
    for (let level = 0; level < this.rings.length; level += 1) {
      const ring = this.rings[level]!;
      ring.add(atMs, outcome, slices);
      this.changed[level]!.add(ring.bucketOf(atMs));
    }
    if (this.period.kind === 'calendar') this.calendarAt(atMs)[outcome] += slices;
  }

  window(name: BurnWindow, atMs: number): WindowCounts {
    const at = burnWindows.findIndex((window) => window.name === name);
    const { level, index } = slots[at]!;
    this.rings[level]!.windowInto(index, atMs, this.sums);
    return this.counted(burnWindows[at]!.ms);
  }

  /** The SLO's own period: rolling, or the calendar's so far. */
  periodCounts(atMs: number): WindowCounts {
    if (this.period.kind === 'rolling') {
      this.rings[periodLevel]!.windowInto(0, atMs, this.sums);
      return this.counted(this.period.ms);
    }
    const { startMs, good, bad, unknown, excluded } = this.calendarAt(atMs);
    this.sums.set([good, bad, unknown, excluded]);
    return this.counted(Math.max(this.intervalMs, atMs - startMs));
  }

  /** The stretches of the period in which anything was observed, oldest first. Grows with the period, not with time. */
  periodStretches(atMs: number): PeriodStretch[] {
    const { widthMs } = resolutions[periodLevel];
    const fromMs =
      this.period.kind === 'rolling' ? atMs - this.period.ms : this.calendarAt(atMs).startMs;
    return this.rings[periodLevel]!.observed(fromMs, atMs).map((counts) => ({
      ...counts,
      widthMs,
    }));
  }

  /**
   * The stretches to keep that changed since the last call: the finest always, coarser ones once they
   * are over, for until then they can be summed from the finer ones. `all` takes those too.
   */
  takeChanged(atMs: number, all = false): SliceRow[] {
    const rows: SliceRow[] = [];
    resolutions.forEach(({ widthMs }, level) => {
      const changed = this.changed[level]!;
      for (const bucket of changed) {
        const startMs = bucket * widthMs;
        if (level > 0 && !all && startMs + widthMs > atMs) continue;
        const counts = this.rings[level]!.read(startMs);
        if (counts !== undefined) rows.push(this.rowOf(widthMs, startMs, counts));
        if (level > 0 || startMs + widthMs <= atMs) changed.delete(bucket);
      }
    });
    return rows;
  }

  /** Takes kept rows back, oldest first, before anything else was counted. */
  restore(rows: readonly SliceRow[], atMs: number): void {
    const byLevel = resolutions.map(({ widthMs }) =>
      this.ownScale(rows.filter((row) => row.widthMs === widthMs && row.startMs <= atMs)),
    );
    for (let level = 1; level < resolutions.length; level += 1) {
      this.sumUp(byLevel[level - 1]!, byLevel[level]!, level);
    }
    byLevel.forEach((stretches, level) => {
      this.rings[level]!.advance(atMs);
      for (const [startMs, counts] of stretches) this.rings[level]!.restore(startMs, counts);
    });
    if (this.period.kind === 'calendar') this.restoreCalendar(byLevel[periodLevel]!, atMs);
  }

  private restoreCalendar(hours: ReadonlyMap<number, Counts>, atMs: number): void {
    const sums = this.calendarAt(atMs);
    for (const [startMs, { good, bad, unknown, excluded }] of hours) {
      if (startMs < sums.startMs) continue;
      sums.good += good;
      sums.bad += bad;
      sums.unknown += unknown;
      sums.excluded += excluded;
    }
  }

  /** Counts of another interval are made those of this one: they stand for the same time. */
  private ownScale(rows: readonly SliceRow[]): Map<number, Counts> {
    return new Map(
      rows.map((row) => {
        if (row.intervalMs === this.intervalMs) return [row.startMs, row];
        const scale = (count: number) => Math.round((count * row.intervalMs) / this.intervalMs);
        const { good, bad, unknown, excluded } = row;
        return [
          row.startMs,
          {
            good: scale(good),
            bad: scale(bad),
            unknown: scale(unknown),
            excluded: scale(excluded),
          },
        ];
      }),
    );
  }

  /** Coarser stretches that were not kept, or not to their end, from the finer ones. */
  private sumUp(
    finer: ReadonlyMap<number, Counts>,
    into: Map<number, Counts>,
    level: number,
  ): void {
    const { widthMs } = resolutions[level]!;
    const summed = new Map<number, { -readonly [Key in keyof Counts]: number }>();
    for (const [finerStartMs, { good, bad, unknown, excluded }] of finer) {
      const startMs = Math.floor(finerStartMs / widthMs) * widthMs;
      const sum = summed.get(startMs) ?? { good: 0, bad: 0, unknown: 0, excluded: 0 };
      sum.good += good;
      sum.bad += bad;
      sum.unknown += unknown;
      sum.excluded += excluded;
      summed.set(startMs, sum);
    }
    for (const [startMs, sum] of summed) {
      const kept = into.get(startMs);
      if (kept !== undefined && totalOf(kept) >= totalOf(sum)) continue;
      into.set(startMs, sum);
      this.changed[level]!.add(Math.round(startMs / widthMs));
    }
  }

  private counted(windowMs: number): WindowCounts {
    const [good, bad, , excluded] = this.sums;
    const due = windowMs / this.intervalMs;
    const unknown = Math.max(0, due - good! - bad! - excluded!);
    const observable = due - excluded!;
    const coverage = observable <= 0 ? 1 : Math.min(1, (good! + bad!) / observable);
    return { good: good!, bad: bad!, unknown, excluded: excluded!, coverage };
  }

  private rowOf(widthMs: number, startMs: number, counts: Counts): SliceRow {
    return { slo: this.slo, widthMs, startMs, intervalMs: this.intervalMs, ...counts };
  }

  private calendarAt(atMs: number): CalendarSums {
    const known = this.calendar;
    if (known !== undefined && atMs < known.endMs) return known;
    if (this.period.kind !== 'calendar') throw new RangeError('a rolling period has no calendar');
    const span = calendarSpan(this.period, atMs);
    this.calendar = { ...span, good: 0, bad: 0, unknown: 0, excluded: 0 };
    return this.calendar;
  }
}

function totalOf({ good, bad, unknown, excluded }: Counts): number {
  return good + bad + unknown + excluded;
}
