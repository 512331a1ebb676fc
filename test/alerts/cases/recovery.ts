import type { RuleCase } from '../promtool-cases.js';

const api = { slo: 'api-availability', component: 'api', region: 'us-east-1' };

/** Outages, regions and verdicts. */
export const recoveryCases: readonly RuleCase[] = [
  {
    alert: 'SenseiOutageHalfOfRecoveryTarget',
    what: 'writes are down for more than 30 s of 60 s',
    series: {
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 15 30 45',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x4',
    },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: { slo: 'sensei-pg-writes', component: 'postgresql', region: 'us-east-1' },
        summary:
          'sensei-pg-writes has been down for 45s, more than half of the 1m 0s within which it must be back',
      },
    ],
  },
  {
    alert: 'SenseiOutageHalfOfRecoveryTarget',
    what: 'an outage that ends just in time',
    series: {
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 15 30 30 _',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x5',
    },
    silentAt: '45s',
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'the exporter dies in the middle of it: it is not over for that',
    series: {
      'sensei_outage_open{slo="sensei-pg-writes"}': '0 1x4 stale',
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 45 59 74 89 stale',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x4 stale',
    },
    silentAt: '30s',
    firesAt: '9m',
    expected: [
      {
        labels: { slo: 'sensei-pg-writes', component: 'postgresql', region: 'us-east-1' },
        summary: 'sensei-pg-writes has been down for 1m 29s; it had to be back within 1m 0s',
      },
    ],
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'it ended: what was last said of it is over too',
    series: {
      'sensei_outage_open{slo="sensei-pg-writes"}': '0 1x4 0x20',
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 45 59 74 89 stale',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x25',
    },
    silentAt: '1m15s',
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'it ended, and then the exporter died: it is not told of again',
    series: {
      'sensei_outage_open{slo="sensei-pg-writes"}': '0 1x3 0x4 stale',
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 45 59 74 89 stale',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x8 stale',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'the exporter has been dead for longer than anybody can say',
    series: {
      'sensei_outage_open{slo="sensei-pg-writes"}': '1x4 stale',
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 74 89x2 stale',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x4 stale',
    },
    silentAt: '11m15s',
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'the API is down for more than its second',
    series: {
      'sensei_outage_elapsed_seconds{slo="api-availability"}': '_ 0.5 15',
      'sensei_recovery_target_seconds{slo="api-availability"}': '1x3',
    },
    silentAt: '15s',
    firesAt: '30s',
    expected: [
      {
        labels: api,
        summary: 'api-availability has been down for 15s; it had to be back within 1s',
      },
    ],
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'it was back on the last second',
    series: {
      'sensei_outage_elapsed_seconds{slo="sensei-pg-writes"}': '_ 45 60 60 60',
      'sensei_recovery_target_seconds{slo="sensei-pg-writes"}': '60x5',
    },
    silentAt: '1m',
  },
  {
    alert: 'SenseiRecoveryTargetBreached',
    what: 'a region is lost for longer than the RTO, as one of two vantage points knows first',
    series: {
      'sensei_outage_elapsed_seconds{instance="east", slo="region/us-east-1"}': '3570+15x3',
      'sensei_outage_elapsed_seconds{instance="west", slo="region/us-east-1"}': '3560+15x3',
      'sensei_recovery_target_seconds{instance="east", slo="region/us-east-1"}': '3600x3',
      'sensei_recovery_target_seconds{instance="west", slo="region/us-east-1"}': '3600x3',
    },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: { slo: 'region/us-east-1', component: 'region', region: 'us-east-1' },
        summary: 'region/us-east-1 has been down for 1h 0m 15s; it had to be back within 1h 0m 0s',
      },
    ],
  },
  {
    alert: 'SenseiCapacityNotRestored',
    what: 'an instance is missing for more than five minutes',
    series: {
      'sensei_outage_elapsed_seconds{slo="us-east-1-api-capacity"}': '270+15x4',
      'sensei_recovery_target_seconds{slo="us-east-1-api-capacity"}': '300x4',
    },
    silentAt: '30s',
    firesAt: '45s',
    expected: [
      {
        labels: {
          slo: 'us-east-1-api-capacity',
          component: 'api',
          region: 'us-east-1',
          about: 'capacity',
        },
        summary:
          'us-east-1-api-capacity: wanted instances have been missing for 5m 15s; they had to be back within 5m 0s',
      },
    ],
  },
  {
    alert: 'SenseiCapacityNotRestored',
    what: 'it is back on the last second',
    series: {
      'sensei_outage_elapsed_seconds{slo="us-east-1-api-capacity"}': '270 285 300 300 stale',
      'sensei_recovery_target_seconds{slo="us-east-1-api-capacity"}': '300x4',
    },
    silentAt: '45s',
  },
  {
    alert: 'SenseiCapacityNotRestored',
    what: 'the component is down: others tell of it',
    series: {
      'sensei_outage_elapsed_seconds{slo="api-availability"}': '270+15x4',
      'sensei_recovery_target_seconds{slo="api-availability"}': '1x4',
      'sensei_outage_elapsed_seconds{slo="us-east-1-api-redundancy"}': '270+15x4',
      'sensei_recovery_target_seconds{slo="us-east-1-api-redundancy"}': '300x4',
    },
    silentAt: '1m',
  },
  {
    alert: 'SenseiRegionDown',
    what: 'two vantage points of three see everything in it down',
    series: {
      'sensei_region_state{region="us-east-1", state="up"}': '1 0 0 0',
      'sensei_region_state{region="us-east-1", state="suspected"}': '0 1 0 0',
      'sensei_region_state{region="us-east-1", state="down"}': '0 0 1 1',
      'sensei_region_votes{region="us-east-1"}': '0 1 2 2',
      'sensei_region_vantage_points{region="us-east-1"}': '3x40',
    },
    silentAt: '15s',
    firesAt: '30s',
    expected: [
      {
        labels: { component: 'region', region: 'us-east-1' },
        summary:
          'Region us-east-1 is down: everything that is timed in it fails, by 2 of 3 vantage point(s)',
      },
    ],
  },
  {
    alert: 'SenseiRegionDown',
    what: 'it was down for a moment, not two minutes ago',
    series: {
      'sensei_region_state{region="us-east-1", state="down"}': '0 1 0x8',
      'sensei_region_votes{region="us-east-1"}': '0 2 0x8',
      'sensei_region_vantage_points{region="us-east-1"}': '3x40',
    },
    silentAt: '0s',
    firesAt: '2m',
    expected: [
      {
        labels: { component: 'region', region: 'us-east-1' },
        summary:
          'Region us-east-1 is down: everything that is timed in it fails, by 2 of 3 vantage point(s)',
      },
    ],
  },
  {
    alert: 'SenseiRegionDown',
    what: 'the only exporter is lost with it: it is not back for that',
    series: {
      'sensei_region_state{region="us-east-1", state="down"}': '0 1x3 stale',
      'sensei_region_votes{region="us-east-1"}': '0 1x3 stale',
      'sensei_region_vantage_points{region="us-east-1"}': '1x4 stale',
    },
    silentAt: '0s',
    firesAt: '8m',
    expected: [
      {
        labels: { component: 'region', region: 'us-east-1' },
        summary:
          'Region us-east-1 is down: everything that is timed in it fails, by 1 of 1 vantage point(s)',
      },
    ],
  },
  {
    alert: 'SenseiRegionDown',
    what: 'it was down for a moment, more than two minutes ago',
    series: {
      'sensei_region_state{region="us-east-1", state="down"}': '0 1 0x8',
      'sensei_region_votes{region="us-east-1"}': '0 2 0x8',
      'sensei_region_vantage_points{region="us-east-1"}': '3x40',
    },
    silentAt: '2m30s',
  },
  {
    alert: 'SenseiRegionDown',
    what: 'one vantage point of three sees everything in it down',
    series: {
      'sensei_region_state{region="us-east-1", state="suspected"}': '1x20',
      'sensei_region_state{region="us-east-1", state="down"}': '0x20',
      'sensei_region_votes{region="us-east-1"}': '1x20',
      'sensei_region_vantage_points{region="us-east-1"}': '3x40',
    },
    silentAt: '5m',
  },
  {
    alert: 'SenseiRegionSuspected',
    what: 'one vantage point alone sees everything in it down',
    series: {
      'sensei_region_state{instance="east", region="us-east-1", state="suspected"}': '0 1x21',
      'sensei_region_state{instance="west", region="us-east-1", state="suspected"}': '0x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { component: 'region', region: 'us-east-1', about: 'unknown' },
        summary:
          'Region us-east-1 looks down from here, and no majority of the vantage points says so',
      },
    ],
  },
  {
    alert: 'SenseiRegionSuspected',
    what: 'something answers in the fifth minute',
    series: {
      'sensei_region_state{region="us-east-1", state="suspected"}': '0 1x19 0 1x19',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiRegionSuspected',
    what: 'the others say so too, in the fifth minute',
    series: {
      'sensei_region_state{region="us-east-1", state="suspected"}': '0 1x19 0x10',
      'sensei_region_state{region="us-east-1", state="down"}': '0 0x19 1x10',
    },
    silentAt: '5m15s',
  },
  {
    alert: 'SenseiVerdictBreached',
    what: 'a drill takes longer than the tier promises',
    series: {
      'sensei_verdict{tier="enhanced", disruption="region", objective="rto", status="met"}':
        '1 1 0 0',
      'sensei_verdict{tier="enhanced", disruption="region", objective="rto", status="breached"}':
        '0 0 1 1',
      'sensei_verdict{tier="enhanced", disruption="region", objective="rpo", status="breached"}':
        '0x3',
    },
    silentAt: '15s',
    firesAt: '30s',
    expected: [
      {
        labels: { component: 'compliance', disruption: 'region', objective: 'rto' },
        summary: 'The RTO that the enhanced tier promises for the loss of a region is breached',
      },
    ],
  },
  {
    alert: 'SenseiVerdictBreached',
    what: 'it cannot be told',
    series: {
      'sensei_verdict{tier="enhanced", disruption="zone", objective="rpo", status="indeterminate"}':
        '1x40',
      'sensei_verdict{tier="enhanced", disruption="zone", objective="rpo", status="breached"}':
        '0x40',
      'sensei_verdict{tier="enhanced", disruption="zone", objective="rto", status="no_evidence"}':
        '1x40',
      // What another tier would promise is not what was promised.
      'sensei_verdict{tier="premium", disruption="zone", objective="rpo", status="breached"}':
        '1x40',
      'sensei_verdict{tier="enhanced", disruption="zone", objective="rto", status="breached"}':
        '0x40',
    },
    silentAt: '10m',
  },
];
