import type { EventType } from './observation.js';

/** What kind of failure it was; `unknown` when no rule fits the evidence. */
export const scenarios = [
  'pod',
  'node',
  'zone',
  'primary_database',
  'redis_primary',
  'region',
  'unknown',
] as const;
export type Scenario = (typeof scenarios)[number];

/** Only an `outage` counts against a recovery target; the others are recorded all the same. */
export const incidentClasses = ['outage', 'planned_switchover', 'rollout', 'maintenance'] as const;
export type IncidentClass = (typeof incidentClasses)[number];

export const verdictStatuses = [
  'met',
  'breached',
  'indeterminate',
  'no_evidence',
  'not_applicable',
] as const;
export type VerdictStatus = (typeof verdictStatuses)[number];

/** An event as it is kept and shown. */
export interface RecordedEvent {
  /** UUID. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly type: EventType;
  /** `kind/name` of the target whose collection saw it. */
  readonly target: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly subject: string;
  readonly detail: string;
  /** Whether somebody meant it to happen; absent where nothing tells. */
  readonly planned?: boolean;
}

/**
 * One outage, or one planned interruption that was measured the same way. All instants are Unix
 * milliseconds by the wall clock; the bracket is by the monotonic clock of the one prober.
 */
export interface Incident {
  /** UUID. */
  readonly id: string;
  readonly slo: string;
  readonly sli: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly class: IncidentClass;
  readonly scenario: Scenario;
  /** The rule that inferred scenario and class. */
  readonly rule: string;
  /** When the last good observation before it was begun; null when there was none. */
  readonly lastOkBeforeMs: number | null;
  /** When the first failed observation was begun: the outage is back-dated to it. */
  readonly firstFailMs: number;
  /** When the last failed observation was begun. */
  readonly lastFailMs: number;
  /** When enough failures in a row had been seen. */
  readonly openedMs: number;
  /** When the first good observation of the lasting run ended; null while it is open. */
  readonly firstOkMs: number | null;
  /** When that run had lasted the stabilisation time; null while it is open. */
  readonly closedMs: number | null;
  /** The recovery time is at least this. */
  readonly lowMs: number;
  /** The recovery time is at most this; null when nothing bounds it, or while it is open. */
  readonly highMs: number | null;
  readonly targetMs: number;
  readonly verdict: 'met' | 'breached' | 'indeterminate';
  /** First sign of it: this exporter's threshold, or an earlier event of the systems themselves. */
  readonly detectedMs: number;
  /** When the systems decided on a successor; null where no signal told. */
  readonly decidedMs: number | null;
  /** Failed observations, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Whether an exporter was started again in its middle, so that durations are by the wall clock. */
  readonly resumed: boolean;
  /**
   * Of the loss of a region: acknowledged data that the copy did not have, as time in milliseconds, to
   * within one heartbeat; null where nothing tells.
   */
  readonly exposureMs: number | null;
  /**
   * Of lost capacity: the lowest share of the wanted instances that served while it lasted; null for
   * outages that were not told of that way.
   */
  readonly lowestCapacity: number | null;
  /** Id of the loss of a whole region that it is a part of: it does not count on its own then. */
  readonly partOf: string | null;
  readonly evidence: readonly RecordedEvent[];
}
