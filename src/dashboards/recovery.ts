import { highest } from '../alerts/promql.js';
import { dashboards } from '../alerts/rule.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { drillsTable } from './drills.js';
import { toSlo } from './links.js';
import { openOutages } from './open-outages.js';
import { noneIsGood, shareOfTarget } from './limits.js';
import { classTexts, scenarioTexts } from './names.js';
import { tierNames } from '../slo/tiers.js';
import { asking } from './selector.js';
import { bars, stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { disruptionTexts, verdict } from './verdicts.js';
import { verdictWords } from './words.js';

const { most, increase, bucket, count } = asking();
const low = most('sensei_outage_recovery_seconds', ['slo'], { bound: 'low' });
const high = most('sensei_outage_recovery_seconds', ['slo'], { bound: 'high' });
const target = most('sensei_recovery_target_seconds', ['slo']);
const byKind = ['component', 'scenario'] as const;

const now: Section = {
  title: 'Now',
  panels: [
    stat({
      title: 'Open outages',
      description: 'SLOs whose outage is under way.',
      width: 6,
      height: 5,
      queries: [{ expr: `sum(${most('sensei_outage_open', ['slo'])})` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Targets missed',
      description:
        'Outages that ended in the time that is shown and certainly lasted longer than their target.',
      width: 6,
      height: 5,
      decimals: 0,
      queries: [{ expr: increase('sensei_recovery_target_breaches_total', []) }],
      limits: ['good', [0.5, 'bad']],
      none: 'Unknown',
    }),
    openOutages(12, 5),
    states({
      title: 'Outages',
      description:
        'When an outage of each SLO was open. Several that begin together have one cause: look at what is largest, a region or a zone.',
      width: 24,
      height: 10,
      showValue: false,
      words: { 0: ['None', 'good'], 1: ['Outage', 'bad'] },
      queries: [{ expr: most('sensei_outage_open', ['slo']), legend: '{{slo}}' }],
    }),
  ],
};

const times: Section = {
  title: 'Recovery times',
  panels: [
    table({
      title: 'Last outage of each SLO',
      description:
        'It took at least low and at most high, since probes only see the instants at which they ask. Missed for certain only when the least is above the target; the share is that of the least.',
      width: 14,
      height: 11,
      none: 'No outage yet',
      rows: { slo: 'SLO' },
      columns: [
        { name: 'At least', expr: low },
        { name: 'At most', expr: high },
        { name: 'Target', expr: `${target}\nand on (slo) ${low}` },
        {
          name: 'Share of target',
          unit: 'percentunit',
          expr: `${low}\n/ on (slo) ${target}`,
          decimals: 0,
          limits: shareOfTarget,
        },
      ],
      sort: ['Share of target', 'highest'],
      links: { SLO: [toSlo] },
    }),
    lines({
      title: 'Recovery times of the last outages',
      description:
        'Blue: at least; amber: at most. Steps are outages that ended. Point at a line for its SLO; the table has the targets.',
      width: 10,
      height: 11,
      logarithmic: true,
      hideLegend: true,
      steps: true,
      colors: { '/^at least/': 'first', '/^at most/': 'third' },
      queries: [
        { expr: low, legend: 'at least {{slo}}' },
        { expr: high, legend: 'at most {{slo}}' },
      ],
    }),
    bars({
      title: 'Outages by least time',
      unit: 'short',
      description:
        'How many outages took at least how long: each bar counts those up to its bound, in seconds, and above the bound before it. All components together.',
      buckets: true,
      color: 'first',
      width: 8,
      height: 14,
      queries: [
        {
          expr: `sum by (le) (${highest(['le', ...byKind], bucket('sensei_recovery_time_low_seconds'))})`,
          legend: '{{le}}',
        },
      ],
    }),
    table({
      title: 'Median and worst by kind',
      description:
        'Of all outages that the exporter counted, by component and by what was lost. Within the bounds of the histogram.',
      width: 16,
      height: 14,
      rows: { component: 'Component', scenario: 'Loss of' },
      texts: { 'Loss of': scenarioTexts },
      none: 'No outage yet',
      columns: [
        {
          name: 'Outages',
          expr: highest(byKind, count('sensei_recovery_time_low_seconds')),
        },
        {
          name: 'Median, at least',
          expr: `histogram_quantile(0.5, ${highest(['le', ...byKind], bucket('sensei_recovery_time_low_seconds'))})`,
        },
        {
          name: 'Median, at most',
          expr: `histogram_quantile(0.5, ${highest(['le', ...byKind], bucket('sensei_recovery_time_high_seconds'))})`,
        },
        {
          name: '95 %, at most',
          expr: `histogram_quantile(0.95, ${highest(['le', ...byKind], bucket('sensei_recovery_time_high_seconds'))})`,
        },
      ],
      sort: ['95 %, at most', 'highest'],
    }),
    table({
      title: 'Interruptions by class',
      description:
        'That ended in the time that is shown. Switchovers, rollouts and maintenance do not count against targets.',
      width: 12,
      height: 9,
      rows: { slo: 'SLO', class: 'Class' },
      texts: { Class: classTexts },
      none: 'No interruption ended in the time shown',
      columns: [
        {
          name: 'Ended',
          expr: `${increase('sensei_outages_total', ['slo', 'class'])} > 0`,
          decimals: 0,
        },
      ],
      sort: ['Ended', 'highest'],
      links: { SLO: [toSlo] },
    }),
    table({
      title: 'Targets missed by SLO',
      description: 'In the time that is shown. Each deserves a review.',
      width: 12,
      height: 9,
      none: 'No target was missed in the time shown',
      rows: { slo: 'SLO' },
      columns: [
        {
          name: 'Missed',
          expr: `${increase('sensei_recovery_target_breaches_total', ['slo'])} > 0`,
          decimals: 0,
        },
      ],
      sort: ['Missed', 'highest'],
      links: { SLO: [toSlo] },
    }),
  ],
};

const evidence: Section = {
  title: 'Verdicts and drills',
  panels: [
    table({
      title: 'Verdicts of all tiers',
      description:
        'Whether what was measured would keep each tier, by recovery time (RTO) and data loss (RPO). No evidence means never seen nor exercised; indeterminate that the bracket spans the target.',
      width: 16,
      height: 9,
      rows: { disruption: 'Loss of' },
      texts: { 'Loss of': disruptionTexts },
      widths: { 'Loss of': 180 },
      columns: tierNames.flatMap((tier) => [
        {
          name: `RTO ${tier}`,
          expr: verdict('rto', ['disruption'], '', { tier }),
          words: verdictWords,
        },
        {
          name: `RPO ${tier}`,
          expr: verdict('rpo', ['disruption'], '', { tier }),
          words: verdictWords,
        },
      ]),
    }),
    drillsTable(8, 9),
  ],
};

export const recovery: DashboardSpec = {
  uid: dashboards.recovery,
  title: 'Sensei: Incidents and drills',
  description: 'Outages, how long they took against what was promised, and what was exercised.',
  variables: [],
  from: 'now-7d',
  sections: [now, times, evidence],
};
