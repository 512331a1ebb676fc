import type { Config } from '../config/schema.js';
import type { Slo } from '../slo/objective.js';
import type { TierName } from '../slo/tiers.js';

/** Targets or datasets that belong to one component, and where a metric does not say it, to one region. */
export interface Place {
  readonly component: string;
  readonly region?: string;
  /** Values of the label that tells them apart; undefined where the place is that of all. */
  readonly names: readonly string[] | undefined;
}

/** What the metrics do not tell of themselves: which component they are about. */
export interface Places {
  readonly patroni: readonly Place[];
  readonly postgres: readonly Place[];
  readonly lag: readonly Place[];
  readonly sentinel: readonly Place[];
  readonly backups: readonly Place[];
  readonly objects: readonly Place[];
  readonly datasets: readonly Place[];
}

type AlertSettings = Config['alerts'];

/** All that rules are made of. */
export interface AlertPlan {
  readonly deployment: string;
  readonly tier: TierName;
  /** Version of what made the rules. */
  readonly version: string;
  readonly slos: readonly Slo[];
  /** What the loss of whole regions is timed against. */
  readonly regions: readonly Slo[];
  readonly places: Places;
  readonly settings: Pick<
    AlertSettings,
    'job' | 'interval' | 'grafana' | 'runbooks' | 'disabled' | 'limits' | 'drills'
  >;
  /** Age that the newest backup may have, in milliseconds. */
  readonly backupAgeMs: number;
}
