import type { Config } from '../../config/schema.js';
import { componentTargets } from '../../slo/tiers.js';
import type { Target } from '../contract.js';
import { allNamespaces, nodeLeaseNamespace, type Scope } from './resources.js';

/** What must not be shared by all instances of a component. */
export type Spread = 'zone' | 'node' | 'none';

export interface ComponentSpec {
  readonly component: string;
  readonly namespace: string;
  readonly deployment: string | undefined;
  readonly statefulSet: string | undefined;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly minimum: number;
  readonly spread: Spread;
  readonly lease: string | undefined;
}

/** How the API server is reached. */
export interface Access {
  readonly file: string | undefined;
  readonly context: string | undefined;
}

/** Times of the synchronisation, in milliseconds. */
export interface SyncTiming {
  /** Between two questions whether the API server is there. */
  readonly heartbeatMs: number;
  /** Deadline of one such question, and of the start of an answer. */
  readonly answerMs: number;
  /** Silence after which a watch is given up: bookmarks come about once a minute. */
  readonly silenceMs: number;
  /** After which the server is asked to end a watch. */
  readonly watchMs: number;
  /** First and longest wait after a failure. */
  readonly backoffMs: number;
  readonly longestBackoffMs: number;
  /** Wait after a missing right. */
  readonly deniedMs: number;
}

export const syncTiming: SyncTiming = {
  heartbeatMs: 5000,
  answerMs: 3000,
  silenceMs: 90_000,
  watchMs: 290_000,
  backoffMs: 250,
  longestBackoffMs: 15_000,
  deniedMs: 15_000,
};

/** One Kubernetes cluster. */
export interface ReplicasTarget extends Target {
  /** Undefined for the service account of the pod. */
  readonly kubeconfig: Access | undefined;
  readonly components: readonly ComponentSpec[];
  readonly scopes: readonly Scope[];
  readonly staleMs: number;
  readonly plannedMs: number;
  readonly timing: SyncTiming;
}

type Entry = Config['collectors']['replicas'][number];

const knownMinimums: ReadonlyMap<string, number> = new Map(
  Object.entries(componentTargets).map(([name, { minimumInstances }]) => [name, minimumInstances]),
);
const usualMinimum = 2;

function componentOf({ components, namespaces }: Entry, index: number): ComponentSpec {
  const { component, namespace, deployment, statefulSet, labels, lease, ...given } =
    components[index]!;
  const minimum = given.minimum ?? knownMinimums.get(component) ?? usualMinimum;
  return {
    component,
    namespace: namespace ?? namespaces[0]!,
    deployment,
    statefulSet,
    labels,
    minimum,
    spread: given.spread ?? (minimum === 1 ? 'none' : 'zone'),
    lease,
  };
}

function scopesOf({ namespaces, labelSelector, nodeLeases, components }: Entry): Scope[] {
  const watched = namespaces.includes(allNamespaces) ? [allNamespaces] : [...new Set(namespaces)];
  const selected = labelSelector === undefined ? {} : { labelSelector };
  const hasLeases = components.some(({ lease }) => lease !== undefined);
  const inNamespaces = watched.flatMap((namespace): Scope[] => [
    { resource: 'pods', namespace, ...selected },
    { resource: 'deployments', namespace, ...selected },
    { resource: 'replicasets', namespace, ...selected },
    { resource: 'statefulsets', namespace, ...selected },
    { resource: 'poddisruptionbudgets', namespace },
    { resource: 'endpointslices', namespace },
    ...(hasLeases ? [{ resource: 'leases', namespace } as const] : []),
  ]);
  const isSeen =
    hasLeases && watched.some((each) => [allNamespaces, nodeLeaseNamespace].includes(each));
  return [
    { resource: 'nodes', namespace: '' },
    ...inNamespaces,
    ...(nodeLeases && !isSeen
      ? [{ resource: 'leases', namespace: nodeLeaseNamespace } as const]
      : []),
  ];
}

export function replicasTargets(config: Config): ReplicasTarget[] {
  return config.collectors.replicas.map((entry) => ({
    name: entry.name,
    component: entry.component ?? 'kubernetes',
    region: entry.region ?? '',
    zone: entry.zone ?? '',
    intervalMs: entry.interval,
    timeoutMs: entry.timeout,
    kubeconfig:
      entry.kubeconfig === undefined
        ? undefined
        : { file: entry.kubeconfig.file, context: entry.kubeconfig.context },
    components: entry.components.map((_, index) => componentOf(entry, index)),
    scopes: scopesOf(entry),
    staleMs: entry.staleAfter,
    plannedMs: entry.plannedLimit,
    timing: syncTiming,
  }));
}
