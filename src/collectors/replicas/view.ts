import type { Instant } from '../../slo/observation.js';
import type { Inventory } from './inventory.js';
import type {
  BudgetRecord,
  LabelSelector,
  LeaseRecord,
  NodeRecord,
  PodRecord,
  ReplicaSetRecord,
  WorkloadRecord,
} from './records.js';
import type { SyncStatus } from './reflector.js';
import {
  allNamespaces,
  nodeLeaseNamespace,
  scopeKey,
  scopeWords,
  type ResourceName,
} from './resources.js';
import type { ComponentView, HeldLease, ReplicasSnapshot, ScopeView } from './snapshot.js';
import type { ComponentSpec, ReplicasTarget } from './targets.js';

type Labels = Readonly<Record<string, string>>;

function hasAll(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function fits(
  labels: Labels,
  { key, operator, values }: LabelSelector['matchExpressions'][number],
) {
  const value = labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'In') return value !== undefined && values.includes(value);
  return operator === 'NotIn' && (value === undefined || !values.includes(value));
}

/** Whether a selector selects labels; an empty one selects all, a missing one none. */
export function selects(selector: LabelSelector | null, labels: Labels): boolean {
  if (selector === null) return false;
  const { matchLabels, matchExpressions } = selector;
  return hasAll(labels, matchLabels) && matchExpressions.every((each) => fits(labels, each));
}

function isOf(
  { namespace, deployment, statefulSet, labels }: ComponentSpec,
  workload: WorkloadRecord,
): boolean {
  const isHere = namespace === allNamespaces || workload.namespace === namespace;
  if (!isHere) return false;
  const name = workload.kind === 'Deployment' ? deployment : statefulSet;
  if (name !== undefined) return workload.name === name;
  const isNamed = deployment !== undefined || statefulSet !== undefined;
  return !isNamed && labels !== undefined && hasAll(workload.labels, labels);
}

function workloadsOf(spec: ComponentSpec, { tables }: Inventory): WorkloadRecord[] {
  const { namespace, deployment, statefulSet } = spec;
  if (deployment !== undefined || statefulSet !== undefined) {
    const named = [
      tables.deployments.get(`${namespace}/${deployment}`),
      tables.statefulsets.get(`${namespace}/${statefulSet}`),
    ].filter((each) => each !== undefined);
    if (namespace !== allNamespaces) return named;
  }
  const all = [...tables.deployments.values(), ...tables.statefulsets.values()];
  return all.filter((workload) => isOf(spec, workload));
}

/** The scope that an object of a namespace would be in. */
function scopeOf(
  scopes: readonly ScopeView[],
  resource: ResourceName,
  namespace: string,
): ScopeView | undefined {
  return scopes.find(
    ({ scope }) =>
      scope.resource === resource &&
      (scope.namespace === namespace || scope.namespace === allNamespaces),
  );
}

function requiredOf({ deployment, statefulSet, labels }: ComponentSpec): ResourceName[] {
  const ofDeployments: ResourceName[] = ['deployments', 'replicasets'];
  if (labels !== undefined) return ['pods', ...ofDeployments, 'statefulsets'];
  return [
    'pods',
    ...(deployment === undefined ? [] : ofDeployments),
    ...(statefulSet === undefined ? [] : (['statefulsets'] as const)),
  ];
}

function unknownBecause(spec: ComponentSpec, scopes: readonly ScopeView[]): string | undefined {
  for (const resource of requiredOf(spec)) {
    const found = scopeOf(scopes, resource, spec.namespace);
    if (found === undefined) return `${resource} in ${spec.namespace} are not watched`;
    if (!found.isFresh) return found.failure?.message ?? `${scopeWords(found.scope)}: not read yet`;
  }
  return undefined;
}

/** Groups of what belongs to workloads, made once for all components. */
class Index {
  readonly replicaSets = new Map<string, ReplicaSetRecord[]>();

  constructor(readonly inventory: Inventory) {
    for (const set of inventory.tables.replicasets.values()) {
      const known = this.replicaSets.get(set.ownerUid);
      if (known === undefined) this.replicaSets.set(set.ownerUid, [set]);
      else known.push(set);
    }
  }

  podsOf(ownerUid: string): Iterable<PodRecord> {
    return this.inventory.podsByOwner.get(ownerUid)?.values() ?? [];
  }
}

function budgetsOf(pods: readonly PodRecord[], inventory: Inventory) {
  const [pod] = pods;
  if (pod === undefined) return [];
  return [...inventory.tables.poddisruptionbudgets.values()].filter(
    ({ namespace, selector }: BudgetRecord) =>
      namespace === pod.namespace && selects(selector, pod.labels),
  );
}

function leaseOf(
  { namespace, lease }: ComponentSpec,
  scopes: readonly ScopeView[],
  { tables }: Inventory,
): HeldLease {
  const scope = scopeOf(scopes, 'leases', namespace);
  if (scope?.isFresh !== true || scope.freshAt === undefined) return 'unknown';
  return { lease: tables.leases.get(`${namespace}/${lease}`), heardAt: scope.freshAt };
}

function componentView(
  spec: ComponentSpec,
  scopes: readonly ScopeView[],
  index: Index,
): ComponentView {
  const { inventory } = index;
  const workloads = workloadsOf(spec, inventory);
  const sets = workloads.flatMap(({ uid }) => index.replicaSets.get(uid) ?? []);
  const owners = [...workloads, ...sets].map(({ uid }) => uid);
  const pods = owners.flatMap((uid) => [...index.podsOf(uid)]);
  const names = new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const isFresh = (resource: ResourceName) =>
    scopeOf(scopes, resource, spec.namespace)?.isFresh === true;
  return {
    spec,
    unknownBecause: unknownBecause(spec, scopes),
    workloads,
    replicaSets: new Map(sets.map((set) => [set.uid, set])),
    pods,
    budgets: isFresh('poddisruptionbudgets') ? budgetsOf(pods, inventory) : undefined,
    slices: isFresh('endpointslices')
      ? [...inventory.tables.endpointslices.values()].filter(({ namespace, readyPods }) =>
          readyPods.some((pod) => names.has(`${namespace}/${pod}`)),
        )
      : undefined,
  };
}

function objectsOf({ scope }: SyncStatus, { tables }: Inventory): number {
  const table = tables[scope.resource];
  if (scope.namespace === '' || scope.namespace === allNamespaces) return table.size;
  let objects = 0;
  for (const { namespace } of table.values()) if (namespace === scope.namespace) objects += 1;
  return objects;
}

function nodeLeasesOf({ tables }: Inventory, scopes: readonly ScopeView[]) {
  if (scopeOf(scopes, 'leases', nodeLeaseNamespace)?.isFresh !== true) return new Map();
  const leases = new Map<string, LeaseRecord>();
  for (const lease of tables.leases.values()) {
    if (lease.namespace === nodeLeaseNamespace) leases.set(lease.name, lease);
  }
  return leases;
}

/** What a view hangs on: it is made anew when any of it changes. */
function stampOf({ revisions }: Inventory, scopes: readonly ScopeView[]): string {
  const { nodes: _nodes, leases: _leases, ...relevant } = revisions;
  const failures = scopes.map(({ isFresh, failure }) => (isFresh ? '' : failure?.message));
  return JSON.stringify([Object.values(relevant), failures]);
}

/** Puts what is held together by component, and keeps what did not change. */
export class Viewer {
  private stamp = '';
  private components: readonly ComponentView[] = [];
  private readonly objects = new Map<string, { revision: number; count: number }>();
  private nodesRevision = -1;
  private nodes: ReadonlyMap<string, NodeRecord> = new Map();

  constructor(
    private readonly target: ReplicasTarget,
    private readonly inventory: Inventory,
  ) {}

  /** What is held now. Takes the ended pods out of the inventory. */
  view(statuses: readonly SyncStatus[], at: Instant): ReplicasSnapshot {
    const { inventory, target } = this;
    const scopes = statuses.map((status): ScopeView => {
      const { freshAt } = status;
      const isFresh = freshAt !== undefined && at.monoMs - freshAt.monoMs <= target.staleMs;
      return { ...status, isFresh, objects: this.objectsNow(status) };
    });
    const areNodesKnown = scopeOf(scopes, 'nodes', '')?.isFresh === true;
    return {
      at,
      nodes: areNodesKnown ? this.nodesNow() : undefined,
      nodeLeases: nodeLeasesOf(inventory, scopes),
      components: this.componentsNow(scopes),
      leases: new Map(
        target.components.map((spec) => [spec.component, leaseOf(spec, scopes, inventory)]),
      ),
      endedPods: inventory.takeEnded(),
      scopes,
    };
  }

  private objectsNow(status: SyncStatus): number {
    const key = scopeKey(status.scope);
    const revision = this.inventory.revisions[status.scope.resource];
    const known = this.objects.get(key);
    if (known?.revision === revision) return known.count;
    const count = objectsOf(status, this.inventory);
    this.objects.set(key, { revision, count });
    return count;
  }

  private nodesNow(): ReadonlyMap<string, NodeRecord> {
    const revision = this.inventory.revisions.nodes;
    if (revision !== this.nodesRevision) {
      this.nodesRevision = revision;
      const all = [...this.inventory.tables.nodes.values()];
      this.nodes = new Map(all.map((node) => [node.name, node]));
    }
    return this.nodes;
  }

  private componentsNow(scopes: readonly ScopeView[]): readonly ComponentView[] {
    const stamp = stampOf(this.inventory, scopes);
    if (stamp !== this.stamp) {
      this.stamp = stamp;
      const index = new Index(this.inventory);
      this.components = this.target.components.map((spec) => componentView(spec, scopes, index));
    }
    return this.components;
  }
}
