import type { RuleCase } from '../promtool-cases.js';

const compliance = { component: 'compliance' };

const overdueCases: readonly RuleCase[] = [
  {
    alert: 'SenseiDrillOverdue',
    what: 'an instance was lost in a drill more than 31 days ago',
    interval: '1m',
    series: {
      sensei_store_up: '1x61',
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '-2678400x61',
      'sensei_drill_last_timestamp_seconds{scenario="node"}': '-2678400x61',
      'sensei_drill_last_timestamp_seconds{scenario="zone"}': '-2678400x61',
      'sensei_drill_last_timestamp_seconds{scenario="region"}': '-2678400x61',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'pod' },
        summary:
          'The loss of an instance was last exercised 31d 1h 1m 0s ago; a drill is due every 31d',
      },
    ],
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'a node and a zone were lost in drills more than 92 days ago',
    interval: '1m',
    series: {
      sensei_store_up: '1x61',
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '0x61',
      'sensei_drill_last_timestamp_seconds{scenario="node"}': '-7948800x61',
      'sensei_drill_last_timestamp_seconds{scenario="zone"}': '-7948800x61',
      'sensei_drill_last_timestamp_seconds{scenario="region"}': '-7948800x61',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'node' },
        summary: 'The loss of a node was last exercised 92d 1h 1m 0s ago; a drill is due every 92d',
      },
      {
        labels: { ...compliance, scenario: 'zone' },
        summary: 'The loss of a zone was last exercised 92d 1h 1m 0s ago; a drill is due every 92d',
      },
    ],
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'a region was lost in a drill more than 366 days ago, as both vantage points know',
    interval: '1m',
    series: {
      'sensei_store_up{instance="east"}': '1x61',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="pod"}': '0x61',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="node"}': '0x61',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="zone"}': '0x61',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="region"}': '-31622400x61',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="region"}': '-39999999x61',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'region' },
        summary:
          'The loss of a region was last exercised 366d 1h 1m 0s ago; a drill is due every 366d',
      },
    ],
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'the store answers, and has no drill of a region',
    interval: '1m',
    series: {
      sensei_store_up: '0 1x61',
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '0x62',
      'sensei_drill_last_timestamp_seconds{scenario="node"}': '0x62',
      'sensei_drill_last_timestamp_seconds{scenario="zone"}': '0x62',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'region' },
        summary:
          'The loss of a region was never exercised with a result that counts; a drill is due every 366d',
      },
    ],
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'drills are made as the hour ends, and one of two vantage points knows of them',
    interval: '1m',
    series: {
      'sensei_store_up{instance="east"}': '1x120',
      'sensei_store_up{instance="west"}': '1x120',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="pod"}': '-2678400x120',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="pod"}': '-2678400x60 3600x59',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="node"}': '-7948800x120',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="node"}':
        '-7948800x60 3600x59',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="zone"}': '-7948800x120',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="zone"}':
        '-7948800x60 3600x59',
      'sensei_drill_last_timestamp_seconds{instance="east", scenario="region"}': '-31622400x120',
      'sensei_drill_last_timestamp_seconds{instance="west", scenario="region"}':
        '-31622400x60 3600x59',
    },
    silentAt: '1h1m',
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'the store does not answer: what it has is not known',
    interval: '1m',
    series: {
      sensei_store_up: '1x50 0x70',
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '0x40 stale',
    },
    silentAt: '2h',
  },
  {
    alert: 'SenseiDrillOverdue',
    what: 'a drill that proved nothing, and one of another configuration, put nothing off',
    interval: '1m',
    series: {
      sensei_store_up: '0 1x61',
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '-2678400x61',
      'sensei_drill_recorded_timestamp_seconds{scenario="pod"}': '0x61',
      'sensei_drill_verdict{scenario="pod", verdict="inconclusive"}': '1x61',
      'sensei_drill_last_timestamp_seconds{scenario="node"}': '0x61',
      'sensei_drill_last_timestamp_seconds{scenario="zone"}': '0x61',
      'sensei_drill_recorded_timestamp_seconds{scenario="region"}': '0x61',
      'sensei_drill_verdict{scenario="region", verdict="stale"}': '1x61',
    },
    silentAt: '1h',
    firesAt: '1h1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'pod' },
        summary:
          'The loss of an instance was last exercised 31d 1h 1m 0s ago; a drill is due every 31d',
      },
      {
        labels: { ...compliance, scenario: 'region' },
        summary:
          'The loss of a region was never exercised with a result that counts; a drill is due every 366d',
      },
    ],
  },
];

const failedCases: readonly RuleCase[] = [
  {
    alert: 'SenseiDrillFailed',
    what: 'the drill of a region took too long, and the one of a zone before it did not',
    series: {
      'sensei_drill_recorded_timestamp_seconds{scenario="zone"}': '-7200x20',
      'sensei_drill_verdict{scenario="zone", verdict="pass"}': '1x20',
      'sensei_drill_verdict{scenario="zone", verdict="fail"}': '0x20',
      'sensei_drill_recorded_timestamp_seconds{scenario="region"}': '-90000x3 -3600x17',
      'sensei_drill_verdict{scenario="region", verdict="pass"}': '1x3 0x17',
      'sensei_drill_verdict{scenario="region", verdict="fail"}': '0x3 1x17',
    },
    silentAt: '45s',
    firesAt: '1m',
    expected: [
      {
        labels: { ...compliance, scenario: 'region', disruption: 'region' },
        summary:
          'Scenario region: the newest drill, 1h 1m 0s ago, failed: recovery took longer than is promised',
      },
    ],
  },
  {
    alert: 'SenseiDrillFailed',
    what: 'a newer one passed, as one of two vantage points knows',
    series: {
      'sensei_drill_recorded_timestamp_seconds{instance="east", scenario="region"}': '-90000x40',
      'sensei_drill_verdict{instance="east", scenario="region", verdict="fail"}': '1x40',
      'sensei_drill_recorded_timestamp_seconds{instance="west", scenario="region"}': '-3600x40',
      'sensei_drill_verdict{instance="west", scenario="region", verdict="fail"}': '0x40',
      'sensei_drill_verdict{instance="west", scenario="region", verdict="pass"}': '1x40',
    },
    silentAt: '10m',
  },
];

const inconclusiveCases: readonly RuleCase[] = [
  {
    alert: 'SenseiDrillInconclusive',
    what: 'a newer drill of an instance hit nothing, as one of two vantage points knows',
    series: {
      'sensei_drill_last_timestamp_seconds{scenario="pod"}': '-90000x20',
      'sensei_drill_recorded_timestamp_seconds{instance="east", scenario="pod"}': '-90000x20',
      'sensei_drill_verdict{instance="east", scenario="pod", verdict="pass"}': '1x20',
      'sensei_drill_verdict{instance="east", scenario="pod", verdict="inconclusive"}': '0x20',
      'sensei_drill_recorded_timestamp_seconds{instance="west", scenario="pod"}': '-90000x7 -60x13',
      'sensei_drill_verdict{instance="west", scenario="pod", verdict="inconclusive"}': '0x7 1x13',
    },
    silentAt: '1m45s',
    firesAt: '2m',
    expected: [
      {
        labels: { ...compliance, scenario: 'pod' },
        summary: 'Scenario pod: the newest drill, 3m 0s ago, proves nothing',
      },
    ],
  },
  {
    alert: 'SenseiDrillInconclusive',
    what: 'what it was is too old, or of another configuration: that a drill is due says so',
    series: {
      'sensei_drill_recorded_timestamp_seconds{scenario="pod"}': '-90000x40',
      'sensei_drill_verdict{scenario="pod", verdict="stale"}': '1x40',
      'sensei_drill_verdict{scenario="pod", verdict="inconclusive"}': '0x40',
    },
    silentAt: '10m',
  },
];

/** What was exercised, and what was not. */
export const drillCases: readonly RuleCase[] = [
  ...overdueCases,
  ...failedCases,
  ...inconclusiveCases,
];
