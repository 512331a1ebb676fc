import { dashboards } from '../alerts/rule.js';
import { infoName } from '../alerts/recording-rules.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { failureTable } from './failures.js';
import { noneIsBetter, noneIsGood } from './limits.js';
import { asking, ofProcess, recorded } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { heat, lines, states } from './time.js';
import { upDown, yesNo } from './words.js';

const { most, least, rate, increase, age, bucket } = asking();
const collector = ['kind', 'target'] as const;

const health: Section = {
  title: 'Health',
  panels: [
    stat({
      title: 'Exporters up',
      unit: 'percentunit',
      description:
        'Of those that Prometheus should reach. At 0 % nothing is known, and no other alert can fire.',
      width: 4,
      decimals: 0,
      limits: ['bad', [0.001, 'doubtful'], [1, 'good']],
      none: 'Unknown',
      queries: [{ expr: `avg(${ofProcess('up')})`, legend: 'up' }],
    }),
    stat({
      title: 'Configuration',
      description:
        'Whether the last attempt to load it succeeded. When not, the one before is in force, and a restart would fail.',
      width: 4,
      words: { 1: ['Loaded', 'good'], 0: ['Faulty', 'bad'] },
      none: 'Unknown',
      queries: [{ expr: least('sensei_config_last_reload_successful', []) }],
    }),
    stat({
      title: 'Warnings',
      description: 'Contradictions in the configuration. `sensei config check` names them.',
      width: 4,
      limits: noneIsBetter,
      none: 'Unknown',
      queries: [{ expr: most('sensei_config_warnings', []) }],
    }),
    stat({
      title: 'Loaded',
      description: 'How long ago the configuration in force was loaded, by the newest exporter.',
      width: 4,
      none: 'Unknown',
      queries: [
        {
          expr: age('sensei_config_last_reload_success_timestamp_seconds', []),
          legend: 'Loaded',
        },
      ],
    }),
    stat({
      title: 'SLOs without rules',
      description:
        'SLOs that are measured and that the rules in Prometheus know nothing of: make the rules again and reload.',
      width: 4,
      limits: noneIsGood,
      none: 'Unknown',
      queries: [
        {
          expr: `count(${most('sensei_slo_info', ['slo'])}\nunless on (slo) ${recorded(infoName)})\nor 0 * count(${most('sensei_slo_info', ['slo'])})`,
        },
      ],
    }),
    stat({
      title: 'Running for',
      unit: 's',
      description:
        'Since the newest of the exporters was started. Its memory of windows begins in the store.',
      width: 4,
      none: 'Unknown',
      queries: [
        {
          expr: `min(time() - ${ofProcess('process_start_time_seconds')})`,
          legend: 'Running for',
        },
      ],
    }),
    states({
      title: 'Exporters',
      description:
        'Whether Prometheus reaches each exporter. While all are down nothing is known, and no other alert can fire.',
      width: 7,
      height: 5,
      words: upDown,
      queries: [{ expr: `max by (instance) (${ofProcess('up')})`, legend: '{{instance}}' }],
    }),
    table({
      title: 'Builds',
      description: 'Version of each exporter and of Node. They should be the same.',
      width: 8,
      height: 5,
      rows: { instance: 'Instance', version: 'Version', node_version: 'Node' },
      columns: [
        {
          name: 'Build',
          expr: most('sensei_build_info', ['instance', 'version', 'node_version']),
          hidden: true,
        },
      ],
    }),
    states({
      title: 'Peers',
      description:
        'Whether each exporter hears from the others. Without a majority a region that looks down is only suspected.',
      width: 9,
      none: 'No peer is configured',
      height: 5,
      words: upDown,
      queries: [
        {
          expr: least('sensei_peer_up', ['instance', 'peer']),
          legend: '{{peer}} by {{instance}}',
        },
      ],
    }),
  ],
};

const collections: Section = {
  title: 'Collections',
  panels: [
    table({
      title: 'Targets',
      description:
        'Every target with its last collection. One that fails has no metrics, and its SLIs are unknown: `sensei probe KIND/TARGET` shows what was said.',
      width: 24,
      height: 16,
      rows: {
        kind: 'Kind',
        target: 'Target',
        component: 'Component',
        region: 'Region',
        zone: 'Zone',
      },
      columns: [
        {
          name: 'Target info',
          expr: most('sensei_target_info', ['kind', 'target', 'component', 'region', 'zone']),
          hidden: true,
        },
        {
          name: 'Last',
          expr: least('sensei_collector_success', collector),
          words: { 1: ['Good', 'good'], 0: ['Failed', 'bad'] },
        },
        {
          name: 'Last good one',
          expr: age('sensei_collector_last_success_timestamp_seconds', collector),
        },
        { name: 'Took', expr: most('sensei_collector_duration_seconds', collector) },
        { name: 'Every', expr: most('sensei_collector_interval_seconds', collector) },
      ],
      widths: { Target: 180 },
      sort: ['Last', 'lowest'],
    }),
    lines({
      title: 'Failures by kind',
      description: 'Collections a second that gave no answer. The table tells which, and why.',
      width: 8,
      unit: 'ops',
      min: 0,
      queries: [{ expr: rate('sensei_collector_failures_total', ['kind']), legend: '{{kind}}' }],
    }),
    failureTable({
      title: 'Failures by target and reason',
      description:
        'Collections without an answer, in the time that is shown. Connect and dns: it cannot be reached; auth: rights; timeout: it hangs.',
      width: 8,
      rows: { kind: 'Kind', target: 'Target', reason: 'Reason' },
      none: 'Unknown',
      expr: increase('sensei_collector_failures_total', ['kind', 'target', 'reason']),
    }),
    lines({
      title: 'Attempts by kind',
      description: 'Collections a second. They should keep to the intervals whatever happens.',
      width: 8,
      unit: 'ops',
      min: 0,
      queries: [{ expr: rate('sensei_collector_attempts_total', ['kind']), legend: '{{kind}}' }],
    }),
    lines({
      title: 'Duration by kind',
      description: 'Of the slowest target of each kind, at its last collection.',
      width: 8,
      min: 0,
      queries: [{ expr: most('sensei_collector_duration_seconds', ['kind']), legend: '{{kind}}' }],
    }),
    heat({
      title: 'Start delay',
      description:
        'How late collections begin. Late ones mean too little CPU: what is measured is then later than it says.',
      width: 8,
      queries: [
        {
          expr: `sum by (le) (increase(${bucket('sensei_collector_start_delay_seconds')}[$__rate_interval]))`,
          legend: '{{le}}',
        },
      ],
    }),
    lines({
      title: 'Observations by outcome',
      description: 'SLI observations a second. Unknown ones count neither way.',
      width: 8,
      unit: 'ops',
      min: 0,
      stacked: true,
      queries: [{ expr: rate('sensei_observations_total', ['outcome']), legend: '{{outcome}}' }],
      colors: { good: 'good', bad: 'bad', unknown: 'unknown', excluded: 'second' },
    }),
  ],
};

const store: Section = {
  title: 'History store',
  panels: [
    table({
      title: 'Store',
      description:
        'Each exporter and its store. While it does not answer rows wait in memory, and are given up when too many do.',
      width: 16,
      none: 'Nothing is known of a store',
      height: 5,
      rows: { instance: 'Instance' },
      columns: [
        { name: 'Answers', expr: least('sensei_store_up', ['instance']), words: yesNo },
        {
          name: 'Writes to it',
          expr: most('sensei_store_recorder', ['instance']),
          words: { 0: ['No', 'unknown'], 1: ['Yes', 'good'] },
        },
        { name: 'Rows waiting', expr: most('sensei_store_queue_rows', ['instance']) },
        {
          name: 'Last write',
          expr: age('sensei_store_last_write_timestamp_seconds', ['instance']),
        },
        { name: 'Size', expr: most('sensei_store_size_bytes', ['instance']) },
      ],
    }),
    failureTable({
      title: 'Rows lost',
      description:
        'Rows that were given up in the time that is shown, by table. The evidence of that time has holes.',
      width: 8,
      height: 5,
      rows: { instance: 'Instance', table: 'Table' },
      expr: increase('sensei_store_lost_rows_total', ['instance', 'table']),
      counted: 'Rows',
    }),
    lines({
      title: 'Rows waiting',
      description: 'It should fall back to 0 again and again.',
      width: 8,
      min: 0,
      queries: [{ expr: most('sensei_store_queue_rows', ['instance']), legend: '{{instance}}' }],
    }),
    lines({
      title: 'Writes and failures',
      description:
        'Transactions a second that were written, and attempts that failed. Failures: look at the disk and at who holds the lock.',
      width: 8,
      unit: 'ops',
      min: 0,
      colors: { '/^writes/': 'first', '/^failures/': 'bad' },
      queries: [
        { expr: rate('sensei_store_writes_total', ['instance']), legend: 'writes {{instance}}' },
        {
          expr: rate('sensei_store_failures_total', ['instance']),
          legend: 'failures {{instance}}',
        },
      ],
    }),
    lines({
      title: 'Size on disk',
      description: 'It levels off when what is past the retention time is removed.',
      width: 8,
      min: 0,
      queries: [{ expr: most('sensei_store_size_bytes', ['instance']), legend: '{{instance}}' }],
    }),
  ],
};

const node: Section = {
  title: 'Process',
  panels: [
    lines({
      title: 'Event loop lag',
      unit: 's',
      description:
        'How long the process did not come to its work. Above some 100 ms probes are timed too long.',
      width: 6,
      min: 0,
      colors: { '/^99 %/': 'third', '/^median/': 'first' },
      queries: [
        { expr: ofProcess('nodejs_eventloop_lag_p99_seconds'), legend: '99 % {{instance}}' },
        { expr: ofProcess('nodejs_eventloop_lag_p50_seconds'), legend: 'median {{instance}}' },
      ],
    }),
    lines({
      title: 'Memory',
      unit: 'bytes',
      description: 'It should level off. A steady rise is a leak: tell us.',
      width: 6,
      min: 0,
      colors: { '/^resident/': 'first', '/^heap/': 'second' },
      queries: [
        { expr: ofProcess('process_resident_memory_bytes'), legend: 'resident {{instance}}' },
        { expr: ofProcess('nodejs_heap_size_used_bytes'), legend: 'heap {{instance}}' },
      ],
    }),
    lines({
      title: 'CPU',
      unit: 'percentunit',
      description: 'Seconds of CPU a second: 1 is all of one core, and then collections are late.',
      width: 6,
      min: 0,
      queries: [
        {
          expr: `rate(${ofProcess('process_cpu_seconds_total')}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
    }),
    lines({
      title: 'File descriptors',
      unit: 'percentunit',
      description: 'Open ones as a share of as many as there may be. Near 100 % probes fail.',
      width: 6,
      min: 0,
      queries: [
        {
          expr: `${ofProcess('process_open_fds')}\n/ ${ofProcess('process_max_fds')}`,
          legend: '{{instance}}',
        },
      ],
    }),
  ],
};

export const exporter: DashboardSpec = {
  uid: dashboards.exporter,
  title: 'Sensei: Exporter',
  description:
    'The exporter itself: is it up, does it see what it should, can it keep its records.',
  variables: [],
  sections: [health, collections, store, node],
};
