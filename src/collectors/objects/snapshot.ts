import type { FailureReason } from '../failure.js';

/** What one side was asked for, and whether it did it. */
export type SideResult =
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

/** A canary that the destination does not have as it was written. */
export interface Outstanding {
  readonly key: string;
  /** When its PUT was begun, in Unix milliseconds by the exporter's clock. */
  readonly atMs: number;
  readonly state: 'missing' | 'corrupt';
}

/** A canary whose bytes were found in the destination. */
export interface Replicated {
  readonly key: string;
  /** From the beginning of its PUT until its copy was seen: at least the delay of the replication. */
  readonly seenMs: number;
}

/** One collection. */
export interface ObjectsSnapshot {
  readonly source: SideResult;
  /** Whether a canary was put: none is, where too many are outstanding. */
  readonly isPut: boolean;
  readonly destination: SideResult;
  /** Why used canaries could not be removed; undefined where they could. */
  readonly removalError: string | undefined;
  readonly waitingForRemoval: number;
  readonly replicated: readonly Replicated[];
  /** All there are, the oldest first. */
  readonly outstanding: readonly Outstanding[];
  /** In Unix milliseconds; undefined while this process has seen none. */
  readonly newestReplicatedMs: number | undefined;
  /** Whether the source was searched for canaries of an earlier process: until then nothing is certain. */
  readonly isSearched: boolean;
  /** Whether an earlier process left outstanding ones. */
  readonly hasLeftovers: boolean;
  /** Canaries that somebody removed from the source: their gap is accepted. */
  readonly accepted: number;
}
