import type { Exposure } from './exposure.js';
import type { Incident, VerdictStatus } from './incident.js';
import type { SloType } from './objective.js';
import type { Counts } from './slice.js';
import type { TierName } from './tiers.js';

/** One window of one SLO. */
export interface WindowAnswer extends Counts {
  /** Null where nothing was observed. */
  readonly burnRate: number | null;
  readonly coverage: number;
}

/** One SLO as `/api/v1/slos` shows it. */
export interface SloAnswer {
  readonly name: string;
  readonly type: SloType;
  readonly sli: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly objective: number;
  /** `30d`, `month` or `quarter`. */
  readonly period: string;
  readonly source: string;
  /** By window: 5m, 30m, 1h, 2h, 6h, 1d, 3d. */
  readonly burnRates: Readonly<Record<string, WindowAnswer>>;
  readonly periodCounts: Counts;
  readonly periodCoverage: number;
  /** Share of the budget that is left; negative when overspent, null where nothing was observed. */
  readonly budgetRemaining: number | null;
  /** Seconds until the budget is spent at the burn rate of the last hour; null when it is not burning. */
  readonly exhaustionSeconds: number | null;
  readonly status: 'met' | 'breached' | 'unknown';
  /** Id of the incident that is under way. */
  readonly openIncident: string | null;
}

/** `GET /api/v1/slos`. */
export interface SlosAnswer {
  readonly deployment: string;
  readonly at: string;
  readonly slos: readonly SloAnswer[];
}

/** `GET /api/v1/incidents`. */
export interface IncidentsAnswer {
  readonly deployment: string;
  readonly at: string;
  readonly incidents: readonly Incident[];
  /** False when the store could not be asked, and only what is in memory is shown. */
  readonly complete: boolean;
}

export const disruptions = [
  'pod',
  'node',
  'zone',
  'primary_database',
  'redis_primary',
  'region',
] as const;
export type Disruption = (typeof disruptions)[number];

/** What one verdict was decided by. */
export interface VerdictEvidence {
  readonly incident?: string;
  readonly drill?: string;
  readonly dataset?: string;
  readonly atMs: number;
  readonly lowMs?: number;
  readonly highMs?: number | null;
  readonly exposureMs?: number | null;
}

export interface Verdict {
  readonly tier: TierName;
  /** Whether this is the tier that was promised. */
  readonly promised: boolean;
  readonly disruption: Disruption;
  readonly objective: 'rto' | 'rpo';
  readonly status: VerdictStatus;
  readonly targetMs: number | null;
  /** One sentence with the figures. */
  readonly reason: string;
  readonly evidence: readonly VerdictEvidence[];
}

/** `GET /api/v1/compliance`. */
export interface ComplianceAnswer {
  readonly deployment: string;
  readonly at: string;
  readonly tier: TierName;
  readonly verdicts: readonly Verdict[];
  readonly exposures: readonly Exposure[];
}
