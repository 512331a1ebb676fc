import type { DrillStanding } from '../drills/standing.js';
import type { ShownTarget } from '../health/target.js';
import type { EngineStatus } from '../slo/status.js';

/** All that the page is made of. */
export interface StatusModel extends EngineStatus {
  readonly version: string;
  /** How every kind of failure stands that may be exercised. */
  readonly drills: readonly DrillStanding[];
  readonly targets: readonly ShownTarget[];
}
