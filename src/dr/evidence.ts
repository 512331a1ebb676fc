import type { Measurement, Span } from '../collectors/contract.js';
import type { LagSnapshot } from '../collectors/lag/snapshot.js';
import type { LagTarget } from '../collectors/lag/targets.js';
import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import type { PatroniTarget } from '../collectors/patroni/targets.js';
import type { ReplicasTarget } from '../collectors/replicas/targets.js';
import type { Drill, ExposureRow } from '../slo/slice.js';

/** What came of asking once; the message names who was asked, and never holds a credential. */
export type Seen<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

/** One Patroni cluster; the snapshot also where no member answered, with each one's own failure. */
export interface ClusterEvidence {
  readonly target: PatroniTarget;
  readonly seen: Seen<PatroniSnapshot>;
  /** When it was begun to be asked, in Unix seconds. */
  readonly atSeconds: number;
}

/** What both clusters of a pair said at one time. */
export interface PairLook {
  readonly snapshot: LagSnapshot;
  readonly span: Span;
}

/** Two PostgreSQL clusters, asked together, of which one is in the region. */
export interface PairEvidence extends PairLook {
  readonly target: LagTarget;
  /** Just before: what the primary had then and the copy has now tells how old the copy is. */
  readonly earlier: PairLook | undefined;
}

/** What a collector concluded of one target. */
export interface MeasuredEvidence {
  readonly name: string;
  readonly seen: Seen<Pick<Measurement<unknown>, 'observations' | 'facts' | 'restorePoints'>>;
}

export interface CapacityEvidence extends MeasuredEvidence {
  readonly components: ReplicasTarget['components'];
}

/** What the store holds of the last while. */
export interface History {
  /** Of the last minutes, oldest first. */
  readonly exposures: readonly ExposureRow[];
  readonly drills: readonly Drill[];
}

/** All that the gates need. */
export interface DrEvidence {
  /** The region that is to be failed over to. */
  readonly region: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly rpoMs: number;
  readonly rtoMs: number;
  /** Of every region. */
  readonly clusters: readonly ClusterEvidence[];
  readonly pairs: readonly PairEvidence[];
  /** Of the region. */
  readonly capacity: readonly CapacityEvidence[];
  /** Of the region. */
  readonly redis: readonly MeasuredEvidence[];
  readonly backups: readonly MeasuredEvidence[];
  /** Datasets of objects that are copied to the region. */
  readonly objects: readonly string[];
  /** What the platform's own configuration says is off. */
  readonly isOff: {
    readonly postgresql: boolean;
    readonly objects: boolean;
    readonly redis: boolean;
  };
  readonly history: Seen<History>;
}
