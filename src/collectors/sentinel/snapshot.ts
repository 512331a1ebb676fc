import type { FailureReason } from '../failure.js';
import type { Announcement } from './announcement.js';
import type { Instance } from './answer.js';

/** What one Sentinel believes. */
export interface SentinelAnswer {
  /** `ip:port` of the primary that it gives to clients. */
  readonly address: string;
  readonly master: Instance;
  readonly replicas: readonly Instance[];
  readonly sentinels: readonly Instance[];
  readonly quorumOk: boolean;
  readonly quorumText: string;
  readonly tilt: boolean | undefined;
}

export type SentinelResult =
  | { readonly ok: true; readonly sentinel: string; readonly answer: SentinelAnswer }
  | {
      readonly ok: false;
      readonly sentinel: string;
      readonly reason: FailureReason;
      readonly message: string;
    };

export interface SentinelSnapshot {
  readonly results: readonly SentinelResult[];
  readonly announcements: readonly Announcement[];
  readonly dropped: number;
}

/** A key that was set and read back. Durations in seconds. */
export interface RedisCanarySnapshot {
  readonly address: string;
  readonly connectSeconds: number;
  readonly writeSeconds: number;
  readonly reconnected: boolean;
}
