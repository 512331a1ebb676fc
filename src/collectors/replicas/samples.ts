import { count, gauge, optional, type Increment, type Sample } from '../../metrics/sample.js';
import { failureReasons } from '../failure.js';
import { findings, survivors, weakest, type ComponentJudgement } from './judge.js';
import type { Leadership } from './leader.js';
import type { NodesView } from './nodes.js';
import type { Scope } from './resources.js';
import type { ReplicasSnapshot, ScopeView } from './snapshot.js';
import type { ReplicasTarget } from './targets.js';
import { causes, isPlanned } from './vacancies.js';

interface ClusterLabels {
  readonly cluster: string;
  readonly region: string;
}

export function clusterLabels({ name, region }: ReplicasTarget): ClusterLabels {
  return { cluster: name, region };
}

function scopeLabels(labels: ClusterLabels, { resource, namespace }: Scope) {
  return { ...labels, resource, namespace };
}

/** Counter series that are known from the configuration. */
export function zeroCounters(target: ReplicasTarget): Increment[] {
  const labels = clusterLabels(target);
  return [
    ...target.scopes.flatMap((scope) => {
      const of = scopeLabels(labels, scope);
      return [
        count('sensei_replicas_lists_total', of, 0),
        count('sensei_replicas_watches_total', of, 0),
        count('sensei_replicas_watch_events_total', of, 0),
        ...failureReasons.map((reason) =>
          count('sensei_replicas_sync_failures_total', { ...of, reason }, 0),
        ),
      ];
    }),
    ...target.components.flatMap(({ component }) => [
      count('sensei_replicas_container_restarts_total', { ...labels, component }, 0),
      ...causes
        .filter((cause) => !isPlanned(cause) && cause !== 'overdue')
        .map((cause) =>
          count('sensei_replicas_pods_lost_total', { ...labels, component, cause }, 0),
        ),
    ]),
  ];
}

/** Counts of one scope since the last look. */
export function scopeIncrements(
  target: ReplicasTarget,
  now: ScopeView,
  before: Pick<ScopeView, 'lists' | 'watches' | 'events' | 'failures'> | undefined,
): Increment[] {
  const labels = scopeLabels(clusterLabels(target), now.scope);
  const { lists = 0, watches = 0, events = 0, failures } = before ?? {};
  const steps = [
    count('sensei_replicas_lists_total', labels, now.lists - lists),
    count('sensei_replicas_watches_total', labels, now.watches - watches),
    count('sensei_replicas_watch_events_total', labels, now.events - events),
    ...[...now.failures].map(([reason, seen]) =>
      count(
        'sensei_replicas_sync_failures_total',
        { ...labels, reason },
        seen - (failures?.get(reason) ?? 0),
      ),
    ),
  ];
  return steps.filter(({ by }) => by > 0);
}

export function scopeSamples(target: ReplicasTarget, { scopes }: ReplicasSnapshot): Sample[] {
  return scopes.flatMap(({ scope, isFresh, freshAt, objects }) => {
    const labels = scopeLabels(clusterLabels(target), scope);
    return [
      gauge('sensei_replicas_sync_up', labels, isFresh),
      ...optional(
        ({ wallMs }) => gauge('sensei_replicas_last_sync_timestamp_seconds', labels, wallMs / 1000),
        freshAt,
      ),
      ...(isFresh ? [gauge('sensei_replicas_objects', labels, objects)] : []),
    ];
  });
}

export function nodeSamples(target: ReplicasTarget, { isKnown, zones }: NodesView): Sample[] {
  if (!isKnown) return [];
  return [...zones.values()].flatMap(({ zone, nodes, ready, cordoned, isLost }) => {
    const labels = { ...clusterLabels(target), zone };
    return [
      gauge('sensei_replicas_nodes', labels, nodes),
      gauge('sensei_replicas_nodes_ready', labels, ready),
      gauge('sensei_replicas_nodes_cordoned', labels, cordoned),
      gauge('sensei_replicas_zone_lost', labels, isLost),
    ];
  });
}

/** Known from the configuration alone, also while nothing can be read. */
export function minimumSamples(target: ReplicasTarget): Sample[] {
  return target.components.map(({ component, minimum }) =>
    gauge('sensei_replicas_minimum', { ...clusterLabels(target), component }, minimum),
  );
}

type Labels = ClusterLabels & { readonly component: string };

function statusSamples(labels: Labels, { view: { workloads } }: ComponentJudgement): Sample[] {
  const isObserved = workloads.every((workload) => workload.isObserved);
  const sum = (of: (workload: (typeof workloads)[number]) => number) =>
    workloads.reduce((total, workload) => total + of(workload), 0);
  return [
    gauge('sensei_replicas_observed', labels, isObserved),
    ...(isObserved
      ? [
          gauge(
            'sensei_replicas_available',
            labels,
            sum(({ available }) => available),
          ),
          gauge(
            'sensei_replicas_updated',
            labels,
            sum(({ updated }) => updated),
          ),
        ]
      : []),
  ];
}

function zoneSamples(labels: Labels, { byZone, desired }: ComponentJudgement): Sample[] {
  if (byZone === undefined) return [];
  const counts = [...byZone.values()];
  const left = survivors(byZone);
  return [
    ...[...byZone].map(([zone, serving]) =>
      gauge('sensei_replicas_zone_serving', { ...labels, zone }, serving),
    ),
    gauge('sensei_replicas_zones_used', labels, counts.filter((each) => each > 0).length),
    gauge(
      'sensei_replicas_zone_skew',
      labels,
      counts.length === 0 ? 0 : Math.max(...counts) - Math.min(...counts),
    ),
    gauge('sensei_replicas_zone_loss_survivors', labels, left),
    ...(desired === 0
      ? []
      : [gauge('sensei_replicas_zone_loss_capacity_ratio', labels, Math.min(1, left / desired))]),
  ];
}

function declaredSamples(labels: Labels, { view, serving }: ComponentJudgement): Sample[] {
  const { workloads } = view;
  const tolerations = serving.map(({ unreachableSeconds }) => unreachableSeconds);
  const limits = tolerations.filter((each) => each !== null);
  const isBounded = limits.length > 0 && limits.length === tolerations.length;
  const constraint = (topology: 'zone' | 'node') =>
    weakest(
      workloads.map(({ zoneConstraint, nodeConstraint }) =>
        topology === 'zone' ? zoneConstraint : nodeConstraint,
      ),
    );
  return [
    ...(['zone', 'node'] as const).map((topology) =>
      gauge(
        'sensei_replicas_spread_info',
        { ...labels, topology, constraint: constraint(topology) },
        1,
      ),
    ),
    ...(isBounded
      ? [
          gauge(
            'sensei_replicas_unreachable_toleration_seconds',
            labels,
            limits.reduce((longest, each) => Math.max(longest, each), 0),
          ),
        ]
      : []),
  ];
}

function guardSamples(labels: Labels, { view: { budgets }, services }: ComponentJudgement) {
  const allowed = (budgets ?? [])
    .filter(({ isObserved }) => isObserved)
    .map(({ disruptionsAllowed }) => disruptionsAllowed);
  return [
    ...optional(
      (list: readonly unknown[]) =>
        gauge('sensei_replicas_disruption_budgets', labels, list.length),
      budgets,
    ),
    ...(allowed.length === 0
      ? []
      : [gauge('sensei_replicas_disruptions_allowed', labels, Math.min(...allowed))]),
    ...(services ?? []).map(({ service, ready }) =>
      gauge('sensei_replicas_endpoints_ready', { ...labels, service }, ready),
    ),
  ];
}

/** How a component stands. */
export function componentSamples(target: ReplicasTarget, judged: ComponentJudgement): Sample[] {
  const { component } = judged.view.spec;
  const labels = { ...clusterLabels(target), component };
  const { missing, missingUnplanned, capacity, serving, byNode } = judged;
  return [
    gauge('sensei_replicas_desired', labels, judged.desired),
    gauge('sensei_replicas_serving', labels, serving.length),
    gauge('sensei_replicas_terminating', labels, judged.terminating),
    gauge('sensei_replicas_stuck_terminating', labels, judged.stuckTerminating),
    gauge('sensei_replicas_missing', { ...labels, planned: 'true' }, missing - missingUnplanned),
    gauge('sensei_replicas_missing', { ...labels, planned: 'false' }, missingUnplanned),
    ...optional((ratio) => gauge('sensei_replicas_capacity_ratio', labels, ratio), capacity),
    gauge('sensei_replicas_node_loss_survivors', labels, survivors(byNode)),
    gauge('sensei_replicas_rollout_in_progress', labels, judged.isRolling),
    ...findings.map((finding) =>
      gauge('sensei_replicas_finding', { ...labels, finding }, judged.findings.has(finding)),
    ),
    ...statusSamples(labels, judged),
    ...zoneSamples(labels, judged),
    ...declaredSamples(labels, judged),
    ...guardSamples(labels, judged),
  ];
}

export function leaseSamples(
  target: ReplicasTarget,
  component: string,
  name: string,
  { lease, outcome }: Leadership,
): Sample[] {
  const labels = { ...clusterLabels(target), component, lease: name };
  return [
    ...(outcome === 'unknown'
      ? []
      : [gauge('sensei_replicas_lease_held', labels, outcome === 'good')]),
    ...optional(
      ({ holder }) => gauge('sensei_replicas_lease_holder_info', { ...labels, holder }, 1),
      lease,
    ),
    ...optional(
      ({ renewedAt }) =>
        gauge('sensei_replicas_lease_renewed_timestamp_seconds', labels, renewedAt.wallMs / 1000),
      lease,
    ),
  ];
}
