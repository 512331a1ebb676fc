import type { Incident, VerdictStatus } from './incident.js';
import type { RecoveryPath } from './observation.js';
import type { RegionStanding } from './region.js';
import type { SloType } from './objective.js';
import type { Counts } from './slice.js';
import type { TierName } from './tiers.js';

/** How fast a budget is being spent over one window. */
export interface BurnRateAnswer extends Counts {
  /** 1 spends exactly the budget within the period; null where nothing was observed. */
  readonly burnRate: number | null;
  /** Share of the expected slices that were observed. */
  readonly coverage: number;
}

export const attainments = ['met', 'breached', 'unknown'] as const;
/** Whether an objective is kept; `unknown` where too little was observed to tell. */
export type Attainment = (typeof attainments)[number];

export interface SloAnswer {
  readonly name: string;
  readonly type: SloType;
  readonly sli: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  /** Share of slices that must be good. */
  readonly objective: number;
  /** `30d` and the like, `month` or `quarter`. */
  readonly period: string;
  readonly source: string;
  /** By window: `5m`, `30m`, `1h`, `2h`, `6h`, `1d`, `3d`. */
  readonly burnRates: Readonly<Record<string, BurnRateAnswer>>;
  readonly periodCounts: Counts;
  /** Slices since the exporter began to watch: what happened between two looks is their difference. */
  readonly totals: Counts;
  readonly periodCoverage: number;
  /** 1 is all of it; below 0 it is overspent; null where nothing was observed. */
  readonly budgetRemaining: number | null;
  /** Seconds until the budget is spent at the present burn rate; null where it is not being spent. */
  readonly exhaustionSeconds: number | null;
  readonly status: Attainment;
  /** What was observed last, whether or not it counts: maintenance does not change it. */
  readonly now: 'good' | 'bad' | 'unknown';
  /** The id of the outage that is open now. */
  readonly openIncident: string | null;
}

/** `GET /api/v1/slos`. */
export interface SlosAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly slos: readonly SloAnswer[];
}

/** `GET /api/v1/incidents`; `GET /api/v1/incidents/ID` answers with the one `Incident`. */
export interface IncidentsAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly incidents: readonly Incident[];
  /** False when the store could not be asked, and only what is in memory is shown. */
  readonly complete: boolean;
}

/** `GET /api/v1/regions`. */
export interface RegionsAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly regions: readonly RegionStanding[];
}

/**
 * An acknowledged heartbeat: its number, in decimals, because JSON's numbers are exact up to 2^53 only; when
 * its commit was begun and when it was acknowledged, in Unix milliseconds.
 */
export type ListedHeartbeat = readonly [sequence: string, begunMs: number, endedMs: number];

/** The heartbeats of one cluster's write canary that were acknowledged to this exporter since it runs. */
export interface ClusterHeartbeats {
  readonly name: string;
  readonly region: string;
  /** Key of the row that they are committed to. */
  readonly writer: string;
  readonly intervalMs: number;
  /** The oldest number that is held, null where none is, and how many are. */
  readonly kept: { readonly first: string | null; readonly count: number };
  /** Oldest first. */
  readonly acknowledged: readonly ListedHeartbeat[];
  /** Whether the limit left some out: later ones where `after` was given, else earlier ones. */
  readonly isTruncated: boolean;
  /** When a heartbeat failed last, in Unix milliseconds; null where none did. */
  readonly lastFailureMs: number | null;
  /**
   * The first one since the last acknowledged that was refused, and did not merely hang: writes had ceased when
   * it ended.
   */
  readonly firstRefusal: { readonly begunMs: number; readonly endedMs: number } | null;
  /** Failures since the last one that was acknowledged; one that was, and was not read back, counts. */
  readonly failuresSinceAcknowledged: number;
}

/** `GET /api/v1/heartbeats`, with `cluster`, `after` (a number; the newest ones without) and `limit`. */
export interface HeartbeatsAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly clusters: readonly ClusterHeartbeats[];
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

export const verdictObjectives = ['rto', 'rpo'] as const;
export type VerdictObjective = (typeof verdictObjectives)[number];

/** One measurement that a verdict rests on; times in milliseconds. */
export interface VerdictEvidence {
  /** Id of the incident it was measured in. */
  readonly incident?: string;
  /** Id of the drill it was measured in. */
  readonly drill?: string;
  readonly dataset?: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** The recovery time is at least this. */
  readonly lowMs?: number;
  /** The recovery time is at most this; null when nothing bounds it. */
  readonly highMs?: number | null;
  /** Data that would have been lost, as time; null where nothing tells. */
  readonly exposureMs?: number | null;
  /** Lowest share of the wanted instances that served. */
  readonly capacity?: number;
}

/** Whether a tier's objective held in one kind of disruption. */
export interface Verdict {
  readonly tier: TierName;
  /** Whether it is the tier that was promised. */
  readonly promised: boolean;
  readonly disruption: Disruption;
  readonly objective: VerdictObjective;
  readonly status: VerdictStatus;
  readonly targetMs: number | null;
  /** One sentence with the figures. */
  readonly reason: string;
  readonly evidence: readonly VerdictEvidence[];
}

/** Data of one dataset that would be lost now, as time. */
export interface ExposureAnswer {
  readonly dataset: string;
  /** Null where it is unknown. */
  readonly exposureMs: number | null;
  readonly targetMs: number;
  readonly status: Attainment;
  /** How the data would be brought back; null while there is no way. */
  readonly path: RecoveryPath | null;
  /** How it is known. */
  readonly source: string;
  /** Why that is no evidence, such as a backup that was never restored; null where it is. */
  readonly unproved: string | null;
}

/** `GET /api/v1/compliance`. */
export interface ComplianceAnswer {
  readonly deployment: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The tier that was promised. */
  readonly tier: TierName;
  readonly verdicts: readonly Verdict[];
  readonly exposures: readonly ExposureAnswer[];
  /** The dataset that decides for the deployment; null where none is followed. */
  readonly worstDataset: string | null;
}
