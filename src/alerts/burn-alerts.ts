import { alertWindows, burnFactor, type AlertWindow } from '../slo/burn-rate.js';
import type { Period, SloType } from '../slo/objective.js';
import { periodLengthMs, periodName } from '../slo/views.js';
import type { AlertPlan } from './plan.js';
import { anyOf, number, promDuration, quoted } from './promql.js';
import { coverageName, infoName, periodsOf, ratioName } from './recording-rules.js';
import { outageAlerts, type AlertDefinition } from './rule.js';

/** What users feel. The rest has alerts of its own that page, and budgets that make tickets. */
const pagingTypes: readonly SloType[] = ['availability', 'latency'];

function above(plan: AlertPlan, ratio: string, factor: number): string {
  const mine = `sloth_service=${quoted(plan.deployment)}`;
  return `${ratio} / ignoring (sloth_window) slo:error_budget:ratio{${mine}} > ${number(factor)}`;
}

/**
 * Both windows above the factor: the long one says that it matters, the short one that it goes on. The
 * long one is weighed by how much of it was observed: what is not known is nobody's burn.
 */
function pairExpr(plan: AlertPlan, { longMs, shortMs }: AlertWindow, factor: number): string {
  const mine = `{sloth_service=${quoted(plan.deployment)}}`;
  const long = `${ratioName(longMs)}${mine} * ${coverageName(longMs)}${mine}`;
  const short = `${ratioName(shortMs)}${mine}`;
  return `(\n    ${above(plan, long, factor)}\n  and\n    ${above(plan, short, factor)}\n)`;
}

/**
 * An outage that was told of as such is not told again as a budget that burns, which it would for as
 * long as it stays within the short window.
 */
function unlessTold(plan: AlertPlan, { shortMs }: AlertWindow): string {
  const told = `ALERTS{alertname=~${quoted(anyOf(outageAlerts))}, alertstate="firing", deployment=${quoted(plan.deployment)}}`;
  return `unless on (slo)\n  max by (slo) (max_over_time(${told}[${promDuration(shortMs)}]))`;
}

/** The pairs of windows of one period that are of use in it. */
function periodExprs(
  plan: AlertPlan,
  period: Period,
  severity: AlertWindow['severity'],
): readonly string[] {
  const periodMs = periodLengthMs(period);
  const types = severity === 'page' ? [`type=~${quoted(anyOf(pagingTypes))}`] : [];
  const info = [
    `deployment=${quoted(plan.deployment)}`,
    `period=${quoted(periodName(period))}`,
    ...types,
  ];
  const place = `* on (sloth_id) group_left (slo, component, region, zone, period) ${infoName}{${info.join(', ')}}`;
  return alertWindows
    .filter((window) => window.severity === severity && burnFactor(window, periodMs) >= 1)
    .map((window) => {
      const pair = `${pairExpr(plan, window, burnFactor(window, periodMs))}\n${place}`;
      return severity === 'page' ? `(\n${pair}\n${unlessTold(plan, window)}\n)` : pair;
    });
}

/** Over all periods that there are: SLOs of different ones have different factors, and the same alert. */
function burnExpr(plan: AlertPlan, severity: AlertWindow['severity']): string {
  return periodsOf(plan.slos)
    .flatMap((period) => periodExprs(plan, period, severity))
    .join('\nor\n');
}

const budgetLeft =
  '{{ with printf "slo:period_error_budget_remaining:ratio{sloth_id=%q}" $labels.sloth_id | query }}{{ . | first | value | humanizePercentage }}{{ else }}an unknown part{{ end }}';

/** Multiwindow, multi-burn-rate alerts: https://sre.google/workbook/alerting-on-slos/. */
export function burnAlerts(plan: AlertPlan): AlertDefinition[] {
  const alerts: AlertDefinition[] = [
    {
      alert: 'SenseiErrorBudgetBurnFast',
      severity: 'page',
      expr: burnExpr(plan, 'page'),
      labels: { sloth_severity: 'page' },
      dashboard: 'slo',
      summary: `{{ $labels.slo }} spends its error budget {{ printf "%.1f" $value }} times as fast as it may; ${budgetLeft} of the {{ $labels.period }} budget is left`,
      description:
        'So many probes fail that a large part of the whole budget goes within hours. It ends by itself once the short window is clean.',
    },
    {
      alert: 'SenseiErrorBudgetBurnSlow',
      severity: 'ticket',
      expr: burnExpr(plan, 'ticket'),
      labels: { sloth_severity: 'ticket' },
      dashboard: 'slo',
      summary: `{{ $labels.slo }} has spent its error budget {{ printf "%.1f" $value }} times as fast as it may for days; ${budgetLeft} of the {{ $labels.period }} budget is left`,
      description:
        'A steady share of failures: nobody has to get up for it, but the budget will not last its period.',
    },
  ];
  return alerts.filter(({ expr }) => expr !== '');
}
