import type { RecoveryPath, RestorePoint } from './observation.js';

/** Data that would be lost if the service died now. */
export interface Exposure {
  readonly dataset: string;
  /** Null while nothing is known of any restorable point, or where it is known that there is none. */
  readonly exposureMs: number | null;
  readonly targetMs: number;
  /**
   * Unknown counts as breached once the grace time is over. What rests on points that are no evidence
   * is breached where even they are too old, and unknown otherwise.
   */
  readonly status: 'met' | 'breached' | 'unknown';
  /** How the data would be brought back; null while there is no way. */
  readonly path: RecoveryPath | null;
  readonly source: string;
  /** Why the point that it rests on is no evidence; null where it is. */
  readonly unproved: string | null;
}

type Point = Omit<RestorePoint, 'dataset'>;
type Restorable = Point & { readonly newestMs: number };

function isRestorable(point: Point): point is Restorable {
  return point.newestMs !== null;
}

function newestOf(points: readonly Restorable[]): Restorable | undefined {
  return points.reduce<Restorable | undefined>(
    (best, point) => (best === undefined || point.newestMs > best.newestMs ? point : best),
    undefined,
  );
}

/** The one that counts: evidence before claims, then the newest. */
function bestOf(points: readonly Point[]): Restorable | undefined {
  const restorable = points.filter(isRestorable);
  const proved = restorable.filter(({ unproved }) => unproved === undefined);
  return newestOf(proved.length > 0 ? proved : restorable);
}

/** Stands for the history among the targets. */
const recorded = '';

/**
 * Follows the newest restorable point of one dataset, by the target that tells it. It grows old while
 * nobody tells a newer one, and goes back where a target says that its own has.
 */
export class ExposureTracker {
  private readonly points = new Map<string, Point>();
  private unknownSinceMs: number | undefined;

  constructor(
    readonly dataset: string,
    private readonly targetMs: number,
    private readonly graceMs: number,
  ) {}

  /** What one target sees now: the best of its points. */
  take(target: string, points: readonly RestorePoint[]): void {
    const best = bestOf(points) ?? points[0];
    if (best === undefined) return;
    this.points.delete(recorded);
    this.points.set(target, best);
  }

  /**
   * The least that an earlier process knew, for as long as no target tells anything. It is no evidence,
   * but it grows old, and breached once the grace time is over.
   */
  restore(newestMs: number): void {
    if (this.points.size > 0) return;
    const unproved = 'nothing was seen since the exporter was started';
    const source = 'what was recorded before the start';
    this.points.set(recorded, { path: 'copy', newestMs, source, unproved });
  }

  /** A target that is no longer asked. */
  forget(target: string): void {
    this.points.delete(target);
  }

  /** What is known goes on in a tracker with other targets. */
  handTo(other: ExposureTracker): void {
    for (const [target, point] of this.points) other.points.set(target, point);
    other.unknownSinceMs = this.unknownSinceMs;
  }

  /** The newest point that evidence or a claim speaks for, in Unix milliseconds. */
  get newestMs(): number | undefined {
    return bestOf([...this.points.values()])?.newestMs;
  }

  at(nowMs: number): Exposure {
    const known = [...this.points.values()];
    const best = bestOf(known);
    if (best === undefined) return this.withoutPoint(known[0], nowMs);
    const isWaiting = this.points.has(recorded) && !this.isGraceOver(nowMs);
    if (!this.points.has(recorded)) this.unknownSinceMs = undefined;
    const { dataset, targetMs } = this;
    const { newestMs, path, source, unproved } = best;
    const exposureMs = Math.max(0, nowMs - newestMs);
    const isProved = unproved === undefined;
    const isBreached = exposureMs > targetMs && !isWaiting;
    const status = isBreached ? 'breached' : isProved ? 'met' : 'unknown';
    return { dataset, exposureMs, targetMs, status, path, source, unproved: unproved ?? null };
  }

  private isGraceOver(nowMs: number): boolean {
    this.unknownSinceMs ??= nowMs;
    return nowMs - this.unknownSinceMs > this.graceMs;
  }

  private withoutPoint(nothing: Point | undefined, nowMs: number): Exposure {
    const { dataset, targetMs } = this;
    const isOver = this.isGraceOver(nowMs);
    return {
      dataset,
      exposureMs: null,
      targetMs,
      status: isOver ? 'breached' : 'unknown',
      path: null,
      source: nothing?.source ?? 'no restorable point was seen',
      unproved: nothing?.unproved ?? null,
    };
  }
}

/** The dataset that decides for the deployment: one that nothing is known of, else the most exposed one. */
export function worstExposure(exposures: readonly Exposure[]): Exposure | undefined {
  const lossOf = ({ exposureMs }: Exposure) => exposureMs ?? Infinity;
  return exposures.reduce<Exposure | undefined>(
    (worst, each) => (worst === undefined || lossOf(each) > lossOf(worst) ? each : worst),
    undefined,
  );
}
