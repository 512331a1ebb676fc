import type { RuleCase } from '../promtool-cases.js';

/** SLOs of the example but that of the API's availability, observed for as long as a case lasts. */
const otherSlos = [
  'api-latency',
  'cache-redundancy',
  'cache-writes',
  'documents-replication',
  'documents-rpo',
  'sensei-pg-redundancy',
  'sensei-pg-regions-region-copy',
  'sensei-pg-rpo',
  'sensei-pg-west-redundancy',
  'sensei-pg-writes',
  'us-east-1-api-capacity',
  'us-east-1-api-redundancy',
  'us-east-1-orchestrator-capacity',
  'us-east-1-orchestrator-leader',
  'us-east-1-orchestrator-redundancy',
  'us-east-1-workers-capacity',
  'us-east-1-workers-redundancy',
];
const observed = Object.fromEntries(
  otherSlos.flatMap((slo) => [
    [`sensei_slo_valid_slices_total{slo="${slo}"}`, '0+15x120'],
    [`sensei_slo_bad_slices_total{slo="${slo}"}`, '0x120'],
  ]),
);

const exporter = { component: 'exporter' };
const api = { slo: 'api-availability', component: 'api', region: 'us-east-1', about: 'unknown' };

const scrapeCases: readonly RuleCase[] = [
  {
    alert: 'SenseiExporterDown',
    what: 'neither of two answers for a minute',
    series: { 'up{instance="east:9808"}': '1 0x5', 'up{instance="west:9808"}': '0x6' },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: exporter,
        summary:
          'No exporter of sensei answers: nothing is known of its availability, recovery or exposure',
      },
    ],
  },
  {
    alert: 'SenseiExporterDown',
    what: 'the only one is started anew within the minute',
    series: { 'up{instance="east:9808"}': '1 0x3 1 0x3 1' },
    silentAt: '2m15s',
  },
  {
    alert: 'SenseiExporterDown',
    what: 'one of two answers',
    series: { 'up{instance="east:9808"}': '0x20', 'up{instance="west:9808"}': '1x20' },
    silentAt: '5m',
  },
  {
    alert: 'SenseiExporterAbsent',
    what: 'the target is lost for five minutes',
    series: { 'up{instance="east:9808"}': '1 stale' },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...exporter, job: 'sensei' },
        summary: 'Prometheus has no target with job sensei: nothing watches sensei',
      },
    ],
  },
  {
    alert: 'SenseiExporterAbsent',
    what: 'the target is there and does not answer',
    series: { 'up{instance="east:9808"}': '0x40' },
    silentAt: '10m',
  },
  {
    alert: 'SenseiExporterAbsent',
    what: 'it is found as the five minutes end, at another address, and lost again',
    series: {
      'up{instance="east:9808"}': '1 stale',
      'up{instance="other:9808"}': '_x21 1 stale',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiExporterInstanceDown',
    what: 'one of two does not answer for five minutes',
    series: { 'up{instance="east:9808"}': '1 0x21', 'up{instance="west:9808"}': '1x22' },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...exporter, instance: 'east:9808', job: 'sensei', about: 'unknown' },
        summary: 'The exporter at east:9808 has given no answer for five minutes; another one does',
      },
    ],
  },
  {
    alert: 'SenseiExporterInstanceDown',
    what: 'neither of two answers: that is another alert',
    series: { 'up{instance="east:9808"}': '0x40', 'up{instance="west:9808"}': '0x40' },
    silentAt: '10m',
  },
  {
    alert: 'SenseiExporterInstanceDown',
    what: 'each is started anew, one after the other',
    series: {
      'up{instance="east:9808"}': '1 0x19 1x20',
      'up{instance="west:9808"}': '1 1x20 0x19',
    },
    silentAt: '10m15s',
  },
];

const observationCases: readonly RuleCase[] = [
  {
    alert: 'SenseiCollectorFailing',
    what: 'collections fail for five minutes at both vantage points, most of them for one reason',
    series: {
      'sensei_collector_success{instance="east", kind="lb", target="api"}': '1 0x21',
      'sensei_collector_success{instance="west", kind="lb", target="api"}': '0x22',
      'sensei_target_info{instance="east", kind="lb", target="api", component="api", region="us-east-1", zone="a"}':
        '1x22',
      'sensei_target_info{instance="west", kind="lb", target="api", component="api", region="us-east-1", zone="a"}':
        '1x22',
      'sensei_collector_failures_total{instance="east", kind="lb", target="api", reason="connect"}':
        '0+1x22',
      'sensei_collector_failures_total{instance="east", kind="lb", target="api", reason="timeout"}':
        '0+14x22',
      'sensei_collector_failures_total{instance="east", kind="lb", target="other", reason="tls"}':
        '0+99x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: {
          kind: 'lb',
          target: 'api',
          component: 'api',
          region: 'us-east-1',
          about: 'unknown',
        },
        summary: 'Collections of lb/api have failed for five minutes: timeout',
      },
    ],
  },
  {
    alert: 'SenseiCollectorFailing',
    what: 'a target without a region, for a reason that was not counted',
    series: {
      'sensei_collector_success{kind="objects", target="documents"}': '1 0x21',
      'sensei_target_info{kind="objects", target="documents", component="objects"}': '1x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { kind: 'objects', target: 'documents', component: 'objects', about: 'unknown' },
        summary: 'Collections of objects/documents have failed for five minutes: reason unknown',
      },
    ],
  },
  {
    alert: 'SenseiCollectorFailing',
    what: 'one of two vantage points gets an answer, once in five minutes',
    series: {
      'sensei_collector_success{instance="east", kind="lb", target="api"}': '0x40',
      'sensei_collector_success{instance="west", kind="lb", target="api"}': '1 0x19 1 0x19',
      'sensei_target_info{instance="east", kind="lb", target="api", component="api", region="us-east-1"}':
        '1x40',
      'sensei_target_info{instance="west", kind="lb", target="api", component="api", region="us-east-1"}':
        '1x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiCollectorFailing',
    what: 'the target is taken out of the configuration as the five minutes end',
    series: {
      'sensei_collector_success{kind="lb", target="api"}': '1 0x19 stale',
      'sensei_target_info{kind="lb", target="api", component="api", region="us-east-1"}':
        '1x20 stale',
    },
    silentAt: '5m15s',
  },
  {
    alert: 'SenseiCoverageLow',
    what: 'less than nine tenths of the last hour were observed for a quarter of an hour',
    interval: '1m',
    series: {
      'sensei_slo_coverage_ratio{slo="api-availability", window="1h"}': '0.9 0.89x15',
    },
    silentAt: '15m',
    firesAt: '16m',
    expected: [
      {
        labels: api,
        summary: 'Only 89% of the last hour of api-availability was observed',
      },
    ],
  },
  {
    alert: 'SenseiCoverageLow',
    what: 'exactly nine tenths, and less of another window',
    interval: '1m',
    series: {
      'sensei_slo_coverage_ratio{slo="api-availability", window="1h"}': '0.9x40',
      'sensei_slo_coverage_ratio{slo="api-availability", window="1d"}': '0.5x40',
    },
    silentAt: '40m',
  },
  {
    alert: 'SenseiCoverageLow',
    what: 'one of two vantage points observed enough',
    interval: '1m',
    series: {
      'sensei_slo_coverage_ratio{instance="east", slo="api-availability", window="1h"}': '0.2x40',
      'sensei_slo_coverage_ratio{instance="west", slo="api-availability", window="1h"}': '0.95x40',
    },
    silentAt: '40m',
  },
  {
    alert: 'SenseiSloUnobserved',
    what: 'nothing is counted any more after five minutes',
    series: {
      ...observed,
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+15x20 300x100',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x120',
      'sensei_slo_excluded_slices_total{slo="api-availability"}': '900x120',
    },
    // For five minutes more there is a rate, and then it must last for ten.
    silentAt: '19m45s',
    firesAt: '20m',
    expected: [
      {
        labels: {
          ...api,
          sloth_id: 'sensei-api-availability',
          sloth_service: 'sensei',
          sloth_slo: 'api-availability',
          type: 'availability',
          period: '30d',
        },
        summary:
          'Nothing has been observed of api-availability for ten minutes, and it is not in maintenance',
      },
    ],
  },
  {
    alert: 'SenseiSloUnobserved',
    what: 'a maintenance window is under way',
    series: {
      ...observed,
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+15x20 300x100',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x120',
      'sensei_slo_excluded_slices_total{slo="api-availability"}': '0x20 0+15x100',
    },
    silentAt: '30m',
  },
  {
    alert: 'SenseiSloUnobserved',
    what: 'one of two vantage points has lost the target',
    series: {
      ...observed,
      'sensei_slo_valid_slices_total{instance="east", slo="api-availability"}': '0+15x20 stale',
      'sensei_slo_bad_slices_total{instance="east", slo="api-availability"}': '0x20 stale',
      'sensei_slo_valid_slices_total{instance="west", slo="api-availability"}': '0+15x120',
      'sensei_slo_bad_slices_total{instance="west", slo="api-availability"}': '0x120',
    },
    silentAt: '30m',
  },
  {
    alert: 'SenseiSloUnobserved',
    what: 'a slice is counted as the ten minutes end',
    series: {
      ...observed,
      'sensei_slo_valid_slices_total{slo="api-availability"}': '0+15x20 300x58 301x42',
      'sensei_slo_bad_slices_total{slo="api-availability"}': '0x120',
    },
    silentAt: '30m',
  },
  {
    alert: 'SenseiRulesOutOfDate',
    what: 'an SLO that was added is measured for ten minutes',
    series: {
      'sensei_slo_info{slo="api-availability", sli="lb/api/availability", type="availability", component="api", region="us-east-1", period="30d"}':
        '1x41',
      'sensei_slo_info{instance="east", slo="web-availability", sli="lb/web/availability", type="availability", component="web", region="us-east-1", period="30d"}':
        '_ 1x40',
      'sensei_slo_info{instance="west", slo="web-availability", sli="lb/web/availability", type="availability", component="web", region="us-east-1", period="30d"}':
        '_ 1x40',
    },
    silentAt: '10m',
    firesAt: '10m15s',
    expected: [
      {
        labels: { ...exporter, slo: 'web-availability' },
        summary:
          'web-availability is measured, and the rules know nothing of it: no alert on it can fire',
      },
    ],
  },
  {
    alert: 'SenseiRulesOutOfDate',
    what: 'it is taken out as the ten minutes end',
    series: {
      'sensei_slo_info{slo="api-availability", sli="lb/api/availability", type="availability", component="api", region="us-east-1", period="30d"}':
        '1x80',
      'sensei_slo_info{slo="web-availability", sli="lb/web/availability", type="availability", component="web", region="us-east-1", period="30d"}':
        '_ 1x39 stale',
    },
    silentAt: '10m15s',
  },
];

const ownCases: readonly RuleCase[] = [
  {
    alert: 'SenseiStoreFailing',
    what: 'the store of one of two does not answer for five minutes',
    series: {
      'sensei_store_up{instance="east:9808"}': '1 0x21',
      'sensei_store_up{instance="west:9808"}': '1x22',
      'sensei_store_queue_rows{instance="east:9808"}': '0+12x22',
      'sensei_store_queue_rows{instance="west:9808"}': '7000x22',
    },
    silentAt: '5m',
    firesAt: '5m15s',
    expected: [
      {
        labels: { ...exporter, instance: 'east:9808' },
        summary:
          'The history store of the exporter at east:9808 has not answered for five minutes; 252 rows wait',
      },
    ],
  },
  {
    alert: 'SenseiStoreFailing',
    what: 'it answers as the five minutes end, then that of the other does not',
    series: {
      'sensei_store_up{instance="east:9808"}': '1 0x19 1x20',
      'sensei_store_up{instance="west:9808"}': '1 1x20 0x19',
      'sensei_store_queue_rows{instance="east:9808"}': '0+12x40',
    },
    silentAt: '10m15s',
  },
  {
    alert: 'SenseiStoreLosingRows',
    what: 'rows of two tables are given up',
    series: {
      'sensei_store_lost_rows_total{instance="east:9808", table="slices"}': '0x4 7x4',
      'sensei_store_lost_rows_total{instance="east:9808", table="events"}': '0x4 3x4',
      'sensei_store_lost_rows_total{instance="west:9808", table="slices"}': '40x8',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: { ...exporter, instance: 'east:9808' },
        summary:
          'The exporter at east:9808 gave up 10 rows of history: too many waited for the store',
      },
    ],
  },
  {
    alert: 'SenseiStoreLosingRows',
    what: 'rows were given up more than a quarter of an hour ago, and others before a new start',
    series: {
      'sensei_store_lost_rows_total{instance="east:9808", table="slices"}': '0 7x70',
      'sensei_store_lost_rows_total{instance="west:9808", table="slices"}': '9x40 0x30',
    },
    silentAt: '15m30s',
  },
  {
    alert: 'SenseiConfigReloadFailed',
    what: 'a file with a fault stays for a minute',
    series: {
      'sensei_config_last_reload_successful{instance="east:9808"}': '1 0x5',
      'sensei_config_last_reload_successful{instance="west:9808"}': '1x6',
    },
    silentAt: '1m',
    firesAt: '1m15s',
    expected: [
      {
        labels: { ...exporter, instance: 'east:9808' },
        summary:
          'The exporter at east:9808 could not load its configuration and goes on with the one before',
      },
    ],
  },
  {
    alert: 'SenseiConfigReloadFailed',
    what: 'it is mended as the minute ends, first at one exporter and then at the other',
    series: {
      'sensei_config_last_reload_successful{instance="east:9808"}': '1 0x3 1x4',
      'sensei_config_last_reload_successful{instance="west:9808"}': '1 1x3 0x3 1',
    },
    silentAt: '2m',
  },
  {
    alert: 'SenseiPeerDown',
    what: 'one of two peers is not heard for ten minutes',
    series: {
      'sensei_peer_up{instance="east:9808", peer="west"}': '1 0x41',
      'sensei_peer_up{instance="east:9808", peer="third"}': '1x42',
      'sensei_peer_up{instance="third:9808", peer="west"}': '1x42',
    },
    silentAt: '10m',
    firesAt: '10m15s',
    expected: [
      {
        labels: { ...exporter, instance: 'east:9808', peer: 'west', about: 'unknown' },
        summary: 'The exporter at east:9808 has not heard from its peer west for ten minutes',
      },
    ],
  },
  {
    alert: 'SenseiPeerDown',
    what: 'it is heard as the ten minutes end, then the other one is not',
    series: {
      'sensei_peer_up{instance="east:9808", peer="west"}': '1 0x39 1x40',
      'sensei_peer_up{instance="east:9808", peer="third"}': '1 1x40 0x39',
    },
    silentAt: '20m15s',
  },
  {
    alert: 'SenseiWatchdog',
    what: 'from the first evaluation on',
    series: { 'up{instance="east:9808"}': '0' },
    firesAt: '0s',
    expected: [
      {
        labels: exporter,
        summary: 'Always firing: that it arrives shows that Prometheus and Alertmanager work',
      },
    ],
  },
];

/** The exporter itself, and whether what it should see is seen. */
export const exporterCases: readonly RuleCase[] = [
  ...scrapeCases,
  ...observationCases,
  ...ownCases,
];
