import type { RestorePoint } from './observation.js';

/** Data that would be lost if the service died now. */
export interface Exposure {
  readonly dataset: string;
  /** Null while nothing is known of any restorable point. */
  readonly exposureMs: number | null;
  readonly targetMs: number;
  /** Unknown counts as breached once the grace time is over. */
  readonly status: 'met' | 'breached' | 'unknown';
  readonly source: string;
}

interface Known {
  readonly newestMs: number;
  readonly source: string;
}

/** Follows the newest restorable point of one dataset. It grows old while nobody tells a newer one. */
export class ExposureTracker {
  private known: Known | undefined;
  private unknownSinceMs: number | undefined;

  constructor(
    readonly dataset: string,
    private readonly targetMs: number,
    private readonly graceMs: number,
  ) {}

  /** A point that is older than the newest known is no news: another site is further. */
  take({ newestMs, source }: RestorePoint): void {
    if (this.known === undefined || newestMs > this.known.newestMs)
      this.known = { newestMs, source };
  }

  /** What is known goes on in a tracker with other targets. */
  handTo(other: ExposureTracker): void {
    other.known = this.known;
    other.unknownSinceMs = this.unknownSinceMs;
  }

  at(nowMs: number): Exposure {
    const { dataset, targetMs, known } = this;
    if (known === undefined) {
      this.unknownSinceMs ??= nowMs;
      const isOver = nowMs - this.unknownSinceMs > this.graceMs;
      const status = isOver ? 'breached' : 'unknown';
      return {
        dataset,
        exposureMs: null,
        targetMs,
        status,
        source: 'no restorable point was seen',
      };
    }
    const exposureMs = Math.max(0, nowMs - known.newestMs);
    const status = exposureMs <= targetMs ? 'met' : 'breached';
    return { dataset, exposureMs, targetMs, status, source: known.source };
  }
}
