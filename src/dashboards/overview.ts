import { dashboards } from '../alerts/rule.js';
import { highest } from '../alerts/promql.js';
import type { DashboardSpec, Section } from './dashboard.js';
import { drillsOverdue } from './drills.js';
import { exposureShare, mostExposed } from './exposure.js';
import { seriesToSlo, toSlo } from './links.js';
import { severityTexts } from './names.js';
import { openOutages } from './open-outages.js';
import { stat } from './stat.js';
import {
  budgetLeft,
  coverage,
  hourlyBurn,
  noneIsBetter,
  noneIsGood,
  shareOfTarget,
} from './limits.js';
import { asking, coded, firing } from './selector.js';
import { states } from './time.js';
import { table } from './table.js';
import { disruptionTexts, ofPromisedTier, promisedTier, verdict } from './verdicts.js';
import { noYes, regionCodes, regionWords, upDown, verdictWords } from './words.js';

const { raw, most, least } = asking('region', 'component');
const everywhere = asking();

/** Alerts that tell of something; the one that always fires shows that alerts are evaluated at all. */
const alerts = firing({ severity: ['page', 'ticket'] });
const alive = firing({ alertname: 'SenseiWatchdog' });

/** Whether an outage was open within as long as is shown. */
const everOpen = highest(
  ['slo'],
  `max_over_time(${everywhere.raw('sensei_outage_open')}[$__range])`,
);

const promise: Section = {
  title: 'The promise',
  panels: [
    stat({
      title: 'Promised tier',
      description: 'The RPO and RTO tier that the configuration says the deployment was promised.',
      width: 4,
      queries: [{ expr: promisedTier, legend: '{{tier}}' }],
      nameOnly: true,
    }),
    stat({
      title: 'Open outages',
      description:
        'SLOs whose outage is under way. The table below names them; the recovery dashboard shows how long each has left.',
      width: 4,
      queries: [{ expr: `sum(${everywhere.most('sensei_outage_open', ['slo'])})` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Alerts firing',
      description:
        'Pages and tickets of this deployment. Unknown means that the watchdog alert does not fire either: nobody evaluates the rules.',
      width: 4,
      queries: [{ expr: `count(${alerts})\nor 0 * count(${alive})` }],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Lost if it failed now',
      description:
        'Age of the newest point that the most exposed dataset could be brought back to. Unknown while that is so of any dataset: see disaster recovery.',
      width: 4,
      queries: [{ expr: everywhere.most('sensei_rpo_deployment_exposure_seconds', []) }],
      none: 'Unknown',
    }),
    stat({
      title: 'Share of the RPO',
      unit: 'percentunit',
      description:
        'Exposure of the worst dataset as a share of what may be lost. From half on look at its copies and backups; above 1 the promise is broken now.',
      width: 4,
      decimals: 1,
      queries: [{ expr: `max(${exposureShare})` }],
      limits: shareOfTarget,
      none: 'Unknown',
    }),
    stat({
      title: 'Most exposed',
      description: 'The dataset that would lose most of what it may, or of which nothing is known.',
      width: 4,
      queries: [{ expr: mostExposed, legend: '{{dataset}}' }],
      nameOnly: true,
    }),
    table({
      title: 'Verdicts of the promised tier',
      description:
        'Whether recovery time and data loss are as promised, by kind of failure, from outages and drills on record. No evidence means that it was never seen nor exercised: run a drill.',
      width: 10,
      height: 10,
      rows: { disruption: 'Loss of' },
      texts: { 'Loss of': disruptionTexts },
      columns: [
        {
          name: 'Recovery time (RTO)',
          expr: verdict('rto', ['disruption'], ofPromisedTier),
          words: verdictWords,
        },
        {
          name: 'Data loss (RPO)',
          expr: verdict('rpo', ['disruption'], ofPromisedTier),
          words: verdictWords,
        },
      ],
      sort: ['Recovery time (RTO)', 'highest'],
    }),
    [
      states({
        title: 'Regions',
        description:
          'A region is down when everything that is timed in it fails and a majority of the vantage points says so; suspected when it only looks down from here.',
        width: 14,
        height: 4,
        words: regionWords,
        queries: [
          {
            expr: highest(
              ['region'],
              coded(regionCodes, (state) => raw('sensei_region_state', { state })),
            ),
            legend: '{{region}}',
          },
        ],
      }),
      states({
        title: 'Outages by SLO',
        description:
          'SLOs that had an outage within the time that is shown, from their first one on. Several that begin together have one cause: look at what is largest, a region or a zone.',
        width: 14,
        height: 6,
        words: { 0: ['None', 'good'], 1: ['Outage', 'bad'] },
        absent: '',
        showValue: false,
        hideLegend: true,
        none: 'No outage in the time shown',
        queries: [
          {
            expr: `${everywhere.most('sensei_outage_open', ['slo'])}\nand on (slo) (${everOpen} == 1)`,
            legend: '{{slo}}',
          },
        ],
        links: [seriesToSlo],
      }),
    ],
  ],
};

const trouble: Section = {
  title: 'Trouble now',
  panels: [
    openOutages(10, 8),
    table({
      title: 'Firing alerts',
      description:
        'Alerts of this deployment that fire, pages first. Empty is good as long as the count above says 0. Their runbooks are linked in the notification.',
      width: 14,
      height: 8,
      none: 'No alert fires',
      rows: {
        severity: 'Severity',
        alertname: 'Alert',
        slo: 'SLO',
        component: 'Component',
        region: 'Region',
      },
      texts: { Severity: severityTexts },
      columns: [
        {
          name: 'Count',
          expr: `count by (alertname, severity, component, region, slo) (${alerts})`,
        },
      ],
      widths: { Severity: 70, SLO: 225, Component: 100, Region: 80, Count: 55 },
      sort: ['Severity', 'lowest'],
      links: { SLO: [toSlo] },
    }),
  ],
};

const budgets: Section = {
  title: 'Error budgets',
  panels: [
    table({
      title: 'SLOs',
      description:
        'Budget, burn rate of the last hour (1 spends the budget exactly over the period) and how much of the last day was observed. Below 90 % coverage nothing is proved.',
      width: 24,
      height: 13,
      rows: { slo: 'SLO', component: 'Component', region: 'Region' },
      columns: [
        {
          name: 'Info',
          expr: most('sensei_slo_info', ['slo', 'component', 'region']),
          hidden: true,
        },
        {
          name: 'Objective',
          expr: everywhere.most('sensei_slo_objective_ratio', ['slo']),
          decimals: 3,
        },
        {
          name: 'Budget left',
          expr: everywhere.least('sensei_slo_error_budget_remaining_ratio', ['slo']),
          decimals: 0,
          absent: 'Not observed',
          limits: budgetLeft,
        },
        {
          name: 'Burn rate, 1 h',
          expr: everywhere.most('sensei_slo_burn_rate', ['slo'], { window: '1h' }),
          decimals: 2,
          limits: hourlyBurn,
        },
        {
          name: 'Coverage, 1 d',
          expr: everywhere.most('sensei_slo_coverage_ratio', ['slo'], { window: '1d' }),
          decimals: 1,
        },
      ],
      sort: ['Budget left', 'lowest'],
      links: { SLO: [toSlo] },
    }),
  ],
};

const place = ['cluster', 'region', 'component'] as const;

const redundancy: Section = {
  title: 'Redundancy',
  panels: [
    table({
      title: 'Instances by component',
      description:
        'Instances that serve against the least that make the component highly available, how many more there are (spare), and the zones they stand in. Details are on the Kubernetes dashboard.',
      width: 13,
      height: 6,
      none: 'Nothing is known of a Kubernetes cluster',
      rows: { cluster: 'Cluster', region: 'Region', component: 'Component' },
      columns: [
        { name: 'Serving', expr: most('sensei_replicas_serving', place) },
        { name: 'Minimum', expr: most('sensei_replicas_minimum', place) },
        { name: 'Wanted', expr: most('sensei_replicas_desired', place) },
        {
          name: 'Spare',
          expr: `${most('sensei_replicas_serving', place)}\n- on (cluster, region, component) ${most('sensei_replicas_minimum', place)}`,
          limits: ['bad', [0, 'good']],
        },
        {
          name: 'Zones',
          expr: most('sensei_replicas_zones_used', place),
          limits: ['bad', [2, 'good']],
        },
      ],
      sort: ['Spare', 'lowest'],
    }),
    table({
      title: 'Databases',
      description:
        'Whether each PostgreSQL cluster has a leader. Standbys and lag are on the PostgreSQL dashboard.',
      width: 6,
      height: 6,
      none: 'Nothing is known',
      rows: { cluster: 'Cluster', region: 'Region' },
      columns: [
        {
          name: 'Leader',
          expr: most('sensei_patroni_has_leader', ['cluster', 'region']),
          words: { 1: ['Yes', 'good'], 0: ['No', 'bad'] },
        },
        {
          name: 'Split brain',
          expr: most('sensei_patroni_split_brain', ['cluster', 'region']),
          words: noYes,
        },
      ],
    }),
    table({
      title: 'Redis',
      description:
        'Whether the Sentinels could order a failover. Replicas and canary writes are on the Redis dashboard.',
      width: 5,
      height: 6,
      none: 'Nothing is known',
      rows: { master: 'Master', region: 'Region' },
      columns: [
        {
          name: 'Quorum',
          expr: most('sensei_sentinel_quorum_ok', ['master', 'region']),
          words: { 1: ['Yes', 'good'], 0: ['No', 'bad'] },
        },
        {
          name: 'Writes',
          expr: least('sensei_sentinel_canary_success', ['master', 'region']),
          words: upDown,
        },
      ],
    }),
  ],
};

const evidence: Section = {
  title: 'What is not known',
  panels: [
    stat({
      title: 'Verdicts without evidence',
      description:
        'Kinds of failure of the promised tier that were never seen nor exercised. Drills are planned on the recovery dashboard.',
      width: 5,
      queries: [
        {
          expr: `sum(${everywhere.most('sensei_verdict', ['tier', 'disruption', 'objective'], { status: 'no_evidence' })} ${ofPromisedTier})`,
        },
      ],
      limits: noneIsBetter,
      none: 'Unknown',
    }),
    stat({
      title: 'Collectors failing',
      description:
        'Targets whose last collection gave no answer: their metrics are gone and their SLIs unknown. See the exporter dashboard.',
      width: 5,
      queries: [
        {
          expr: `sum(1 - ${everywhere.most('sensei_collector_success', ['kind', 'target'])})`,
        },
      ],
      limits: noneIsGood,
      none: 'Unknown',
    }),
    stat({
      title: 'Least observed SLO, 1 h',
      description:
        'The SLO of which least was observed in the last hour, and how much. Below 90 % it is neither met nor breached.',
      width: 5,
      named: true,
      decimals: 1,
      queries: [
        {
          expr: `bottomk(1, ${everywhere.most('sensei_slo_coverage_ratio', ['slo'], { window: '1h' })})`,
          legend: '{{slo}}',
        },
      ],
      limits: coverage,
      none: 'Unknown',
    }),
    stat({
      title: 'Exposure unproved',
      description:
        'Datasets whose exposure rests on what is no evidence, such as backups of which none was ever restored. See disaster recovery.',
      width: 5,
      queries: [{ expr: `sum(${everywhere.most('sensei_rpo_unproved', ['dataset'])})` }],
      limits: noneIsBetter,
      none: 'Unknown',
    }),
    drillsOverdue(4),
  ],
};

export const overview: DashboardSpec = {
  uid: dashboards.overview,
  title: 'Sensei: Overview',
  description: 'Whether the deployment keeps what its tier promises, and what is wrong now.',
  variables: ['region', 'component'],
  sections: [promise, trouble, budgets, redundancy, evidence],
};
