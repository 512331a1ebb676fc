import { zoneLossCapacity } from '../slo/tiers.js';
import type { AlertPlan } from './plan.js';
import { highest, lowest, seriesOf } from './promql.js';
import { about, type AlertDefinition } from './rule.js';

const minute = 60_000;
const by = ['cluster', 'region', 'component'];
const ofResource = ['cluster', 'region', 'resource'];
const spreadFindings = 'one_zone|one_node';
const otherFindings =
  'workload_missing|zones_unknown|rollout_stuck|stuck_terminating|budget_blocks_drain|budget_permits_too_much|endpoints_missing';

/** What Kubernetes runs of each component, and where. */
export function kubernetesAlerts({ settings }: AlertPlan): AlertDefinition[] {
  const series = seriesOf(settings.job);
  const serving = highest(by, series('sensei_replicas_serving'));
  const minimum = highest(by, series('sensei_replicas_minimum'));
  const survivors = lowest(by, series('sensei_replicas_zone_loss_capacity_ratio'));
  const common = { dashboard: 'kubernetes' } as const;
  return [
    {
      ...common,
      alert: 'SenseiRedundancyBelowMinimum',
      severity: 'page',
      expr: `${serving}\n< on (cluster, region, component) ${minimum}`,
      forMs: 5 * minute,
      labels: about.capacity,
      summary:
        '{{ $value }} instance(s) of {{ $labels.component }} serve in {{ $labels.cluster }}; it takes {{ with printf "max(sensei_replicas_minimum{cluster=%q,component=%q})" $labels.cluster $labels.component | query }}{{ . | first | value }}{{ end }} to be highly available',
      description:
        'The next failure is an outage. Kubernetes should have replaced what is missing by now.',
    },
    {
      ...common,
      alert: 'SenseiZoneSpreadLost',
      severity: 'ticket',
      expr: `${highest([...by, 'finding'], series('sensei_replicas_finding', `finding=~"${spreadFindings}"`))} == 1`,
      forMs: 15 * minute,
      labels: about.capacity,
      summary:
        'All instances of {{ $labels.component }} in {{ $labels.cluster }} stand {{ if eq $labels.finding "one_zone" }}in one zone{{ else }}on one node{{ end }}',
      description:
        'Losing that one is an outage. Preferred anti-affinity guarantees nothing; a topology spread constraint does.',
    },
    {
      ...common,
      alert: 'SenseiZoneLossCapacityLow',
      severity: 'ticket',
      expr: `${survivors} < ${zoneLossCapacity}`,
      forMs: 15 * minute,
      labels: about.capacity,
      summary:
        'Without its fullest zone {{ $labels.component }} in {{ $labels.cluster }} would keep {{ $value | humanizePercentage }} of its instances; half must be left',
      description:
        'The instances are spread too unevenly for the promise that a lost zone costs half of the capacity at most.',
    },
    {
      ...common,
      alert: 'SenseiZoneLost',
      severity: 'page',
      expr: `${highest(['cluster', 'region', 'zone'], series('sensei_replicas_zone_lost'))} == 1`,
      forMs: minute,
      component: 'kubernetes',
      summary:
        'Zone {{ $labels.zone }} of {{ $labels.cluster }} is lost: none of its nodes is there',
      description:
        'The load balancer should have routed around it at once. See that what is left carries the load.',
    },
    {
      ...common,
      alert: 'SenseiWorkloadFinding',
      severity: 'ticket',
      expr: `${highest([...by, 'finding'], series('sensei_replicas_finding', `finding=~"${otherFindings}"`))} == 1`,
      forMs: 30 * minute,
      labels: about.capacity,
      summary:
        '{{ $labels.component }} in {{ $labels.cluster }}: {{ $labels.finding | reReplaceAll "_" " " }} for half an hour',
      description:
        'How the component stands is wrong in a way that does no harm yet. The runbook tells what each finding means.',
    },
    {
      ...common,
      alert: 'SenseiKubernetesSyncLost',
      severity: 'ticket',
      expr: `${lowest(ofResource, highest([...ofResource, 'namespace'], series('sensei_replicas_sync_up')))} == 0`,
      forMs: 5 * minute,
      component: 'kubernetes',
      labels: about.unknown,
      summary:
        'What {{ $labels.cluster }} says of its {{ $labels.resource }} has been out of date for five minutes',
      description:
        'The API server is not reached, or a right is missing. What depends on it is unknown.',
    },
  ];
}
