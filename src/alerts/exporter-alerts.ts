import type { AlertPlan } from './plan.js';
import { highest, lowest, quoted, seriesOf } from './promql.js';
import { infoName, ratioName } from './recording-rules.js';
import { about, type AlertDefinition } from './rule.js';

const minute = 60_000;

/** The exporter itself, and whether what it should see is seen. */
export function exporterAlerts(plan: AlertPlan): AlertDefinition[] {
  const { settings, deployment } = plan;
  const series = seriesOf(settings.job);
  const up = `up{job=${quoted(settings.job)}}`;
  const common = { component: 'exporter', dashboard: 'exporter' } as const;
  const info = `${infoName}{deployment=${quoted(deployment)}, sloth_id!=""}`;
  const mine = `sloth_service=${quoted(deployment)}`;
  return [
    {
      ...common,
      alert: 'SenseiExporterDown',
      severity: 'page',
      expr: `max(${up}) == 0`,
      forMs: minute,
      summary: `No exporter of ${deployment} answers: nothing is known of its availability, recovery or exposure`,
      description:
        'While it is down no other alert of the deployment can fire. What happens meanwhile counts as unknown, not as good.',
    },
    {
      ...common,
      alert: 'SenseiExporterAbsent',
      severity: 'page',
      expr: `absent(${up})`,
      forMs: 5 * minute,
      summary: `Prometheus has no target with job ${settings.job}: nothing watches ${deployment}`,
      description:
        'The scrape configuration or its service discovery lost the exporter, or names the job otherwise than the rules do.',
    },
    {
      ...common,
      alert: 'SenseiExporterInstanceDown',
      severity: 'ticket',
      expr: `${up} == 0\nand on () max(${up}) == 1`,
      forMs: 5 * minute,
      labels: about.unknown,
      summary:
        'The exporter at {{ $labels.instance }} has given no answer for five minutes; another one does',
      description: 'One vantage point less: a region may no longer be called down by a majority.',
    },
    {
      dashboard: 'exporter',
      alert: 'SenseiCollectorFailing',
      severity: 'ticket',
      expr: `max by (kind, target, component, region) (\n  ${series('sensei_collector_success')}\n  * on (instance, kind, target) group_left (component, region) ${series('sensei_target_info')}\n) == 0`,
      forMs: 5 * minute,
      labels: about.unknown,
      summary:
        'Collections of {{ $labels.kind }}/{{ $labels.target }} have failed for five minutes: {{ with printf "topk(1, sum by (reason) (increase(sensei_collector_failures_total{kind=%q,target=%q}[5m])))" $labels.kind $labels.target | query }}{{ (. | first).Labels.reason }}{{ else }}reason unknown{{ end }}',
      description:
        'Its metrics are gone and its SLIs unknown. `sensei probe KIND/TARGET` shows everything that was said.',
    },
    {
      dashboard: 'slo',
      alert: 'SenseiCoverageLow',
      severity: 'ticket',
      expr: `(\n  ${highest(['slo'], series('sensei_slo_coverage_ratio', 'window="1h"'))} < 0.9\n)\n* on (slo) group_left (component, region, zone) ${info}`,
      forMs: 15 * minute,
      labels: about.unknown,
      summary:
        'Only {{ $value | humanizePercentage }} of the last hour of {{ $labels.slo }} was observed',
      description:
        'Below 90 % an SLO is neither met nor breached. Probes fail to be made, or the exporter was away.',
    },
    {
      dashboard: 'slo',
      alert: 'SenseiSloUnobserved',
      severity: 'ticket',
      expr: `${info}\nunless on (sloth_id) ${ratioName(5 * minute)}{${mine}}\nunless on (slo) ${highest(['slo'], `increase(${series('sensei_slo_excluded_slices_total')}[5m])`)} > 0`,
      forMs: 10 * minute,
      labels: about.unknown,
      summary:
        'Nothing has been observed of {{ $labels.slo }} for ten minutes, and it is not in maintenance',
      description:
        'No series tells whether it is good or bad: its alerts cannot fire. The exporter may have lost the target.',
    },
    {
      ...common,
      alert: 'SenseiRulesOutOfDate',
      severity: 'ticket',
      expr: `${highest(['slo'], series('sensei_slo_info'))}\nunless on (slo) ${info}`,
      forMs: 10 * minute,
      summary:
        '{{ $labels.slo }} is measured, and the rules know nothing of it: no alert on it can fire',
      description:
        'The configuration changed after the rules were made. Make them again and reload Prometheus.',
    },
    {
      ...common,
      alert: 'SenseiStoreFailing',
      severity: 'ticket',
      expr: `${lowest(['instance'], series('sensei_store_up'))} == 0`,
      forMs: 5 * minute,
      summary:
        'The history store of the exporter at {{ $labels.instance }} has not answered for five minutes; {{ with printf "max(sensei_store_queue_rows{instance=%q})" $labels.instance | query }}{{ . | first | value }}{{ end }} rows wait',
      description:
        'Probes and metrics go on. Incidents and counts wait in memory; when too many wait, the oldest are given up.',
    },
    {
      ...common,
      alert: 'SenseiStoreLosingRows',
      severity: 'ticket',
      expr: `sum by (instance) (increase(${series('sensei_store_lost_rows_total')}[15m])) > 0`,
      summary:
        'The exporter at {{ $labels.instance }} gave up {{ printf "%.0f" $value }} rows of history: too many waited for the store',
      description:
        'The evidence of that time has holes. What it covers will be reported as unknown.',
    },
    {
      ...common,
      alert: 'SenseiConfigReloadFailed',
      severity: 'ticket',
      expr: `${lowest(['instance'], series('sensei_config_last_reload_successful'))} == 0`,
      forMs: minute,
      summary:
        'The exporter at {{ $labels.instance }} could not load its configuration and goes on with the one before',
      description:
        'The file has a fault; `sensei config check` names every one. A restart would fail.',
    },
    {
      ...common,
      alert: 'SenseiPeerDown',
      severity: 'ticket',
      expr: `${lowest(['instance', 'peer'], series('sensei_peer_up'))} == 0`,
      forMs: 10 * minute,
      labels: about.unknown,
      summary:
        'The exporter at {{ $labels.instance }} has not heard from its peer {{ $labels.peer }} for ten minutes',
      description:
        'Without a majority of the vantage points a region that looks down is only suspected.',
    },
    {
      ...common,
      alert: 'SenseiWatchdog',
      severity: 'none',
      expr: 'vector(1)',
      summary: 'Always firing: that it arrives shows that Prometheus and Alertmanager work',
      description:
        "It goes to the heartbeat receiver, a dead man's switch that alarms when it stays away.",
    },
  ];
}
