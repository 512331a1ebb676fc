import type { ShownTarget } from '../health/target.js';
import type { EngineStatus } from '../slo/status.js';

/** All that the page is made of. */
export interface StatusModel extends EngineStatus {
  readonly version: string;
  readonly targets: readonly ShownTarget[];
}
