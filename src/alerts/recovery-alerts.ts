import type { AlertPlan } from './plan.js';
import { highest, promDuration, quoted, seriesOf } from './promql.js';
import { infoName } from './recording-rules.js';
import { about, type AlertDefinition } from './rule.js';

/**
 * How long an outage that was told of stays open when nobody tells any more how it stands: an exporter
 * that dies, or is started anew, does not end it.
 */
const held = '10m';

const target =
  '{{ with printf "max(last_over_time(sensei_recovery_target_seconds{slo=%q}[10m]))" $labels.slo | query }}{{ . | first | value | humanizeDuration }}{{ end }}';

/** Adds what is known of an SLO; only those of the types. */
function placed(plan: AlertPlan, expr: string, types: string): string {
  const info = `${infoName}{deployment=${quoted(plan.deployment)}, type=~${quoted(types)}}`;
  return `(\n  ${expr}\n)\n* on (slo) group_left (component, region, zone) ${info}`;
}

/** Outages that last longer than a share of their target. Their value is how long they have lasted. */
function lastingOver(plan: AlertPlan, share: number, types: string): string {
  const series = seriesOf(plan.settings.job);
  const told = highest(['slo'], series('sensei_outage_open'));
  const [now, last] = ['', `[${held}]`].map((range) => {
    const elapsed = `${series('sensei_outage_elapsed_seconds')}${range}`;
    return highest(['slo'], range === '' ? elapsed : `last_over_time(${elapsed})`);
  });
  const wasOpen = highest(['slo'], `last_over_time(${series('sensei_outage_open')}[${held}])`);
  const limit = highest(
    ['slo'],
    `last_over_time(${series('sensei_recovery_target_seconds')}[${held}])`,
  );
  const shown = share === 1 ? limit : `${share} * ${limit}`;
  const elapsed = `(\n    ${now}\n    or ${last}\n      and on (slo) ${wasOpen} == 1\n      unless on (slo) ${told}\n  )`;
  return placed(plan, `${elapsed}\n  > on (slo) ${shown}`, types);
}

/** Outages under way, whole regions, and verdicts. */
export function recoveryAlerts(plan: AlertPlan): AlertDefinition[] {
  const series = seriesOf(plan.settings.job);
  const down = series('sensei_region_state', 'state="down"');
  const settles = promDuration(plan.settings.limits.regionSettles);
  const suspected = series('sensei_region_state', 'state="suspected"');
  return [
    {
      alert: 'SenseiOutageHalfOfRecoveryTarget',
      severity: 'page',
      expr: lastingOver(plan, 0.5, 'availability'),
      dashboard: 'recovery',
      summary: `{{ $labels.slo }} has been down for {{ $value | humanizeDuration }}, more than half of the ${target} within which it must be back`,
      description:
        'Whatever should have brought it back by itself has not done so yet. Half of the time that was promised is left.',
    },
    {
      alert: 'SenseiRecoveryTargetBreached',
      severity: 'page',
      expr: lastingOver(plan, 1, 'availability'),
      dashboard: 'recovery',
      summary: `{{ $labels.slo }} has been down for {{ $value | humanizeDuration }}; it had to be back within ${target}`,
      description:
        'The recovery time that was promised is missed. What counts now is to bring it back.',
    },
    {
      alert: 'SenseiCapacityNotRestored',
      severity: 'ticket',
      expr: lastingOver(plan, 1, 'capacity'),
      labels: about.capacity,
      dashboard: 'kubernetes',
      summary: `{{ $labels.slo }}: wanted instances have been missing for {{ $value | humanizeDuration }}; they had to be back within ${target}`,
      description:
        'Users are served by the others. Until it is mended a further loss weighs more than it should.',
    },
    {
      alert: 'SenseiRegionDown',
      severity: 'page',
      expr: `${highest(['region'], `max_over_time(${down}[${settles}])`)} == 1\nor ${highest(['region'], `last_over_time(${down}[${held}])`)} == 1\n  unless on (region) ${highest(['region'], down)}`,
      component: 'region',
      dashboard: 'disasterRecovery',
      summary: `Region {{ $labels.region }} is down: everything that is timed in it fails, by {{ with printf "max(max_over_time(sensei_region_votes{region=%q}[${held}]))" $labels.region | query }}{{ . | first | value }}{{ end }} of {{ with printf "max(last_over_time(sensei_region_vantage_points{region=%q}[${held}]))" $labels.region | query }}{{ . | first | value }}{{ end }} vantage point(s)`,
      description: `Nothing of the region answers, and a majority of the vantage points says so. The decision to fail over is yours; the RTO is running. It ends ${settles} after the region is back.`,
    },
    {
      alert: 'SenseiRegionSuspected',
      severity: 'ticket',
      expr: `${highest(['region'], suspected)} == 1`,
      forMs: 5 * 60_000,
      component: 'region',
      labels: about.unknown,
      dashboard: 'disasterRecovery',
      summary:
        'Region {{ $labels.region }} looks down from here, and no majority of the vantage points says so',
      description:
        'Either this vantage point is cut off, or the others are: a region is only called down by a majority.',
    },
    {
      alert: 'SenseiVerdictBreached',
      severity: 'ticket',
      expr: `${highest(['disruption', 'objective'], series('sensei_verdict', `tier=${quoted(plan.tier)}`, 'status="breached"'))} == 1`,
      component: 'compliance',
      dashboard: 'recovery',
      summary: `The {{ $labels.objective | toUpper }} that the ${plan.tier} tier promises for the loss of a {{ $labels.disruption }} is breached`,
      description:
        'By what was measured, in outages or drills, or would be lost now, the promise is not kept. `sensei compliance` shows the evidence.',
    },
  ];
}
