import type { FailureReason } from '../failure.js';
import type { ClusterView, DynamicConfig, History, MemberStatus } from './answers.js';

export interface Failure {
  readonly reason: FailureReason;
  /** One sentence that names the URL; never holds a credential. */
  readonly message: string;
}

/** What came of asking one member's `/patroni`. */
export type MemberAnswer =
  | { readonly name: string; readonly status: MemberStatus; readonly failure?: undefined }
  | { readonly name: string; readonly status?: undefined; readonly failure: Failure };

/** An answer about the whole cluster, and the member that gave it. */
export interface SharedAnswer<Value> {
  readonly from: string;
  readonly value: Value;
}

/** One collection. What no member answered in time is undefined. */
export interface PatroniSnapshot {
  /** In the order of the configuration. */
  readonly members: readonly MemberAnswer[];
  readonly cluster: SharedAnswer<ClusterView> | undefined;
  readonly config: SharedAnswer<DynamicConfig> | undefined;
  readonly history: SharedAnswer<History> | undefined;
}
