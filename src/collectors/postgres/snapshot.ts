import type { Heartbeat } from '../../slo/heartbeat-ring.js';
import type { MemberResult } from '../sql/member.js';

export type PostgresSnapshot = readonly MemberResult[];

/** A heartbeat that was committed and read back. Durations in seconds. */
export interface CanarySnapshot extends Heartbeat {
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
  /** Its commit, where that was acknowledged before it failed: it was not read back. */
  readonly acknowledged?: Heartbeat;
}
