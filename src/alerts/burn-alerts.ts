import { alertWindows, burnFactor, type AlertWindow } from '../slo/burn-rate.js';
import type { Period, SloType } from '../slo/objective.js';
import { periodLengthMs, periodName } from '../slo/views.js';
import type { AlertPlan } from './plan.js';
import { anyOf, number, quoted } from './promql.js';
import { infoName, periodsOf, ratioName } from './recording-rules.js';
import type { AlertDefinition } from './rule.js';

/** What users feel. The rest has alerts of its own that page, and budgets that make tickets. */
const pagingTypes: readonly SloType[] = ['availability', 'latency'];

function burnAbove(plan: AlertPlan, ms: number, factor: number): string {
  const mine = `sloth_service=${quoted(plan.deployment)}`;
  return `${ratioName(ms)}{${mine}} / ignoring (sloth_window) slo:error_budget:ratio{${mine}} > ${number(factor)}`;
}

/** Both windows above the factor: the long one says that it matters, the short one that it goes on. */
function pairExpr(plan: AlertPlan, window: AlertWindow, factor: number): string {
  const [long, short] = [window.longMs, window.shortMs].map((ms) => burnAbove(plan, ms, factor));
  return `(\n    ${long}\n  and\n    ${short}\n)`;
}

function burnExpr(
  plan: AlertPlan,
  period: Period,
  severity: AlertWindow['severity'],
): string | undefined {
  const periodMs = periodLengthMs(period);
  const pairs = alertWindows
    .filter((window) => window.severity === severity && burnFactor(window, periodMs) >= 1)
    .map((window) => pairExpr(plan, window, burnFactor(window, periodMs)));
  if (pairs.length === 0) return undefined;
  const types = severity === 'page' ? [`type=~${quoted(anyOf(pagingTypes))}`] : [];
  const info = [
    `deployment=${quoted(plan.deployment)}`,
    `period=${quoted(periodName(period))}`,
    ...types,
  ];
  return `(\n${pairs.join('\nor\n')}\n)\n* on (sloth_id) group_left (slo, component, region, zone) ${infoName}{${info.join(', ')}}`;
}

const budgetLeft =
  '{{ with printf "slo:period_error_budget_remaining:ratio{sloth_id=%q}" $labels.sloth_id | query }}{{ . | first | value | humanizePercentage }}{{ else }}an unknown part{{ end }}';

/** Multiwindow, multi-burn-rate alerts: https://sre.google/workbook/alerting-on-slos/. */
export function burnAlerts(plan: AlertPlan): AlertDefinition[] {
  return periodsOf(plan.slos).flatMap((period) => {
    const name = periodName(period);
    const common = { dashboard: 'slo' } as const;
    const page = burnExpr(plan, period, 'page');
    const ticket = burnExpr(plan, period, 'ticket');
    const made: (AlertDefinition | undefined)[] = [
      page === undefined
        ? undefined
        : {
            ...common,
            alert: 'SenseiErrorBudgetBurnFast',
            severity: 'page',
            expr: page,
            labels: { sloth_severity: 'page' },
            summary: `{{ $labels.slo }} spends its error budget {{ printf "%.1f" $value }} times as fast as it may; ${budgetLeft} of the ${name} budget is left`,
            description:
              'So many probes fail that a large part of the whole budget goes within hours. It ends by itself once the short window is clean.',
          },
      ticket === undefined
        ? undefined
        : {
            ...common,
            alert: 'SenseiErrorBudgetBurnSlow',
            severity: 'ticket',
            expr: ticket,
            labels: { sloth_severity: 'ticket' },
            summary: `{{ $labels.slo }} has spent its error budget {{ printf "%.1f" $value }} times as fast as it may for days; ${budgetLeft} of the ${name} budget is left`,
            description:
              'A steady share of failures: nobody has to get up for it, but the budget will not last its period.',
          },
    ];
    return made.filter((each) => each !== undefined);
  });
}
