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
];
