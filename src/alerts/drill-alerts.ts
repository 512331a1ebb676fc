import type { DrillVerdict } from '../drills/judge.js';
import type { AlertPlan } from './plan.js';
import { highest, number, promDuration, seriesOf, type Series } from './promql.js';
import type { AlertDefinition } from './rule.js';

const minute = 60_000;

const drillWords = {
  pod: 'an instance',
  node: 'a node',
  zone: 'a zone',
  region: 'a region',
} as const;

const common = {
  severity: 'ticket',
  component: 'compliance',
  dashboard: 'recovery',
} as const;

/**
 * One rule a kind of failure: where no drill is on record there is no series to say which is overdue. Only
 * drills that passed or failed have a last time: what proved nothing, or is stale, puts nothing off.
 */
function overdueAlerts(series: Series, { settings: { drills } }: AlertPlan): AlertDefinition[] {
  return (Object.keys(drillWords) as (keyof typeof drillWords)[]).map((scenario) => {
    const made = series('sensei_drill_last_timestamp_seconds', `scenario="${scenario}"`);
    const last = highest(['scenario'], made);
    const often = promDuration(drills[scenario]);
    return {
      ...common,
      alert: 'SenseiDrillOverdue',
      expr: `time() - ${last} > ${number(drills[scenario] / 1000)}\nor ${highest(['scenario'], `absent(${made})`)}\n  and on () max(${series('sensei_store_up')}) == 1`,
      forMs: 60 * minute,
      labels: { scenario },
      summary: `The loss of ${drillWords[scenario]} was {{ if eq $value 1.0 }}never exercised with a result that counts{{ else }}last exercised {{ $value | humanizeDuration }} ago{{ end }}; a drill is due every ${often}`,
      description:
        'What was not exercised lately is not known to work. Without evidence the verdict of the tier stays open. A drill that proved nothing, or was made on another configuration, does not count.',
    };
  });
}

/** How long ago the newest drill was made where it came to this, by what the vantage point says that knows the newest. */
function newestCameTo(series: Series, verdict: DrillVerdict): string {
  const made = series('sensei_drill_recorded_timestamp_seconds');
  const newest = highest(['scenario'], made);
  const found = `${series('sensei_drill_verdict', `verdict="${verdict}"`)} == 1`;
  return `time() - ${newest}\nand on (scenario) (\n  ${found}\n  and on (scenario, instance) ${made} == on (scenario) group_left () ${newest}\n)`;
}

/** Failures that are exercised on purpose. */
export function drillAlerts(plan: AlertPlan): AlertDefinition[] {
  const series = seriesOf(plan.settings.job);
  return [
    {
      ...common,
      alert: 'SenseiDrillFailed',
      // The verdict of the tier calls the same `disruption`: so that one can silence the other.
      expr: `label_replace(\n${newestCameTo(series, 'fail')},\n"disruption", "$1", "scenario", "(.+)")`,
      summary:
        'Scenario {{ $labels.scenario }}: the newest drill, {{ $value | humanizeDuration }} ago, failed: recovery took longer than is promised',
      description:
        'What was exercised on purpose would break the promise when it happens by itself. It ends when a newer drill of the kind does not fail.',
    },
    {
      ...common,
      alert: 'SenseiDrillInconclusive',
      expr: newestCameTo(series, 'inconclusive'),
      summary:
        'Scenario {{ $labels.scenario }}: the newest drill, {{ $value | humanizeDuration }} ago, proves nothing',
      description:
        'It hit nothing, what it broke was not mended, or its recovery is not known well enough. It is no pass, and puts off no drill that is due. `sensei drill list` says which.',
    },
    ...overdueAlerts(series, plan),
  ];
}
