/** Numbers of slices by outcome. */
export interface Counts {
  readonly good: number;
  readonly bad: number;
  readonly unknown: number;
  readonly excluded: number;
}

/** The counts of one SLO over one stretch of time, as they are kept. */
export interface SliceRow extends Counts {
  readonly slo: string;
  /** Length of the stretch, in milliseconds: one of `resolutionsMs`. */
  readonly widthMs: number;
  /** Its beginning, a multiple of its length, in Unix milliseconds. */
  readonly startMs: number;
  /** Length of one slice when it was counted, in milliseconds. */
  readonly intervalMs: number;
}

const minute = 60_000;

/** Lengths of the stretches that counts are kept for, and how long each is needed, in milliseconds. */
export const resolutions = [
  { widthMs: 5_000, keptMs: 30 * minute },
  { widthMs: minute, keptMs: 6 * 60 * minute },
  { widthMs: 10 * minute, keptMs: 3 * 24 * 60 * minute },
  { widthMs: 60 * minute, keptMs: 93 * 24 * 60 * minute },
] as const;

/** The worst exposure of a dataset within one minute. */
export interface ExposureRow {
  readonly dataset: string;
  /** A whole minute, in Unix milliseconds. */
  readonly startMs: number;
  /** Null where it was unknown throughout. */
  readonly worstMs: number | null;
  readonly targetMs: number;
}

/** A recorded exercise: a failover drill, a restore test. */
export interface Drill {
  readonly id: string;
  readonly scenario: string;
  readonly atMs: number;
  /** Recovery time that was measured, in milliseconds; null where none was. */
  readonly recoveryMs: number | null;
  /** Data lost, as time, in milliseconds; null where none was measured. */
  readonly lossMs: number | null;
  readonly detail: string;
}
