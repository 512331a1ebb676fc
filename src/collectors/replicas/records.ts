import type { Instant } from '../../slo/observation.js';

/** What identifies an object and its state. */
export interface RecordMeta {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /**
   * Opaque, save that of two that are whole numbers the larger is the newer. A change of nothing that is
   * kept moves it on, and leaves the record the same one.
   */
  resourceVersion: string;
  /** When this state was received. */
  readonly receivedAt: Instant;
}

/** Why a pod is being ended, as its DisruptionTarget condition says. */
export type Disruption = string;

export interface PodRecord extends RecordMeta {
  /** uid of the controller that owns it; empty without one. */
  readonly ownerUid: string;
  readonly nodeName: string;
  readonly isRunning: boolean;
  readonly isReady: boolean;
  readonly isDeleting: boolean;
  /** Whether it has failed or succeeded: it stays listed, and never serves again. */
  readonly isOver: boolean;
  /** Unix milliseconds at which it should have ended, by the API server's clock; null unless it is ending. */
  readonly endsByMs: number | null;
  readonly disruption: Disruption | null;
  /** Restarts of all its containers. */
  readonly restarts: number;
  /** Why a container waits or last ended, such as CrashLoopBackOff or OOMKilled; empty for none. */
  readonly trouble: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Revision of the StatefulSet that it was made from; empty for others. */
  readonly revision: string;
  /** Seconds that it stays on a node that cannot be reached; null for ever. */
  readonly unreachableSeconds: number | null;
  /** When it was received that it began or ceased to be ready, or began to end. */
  readonly turnedAt: Instant;
  /** Pods of the same owner that were left, when it was received that this one ends; null before. */
  readonly leftAtEnd: number | null;
  /** Whether its node took no new pods at that time. */
  readonly wasCordonedAtEnd: boolean;
}

export interface NodeRecord extends RecordMeta {
  readonly zone: string;
  readonly isReady: boolean;
  /** Whether it takes no new pods, or an autoscaler is about to remove it. */
  readonly isCordoned: boolean;
  /**
   * Unix milliseconds at which its kubelet last reported, by its own clock; null where it never did. Moves
   * on like the version.
   */
  heartbeatMs: number | null;
  /** When it was received that it became ready or ceased to be. */
  readonly turnedAt: Instant;
}

/** How strongly pods of a workload are kept apart. */
export type Constraint = 'none' | 'preferred' | 'required';

export interface WorkloadRecord extends RecordMeta {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly isObserved: boolean;
  /** As its status says; to be trusted where it is observed. */
  readonly available: number;
  readonly updated: number;
  /** Changes when the pods are to be made anew. */
  readonly template: string;
  /** Of a StatefulSet: the first ordinal that an update reaches; 0 for all. */
  readonly partition: number;
  /** Of a StatefulSet: the revision that pods are brought to; empty for others. */
  readonly updateRevision: string;
  readonly currentRevision: string;
  readonly isStuck: boolean;
  readonly zoneConstraint: Constraint;
  readonly nodeConstraint: Constraint;
}

export interface ReplicaSetRecord extends RecordMeta {
  readonly ownerUid: string;
  readonly revision: number;
  readonly replicas: number;
}

/** Requirements of a label selector. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly string[];
  }[];
}

export interface BudgetRecord extends RecordMeta {
  /** Null selects nothing. */
  readonly selector: LabelSelector | null;
  readonly isObserved: boolean;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

export interface SliceRecord extends RecordMeta {
  readonly service: string;
  /** Names of pods that clients are sent to. */
  readonly readyPods: readonly string[];
}

export interface LeaseRecord extends RecordMeta {
  readonly holder: string;
  readonly renewMs: number | null;
  readonly durationMs: number | null;
  /** When the newest renewal was received; what was renewed before the first list, by its own time. */
  readonly renewedAt: Instant;
}

export interface RecordsByResource {
  readonly nodes: NodeRecord;
  readonly pods: PodRecord;
  readonly deployments: WorkloadRecord;
  readonly replicasets: ReplicaSetRecord;
  readonly statefulsets: WorkloadRecord;
  readonly poddisruptionbudgets: BudgetRecord;
  readonly endpointslices: SliceRecord;
  readonly leases: LeaseRecord;
}
export type AnyRecord = RecordsByResource[keyof RecordsByResource];
