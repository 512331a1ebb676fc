import { dashboards } from '../alerts/rule.js';
import { zoneLossCapacity } from '../slo/tiers.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { failureTable } from './failures.js';
import { leftWithoutZone, noneIsBetter, noneIsGood } from './limits.js';
import { causeTexts } from './names.js';
import { asking } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { noYes, noYesDoubtful } from './words.js';

const { most, least, rate, increase, total, age } = asking('region', 'component');
const component = ['cluster', 'region', 'component'] as const;
const name = '{{component}} {{cluster}} {{region}}';
const zone = ['cluster', 'region', 'zone'] as const;
const resource = ['cluster', 'region', 'resource', 'namespace'] as const;

const serving = most('sensei_replicas_serving', component);
const aboveMinimum = `${serving}\n- on (cluster, region, component) ${most('sensei_replicas_minimum', component)}`;

const noCluster = 'Nothing is known of a Kubernetes cluster';

const redundancy: Section = {
  title: 'Redundancy',
  panels: [
    stat({
      title: 'Below minimum',
      description:
        'Components of which fewer instances serve than it takes to be highly available. The next failure is an outage.',
      width: 6,
      queries: [{ expr: `sum(${aboveMinimum} < bool 0)` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Instances missing',
      description:
        'Wanted instances that do not serve and that nobody took away on purpose. Rollouts and drains are not counted.',
      width: 6,
      queries: [
        {
          expr: `sum(${most('sensei_replicas_missing', component, { planned: 'false' })})`,
        },
      ],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Zones lost',
      description: 'Zones of which every node is lost. Traffic should have gone elsewhere at once.',
      width: 6,
      queries: [{ expr: `sum(${most('sensei_replicas_zone_lost', zone)})` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Findings now',
      description:
        'Things that are wrong with how components stand. The timeline of findings names them.',
      width: 6,
      queries: [{ expr: `sum(${most('sensei_replicas_finding', [...component, 'finding'])})` }],
      limits: noneIsBetter,
      none: 'Unknown',
    }),
    table({
      title: 'Components',
      description:
        'Instances that serve against the least and the wanted number, and what would serve without the fullest zone or node. Share left is that of the capacity without the fullest zone; half is promised.',
      none: noCluster,
      width: 24,
      height: 6,
      rows: { cluster: 'Cluster', region: 'Region', component: 'Component' },
      columns: [
        { name: 'Serving', expr: serving },
        { name: 'Minimum', expr: most('sensei_replicas_minimum', component) },
        { name: 'Wanted', expr: most('sensei_replicas_desired', component) },
        { name: 'Above minimum', expr: aboveMinimum, limits: ['bad', [0, 'good']] },
        {
          name: 'Capacity',
          expr: least('sensei_replicas_capacity_ratio', component),
          decimals: 0,
          limits: ['bad', [zoneLossCapacity, 'doubtful'], [1, 'good']],
        },
        { name: 'Zones', expr: most('sensei_replicas_zones_used', component) },
        { name: 'Skew', expr: most('sensei_replicas_zone_skew', component) },
        {
          name: 'Without a zone',
          expr: least('sensei_replicas_zone_loss_survivors', component),
        },
        {
          name: 'Share left',
          expr: least('sensei_replicas_zone_loss_capacity_ratio', component),
          decimals: 0,
          limits: leftWithoutZone,
        },
        {
          name: 'Without a node',
          expr: least('sensei_replicas_node_loss_survivors', component),
          limits: ['bad', [1, 'good']],
        },
      ],
      sort: ['Above minimum', 'lowest'],
    }),
  ],
};

const changes: Section = {
  title: 'Over time',
  panels: [
    lines({
      title: 'Instances that serve',
      description: 'Ready, not ending, and on a node that is ready. Dashed: the minimum.',
      none: noCluster,
      width: 12,
      steps: true,
      min: 0,
      queries: [
        { expr: serving, legend: name },
        { expr: most('sensei_replicas_minimum', component), legend: `minimum ${name}` },
      ],
      targets: '^minimum',
    }),
    lines({
      title: 'Missing instances',
      description:
        'Wanted instances that do not serve: planned for a rollout, a scale-up or a drain; unplanned for any other reason.',
      none: noCluster,
      width: 12,
      steps: true,
      min: 0,
      colors: { '/^unplanned/': 'bad', '/^planned/': 'first' },
      queries: [
        {
          expr: most('sensei_replicas_missing', component, { planned: 'false' }),
          legend: `unplanned ${name}`,
        },
        {
          expr: most('sensei_replicas_missing', component, { planned: 'true' }),
          legend: `planned ${name}`,
        },
      ],
    }),
    lines({
      title: 'Instances by zone',
      description:
        'Instances that serve, in each zone. A zone that falls to 0 alone is a zone lost.',
      none: noCluster,
      width: 12,
      steps: true,
      min: 0,
      queries: [
        {
          expr: total('sensei_replicas_zone_serving', zone),
          legend: '{{zone}} {{cluster}} {{region}}',
        },
      ],
    }),
    lines({
      title: 'Nodes ready by zone',
      description: 'Dashed: nodes that there are.',
      none: noCluster,
      width: 12,
      steps: true,
      min: 0,
      queries: [
        {
          expr: least('sensei_replicas_nodes_ready', zone),
          legend: '{{zone}} {{cluster}} {{region}}',
        },
        {
          expr: most('sensei_replicas_nodes', zone),
          legend: 'all of {{zone}} {{cluster}} {{region}}',
        },
      ],
      targets: '^all of',
    }),
    states({
      title: 'Findings',
      description:
        'What is wrong with how each component stands, while it is. Empty is good. The runbook of the alert explains each finding.',
      width: 16,
      height: 10,
      absent: '',
      hideLegend: true,
      spaced: true,
      showValue: false,
      none: 'Nothing is wrong with how components stand',
      words: { 1: ['Found', 'doubtful'] },
      queries: [
        {
          expr: `${most('sensei_replicas_finding', [...component, 'finding'])} == 1`,
          legend: '{{finding}} {{component}} {{region}}',
        },
      ],
    }),
    table({
      title: 'Instances lost in the time shown',
      description: 'Instances that ceased to serve without anybody having meant them to, by cause.',
      width: 8,
      height: 10,
      rows: { component: 'Component', region: 'Region', cause: 'Cause' },
      texts: { Cause: causeTexts },
      none: 'No instance was lost',
      columns: [
        {
          name: 'Lost',
          expr: `${increase('sensei_replicas_pods_lost_total', ['component', 'region', 'cause'])} > 0`,
          decimals: 0,
        },
      ],
      sort: ['Lost', 'highest'],
    }),
  ],
};

const workloads: Section = {
  title: 'Workloads',
  panels: [
    table({
      title: 'Rollouts and endings',
      description:
        'What the workloads say of themselves. Not observed means that a controller has not yet seen what it was told.',
      none: noCluster,
      width: 24,
      height: 6,
      rows: { cluster: 'Cluster', region: 'Region', component: 'Component' },
      columns: [
        { name: 'Available', expr: least('sensei_replicas_available', component) },
        { name: 'Updated', expr: least('sensei_replicas_updated', component) },
        {
          name: 'Observed',
          expr: least('sensei_replicas_observed', component),
          words: { 1: ['Yes', 'good'], 0: ['No', 'doubtful'] },
        },
        {
          name: 'Rollout',
          expr: most('sensei_replicas_rollout_in_progress', component),
          words: noYesDoubtful,
        },
        { name: 'Ending', expr: most('sensei_replicas_terminating', component) },
        {
          name: 'Stuck',
          expr: most('sensei_replicas_stuck_terminating', component),
          limits: noneIsGood,
        },
        { name: 'Budgets', expr: most('sensei_replicas_disruption_budgets', component) },
        { name: 'May be evicted', expr: least('sensei_replicas_disruptions_allowed', component) },
        {
          name: 'Toleration',
          expr: most('sensei_replicas_unreachable_toleration_seconds', component),
        },
      ],
    }),
    table({
      title: 'Services',
      description: 'Serving instances that each service sends clients to. None is an outage.',
      none: noCluster,
      width: 12,
      height: 9,
      rows: { component: 'Component', region: 'Region', service: 'Service' },
      columns: [
        {
          name: 'Endpoints ready',
          expr: least('sensei_replicas_endpoints_ready', ['component', 'region', 'service']),
          limits: ['bad', [1, 'good']],
        },
      ],
      sort: ['Endpoints ready', 'lowest'],
    }),
    table({
      title: 'How strongly instances are kept apart',
      description:
        'Declared spread by zone and by node. Preferred guarantees nothing: require it where a zone must not be an outage.',
      none: noCluster,
      width: 12,
      height: 9,
      rows: {
        component: 'Component',
        region: 'Region',
        topology: 'Kept apart by',
        constraint: 'How',
      },
      columns: [
        {
          name: 'Spread',
          expr: most('sensei_replicas_spread_info', [
            'component',
            'region',
            'topology',
            'constraint',
          ]),
          hidden: true,
        },
      ],
    }),
    table({
      title: 'Container restarts in the time shown',
      description: 'A component that restarts over and over is not well.',
      width: 7,
      height: 5,
      none: 'No container restarted',
      rows: { component: 'Component', cluster: 'Cluster', region: 'Region' },
      columns: [
        {
          name: 'Restarts',
          expr: `${increase('sensei_replicas_container_restarts_total', component)} > 0`,
          decimals: 0,
        },
      ],
      sort: ['Restarts', 'highest'],
    }),
    states({
      title: 'Leases over time',
      description:
        'Whether somebody holds the lease by which a component elects its leader, and renews it in time.',
      none: 'Unknown',
      width: 7,
      height: 5,
      words: { 1: ['Held', 'good'], 0: ['Not held', 'bad'] },
      queries: [
        {
          expr: least('sensei_replicas_lease_held', ['lease', 'region']),
          legend: '{{lease}}',
        },
      ],
    }),
    table({
      title: 'Leases',
      description:
        'Who holds each lease, and how long ago it was renewed. A change of the holder is a failover of its component.',
      width: 10,
      height: 5,
      widths: { Lease: 150, Region: 80, Renewed: 80 },
      none: 'No lease is watched',
      rows: { lease: 'Lease', region: 'Region', holder: 'Holder' },
      columns: [
        {
          name: 'Held',
          expr: most('sensei_replicas_lease_holder_info', ['lease', 'region', 'holder']),
          hidden: true,
        },
        {
          name: 'Renewed',
          expr: age('sensei_replicas_lease_renewed_timestamp_seconds', ['lease', 'region']),
        },
      ],
    }),
  ],
};

const watching: Section = {
  title: 'Nodes, and what is known of the cluster',
  panels: [
    [
      table({
        title: 'Nodes by zone',
        description: 'Cordoned nodes take no new pods.',
        none: noCluster,
        width: 10,
        height: 6,
        rows: { cluster: 'Cluster', region: 'Region', zone: 'Zone' },
        columns: [
          { name: 'Ready', expr: least('sensei_replicas_nodes_ready', zone) },
          { name: 'Nodes', expr: most('sensei_replicas_nodes', zone) },
          { name: 'Cordoned', expr: most('sensei_replicas_nodes_cordoned', zone) },
          { name: 'Lost', expr: most('sensei_replicas_zone_lost', zone), words: noYes },
        ],
      }),
      failureTable({
        title: 'Failed lists and watches',
        description: 'In the time that is shown. Forbidden means that a right is missing.',
        width: 10,
        height: 6,
        rows: { cluster: 'Cluster', resource: 'Resource', reason: 'Reason' },
        expr: increase('sensei_replicas_sync_failures_total', ['cluster', 'resource', 'reason']),
      }),
    ],
    table({
      title: 'Watched resources',
      description:
        'Whether what is held of each resource is current. When not, what depends on it is unknown: look at rights and at the API server.',
      none: noCluster,
      width: 14,
      height: 12,
      rows: {
        cluster: 'Cluster',
        region: 'Region',
        resource: 'Resource',
        namespace: 'Namespace',
      },
      columns: [
        {
          name: 'State',
          expr: most('sensei_replicas_sync_up', resource),
          words: { 1: ['Current', 'good'], 0: ['Out of date', 'bad'] },
        },
        {
          name: 'Current',
          expr: age('sensei_replicas_last_sync_timestamp_seconds', resource),
        },
        { name: 'Objects', expr: most('sensei_replicas_objects', resource) },
      ],
      widths: { Resource: 200, Namespace: 160 },
      sort: ['State', 'lowest'],
    }),
    lines({
      title: 'Changes received',
      description: 'Events of watches a second, by resource.',
      none: noCluster,
      width: 12,
      unit: 'ops',
      min: 0,
      queries: [
        {
          expr: rate('sensei_replicas_watch_events_total', ['cluster', 'resource']),
          legend: '{{cluster}} {{resource}}',
        },
      ],
    }),
    lines({
      title: 'Lists and watches',
      description: 'Opened, a second. Many mean that connections break all the time.',
      none: noCluster,
      width: 12,
      unit: 'ops',
      min: 0,
      colors: { '/^lists/': 'first', '/^watches/': 'third' },
      queries: [
        {
          expr: rate('sensei_replicas_lists_total', ['cluster']),
          legend: 'lists {{cluster}}',
        },
        {
          expr: rate('sensei_replicas_watches_total', ['cluster']),
          legend: 'watches {{cluster}}',
        },
      ],
    }),
  ],
};

export const kubernetes: DashboardSpec = {
  uid: dashboards.kubernetes,
  title: 'Sensei: Kubernetes',
  description: 'What Kubernetes runs of each component, where it stands, and what it could lose.',
  variables: ['region', 'component'],
  sections: [redundancy, changes, workloads, watching],
};
