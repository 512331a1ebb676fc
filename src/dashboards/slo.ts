import { number } from '../alerts/promql.js';
import { slothNames } from '../alerts/recording-rules.js';
import { dashboards } from '../alerts/rule.js';
import { promDuration } from '../alerts/promql.js';
import { alertWindows } from '../slo/burn-rate.js';
import { burnWindows, type BurnWindow } from '../slo/windows.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { budgetLeft, coverage, hourlyBurn } from './limits.js';
import { classTexts } from './names.js';
import type { LineColor } from './palette.js';
import { asking, recorded } from './selector.js';
import { stat } from './stat.js';
import { table } from './table.js';
import { lines, states } from './time.js';
import { noYes } from './words.js';

const { most, least, rate, increase } = asking();
const slo = { slo: '$slo' } as const;
const ofSlo = { sloth_slo: '$slo' } as const;
const day = 86_400_000;
/** Seconds of the usual period. What lasts for longer is not being overspent. */
const thirtyDays = (30 * day) / 1000;

const standing: Section = {
  title: 'How it stands',
  panels: [
    stat({
      title: 'Objective',
      description: 'Share of slices that must be good. A slice is one interval of the probe.',
      width: 4,
      decimals: 3,
      queries: [{ expr: most('sensei_slo_objective_ratio', [], slo) }],
    }),
    stat({
      title: 'Budget left',
      description:
        'Share of the error budget of the period that is left. Below 0 the objective is missed. What spent it stands in the graphs below.',
      width: 4,
      decimals: 1,
      queries: [{ expr: least('sensei_slo_error_budget_remaining_ratio', [], slo) }],
      limits: budgetLeft,
      none: 'Unknown',
    }),
    stat({
      title: 'Spent in',
      description:
        'Time until the budget is gone at the burn rate of the last hour. Empty while it is not burning.',
      width: 4,
      queries: [{ expr: least('sensei_slo_error_budget_exhaustion_seconds', [], slo) }],
      words: { 0: ['Spent', 'bad'] },
      limits: ['bad', [1, 'doubtful'], [thirtyDays, 'good']],
      absent: 'Not burning, or unknown',
      none: 'Not burning, or unknown',
    }),
    stat({
      title: 'Burn rate, 1 h',
      description:
        '1 spends the budget exactly over the period. Pages begin where the dashed lines below are crossed.',
      width: 4,
      decimals: 2,
      queries: [{ expr: most('sensei_slo_burn_rate', [], { ...slo, window: '1h' }) }],
      limits: hourlyBurn,
      none: 'Unknown',
    }),
    stat({
      title: 'Observed',
      description:
        'Share of the period that was observed. Below 90 % the SLO is neither met nor breached: see the exporter.',
      width: 4,
      decimals: 1,
      queries: [{ expr: most('sensei_slo_coverage_ratio', [], { ...slo, window: 'period' }) }],
      limits: coverage,
      none: 'Unknown',
    }),
    stat({
      title: 'Outage now',
      description: 'Whether an outage is under way. Only SLOs with a recovery target have outages.',
      width: 4,
      queries: [{ expr: most('sensei_outage_open', [], slo) }],
      words: noYes,
      none: 'Not timed, or unknown',
    }),
    table({
      title: 'What it is about',
      description: 'The indicator that it counts, and where that is measured.',
      width: 24,
      height: 4,
      rows: {
        slo: 'SLO',
        sli: 'SLI',
        type: 'Type',
        component: 'Component',
        region: 'Region',
        zone: 'Zone',
        period: 'Period',
      },
      columns: [
        {
          name: 'Info',
          expr: most(
            'sensei_slo_info',
            ['slo', 'sli', 'type', 'component', 'region', 'zone', 'period'],
            slo,
          ),
          hidden: true,
        },
      ],
    }),
  ],
};

/** From the shortest to the longest, the same in all graphs. */
const windowColors: Readonly<Record<BurnWindow, LineColor>> = {
  '5m': 'first',
  '30m': 'fourth',
  '1h': 'seventh',
  '2h': 'third',
  '6h': 'eighth',
  '1d': 'sixth',
  '3d': 'second',
};

/** The burn rate at which a window has eaten its share of the budget, for the period of this SLO. */
const thresholds = alertWindows.map(({ severity, budget, longMs }) => ({
  expr: `max(${recorded(slothNames.periodDays, ofSlo)}) * ${number((budget * day) / longMs)}`,
  legend: `${severity} over ${promDuration(longMs)} (${number((budget * 30 * day) / longMs)} for 30d)`,
}));

const burning: Section = {
  title: 'Error budget',
  panels: [
    lines({
      title: 'Burn rate by window',
      description:
        'How fast the budget goes. An alert fires when its long window and a short one are both above the dashed line of its name.',
      width: 12,
      height: 10,
      decimals: 2,
      min: 0,
      linearUpTo: 1,
      queries: [
        ...burnWindows.map(({ name }) => ({
          expr: most('sensei_slo_burn_rate', [], { ...slo, window: name }),
          legend: name,
        })),
        ...thresholds,
      ],
      colors: windowColors,
      targets: '^(page|ticket) over',
    }),
    lines({
      title: 'Budget left over 30 days',
      description:
        'How the budget was spent, as the exporter and as the recording rules count it. Steps are outages; a slope is a steady loss.',
      width: 12,
      height: 10,
      decimals: 0,
      softMin: -1,
      max: 1,
      timeFrom: '30d',
      queries: [
        {
          expr: least('sensei_slo_error_budget_remaining_ratio', [], slo),
          legend: 'exporter',
        },
        {
          expr: `min(${recorded(slothNames.budgetRemaining, ofSlo)})`,
          legend: 'recording rules',
        },
      ],
      colors: { exporter: 'first', 'recording rules': 'third' },
    }),
  ],
};

const good = `(${rate('sensei_slo_valid_slices_total', [], slo)} - ${rate('sensei_slo_bad_slices_total', [], slo)})`;

const indicator: Section = {
  title: 'Indicator',
  panels: [
    lines({
      title: 'Good slices',
      unit: 'percentunit',
      description:
        'Share of what was observed that was good, against the objective. A gap means that nothing was observed.',
      width: 12,
      decimals: 3,
      max: 1,
      queries: [
        {
          expr: `${good}\n/ (${rate('sensei_slo_valid_slices_total', [], slo)} > 0)`,
          legend: 'good',
        },
        { expr: most('sensei_slo_objective_ratio', [], slo), legend: 'objective' },
      ],
      colors: { good: 'good' },
      targets: '^objective$',
    }),
    lines({
      title: 'Slices by outcome',
      description:
        'Slices a second. Unknown ones count neither way: gaps, pauses of the exporter, probes that could not be made. Excluded ones fell in maintenance.',
      width: 12,
      unit: 'ops',
      min: 0,
      stacked: true,
      queries: [
        { expr: good, legend: 'good' },
        { expr: rate('sensei_slo_bad_slices_total', [], slo), legend: 'bad' },
        { expr: rate('sensei_slo_unknown_slices_total', [], slo), legend: 'unknown' },
        { expr: rate('sensei_slo_excluded_slices_total', [], slo), legend: 'excluded' },
      ],
      colors: { good: 'good', bad: 'bad', unknown: 'unknown', excluded: 'second' },
    }),
    lines({
      title: 'Coverage by window',
      description:
        'Share of each window that was observed. It rises from nothing after a first start.',
      width: 12,
      min: 0,
      max: 1,
      queries: [...burnWindows.map(({ name }) => name), 'period'].map((window) => ({
        expr: most('sensei_slo_coverage_ratio', [], { ...slo, window }),
        legend: window,
      })),
      colors: { ...windowColors, period: 'fifth' },
    }),
    lines({
      title: 'Errors by window, as recorded',
      unit: 'percentunit',
      description:
        'Share of bad slices over the windows of the alerts, as the recording rules have it. What the alerts see is this.',
      width: 12,
      min: 0,
      queries: [
        ...burnWindows.map(({ name, ms }) => ({
          expr: `max(${recorded(`slo:sli_error:ratio_rate${promDuration(ms)}`, ofSlo)})`,
          legend: name,
        })),
        { expr: `max(${recorded(slothNames.errorBudget, ofSlo)})`, legend: 'error budget' },
      ],
      colors: windowColors,
      targets: '^error budget$',
    }),
  ],
};

const outages: Section = {
  title: 'Outages',
  panels: [
    states({
      title: 'Outage',
      description:
        'When an outage was open: from its third failure in a row until successes lasted. Also marked in all graphs.',
      width: 24,
      height: 3,
      hideLegend: true,
      words: { 0: ['None', 'good'], 1: ['Outage', 'bad'] },
      none: 'This SLO has no recovery target',
      queries: [{ expr: most('sensei_outage_open', ['slo'], slo), legend: '{{slo}}' }],
    }),
    lines({
      title: 'Recovery time',
      description:
        'How long the last outage took: at least the lower and at most the upper edge, since probes only see the instants at which they ask. It stays until the next one.',
      width: 16,
      min: 0,
      none: 'No outage yet',
      steps: true,
      queries: [
        {
          expr: most('sensei_outage_recovery_seconds', [], { ...slo, bound: 'low' }),
          legend: 'at least',
        },
        {
          expr: most('sensei_outage_recovery_seconds', [], { ...slo, bound: 'high' }),
          legend: 'at most',
        },
        { expr: most('sensei_outage_elapsed_seconds', [], slo), legend: 'under way' },
        { expr: most('sensei_recovery_target_seconds', [], slo), legend: 'target' },
      ],
      between: ['at most', 'at least'],
      colors: { 'at least': 'first', 'at most': 'first', 'under way': 'third' },
      targets: '^target$',
    }),
    table({
      title: 'Outages in the time shown',
      description:
        'Interruptions that ended, by class. Only the class outage counts against the target.',
      width: 8,
      height: 8,
      none: 'This SLO has no recovery target',
      rows: { class: 'Class' },
      texts: { Class: classTexts },
      columns: [
        { name: 'Ended', expr: increase('sensei_outages_total', ['class'], slo), decimals: 0 },
      ],
    }),
  ],
};

export const sloDetail: DashboardSpec = {
  uid: dashboards.slo,
  title: 'Sensei: SLO',
  description: 'One service level objective: its budget, how fast it goes, and its outages.',
  variables: ['slo'],
  from: 'now-24h',
  annotations: [
    {
      name: 'Outages',
      expr: `${most('sensei_outage_open', ['slo'], slo)} == 1`,
      title: 'Outage',
      text: '{{slo}}',
    },
  ],
  sections: [standing, outages, burning, indicator],
};
