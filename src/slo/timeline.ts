import type { Instant } from './observation.js';

/**
 * The time that slices are counted on, in Unix milliseconds: the wall clock while that goes forwards,
 * the monotonic clock while it does not. It never goes back, so that no stretch of time is counted
 * twice; a wall clock that jumps ahead, or a machine that slept, leaves a gap, which is unknown.
 */
export class Timeline {
  /** Wall time less monotonic time: the largest that was seen. */
  private offsetMs = -Infinity;

  /** Takes a reading of both clocks. */
  sync({ wallMs, monoMs }: Instant): void {
    this.offsetMs = Math.max(this.offsetMs, wallMs - monoMs);
  }

  /** When something was, that the monotonic clock of this process timed. */
  at({ monoMs }: Instant): number {
    return monoMs + this.offsetMs;
  }
}

/** A moment that the wall clock of an earlier process had, on the clocks of this one. */
export function instantOf(wallMs: number, now: Instant): Instant {
  return { wallMs, monoMs: now.monoMs - (now.wallMs - wallMs) };
}
