import type { RuleCase } from '../promtool-cases.js';

const api = {
  sloth_id: 'sensei-api-availability',
  sloth_service: 'sensei',
  sloth_slo: 'api-availability',
  slo: 'api-availability',
  component: 'api',
  region: 'us-east-1',
  sloth_severity: 'page',
  period: '30d',
};
const redundancy = {
  sloth_id: 'sensei-sensei-pg-redundancy',
  sloth_service: 'sensei',
  sloth_slo: 'sensei-pg-redundancy',
  slo: 'sensei-pg-redundancy',
  component: 'postgresql',
  region: 'us-east-1',
  sloth_severity: 'ticket',
  period: '30d',
};

/**
 * Error budgets. A case lasts for hours, so that windows of days and of the period are as long as what
 * was recorded since its beginning.
 */
export const burnCases: readonly RuleCase[] = [
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'five good hours, and a minute of outage',
    interval: '1m',
    series: {
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+60x301',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x300 60',
    },
    silentAt: '5h',
    firesAt: '5h1m',
    expected: [
      {
        labels: api,
        summary:
          'api-availability spends its error budget 16.7 times as fast as it may; 33.11% of the 30d budget is left',
      },
    ],
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'an outage of 52 s is more than 14.4 times the budget of an hour',
    series: {
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+15x245',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x240 15 30 45 52 52',
    },
    silentAt: '1h45s',
    firesAt: '1h1m',
    expected: [
      {
        labels: api,
        // 15 + 30 + 45 + 52 of 15 * (1 + ... + 20) + 300 * 224, all counted once a step.
        summary:
          'api-availability spends its error budget 14.4 times as fast as it may; -101.8% of the 30d budget is left',
      },
    ],
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'an outage of 51 s is just below',
    series: {
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+15x248',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x240 15 30 45 51x4',
    },
    silentAt: '1h2m',
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'thirteen times the budget fires late, by the window of six hours',
    interval: '1m',
    series: {
      'sensei_slo_valid_slices_total{slo="sensei-pg-writes"}': '0+600x112',
      'sensei_slo_bad_slices_total{slo="sensei-pg-writes"}': '0x60 8+8x51',
    },
    silentAt: '1h51m',
    firesAt: '1h52m',
    expected: [
      {
        labels: {
          ...api,
          sloth_id: 'sensei-sensei-pg-writes',
          sloth_slo: 'sensei-pg-writes',
          slo: 'sensei-pg-writes',
          component: 'postgresql',
        },
        // 2000 bad of 330000, by the recorded increases.
        summary:
          'sensei-pg-writes spends its error budget 6.1 times as fast as it may; -506.1% of the 30d budget is left',
      },
    ],
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'the last five minutes are clean again',
    interval: '1m',
    series: {
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+60x306',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x300 60x5',
    },
    silentAt: '5h6m',
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'one of two vantage points sees the minute of outage, the other nothing',
    interval: '1m',
    series: {
      'sensei_slo_valid_slices_total{instance="east", slo="api-availability"}': '0+60x303',
      'sensei_slo_bad_slices_total{instance="east", slo="api-availability"}': '0x300 60x2',
      'sensei_slo_valid_slices_total{instance="west", slo="api-availability"}': '0+60x303',
      'sensei_slo_bad_slices_total{instance="west", slo="api-availability"}': '0x303',
    },
    silentAt: '5h2m',
  },
  {
    alert: 'SenseiErrorBudgetBurnFast',
    what: 'a standby is missing: the budget of redundancy does not page',
    interval: '1m',
    series: {
      'sensei_slo_valid_slices_total{slo="sensei-pg-redundancy"}': '0+60x90',
      'sensei_slo_bad_slices_total{slo="sensei-pg-redundancy"}': '0x60 60+60x29',
    },
    silentAt: '1h30m',
  },
  {
    alert: 'SenseiErrorBudgetBurnSlow',
    what: 'a good day, and ten times the budget for seven hours',
    // As often as the increases are recorded, so that they do not overlap.
    interval: '5m',
    series: {
      'sensei_slo_valid_slices_total{slo="sensei-pg-redundancy"}': '0+60x390',
      'sensei_slo_bad_slices_total{slo="sensei-pg-redundancy"}': '0x288 6+6x100',
    },
    // 86 of 288 steps at ten times are 2.99 times; 87 are 3.02.
    silentAt: '31h10m',
    firesAt: '31h15m',
    expected: [
      {
        labels: redundancy,
        summary:
          'sensei-pg-redundancy has spent its error budget 3.0 times as fast as it may for days; -132% of the 30d budget is left',
      },
    ],
  },
  {
    alert: 'SenseiErrorBudgetBurnSlow',
    what: 'one slice in a hundred is bad, as one may be',
    interval: '100s',
    series: {
      'sensei_slo_valid_slices_total{slo="sensei-pg-redundancy"}': '0+100x108',
      'sensei_slo_bad_slices_total{slo="sensei-pg-redundancy"}': '0+1x108',
    },
    silentAt: '3h',
  },
  {
    alert: 'SenseiErrorBudgetBurnSlow',
    what: 'two vantage points see as much bad as they may, together',
    interval: '100s',
    series: {
      'sensei_slo_valid_slices_total{instance="east", slo="sensei-pg-redundancy"}': '0+100x108',
      'sensei_slo_bad_slices_total{instance="east", slo="sensei-pg-redundancy"}': '0+2x108',
      'sensei_slo_valid_slices_total{instance="west", slo="sensei-pg-redundancy"}': '0+100x108',
      'sensei_slo_bad_slices_total{instance="west", slo="sensei-pg-redundancy"}': '0x108',
    },
    silentAt: '3h',
  },
];
