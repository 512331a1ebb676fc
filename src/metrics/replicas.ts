import { defineMetrics } from './definition.js';

const cluster = ['cluster', 'region'] as const;
const zone = [...cluster, 'zone'] as const;
const scope = [...cluster, 'resource', 'namespace'] as const;
const component = [...cluster, 'component'] as const;
const lease = [...component, 'lease'] as const;

export const replicasMetrics = defineMetrics({
  sensei_replicas_desired: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that the workloads of the component ask for.',
  },
  sensei_replicas_minimum: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that must serve for the component to be highly available.',
  },
  sensei_replicas_serving: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that are ready, not ending, and on a node that is ready.',
  },
  sensei_replicas_available: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that the workloads themselves call available; absent while their status is older than what they were told.',
  },
  sensei_replicas_updated: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances of the newest revision, as the workloads themselves say; absent while their status is older than what they were told.',
  },
  sensei_replicas_observed: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Whether the controllers have seen the newest specification of all workloads.',
  },
  sensei_replicas_terminating: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that are ending.',
  },
  sensei_replicas_stuck_terminating: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that should have ended more than a minute ago, such as those of a StatefulSet on a dead node.',
  },
  sensei_replicas_missing: {
    type: 'gauge',
    unit: 'none',
    labels: [...component, 'planned'],
    help: 'Wanted instances that do not serve: for a rollout, a scale-up or a drain (planned), or for any other reason.',
  },
  sensei_replicas_capacity_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: component,
    help: 'Share of the wanted instances that serve, at most 1; absent where none is wanted.',
  },
  sensei_replicas_zone_serving: {
    type: 'gauge',
    unit: 'none',
    labels: [...component, 'zone'],
    help: 'Instances that serve in each zone of the cluster, zones with none among them.',
  },
  sensei_replicas_zones_used: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Zones in which an instance serves.',
  },
  sensei_replicas_zone_skew: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that serve in the zone with the most, less those in the zone with the fewest.',
  },
  sensei_replicas_zone_loss_survivors: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that would still serve without the zone that has the most.',
  },
  sensei_replicas_zone_loss_capacity_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: component,
    help: 'Those survivors as a share of the wanted instances; half is what a zone may cost.',
  },
  sensei_replicas_node_loss_survivors: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that would still serve without the node that has the most.',
  },
  sensei_replicas_spread_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...component, 'topology', 'constraint'],
    help: 'How strongly the workloads declare that instances are kept apart by zone and by node: required, preferred (guarantees nothing) or none; always 1.',
  },
  sensei_replicas_unreachable_toleration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: component,
    help: 'Longest time that an instance stays on a node that cannot be reached before it is replaced; absent for one that stays for ever.',
  },
  sensei_replicas_rollout_in_progress: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Whether instances are being replaced by newer ones.',
  },
  sensei_replicas_finding: {
    type: 'gauge',
    unit: 'none',
    labels: [...component, 'finding'],
    help: 'Whether something is wrong with how the component stands, by what it is.',
  },
  sensei_replicas_disruption_budgets: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'PodDisruptionBudgets that select its instances; absent where they cannot be read.',
  },
  sensei_replicas_disruptions_allowed: {
    type: 'gauge',
    unit: 'none',
    labels: component,
    help: 'Instances that may be evicted now, by the strictest budget; absent without one.',
  },
  sensei_replicas_endpoints_ready: {
    type: 'gauge',
    unit: 'none',
    labels: [...component, 'service'],
    help: 'Serving instances that the service sends clients to.',
  },
  sensei_replicas_lease_holder_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...lease, 'holder'],
    help: 'Who holds the lease by which the component elects its leader; always 1.',
  },
  sensei_replicas_lease_renewed_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: lease,
    help: 'Unix time at which the newest renewal of the lease was received.',
  },
  sensei_replicas_lease_held: {
    type: 'gauge',
    unit: 'none',
    labels: lease,
    help: 'Whether somebody holds the lease and has renewed it in time.',
  },
  sensei_replicas_nodes: {
    type: 'gauge',
    unit: 'none',
    labels: zone,
    help: 'Nodes of the zone.',
  },
  sensei_replicas_nodes_ready: {
    type: 'gauge',
    unit: 'none',
    labels: zone,
    help: 'Nodes of the zone that are ready.',
  },
  sensei_replicas_nodes_cordoned: {
    type: 'gauge',
    unit: 'none',
    labels: zone,
    help: 'Nodes of the zone that take no new pods.',
  },
  sensei_replicas_zone_lost: {
    type: 'gauge',
    unit: 'none',
    labels: zone,
    help: 'Whether every one of two or more nodes of the zone is lost.',
  },
  sensei_replicas_sync_up: {
    type: 'gauge',
    unit: 'none',
    labels: scope,
    help: 'Whether what is held of the resource is current, or was within the grace time.',
  },
  sensei_replicas_last_sync_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: scope,
    help: 'Unix time at which what is held of the resource was last known to be current.',
  },
  sensei_replicas_objects: {
    type: 'gauge',
    unit: 'none',
    labels: scope,
    help: 'Objects held of the resource.',
  },
  sensei_replicas_lists_total: {
    type: 'counter',
    unit: 'none',
    labels: scope,
    help: 'Complete lists that were read.',
  },
  sensei_replicas_watches_total: {
    type: 'counter',
    unit: 'none',
    labels: scope,
    help: 'Watches that were opened.',
  },
  sensei_replicas_watch_events_total: {
    type: 'counter',
    unit: 'none',
    labels: scope,
    help: 'Changes that were received.',
  },
  sensei_replicas_sync_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...scope, 'reason'],
    help: 'Lists and watches that failed, by reason.',
  },
  sensei_replicas_pods_lost_total: {
    type: 'counter',
    unit: 'none',
    labels: [...component, 'cause'],
    help: 'Instances that ceased to serve without anybody having meant them to, by cause.',
  },
  sensei_replicas_container_restarts_total: {
    type: 'counter',
    unit: 'none',
    labels: component,
    help: 'Restarts of containers of the component that were seen.',
  },
});
