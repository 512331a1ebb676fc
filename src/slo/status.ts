import type { SloAnswer, Verdict } from './answers.js';
import type { BurnDownPoint } from './burn-down.js';
import type { Exposure } from './exposure.js';
import type { ExposurePoint } from './exposure-history.js';
import type { Incident } from './incident.js';
import type { RegionStanding } from './region.js';
import type { TierName } from './tiers.js';

/** How the history store stands. */
export interface StoreStanding {
  readonly state: 'opening' | 'recorder' | 'standby' | 'failing';
  /** What went wrong last; null where nothing did. */
  readonly error: string | null;
  /** Rows that wait to be written. */
  readonly queued: number;
}

/** All that the engine knows now, from memory alone: what the status page is made of. */
export interface EngineStatus {
  readonly deployment: string;
  readonly tier: TierName;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly slos: readonly SloAnswer[];
  /** As given a few seconds ago at most. */
  readonly verdicts: readonly Verdict[];
  readonly exposures: readonly Exposure[];
  readonly worstDataset: string | null;
  /** Under way now; one that answers again, and has to last, has a `firstOkMs` and is not closed. */
  readonly open: readonly Incident[];
  /** Newest first, open ones among them. */
  readonly incidents: readonly Incident[];
  /** Rises whenever `incidents` changes. */
  readonly incidentRevision: number;
  readonly regions: readonly RegionStanding[];
  readonly store: StoreStanding;
  /** Exposure of a dataset over the last hour, oldest first. */
  exposureHistory(dataset: string): readonly ExposurePoint[];
  /** How the budget of an SLO went over its period; at most a minute old. */
  burnDown(slo: string): readonly BurnDownPoint[];
}
