import type { RuleCase } from '../promtool-cases.js';

const cluster = { component: 'postgresql', cluster: 'sensei-pg', region: 'us-east-1' };
const lag = { component: 'postgresql', lag: 'sensei-pg-regions', scope: 'cross-region' };

const electionCases: readonly RuleCase[] = [
  {
    alert: 'SenseiPostgresqlNoLeader',
    what: 'nobody holds the leader lock for a minute',
    series: { 'sensei_patroni_has_leader{cluster="sensei-pg", region="us-east-1"}': '1 0x5' },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: cluster,
        summary: 'No member of sensei-pg has held the leader lock for a minute',
      },
    ],
  },
  {
    alert: 'SenseiPostgresqlNoLeader',
    what: 'a failover that ends just in time, and another one',
    series: {
      'sensei_patroni_has_leader{cluster="sensei-pg", region="us-east-1"}': '1 0x3 1 0x3 1',
    },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiPostgresqlNoLeader',
    what: 'one of two vantage points knows of a leader',
    series: {
      'sensei_patroni_has_leader{instance="east", cluster="sensei-pg", region="us-east-1"}': '0x20',
      'sensei_patroni_has_leader{instance="west", cluster="sensei-pg", region="us-east-1"}': '1x20',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiPostgresqlNoLeader',
    what: 'it can no longer be learnt',
    series: {
      'sensei_patroni_has_leader{cluster="sensei-pg", region="us-east-1"}': '1 0x3 stale',
    },
    silentAt: '1m15s',
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'by Patroni, two members run as primary',
    series: {
      'sensei_patroni_split_brain{cluster="sensei-pg", region="us-east-1"}': '0 1x3',
      'sensei_patroni_primaries{cluster="sensei-pg", region="us-east-1"}': '1 2x3',
    },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: { ...cluster, told_by: 'patroni' },
        summary:
          'Split brain in sensei-pg: 2 member(s) run as primary, and not only the one with the leader lock',
      },
    ],
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'by Patroni, an old primary that is stopped in time',
    series: {
      'sensei_patroni_split_brain{cluster="sensei-pg", region="us-east-1"}': '0 1x1 0 1x1 0',
      'sensei_patroni_primaries{cluster="sensei-pg", region="us-east-1"}': '1 2x1 1 2x1 1',
    },
    silentAt: '1m15s',
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'by PostgreSQL, which only one of two vantage points sees',
    series: {
      'sensei_postgres_primaries{instance="east", cluster="sensei-pg", region="us-east-1"}':
        '1 2x3',
      'sensei_postgres_primaries{instance="west", cluster="sensei-pg", region="us-east-1"}': '1x4',
    },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: { ...cluster, told_by: 'postgresql' },
        summary: 'Split brain in sensei-pg: 2 members accept writes',
      },
    ],
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'by PostgreSQL, each of two clusters and each of two vantage points has one primary',
    series: {
      'sensei_postgres_primaries{instance="east", cluster="sensei-pg", region="us-east-1"}': '1x10',
      'sensei_postgres_primaries{instance="west", cluster="sensei-pg", region="us-east-1"}': '1x10',
      'sensei_postgres_primaries{instance="east", cluster="sensei-pg-west", region="us-west-2"}':
        '1x10',
    },
    silentAt: '2m30s',
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'between the regions, both take writes',
    series: { 'sensei_lag_writers{lag="sensei-pg-regions"}': '1 3x3' },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: { component: 'postgresql', lag: 'sensei-pg-regions', told_by: 'lag' },
        summary: 'Split brain between the regions of sensei-pg-regions: 3 members accept writes',
      },
    ],
  },
  {
    alert: 'SenseiSplitBrain',
    what: 'between the regions, a switchover that overlaps for less than half a minute',
    series: { 'sensei_lag_writers{lag="sensei-pg-regions"}': '1 2x1 1 0 1 2x1 1' },
    silentAt: '1m45s',
  },
  {
    alert: 'SenseiPatroniMemberDown',
    what: 'no vantage point hears of a member',
    series: {
      'sensei_patroni_member_up{instance="east", cluster="sensei-pg", region="us-east-1", member="pg2", zone="b"}':
        '1 0x21',
      'sensei_patroni_member_up{instance="west", cluster="sensei-pg", region="us-east-1", member="pg2", zone="b"}':
        '0x22',
      'sensei_patroni_member_up{instance="east", cluster="sensei-pg", region="us-east-1", member="pg1", zone="a"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, member: 'pg2', zone: 'b', about: 'unknown' },
        summary: 'Patroni on pg2 of sensei-pg has given no answer for five minutes',
      },
    ],
  },
  {
    alert: 'SenseiPatroniMemberDown',
    what: 'one of two vantage points hears of it, once in five minutes',
    series: {
      'sensei_patroni_member_up{instance="east", cluster="sensei-pg", region="us-east-1", member="pg2", zone="b"}':
        '0x40',
      'sensei_patroni_member_up{instance="west", cluster="sensei-pg", region="us-east-1", member="pg2", zone="b"}':
        '0x19 1 0x19',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiPatroniPaused',
    what: 'paused for an hour',
    interval: '1m',
    series: { 'sensei_patroni_paused{cluster="sensei-pg", region="us-east-1"}': '0 1x60' },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: cluster,
        summary: 'sensei-pg has been paused for an hour: there is no automatic failover',
      },
    ],
  },
  {
    alert: 'SenseiPatroniPaused',
    what: 'resumed as the hour ends, and paused again',
    interval: '1m',
    series: { 'sensei_patroni_paused{cluster="sensei-pg", region="us-east-1"}': '0 1x59 0 1x59' },
    silentAt: '2h1m',
  },
  {
    alert: 'SenseiPatroniDcsUnreachable',
    what: 'every member that answers is cut off for two minutes',
    series: {
      'sensei_patroni_dcs_reachable{cluster="sensei-pg", region="us-east-1"}': '1 0x9',
    },
    silentAt: '2m',
    firesAt: '2m15s',
    expected: [
      {
        labels: cluster,
        summary: 'Every member of sensei-pg that answers is cut off from the configuration store',
      },
    ],
  },
  {
    alert: 'SenseiPatroniDcsUnreachable',
    what: 'it is undecided as the two minutes end',
    series: {
      'sensei_patroni_dcs_reachable{cluster="sensei-pg", region="us-east-1"}': '1 0x7 stale',
    },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiPatroniDcsUnreachable',
    what: 'one of two vantage points hears of a member that reaches it',
    series: {
      'sensei_patroni_dcs_reachable{instance="east", cluster="sensei-pg", region="us-east-1"}':
        '0x20',
      'sensei_patroni_dcs_reachable{instance="west", cluster="sensei-pg", region="us-east-1"}':
        '1x20',
    },
    silentAt: '5m',
  },
];

const replicationCases: readonly RuleCase[] = [
  {
    alert: 'SenseiSynchronousReplicationLost',
    what: 'the synchronous standby is gone for five minutes',
    series: {
      'sensei_patroni_synchronous_standbys{cluster="sensei-pg", region="us-east-1"}': '1 0x21',
      'sensei_patroni_synchronous_standbys_expected{cluster="sensei-pg", region="us-east-1"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, about: 'replication', told_by: 'patroni' },
        summary: 'sensei-pg has 0 synchronous standby(s); expected 1',
      },
    ],
  },
  {
    alert: 'SenseiSynchronousReplicationLost',
    what: 'without Patroni: the primary waits for none',
    series: {
      'sensei_postgres_synchronous_standbys_connected{cluster="sensei-pg", region="us-east-1"}':
        '1 0x21',
      'sensei_postgres_synchronous_standbys_expected{cluster="sensei-pg", region="us-east-1"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, about: 'replication', told_by: 'postgresql' },
        summary: 'Commits on sensei-pg wait for 0 standby(s); expected 1',
      },
    ],
  },
  {
    alert: 'SenseiSynchronousReplicationLost',
    what: 'another standby takes its place as the five minutes end',
    series: {
      'sensei_patroni_synchronous_standbys{cluster="sensei-pg", region="us-east-1"}':
        '1 0x19 1 0x19',
      'sensei_patroni_synchronous_standbys_expected{cluster="sensei-pg", region="us-east-1"}':
        '1x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiSynchronousReplicationLost',
    what: 'none is expected there, one of one is there elsewhere',
    series: {
      'sensei_patroni_synchronous_standbys{cluster="sensei-pg-west", region="us-west-2"}': '0x40',
      'sensei_patroni_synchronous_standbys{cluster="sensei-pg", region="us-east-1"}': '1x40',
      'sensei_patroni_synchronous_standbys_expected{cluster="sensei-pg", region="us-east-1"}':
        '1x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'PostgreSQL has no standby left',
    series: {
      'sensei_postgres_standbys_connected{cluster="sensei-pg", region="us-east-1"}': '2 0x21',
      'sensei_postgres_standbys_expected{cluster="sensei-pg", region="us-east-1"}': '2x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: cluster,
        summary: 'sensei-pg has no standby left; it takes two servers to be highly available',
      },
    ],
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'one of two standbys is left, and none is expected of a lone server',
    series: {
      'sensei_postgres_standbys_connected{cluster="sensei-pg", region="us-east-1"}': '2 1x40',
      'sensei_postgres_standbys_expected{cluster="sensei-pg", region="us-east-1"}': '2x41',
      'sensei_postgres_standbys_connected{cluster="sensei-pg-west", region="us-west-2"}': '0x41',
      'sensei_postgres_standbys_expected{cluster="sensei-pg-west", region="us-west-2"}': '0x41',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiRedundancyBelowMinimum',
    what: 'no primary of PostgreSQL answers any more as the five minutes end',
    series: {
      'sensei_postgres_standbys_connected{cluster="sensei-pg", region="us-east-1"}': '2 0x19 stale',
      'sensei_postgres_standbys_expected{cluster="sensei-pg", region="us-east-1"}': '2x40',
    },
    silentAt: '5m15s',
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'one of two standbys does not stream for five minutes',
    series: {
      'sensei_postgres_standbys_connected{cluster="sensei-pg", region="us-east-1"}': '2 1x21',
      'sensei_postgres_standbys_expected{cluster="sensei-pg", region="us-east-1"}': '2x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, about: 'replication' },
        summary: '1 standby(s) of sensei-pg stream from the primary; expected 2',
      },
    ],
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'a standby is restarted, one more than expected streams, and one of two vantage points sees less',
    series: {
      'sensei_postgres_standbys_connected{instance="east", cluster="sensei-pg", region="us-east-1"}':
        '2 1x19 2x20',
      'sensei_postgres_standbys_connected{instance="west", cluster="sensei-pg", region="us-east-1"}':
        '1x40',
      'sensei_postgres_standbys_expected{cluster="sensei-pg", region="us-east-1"}': '2x40',
      'sensei_postgres_standbys_connected{cluster="sensei-pg-west", region="us-west-2"}': '1x40',
      'sensei_postgres_standbys_expected{cluster="sensei-pg-west", region="us-west-2"}': '0x40',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'nothing streams to the copy in the other region',
    series: {
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1 0x21',
      'sensei_lag_standby_leader_info{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: {
          ...lag,
          cluster: 'sensei-pg-west',
          region: 'us-west-2',
          about: 'replication',
          finding: 'not_streaming',
        },
        summary: 'Nothing streams to the copy of sensei-pg-regions in us-west-2',
      },
    ],
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'members of the copy stream from its leader, which does not stream from the other region',
    series: {
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1 0x21',
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw2"}':
        '1x22',
      'sensei_lag_standby_leader_info{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: {
          ...lag,
          cluster: 'sensei-pg-west',
          region: 'us-west-2',
          about: 'replication',
          finding: 'not_streaming',
        },
        summary: 'Nothing streams to the copy of sensei-pg-regions in us-west-2',
      },
    ],
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'of two members of the copy its leader streams, and nobody knows the leader for a while',
    series: {
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1x40',
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw2"}':
        '0x40',
      'sensei_lag_standby_leader_info{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1x15 stale',
    },
    silentAt: '10m',
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'the link between the regions is back as the five minutes end',
    series: {
      'sensei_lag_streaming{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1 0x19 1 0x19',
      'sensei_lag_standby_leader_info{lag="sensei-pg-regions", cluster="sensei-pg-west", region="us-west-2", member="pgw1"}':
        '1x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'the regions are on different timelines',
    series: { 'sensei_lag_timelines_equal{lag="sensei-pg-regions"}': '1 0x21' },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...lag, about: 'replication', finding: 'timelines_differ' },
        summary:
          'The regions of sensei-pg-regions are on different timelines: the copy is none any more',
      },
    ],
  },
  {
    alert: 'SenseiReplicationBroken',
    what: 'the copy follows to the new timeline as the five minutes end',
    series: { 'sensei_lag_timelines_equal{lag="sensei-pg-regions"}': '1 0x19 1 0x19' },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiReplicaLagHigh',
    what: 'the copy is behind for two minutes',
    series: {
      'sensei_lag_above_threshold{lag="sensei-pg-regions"}': '0 1x9',
      'sensei_lag_threshold_seconds{lag="sensei-pg-regions"}': '60x10',
    },
    silentAt: '2m',
    firesAt: '2m15s',
    expected: [
      {
        labels: { ...lag, about: 'replication' },
        summary: 'The copy of sensei-pg-regions in the other region is more than 1m 0s behind',
      },
    ],
  },
  {
    alert: 'SenseiReplicaLagHigh',
    what: 'it catches up as the two minutes end, again and again',
    series: {
      'sensei_lag_above_threshold{lag="sensei-pg-regions"}': '0 1x7 0 1x7 0 1x7 0',
      'sensei_lag_threshold_seconds{lag="sensei-pg-regions"}': '60x30',
    },
    silentAt: '6m30s',
  },
  {
    alert: 'SenseiCommitsLost',
    what: 'a heartbeat is gone after a failover',
    series: {
      'sensei_postgres_canary_lost_heartbeats_total{cluster="sensei-pg", region="us-east-1"}':
        '0x4 1x3',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: cluster,
        summary:
          'Commits that sensei-pg had acknowledged are gone: the heartbeat that was written last was not there afterwards',
      },
    ],
  },
  {
    alert: 'SenseiCommitsLost',
    what: 'one was gone more than a quarter of an hour ago',
    series: {
      'sensei_postgres_canary_lost_heartbeats_total{cluster="sensei-pg", region="us-east-1"}':
        '0 1x70',
    },
    silentAt: '15m30s',
  },
  {
    alert: 'SenseiCommitsLost',
    what: 'the exporter that saw it is started anew',
    series: {
      'sensei_postgres_canary_lost_heartbeats_total{instance="east", cluster="sensei-pg", region="us-east-1"}':
        '3x4 0x4',
      'sensei_postgres_canary_lost_heartbeats_total{instance="west", cluster="sensei-pg", region="us-east-1"}':
        '2x8',
    },
    silentAt: '2m',
  },
];

const slotCases: readonly RuleCase[] = [
  {
    alert: 'SenseiSlotRetainsTooMuch',
    what: 'a slot of a standby keeps more than 10 GiB for five minutes',
    series: {
      'sensei_postgres_slot_retained_bytes{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg3"}':
        '10737418240 11811160064x21',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...cluster, slot: 'pg3' },
        summary: 'Slot pg3 on sensei-pg keeps 11GiB of log',
      },
    ],
  },
  {
    alert: 'SenseiSlotRetainsTooMuch',
    what: 'it keeps 10 GiB, another one more for less than five minutes',
    series: {
      'sensei_postgres_slot_retained_bytes{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg3"}':
        '10737418240x40',
      'sensei_postgres_slot_retained_bytes{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg2"}':
        '0 11811160064x19 10737418240 11811160064x19',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiSlotLost',
    what: 'log that a standby needs is gone',
    series: {
      'sensei_postgres_slot_lost{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg3"}':
        '0 1x5',
      'sensei_postgres_slot_lost{cluster="sensei-pg", region="us-east-1", member="pg2", slot="pg3"}':
        '0x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: { ...cluster, slot: 'pg3' },
        summary: 'Log that slot pg3 on sensei-pg needs is gone, or about to go',
      },
    ],
  },
  {
    alert: 'SenseiSlotLost',
    what: 'the standby catches up as the minute ends, and another slot takes its turn',
    series: {
      'sensei_postgres_slot_lost{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg3"}':
        '0 1x3 0x10',
      'sensei_postgres_slot_lost{cluster="sensei-pg", region="us-east-1", member="pg1", slot="pg2"}':
        '0 0x3 1x3 0x10',
    },
    silentAt: '2m',
  },
];

/** PostgreSQL, under Patroni and between two regions. */
export const postgresqlCases: readonly RuleCase[] = [
  ...electionCases,
  ...replicationCases,
  ...slotCases,
];
