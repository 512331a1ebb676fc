import type { Config } from '../config/schema.js';
import type { SecretRef } from '../config/values.js';
import type { Increment, Sample } from '../metrics/sample.js';
import type {
  EvidenceEvent,
  Fact,
  Instant,
  Observation,
  RestorePoint,
} from '../slo/observation.js';
import type { Serving } from '../slo/region.js';
import type { Heartbeat } from '../slo/heartbeat-ring.js';
import type { FailureReason } from './failure.js';

/** One thing to be collected on one timer. Collectors extend it with what they need to reach it. */
export interface Target {
  /** Unique within its kind; with the kind it is what `sensei probe KIND/NAME` takes. */
  readonly name: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly intervalMs: number;
  /** The deadline of one collection; at most the interval. */
  readonly timeoutMs: number;
  /** Datasets that its restore points are of; each has an RPO. */
  readonly datasets?: readonly string[];
  /** Key of the row that its own heartbeats are committed to; absent where it commits none. */
  readonly heartbeatWriter?: string;
  /** The zone of each member, by the name that events call it; absent without members. */
  readonly memberZones?: Readonly<Record<string, string>>;
}

/** The zone of each member; the target's own where a member has none. */
export function zonesOf(
  members: readonly { readonly name: string; readonly zone?: string | undefined }[],
  zone = '',
): Record<string, string> {
  return Object.fromEntries(members.map((member) => [member.name, member.zone ?? zone]));
}

/** Reads a referenced secret. Values are cached for a short time, so that a rotated one is seen. */
export interface Secrets {
  /** @throws Error naming the file or variable, never its content */
  read(ref: SecretRef): Promise<string>;
}

export interface Clock {
  now(): Instant;
}

/** What was asked and what came back, for `sensei probe`. Must never be given a credential. */
export interface Transcript {
  note(asked: string, answered: string): void;
}

/** What a collector's connections are opened with. */
export interface CollectorEnv {
  readonly clock: Clock;
  readonly secrets: Secrets;
}

export interface ObserveContext {
  /** Aborted at the deadline, and when the exporter stops. */
  readonly signal: AbortSignal;
  readonly transcript?: Transcript;
}

/** What a snapshot means. Pure data; the runner stamps, stores and exports it. */
export interface Measurement<Memory> {
  readonly samples: readonly Sample[];
  readonly increments: readonly Increment[];
  readonly observations: readonly Observation[];
  readonly events: readonly EvidenceEvent[];
  readonly facts: readonly Fact[];
  /** Newest restorable point of each dataset that the collection says something of. */
  readonly restorePoints?: readonly RestorePoint[];
  /** Components seen to serve, by region: what ends the loss of another region. */
  readonly serving?: readonly Serving[];
  /** The heartbeat whose commit was acknowledged in the collection, be the rest of it as it may. */
  readonly heartbeat?: Heartbeat;
  /** Handed to the next `measure` of this target, also across failed collections. */
  readonly memory: Memory;
}

/** When a collection began and ended. */
export interface Span {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
}

/**
 * The one collector contract: `observe` is the only step that does I/O, `measure` is pure.
 * The runner alone owns interval, deadline, jitter, success, duration and last-success time.
 */
export interface Collector<T extends Target, Io, Snapshot, Memory> {
  readonly kind: string;
  /** Reasons a whole collection can fail for; all of them when absent. Each is a series from the start. */
  readonly failureReasons?: readonly FailureReason[];
  /** The targets of this kind that a configuration names. Pure. */
  targets(config: Config): readonly T[];
  /** Counter series that are known from the configuration alone, with `by: 0`. Pure. */
  counters(target: T): readonly Increment[];
  /** Loads packages that take long to load, once and before the timers begin: it may block. */
  prepare?(): Promise<void>;
  /** Makes what lives as long as the target: agents, clients, subscriptions. Connects nothing yet. */
  open(target: T, env: CollectorEnv): Io;
  /** @throws CollectionError where the collection as a whole gives no answer; obeys the signal */
  observe(io: Io, context: ObserveContext): Promise<Snapshot>;
  /** Pure. `memory` is undefined at the first successful collection of a target. */
  measure(
    target: T,
    snapshot: Snapshot,
    memory: Memory | undefined,
    span: Span,
  ): Measurement<Memory>;
  /**
   * What a failed collection means for the target's SLIs; default: nothing.
   * Pure. A collector whose failure is itself the finding (a write canary) says `bad` here.
   */
  failed?(
    target: T,
    reason: string,
    memory: Memory | undefined,
    span: Span,
    /** The `partial` of the CollectionError that was thrown. */
    partial?: unknown,
  ): Partial<Measurement<Memory>>;
  /** Ends connections and subscriptions; must not hang. */
  close(io: Io): Promise<void>;
}

/** A collector with its private types hidden, as the runner's list holds it. */
// oxlint-disable-next-line typescript/no-explicit-any -- existential types are not in the language
export type AnyCollector = Collector<any, any, any, any>;
