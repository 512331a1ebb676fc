import type { Instant } from '../../slo/observation.js';
import type {
  BudgetRecord,
  LeaseRecord,
  NodeRecord,
  PodRecord,
  ReplicaSetRecord,
  SliceRecord,
  WorkloadRecord,
} from './records.js';
import type { SyncStatus } from './reflector.js';
import type { ComponentSpec } from './targets.js';

/** What is held of one component; the same object for as long as nothing of it changes. */
export interface ComponentView {
  readonly spec: ComponentSpec;
  /** Why it cannot be judged now; undefined where it can. */
  readonly unknownBecause: string | undefined;
  readonly workloads: readonly WorkloadRecord[];
  /** By uid; of its Deployments. */
  readonly replicaSets: ReadonlyMap<string, ReplicaSetRecord>;
  readonly pods: readonly PodRecord[];
  /** Undefined where they cannot be read. */
  readonly budgets: readonly BudgetRecord[] | undefined;
  readonly slices: readonly SliceRecord[] | undefined;
}

/** A lease, and until when it is known that there was no newer one; `unknown` where leases cannot be read. */
export type HeldLease =
  { readonly lease: LeaseRecord | undefined; readonly heardAt: Instant } | 'unknown';

/** One scope that is kept up with, and how many objects are held of it. */
export interface ScopeView extends SyncStatus {
  readonly isFresh: boolean;
  readonly objects: number;
}

/** What is held of a cluster at one instant. */
export interface ReplicasSnapshot {
  readonly at: Instant;
  /** By name; undefined where they cannot be read. The same map for as long as no node changes. */
  readonly nodes: ReadonlyMap<string, NodeRecord> | undefined;
  /** Leases that nodes renew, by node; empty where they cannot be read. */
  readonly nodeLeases: ReadonlyMap<string, LeaseRecord>;
  readonly components: readonly ComponentView[];
  /** The leases that leaders are elected by, by component. */
  readonly leases: ReadonlyMap<string, HeldLease>;
  /** Last records of pods that went since the last collection, by uid. */
  readonly endedPods: ReadonlyMap<string, PodRecord>;
  readonly scopes: readonly ScopeView[];
}
