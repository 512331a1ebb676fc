/**
 * One moment on both clocks. Durations are differences of `monoMs`, which never steps;
 * `wallMs` (Unix milliseconds) is for people and for other machines.
 */
export interface Instant {
  readonly wallMs: number;
  readonly monoMs: number;
}

export const outcomes = ['good', 'bad', 'unknown', 'excluded'] as const;
export type Outcome = (typeof outcomes)[number];

/** What one probe says about one SLI. */
export interface Observation {
  /** Names the SLI: `<kind>/<target>/<aspect>`, for example `lb/api/availability`. */
  readonly sli: string;
  readonly outcome: Outcome;
  /** When the probe was begun: an outage is back-dated to it. */
  readonly at: Instant;
  /** When its answer was there; `at` for observations without a duration. */
  readonly endedAt: Instant;
  /** Why it was not good; one of a bounded set. */
  readonly reason?: string;
  /**
   * Of a failure that others tell late: the last instant at which what failed is proved to have worked,
   * where that lies before the last good observation.
   */
  readonly lastProof?: Instant;
  /** Share of the wanted capacity that served. */
  readonly capacity?: number;
}

export const eventTypes = [
  'endpoint_down',
  'endpoint_up',
  'leader_changed',
  'leader_lost',
  'timeline_raised',
  'member_down',
  'member_up',
  'member_state_changed',
  'split_brain_began',
  'split_brain_ended',
  'switchover_scheduled',
  'switchover_unscheduled',
  'cluster_paused',
  'cluster_resumed',
  'sync_standby_changed',
  'write_path_lost',
  'write_path_restored',
  'heartbeat_lost',
  'receiver_down',
  'receiver_up',
  'switch_master',
  'sdown',
  'sdown_cleared',
  'odown',
  'odown_cleared',
  'failover_state',
  'tilt_began',
  'tilt_ended',
  'lag_above_threshold',
  'lag_below_threshold',
  'writer_moved',
  'replication_stalled',
  'replication_resumed',
  'object_corrupt',
  'backup_completed',
  'backup_failed',
  'archive_stopped',
  'archive_resumed',
  'restorable_point_lost',
  'restore_test_recorded',
  'pod_lost',
  'pod_back',
  'pod_replaced',
  'pod_evicted',
  'container_restarted',
  'node_not_ready',
  'node_ready',
  'node_removed',
  'node_cordoned',
  'node_uncordoned',
  'zone_lost',
  'zone_back',
  'rollout_began',
  'rollout_ended',
  'replicas_scaled',
  'lease_holder_changed',
  'access_denied',
  'access_granted',
] as const;
export type EventType = (typeof eventTypes)[number];

/** Something that happened: the evidence that an incident carries. */
export interface EvidenceEvent {
  readonly type: EventType;
  /** When it was seen here; stamped on receipt. */
  readonly at: Instant;
  /** The member, address or master it happened to. */
  readonly subject: string;
  /** One sentence with the values in it. */
  readonly detail: string;
  /** Whether somebody meant it to happen; absent where nothing tells. */
  readonly planned?: boolean;
  /** Of a target with several: the component it happened to; the target's own when absent. */
  readonly component?: string;
  /** Where it happened; by the member's name, else the target's own, when absent. */
  readonly zone?: string;
}

/** Ways of recovery: a copy that can be promoted or used as it is, or a backup that is restored first. */
export type RecoveryPath = 'copy' | 'backup';

/**
 * The newest point of a dataset that it could be brought back to, as one target sees it now. It stands
 * until the same target tells another one for the dataset, be it older; the best of all targets counts.
 */
export interface RestorePoint {
  readonly dataset: string;
  readonly path: RecoveryPath;
  /** Unix milliseconds, by this exporter's clock; null where it is known that there is none. */
  readonly newestMs: number | null;
  /** Where it was read, and why it is no later where something is wrong. */
  readonly source: string;
  /** Why it is no evidence, such as a backup that was never restored; absent where it is. */
  readonly unproved?: string;
}

/** One thing the exporter believes, for `/api/v1/state`. */
export interface Fact {
  /** Dotted, for example `member.a1.role`. */
  readonly name: string;
  readonly value: string | number | boolean | null;
  /** Where it was read: an endpoint, a view, a command. Never holds a credential. */
  readonly source: string;
}
