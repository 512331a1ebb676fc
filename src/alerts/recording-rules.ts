import { alertWindows } from '../slo/burn-rate.js';
import { burnWindows } from '../slo/windows.js';
import type { Period, Slo } from '../slo/objective.js';
import { periodLengthMs, periodName } from '../slo/views.js';
import type { AlertPlan } from './plan.js';
import { number, promDuration, quoted, seriesOf } from './promql.js';
import type { RecordingRule, Rule, RuleGroup } from './rule.js';

const minute = 60_000;
const hour = 60 * minute;
/** Length of the recorded increases that long windows are added up from. */
const stepMs = 5 * minute;
/** Windows up to this one are counted from the raw counters. */
const longestRawMs = hour;
/** From this one on they change so slowly that they are counted once each 5 minutes. */
const longMs = 12 * hour;

/** The labels by which Sloth knows an SLO (https://sloth.dev): its dashboards and its UI ask by them. */
export const slothIdentity = ['sloth_id', 'sloth_service', 'sloth_slo'] as const;
const identity = slothIdentity.join(', ');

/** An SLO with what is known of it beforehand; the labels that may change stand on this series alone. */
export const infoName = 'slo:sensei_slo:info';
export const badIncreases = 'slo:sensei_slo_bad_slices:increase5m';
export const validIncreases = 'slo:sensei_slo_valid_slices:increase5m';

/** Names that Sloth gives to what it records of each SLO. */
export const slothNames = {
  objective: 'slo:objective:ratio',
  errorBudget: 'slo:error_budget:ratio',
  periodDays: 'slo:time_period:days',
  currentBurn: 'slo:current_burn_rate:ratio',
  periodBurn: 'slo:period_burn_rate:ratio',
  budgetRemaining: 'slo:period_error_budget_remaining:ratio',
} as const;

/** A series that the rules record. */
export type RecordedName =
  (typeof slothNames)[keyof typeof slothNames] | typeof infoName | ReturnType<typeof ratioName>;

export function ratioName(ms: number): `slo:sli_error:ratio_rate${string}` {
  return `slo:sli_error:ratio_rate${promDuration(ms)}`;
}

/** Share of the slices due in a window that were good or bad, at most 1. */
export function coverageName(ms: number): string {
  return `slo:sensei_slo_coverage:ratio_rate${promDuration(ms)}`;
}

export function slothId(deployment: string, slo: string): string {
  return `${deployment}-${slo}`;
}

function identityOf({ deployment }: AlertPlan, { name }: Slo) {
  return {
    sloth_id: slothId(deployment, name),
    sloth_service: deployment,
    sloth_slo: name,
  };
}

function withoutEmpty(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

function infoLabels(slo: Slo): Record<string, string> {
  const { name, type, component, region, zone, period } = slo;
  return withoutEmpty({ slo: name, type, component, region, zone, period: periodName(period) });
}

/** What an SLO is; it does not depend on the exporter, so that one that is not told of is noticed. */
function metaRules(plan: AlertPlan, slo: Slo): Rule[] {
  const id = identityOf(plan, slo);
  const { deployment, tier, version } = plan;
  const constant = (record: string, value: number, labels: Readonly<Record<string, string>>) => ({
    record,
    expr: `vector(${number(value)})`,
    labels,
  });
  return [
    constant(slothNames.objective, slo.objective, id),
    constant(slothNames.errorBudget, 1 - slo.objective, id),
    constant(slothNames.periodDays, periodLengthMs(slo.period) / (24 * hour), id),
    constant('slo:sensei_slo_slice:seconds', slo.intervalMs / 1000, id),
    constant('sloth_slo_info', 1, {
      ...id,
      sloth_mode: 'sensei',
      sloth_objective: number(slo.objective * 100),
      sloth_spec: 'sensei/v1',
      sloth_version: version,
    }),
    constant(infoName, 1, { ...id, deployment, tier, ...infoLabels(slo) }),
  ];
}

function regionInfo(plan: AlertPlan, slo: Slo): Rule {
  const { deployment, tier } = plan;
  const labels = { deployment, tier, ...infoLabels(slo) };
  return { record: infoName, expr: 'vector(1)', labels };
}

function isOfDeployment({ deployment }: AlertPlan): string {
  return `sloth_service=${quoted(deployment)}`;
}

/** Adds Sloth's labels to something by SLO; what the rules do not know of falls out. */
function identified(plan: AlertPlan, expr: string): string {
  const info = `${infoName}{deployment=${quoted(plan.deployment)}, sloth_id!=""}`;
  return `sum by (${identity}) (\n  ${expr}\n  * on (slo) group_left (${identity}) ${info}\n)`;
}

function increaseRules(plan: AlertPlan): Rule[] {
  const series = seriesOf(plan.settings.job);
  const over = `[${promDuration(stepMs)}]`;
  const rule = (
    record: string,
    name: 'sensei_slo_bad_slices_total' | 'sensei_slo_valid_slices_total',
  ): Rule => ({
    record,
    expr: identified(plan, `sum by (slo) (increase(${series(name)}${over}))`),
  });
  return [
    rule(badIncreases, 'sensei_slo_bad_slices_total'),
    rule(validIncreases, 'sensei_slo_valid_slices_total'),
  ];
}

/** Bad of valid slices, from the counters. Absent, never NaN, where nothing was valid. */
function rawRatio(plan: AlertPlan, ms: number): Rule {
  const series = seriesOf(plan.settings.job);
  const window = promDuration(ms);
  const [bad, valid] = [
    series('sensei_slo_bad_slices_total'),
    series('sensei_slo_valid_slices_total'),
  ];
  return {
    record: ratioName(ms),
    expr: identified(
      plan,
      `sum by (slo) (rate(${bad}[${window}]))\n  / (sum by (slo) (rate(${valid}[${window}])) > 0)`,
    ),
    labels: { sloth_window: window },
  };
}

/** The same from the recorded increases: a ratio of sums, at a twentieth of the samples. */
function summedRatio(plan: AlertPlan, ms: number): RecordingRule {
  const matchers = isOfDeployment(plan);
  const window = promDuration(ms);
  return {
    record: ratioName(ms),
    expr: `sum_over_time(${badIncreases}{${matchers}}[${window}])\n/ (sum_over_time(${validIncreases}{${matchers}}[${window}]) > 0)`,
    labels: { sloth_window: window },
  };
}

/**
 * How much of a window was observed. An alert weighs its long window by it, so that the first failure
 * after a cold start, when nearly all of the window is missing, is not taken for an hour of failures.
 */
function coverageRule(plan: AlertPlan, ms: number): Rule {
  const window = promDuration(ms);
  const mine = isOfDeployment(plan);
  const slice = `slo:sensei_slo_slice:seconds{${mine}}`;
  const valid = seriesOf(plan.settings.job)('sensei_slo_valid_slices_total');
  const slices =
    ms <= longestRawMs
      ? identified(plan, `sum by (slo) (increase(${valid}[${window}]))`)
      : `sum_over_time(${validIncreases}{${mine}}[${window}])`;
  return {
    record: coverageName(ms),
    expr: `clamp_max(\n${slices}\n* ${slice} / ${number(ms / 1000)},\n1)`,
    labels: { sloth_window: window },
  };
}

function overBudget(plan: AlertPlan, ratio: string): string {
  const mine = isOfDeployment(plan);
  return `${ratio}{${mine}}\n/ on (${identity}) group_left\n${slothNames.errorBudget}{${mine}}`;
}

/** Rolling periods: from the increases. Only SLOs of that period, where there are several. */
function rollingRules(plan: AlertPlan, ms: number): RecordingRule[] {
  const period = promDuration(ms);
  const { record, expr, labels } = summedRatio(plan, ms);
  const onlyThese = `and on (${identity}) ${infoName}{deployment=${quoted(plan.deployment)}, period=${quoted(period)}}`;
  const others = plan.slos.some(({ period: other }) => periodName(other) !== period);
  const isWindow = burnWindows.some((window) => window.ms === ms);
  return [
    ...(isWindow
      ? []
      : [{ record, expr: others ? `(${expr})\n${onlyThese}` : expr, ...(labels && { labels }) }]),
    {
      record: slothNames.periodBurn,
      expr: others ? `${overBudget(plan, record)}\n${onlyThese}` : overBudget(plan, record),
    },
  ];
}

/** Calendar periods: as the exporter tells, which knows when the month began. */
function calendarRules(
  plan: AlertPlan,
  period: Extract<Period, { kind: 'calendar' }>,
): RecordingRule[] {
  const series = seriesOf(plan.settings.job);
  const ms = periodLengthMs(period);
  const info = `${infoName}{deployment=${quoted(plan.deployment)}, period=${quoted(periodName(period))}}`;
  const burn = `sum by (${identity}) (\n  (1 - min by (slo) (${series('sensei_slo_error_budget_remaining_ratio')}))\n  * on (slo) group_left (${identity}) ${info}\n)`;
  return [
    { record: slothNames.periodBurn, expr: burn },
    {
      record: ratioName(ms),
      expr: `(${burn})\n* on (${identity}) ${slothNames.errorBudget}{${isOfDeployment(plan)}}`,
      labels: { sloth_window: promDuration(ms) },
    },
  ];
}

/** Distinct periods, in the order in which SLOs name them. */
export function periodsOf(slos: readonly Slo[]): Period[] {
  return [...new Map(slos.map(({ period }) => [periodName(period), period])).values()];
}

/** Rules that record the same, each of the SLOs of its period, as one. */
function merged(rules: readonly RecordingRule[]): RecordingRule[] {
  return [...new Set(rules.map(({ record }) => record))].map((record) => {
    const same = rules.filter((rule) => rule.record === record);
    if (same.length === 1) return same[0]!;
    return { ...same[0]!, expr: same.map(({ expr }) => `(${expr})`).join('\nor\n') };
  });
}

function periodRules(plan: AlertPlan): Rule[] {
  const rules = merged(
    periodsOf(plan.slos).flatMap((period) =>
      period.kind === 'rolling' ? rollingRules(plan, period.ms) : calendarRules(plan, period),
    ),
  );
  const remaining = {
    record: slothNames.budgetRemaining,
    expr: `1 - ${slothNames.periodBurn}{${isOfDeployment(plan)}}`,
  };
  return plan.slos.length === 0 ? [] : [...rules, remaining];
}

/**
 * Recording rules of all SLOs, with the names and labels of Sloth. One rule serves all SLOs; the only
 * rules of one SLO each are constants. Raw counters are read over an hour at most: longer windows are
 * added up from increases over 5 minutes, recorded once each 5 minutes.
 */
export function recordingGroups(plan: AlertPlan): RuleGroup[] {
  const { deployment, settings } = plan;
  const windows = burnWindows.map(({ ms }) => ms);
  const weighed = new Set(alertWindows.map(({ longMs }) => longMs));
  const summed = (ms: number) => [
    summedRatio(plan, ms),
    ...(weighed.has(ms) ? [coverageRule(plan, ms)] : []),
  ];
  const raw = windows.filter((ms) => ms <= longestRawMs);
  const middle = windows.filter((ms) => ms > longestRawMs && ms <= longMs);
  const long = windows.filter((ms) => ms > longMs);
  const current: Rule = {
    record: slothNames.currentBurn,
    expr: overBudget(plan, ratioName(stepMs)),
  };
  const group = (name: string, intervalMs: number, rules: readonly Rule[]) => ({
    name: `sensei-${deployment}-${name}`,
    interval: promDuration(intervalMs),
    rules,
  });
  return [
    group('slo-objectives', 2 * minute, [
      ...plan.slos.flatMap((slo) => metaRules(plan, slo)),
      ...plan.regions.map((slo) => regionInfo(plan, slo)),
    ]),
    group('slo-increases', stepMs, increaseRules(plan)),
    group('slo-ratios', settings.interval, [...raw.map((ms) => rawRatio(plan, ms)), current]),
    group('slo-ratios-hours', minute, [
      ...raw.filter((ms) => weighed.has(ms)).map((ms) => coverageRule(plan, ms)),
      ...middle.flatMap(summed),
    ]),
    group('slo-ratios-days', stepMs, [...long.flatMap(summed), ...periodRules(plan)]),
  ].filter(({ rules }) => rules.length > 0);
}
