import type { RuleCase } from '../promtool-cases.js';

const cluster = { cluster: 'us-east-1', region: 'us-east-1' };
const api = { ...cluster, component: 'api', about: 'capacity' };

/** What Kubernetes runs of each component, and where. */
export const kubernetesCases: readonly RuleCase[] = [
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'one instance of the API serves for five minutes',
    series: {
      'sensei_replicas_serving{cluster="us-east-1", region="us-east-1", component="api"}': '2 1x21',
      'sensei_replicas_minimum{cluster="us-east-1", region="us-east-1", component="api"}': '2x22',
      'sensei_replicas_serving{cluster="us-east-1", region="us-east-1", component="workers"}':
        '3x22',
      'sensei_replicas_minimum{cluster="us-east-1", region="us-east-1", component="workers"}':
        '3x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: api,
        summary: '1 instance(s) of api serve in us-east-1; it takes 2 to be highly available',
      },
    ],
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'as many instances as it takes, and of another component too few for less than five minutes',
    series: {
      'sensei_replicas_serving{cluster="us-east-1", region="us-east-1", component="api"}': '2x40',
      'sensei_replicas_minimum{cluster="us-east-1", region="us-east-1", component="api"}': '2x40',
      'sensei_replicas_serving{cluster="us-east-1", region="us-east-1", component="workers"}':
        '3 1x19 3 1x19',
      'sensei_replicas_minimum{cluster="us-east-1", region="us-east-1", component="workers"}':
        '3x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'one of two vantage points sees as many instances as it takes',
    series: {
      'sensei_replicas_serving{instance="east", cluster="us-east-1", region="us-east-1", component="api"}':
        '2x40',
      'sensei_replicas_serving{instance="west", cluster="us-east-1", region="us-east-1", component="api"}':
        '0x40',
      'sensei_replicas_minimum{instance="east", cluster="us-east-1", region="us-east-1", component="api"}':
        '2x40',
      'sensei_replicas_minimum{instance="west", cluster="us-east-1", region="us-east-1", component="api"}':
        '2x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiZoneSpreadLost',
    what: 'all instances stand in one zone for a quarter of an hour',
    interval: '1m',
    series: {
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_zone"}':
        '0 1x15',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_node"}':
        '0x16',
    },
    silentAt: '15m',
    firesAt: '16m',
    expected: [
      {
        labels: { ...api, finding: 'one_zone' },
        summary: 'All instances of api in us-east-1 stand in one zone',
      },
    ],
  },
  {
    alert: 'SenseiZoneSpreadLost',
    what: 'all instances stand on one node, of no known zone',
    interval: '1m',
    series: {
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_node"}':
        '0 1x15',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="zones_unknown"}':
        '1x16',
    },
    silentAt: '15m',
    firesAt: '16m',
    expected: [
      {
        labels: { ...api, finding: 'one_node' },
        summary: 'All instances of api in us-east-1 stand on one node',
      },
    ],
  },
  {
    alert: 'SenseiZoneSpreadLost',
    what: 'an instance moves as the quarter of an hour ends, from one zone and then from one node',
    interval: '1m',
    series: {
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_zone"}':
        '0 1x14 0x15',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_node"}':
        '0 0x14 1x14 0',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="rollout_stuck"}':
        '1x31',
    },
    silentAt: '30m',
  },
  {
    alert: 'SenseiZoneLossCapacityLow',
    what: 'a third would be left for a quarter of an hour, as one of two vantage points sees',
    interval: '1m',
    series: {
      'sensei_replicas_zone_loss_capacity_ratio{instance="east", cluster="us-east-1", region="us-east-1", component="api"}':
        '0.5 0.3333333333x15',
      'sensei_replicas_zone_loss_capacity_ratio{instance="west", cluster="us-east-1", region="us-east-1", component="api"}':
        '0.6666666667x16',
    },
    silentAt: '15m',
    firesAt: '16m',
    expected: [
      {
        labels: api,
        summary:
          'Without its fullest zone api in us-east-1 would keep 33.33% of its instances; half must be left',
      },
    ],
  },
  {
    alert: 'SenseiZoneLossCapacityLow',
    what: 'exactly half would be left, and of another component less until its rollout ends',
    interval: '1m',
    series: {
      'sensei_replicas_zone_loss_capacity_ratio{cluster="us-east-1", region="us-east-1", component="api"}':
        '0.5x40',
      'sensei_replicas_zone_loss_capacity_ratio{cluster="us-east-1", region="us-east-1", component="workers"}':
        '0.5 0.25x14 0.5 0.25x14 0.5',
    },
    silentAt: '31m',
  },
  {
    alert: 'SenseiZoneLost',
    what: 'no node of a zone is there for a minute',
    series: {
      'sensei_replicas_zone_lost{cluster="us-east-1", region="us-east-1", zone="a"}': '0 1x5',
      'sensei_replicas_zone_lost{cluster="us-east-1", region="us-east-1", zone="b"}': '0x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: { ...cluster, zone: 'a', component: 'kubernetes' },
        summary: 'Zone a of us-east-1 is lost: none of its nodes is there',
      },
    ],
  },
  {
    alert: 'SenseiZoneLost',
    what: 'a node is back as the minute ends, and another zone goes',
    series: {
      'sensei_replicas_zone_lost{cluster="us-east-1", region="us-east-1", zone="a"}': '0 1x3 0x4',
      'sensei_replicas_zone_lost{cluster="us-east-1", region="us-east-1", zone="b"}': '0 0x3 1x3 0',
    },
    silentAt: '2m',
  },
  {
    alert: 'SenseiWorkloadFinding',
    what: 'a budget lets nobody drain a node for half an hour, and a workload is missing',
    interval: '1m',
    series: {
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="budget_blocks_drain"}':
        '0 1x30',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="workers", finding="workload_missing"}':
        '0 1x30',
    },
    silentAt: '30m',
    firesAt: '31m',
    expected: [
      {
        labels: { ...api, finding: 'budget_blocks_drain' },
        summary: 'api in us-east-1: budget blocks drain for half an hour',
      },
      {
        labels: { ...api, component: 'workers', finding: 'workload_missing' },
        summary: 'workers in us-east-1: workload missing for half an hour',
      },
    ],
  },
  {
    alert: 'SenseiWorkloadFinding',
    what: 'each lasts for less than half an hour, and one zone is a finding of another alert',
    interval: '1m',
    series: {
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="rollout_stuck"}':
        '0 1x29 0x40',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="stuck_terminating"}':
        '0 0x29 1x29 0x10',
      'sensei_replicas_finding{cluster="us-east-1", region="us-east-1", component="api", finding="one_zone"}':
        '1x70',
    },
    silentAt: '1h',
  },
  {
    alert: 'SenseiKubernetesSyncLost',
    what: 'what is held of the pods is out of date for five minutes, at both vantage points',
    series: {
      'sensei_replicas_sync_up{instance="east", cluster="us-east-1", region="us-east-1", resource="pods", namespace="sensei"}':
        '1 0x21',
      'sensei_replicas_sync_up{instance="west", cluster="us-east-1", region="us-east-1", resource="pods", namespace="sensei"}':
        '0x22',
      'sensei_replicas_sync_up{instance="east", cluster="us-east-1", region="us-east-1", resource="nodes"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, resource: 'pods', component: 'kubernetes', about: 'unknown' },
        summary: 'What us-east-1 says of its pods has been out of date for five minutes',
      },
    ],
  },
  {
    alert: 'SenseiKubernetesSyncLost',
    what: 'of two namespaces a right is missing in one',
    series: {
      'sensei_replicas_sync_up{cluster="us-east-1", region="us-east-1", resource="pods", namespace="sensei"}':
        '1x22',
      'sensei_replicas_sync_up{cluster="us-east-1", region="us-east-1", resource="pods", namespace="workers"}':
        '1 0x21',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, resource: 'pods', component: 'kubernetes', about: 'unknown' },
        summary: 'What us-east-1 says of its pods has been out of date for five minutes',
      },
    ],
  },
  {
    alert: 'SenseiKubernetesSyncLost',
    what: 'one of two vantage points is up to date of each namespace',
    series: {
      'sensei_replicas_sync_up{instance="east", cluster="us-east-1", region="us-east-1", resource="pods", namespace="sensei"}':
        '1x40',
      'sensei_replicas_sync_up{instance="west", cluster="us-east-1", region="us-east-1", resource="pods", namespace="sensei"}':
        '0x40',
      'sensei_replicas_sync_up{instance="east", cluster="us-east-1", region="us-east-1", resource="pods", namespace="workers"}':
        '0x40',
      'sensei_replicas_sync_up{instance="west", cluster="us-east-1", region="us-east-1", resource="pods", namespace="workers"}':
        '1x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiKubernetesSyncLost',
    what: 'the API server is back as the five minutes end',
    series: {
      'sensei_replicas_sync_up{cluster="us-east-1", region="us-east-1", resource="nodes"}':
        '1 0x19 1 0x19',
    },
    silentAt: '10m15s',
  },
];
