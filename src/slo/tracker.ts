import type { Slo } from './objective.js';
import type { Observation, Outcome } from './observation.js';
import { resolutions, type SliceRow } from './slice.js';
import type { Timeline } from './timeline.js';
import { SloWindows } from './windows.js';

/** What a collection may take beyond its deadline before the exporter itself was held up. */
const heldUpMs = 1000;
/** How far the two clocks may part within one observation: beyond, one of them was stepped. */
const steppedMs = 1000;

/** Observations that may be missing before what was seen last says nothing any more. */
const overdueIntervals = 3;

/** Slices since the process began, by outcome. They only grow. */
export interface Totals extends Record<Outcome, number> {}

/** What an observation came to. */
export interface Classified {
  readonly outcome: Outcome;
  /** What it would be without maintenance. */
  readonly raw: Exclude<Outcome, 'excluded'>;
  /** Slices it stands for: a collection longer than the interval takes the place of several. */
  readonly slices: number;
  readonly atMs: number;
}

/** Counts the observations of one SLO. */
export class SloTracker {
  readonly windows: SloWindows;
  readonly totals: Totals = { good: 0, bad: 0, unknown: 0, excluded: 0 };
  private countedToMs = -Infinity;
  private last: { readonly raw: Classified['raw']; readonly endMs: number } | undefined;
  private occurrences: ({ readonly startMs: number; readonly endMs: number } | undefined)[] = [];

  constructor(
    readonly slo: Slo,
    private readonly timeline: Timeline,
  ) {
    this.windows = new SloWindows(slo.name, slo.intervalMs, slo.period);
  }

  /** Takes kept rows back. What they cover is not counted again. */
  restore(rows: readonly SliceRow[], nowMs: number): void {
    this.windows.restore(rows, nowMs);
    this.countedToMs = Math.max(this.countedToMs, Math.min(nowMs, newestEndOf(rows)));
  }

  observe(observation: Observation): Classified {
    const { slo } = this;
    const atMs = this.timeline.at(observation.at);
    const slices = this.slicesOf(observation);
    const raw = this.rawOutcome(observation);
    const outcome = this.isMaintenance(atMs) ? 'excluded' : raw;
    this.last = { raw, endMs: atMs + slices * slo.intervalMs };
    // Time that was counted before is not counted again, whatever was seen in it.
    const isOld = atMs < this.countedToMs - Math.max(slo.intervalMs, steppedMs);
    if (isOld) {
      this.totals.unknown += slices;
      return { outcome: 'unknown', raw: 'unknown', slices, atMs };
    }
    this.countGap(atMs);
    this.windows.add(atMs, outcome, slices);
    this.totals[outcome] += slices;
    this.countedToMs = Math.max(this.countedToMs, atMs + slices * slo.intervalMs);
    return { outcome, raw, slices, atMs };
  }

  /** What was seen last; unknown once the next observations are overdue. */
  outcomeAt(nowMs: number): Classified['raw'] {
    const { intervalMs, timeoutMs } = this.slo;
    const isOverdue =
      this.last === undefined ||
      nowMs > this.last.endMs + overdueIntervals * intervalMs + timeoutMs + heldUpMs;
    return isOverdue ? 'unknown' : this.last!.raw;
  }

  /** Whether failures at this time are expected. */
  isMaintenance(atMs: number): boolean {
    return this.slo.maintenance.some((window, index) => {
      let occurrence = this.occurrences[index];
      if (occurrence === undefined || atMs >= occurrence.endMs) {
        occurrence = window.occurrenceAt(atMs) ?? { startMs: Infinity, endMs: Infinity };
        this.occurrences[index] = occurrence;
      }
      return atMs >= occurrence.startMs && atMs < occurrence.endMs;
    });
  }

  /** Slices that nobody observed since the last one. */
  private countGap(atMs: number): void {
    if (this.countedToMs === -Infinity) return;
    const missed = Math.floor((atMs - this.countedToMs) / this.slo.intervalMs + 0.5);
    if (missed > 0) this.totals.unknown += missed;
  }

  private slicesOf({ at, endedAt }: Observation): number {
    const { intervalMs, timeoutMs } = this.slo;
    const longestMs = Math.max(intervalMs, timeoutMs + heldUpMs);
    const tookMs = Math.min(longestMs, endedAt.monoMs - at.monoMs);
    return Math.max(1, Math.ceil(tookMs / intervalMs));
  }

  private rawOutcome(observation: Observation): Exclude<Outcome, 'excluded'> {
    const { outcome } = observation;
    if (outcome === 'unknown' || outcome === 'excluded') return 'unknown';
    if (!this.isTrusted(observation)) return 'unknown';
    return this.isSlow(observation) ? 'bad' : outcome;
  }

  /** An observation over which this process was stopped, or a clock was stepped, says nothing. */
  private isTrusted({ at, endedAt }: Observation): boolean {
    const tookMs = endedAt.monoMs - at.monoMs;
    const wallMs = endedAt.wallMs - at.wallMs;
    return tookMs <= this.slo.timeoutMs + heldUpMs && Math.abs(wallMs - tookMs) <= steppedMs;
  }

  private isSlow({ at, endedAt }: Observation): boolean {
    const { type, latencyThresholdMs } = this.slo;
    if (type !== 'latency' || latencyThresholdMs === undefined) return false;
    return endedAt.monoMs - at.monoMs > latencyThresholdMs;
  }
}

/** Up to where kept rows reach; only the finest are never ahead of what they have counted by much. */
function newestEndOf(rows: readonly SliceRow[]): number {
  const finest = rows.filter(({ widthMs }) => widthMs === resolutions[0].widthMs);
  return finest.reduce(
    (newest, { startMs, widthMs }) => Math.max(newest, startMs + widthMs),
    -Infinity,
  );
}
