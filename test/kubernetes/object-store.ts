/** Kinds that the test API server serves: plural name, kind, group/version and scope, as the real one has them. */
export const resources = {
  nodes: { kind: 'Node', groupVersion: 'v1', namespaced: false },
  pods: { kind: 'Pod', groupVersion: 'v1', namespaced: true },
  deployments: { kind: 'Deployment', groupVersion: 'apps/v1', namespaced: true },
  replicasets: { kind: 'ReplicaSet', groupVersion: 'apps/v1', namespaced: true },
  statefulsets: { kind: 'StatefulSet', groupVersion: 'apps/v1', namespaced: true },
  poddisruptionbudgets: {
    kind: 'PodDisruptionBudget',
    groupVersion: 'policy/v1',
    namespaced: true,
  },
  endpointslices: { kind: 'EndpointSlice', groupVersion: 'discovery.k8s.io/v1', namespaced: true },
  leases: { kind: 'Lease', groupVersion: 'coordination.k8s.io/v1', namespaced: true },
} as const;
export type ResourceName = keyof typeof resources;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** An object as the API shows it; `spec` and `status` are as the kind has them. */
export interface KubeObject {
  readonly metadata: ObjectMeta;
  readonly [key: string]: unknown;
}

export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceName;
  /** With the revision of the change in `metadata.resourceVersion`, also when it was deleted. */
  readonly object: KubeObject;
  /** What it was before; undefined when it was added. */
  readonly previous: KubeObject | undefined;
}

/** Objects under one revision counter for all kinds, as etcd keeps them, with the log of their changes. */
export class ObjectStore {
  private readonly objects = new Map(
    (Object.keys(resources) as ResourceName[]).map((name) => [name, new Map<string, KubeObject>()]),
  );
  private readonly listeners = new Set<(change: Change) => void>();
  private log: Change[] = [];
  /** Revision of the newest change. */
  revision = 1000;
  /** Changes up to and with this revision are forgotten: a watch from before them gets 410 Gone. */
  compactedRevision = 1000;

  get(resource: ResourceName, namespace: string, name: string): KubeObject | undefined {
    return this.table(resource).get(`${namespace}/${name}`);
  }

  /** In the order in which they were made. */
  list(resource: ResourceName): KubeObject[] {
    return [...this.table(resource).values()];
  }

  /** Creates it, or replaces what has its name. Nothing happens where nothing differs. */
  put(resource: ResourceName, object: KubeObject): KubeObject {
    const table = this.table(resource);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const previous = table.get(key);
    if (previous !== undefined && isSame(previous, object)) return previous;
    const kept = this.stamped(resource, object);
    table.set(key, kept);
    this.tell(previous === undefined ? 'ADDED' : 'MODIFIED', resource, kept, previous);
    return kept;
  }

  remove(resource: ResourceName, namespace: string, name: string): void {
    const previous = this.get(resource, namespace, name);
    if (previous === undefined) return;
    this.table(resource).delete(`${namespace}/${name}`);
    this.tell('DELETED', resource, this.stamped(resource, previous), previous);
  }

  /** Changes of a kind after a revision, oldest first; undefined where some of them are forgotten. */
  changesSince(resource: ResourceName, revision: number): Change[] | undefined {
    if (revision < this.compactedRevision) return undefined;
    return this.log.filter((change) => change.resource === resource && change.revision > revision);
  }

  /** Forgets all changes up to now. */
  compact(): void {
    this.compactedRevision = this.revision;
    this.log = [];
  }

  /** Told of every change at once, in order. @returns what ends it */
  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private table(resource: ResourceName): Map<string, KubeObject> {
    return this.objects.get(resource)!;
  }

  private stamped(resource: ResourceName, object: KubeObject): KubeObject {
    this.revision += 1;
    const { kind, groupVersion } = resources[resource];
    const metadata = { ...object.metadata, resourceVersion: String(this.revision) };
    return { apiVersion: groupVersion, kind, ...object, metadata };
  }

  private tell(
    type: Change['type'],
    resource: ResourceName,
    object: KubeObject,
    previous: KubeObject | undefined,
  ): void {
    const change = { revision: this.revision, type, resource, object, previous };
    this.log.push(change);
    if (this.log.length > 100_000) {
      this.compactedRevision = this.log[9_999]!.revision;
      this.log = this.log.slice(10_000);
    }
    for (const listener of this.listeners) listener(change);
  }
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  const bare = ({ apiVersion: _a, kind: _k, metadata, ...rest }: KubeObject) =>
    JSON.stringify({ ...rest, metadata: { ...metadata, resourceVersion: '' } });
  return bare(a) === bare(b);
}
