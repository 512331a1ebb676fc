import type { Exposure } from './exposure.js';
import type { ExposureRow } from './slice.js';

/** Length of the stretches whose worst exposure is held, in milliseconds. */
const stepMs = 10_000;
/** How far back they reach, in milliseconds. */
const heldMs = 3_600_000;
const minuteMs = 60_000;

/** The worst exposure of a stretch. */
export interface ExposurePoint {
  /** When the stretch began, in Unix milliseconds. */
  readonly atMs: number;
  /** Null where nothing was known throughout. */
  readonly worstMs: number | null;
}

function worse(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** How exposed each dataset was over the last hour; constant memory. */
export class ExposureHistory {
  private readonly byDataset = new Map<string, ExposurePoint[]>();

  /** Takes what is true now; datasets that are no longer followed are forgotten. */
  take(exposures: readonly Exposure[], nowMs: number): void {
    const names = new Set(exposures.map(({ dataset }) => dataset));
    for (const name of this.byDataset.keys()) if (!names.has(name)) this.byDataset.delete(name);
    for (const { dataset, exposureMs } of exposures) this.add(dataset, nowMs, exposureMs);
  }

  /** Takes back the minutes that were kept, oldest first; of datasets alone that nothing was taken of yet. */
  restore(rows: readonly ExposureRow[]): void {
    const begun = new Set(this.byDataset.keys());
    for (const { dataset, startMs, worstMs } of rows) {
      if (begun.has(dataset)) continue;
      for (let at = startMs; at < startMs + minuteMs; at += stepMs) this.add(dataset, at, worstMs);
    }
  }

  /** Oldest first. */
  of(dataset: string): readonly ExposurePoint[] {
    return this.byDataset.get(dataset) ?? [];
  }

  private add(dataset: string, nowMs: number, exposureMs: number | null): void {
    const atMs = Math.floor(nowMs / stepMs) * stepMs;
    const points = this.byDataset.get(dataset) ?? [];
    this.byDataset.set(dataset, points);
    const last = points.at(-1);
    if (last !== undefined && last.atMs >= atMs) {
      points[points.length - 1] = { atMs: last.atMs, worstMs: worse(last.worstMs, exposureMs) };
      return;
    }
    points.push({ atMs, worstMs: exposureMs });
    while (points[0] !== undefined && points[0].atMs < atMs - heldMs) points.shift();
  }
}
