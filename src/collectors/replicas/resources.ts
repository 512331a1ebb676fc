/** A kind of object that is listed and watched. */
export interface Resource {
  /** Plural name, as paths and RBAC rules have it. */
  readonly plural: string;
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  /** What is lost without it, for people who decide on rights. */
  readonly purpose: string;
}

/** Everything that is read; each needs the verbs `list` and `watch`, and nothing needs any other. */
export const resources = {
  nodes: {
    plural: 'nodes',
    group: '',
    version: 'v1',
    isNamespaced: false,
    purpose: 'zones, and nodes that are lost, cordoned or removed',
  },
  pods: {
    plural: 'pods',
    group: '',
    version: 'v1',
    isNamespaced: true,
    purpose: 'what serves, and where',
  },
  deployments: {
    plural: 'deployments',
    group: 'apps',
    version: 'v1',
    isNamespaced: true,
    purpose: 'how many are wanted, and rollouts',
  },
  replicasets: {
    plural: 'replicasets',
    group: 'apps',
    version: 'v1',
    isNamespaced: true,
    purpose:
      'which pods belong to which deployment, and whether a rollout or a scale-down took one',
  },
  statefulsets: {
    plural: 'statefulsets',
    group: 'apps',
    version: 'v1',
    isNamespaced: true,
    purpose: 'how many are wanted, and rolling updates',
  },
  poddisruptionbudgets: {
    plural: 'poddisruptionbudgets',
    group: 'policy',
    version: 'v1',
    isNamespaced: true,
    purpose: 'budgets that would block a drain, or permit too much',
  },
  endpointslices: {
    plural: 'endpointslices',
    group: 'discovery.k8s.io',
    version: 'v1',
    isNamespaced: true,
    purpose: 'endpoints that clients are sent to',
  },
  leases: {
    plural: 'leases',
    group: 'coordination.k8s.io',
    version: 'v1',
    isNamespaced: true,
    purpose: 'who leads, and when a node was last alive',
  },
} as const satisfies Readonly<Record<string, Resource>>;
export type ResourceName = keyof typeof resources;
export const resourceNames = Object.keys(resources) as ResourceName[];

/** Namespace of the leases that the nodes renew to say that they live. */
export const nodeLeaseNamespace = 'kube-node-lease';
/** A `namespace` that stands for all of them. */
export const allNamespaces = '*';

/** What is listed and watched in one go: a kind of object in one namespace, or in all. */
export interface Scope {
  readonly resource: ResourceName;
  /** A namespace, `*` for all of them, or empty for objects that have none. */
  readonly namespace: string;
  /** Label selector that the server applies; absent for all objects. */
  readonly labelSelector?: string;
}

export function scopeKey({ resource, namespace }: Scope): string {
  return `${resource}/${namespace}`;
}

/** Path of the collection. */
export function pathOf({ resource, namespace }: Scope): string {
  const { group, version, plural } = resources[resource];
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const isWhole = namespace === '' || namespace === allNamespaces;
  return isWhole
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** The scope in words, such as `pods in sensei`. */
export function scopeWords({ resource, namespace }: Scope): string {
  if (namespace === '') return resource;
  return namespace === allNamespaces
    ? `${resource} in all namespaces`
    : `${resource} in ${namespace}`;
}

/** The RBAC rule that would grant what a scope needs, on one line. */
export function grantOf({ resource, namespace }: Scope): string {
  const { group, plural } = resources[resource];
  const isWhole = namespace === '' || namespace === allNamespaces;
  const kind = isWhole ? 'ClusterRole' : `Role in ${namespace}`;
  return `${kind}: {apiGroups: ["${group}"], resources: ["${plural}"], verbs: ["list", "watch"]}`;
}
