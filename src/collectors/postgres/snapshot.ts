import type { MemberResult } from '../sql/member.js';

export type PostgresSnapshot = readonly MemberResult[];

/** A heartbeat that was committed and read back. Durations in seconds. */
export interface CanarySnapshot {
  readonly sequence: bigint;
  readonly connectSeconds: number;
  readonly commitSeconds: number;
  readonly readSeconds: number;
  /** Connections made for this heartbeat: 0 on the kept one. */
  readonly connections: number;
  readonly lost?: LostHeartbeat;
}

/** A heartbeat that was acknowledged and is not there any more: commits were lost. */
export interface LostHeartbeat {
  readonly acknowledged: bigint;
  /** The number that the row had instead; undefined where the row was gone. */
  readonly found: bigint | undefined;
}

/** What is known of a heartbeat that failed. */
export interface FailedHeartbeat {
  readonly connections: number;
}
