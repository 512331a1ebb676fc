import { describe, expect, it } from 'vitest';
import { ruleGroups } from '../../src/alerts/rules.js';
import { alertWindows, burnFactor, detectionMs } from '../../src/slo/burn-rate.js';
import type { Slo } from '../../src/slo/objective.js';
import { examplePlan } from './example-plan.js';
import { promtoolTest } from './promtool-cases.js';

/** 99.9 % over 30 d, a probe a second. */
const slo = 'api-availability';
const plan = await examplePlan();
const info = plan.slos.find(({ name }) => name === slo)!;
/** Of this SLO alone, as promtool evaluates every rule at every step, and without what needs no SLO. */
const groups = ruleGroups({ ...plan, slos: [info], regions: [] }).filter(({ name }) =>
  /slo|error-budgets|exporter$/.test(name),
);
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Stretch {
  readonly ms: number;
  /** Share of failures. */
  readonly bad: number;
}

/** Counters in promtool's notation: expanding, one piece a stretch. */
function counter(
  stretches: readonly Stretch[],
  stepMs: number,
  share: (bad: number) => number,
): string {
  let value = 0;
  const pieces: string[] = [];
  for (const { ms, bad } of stretches) {
    const steps = Math.round(ms / stepMs);
    const growth = share(bad) * (stepMs / second);
    pieces.push(`${value + growth}+${growth}x${steps - 1}`);
    value += growth * steps;
  }
  return `0 ${pieces.join(' ')}`;
}

function shown(ms: number): string {
  return `${Math.round(ms / second)}s`;
}

type State = 'silent' | 'fires';
interface Moment {
  readonly atMs: number;
  readonly page: State;
  readonly ticket?: State;
}

/** Runs the burn alerts over stretches of failures; answers with what promtool says. */
async function burn(
  stepMs: number,
  stretches: readonly Stretch[],
  moments: readonly Moment[],
  evaluationMs = stepMs,
): Promise<string> {
  const burning = (alert: string) =>
    `count(ALERTS{alertname="${alert}", alertstate="firing", slo="${slo}"}) or vector(0)`;
  const check = (alert: string, state: State, atMs: number) => ({
    expr: burning(alert),
    eval_time: shown(atMs),
    exp_samples: [{ value: state === 'fires' ? 1 : 0 }],
  });
  return promtoolTest(groups, {
    evaluation_interval: shown(evaluationMs),
    tests: [
      {
        interval: shown(stepMs),
        input_series: [
          {
            series: `sensei_slo_bad_slices_total{job="sensei", slo="${slo}"}`,
            values: counter(stretches, stepMs, (bad) => bad),
          },
          {
            series: `sensei_slo_valid_slices_total{job="sensei", slo="${slo}"}`,
            values: counter(stretches, stepMs, () => 1),
          },
        ],
        promql_expr_test: moments.flatMap(({ atMs, page, ticket }) => [
          check('SenseiErrorBudgetBurnFast', page, atMs),
          ...(ticket === undefined ? [] : [check('SenseiErrorBudgetBurnSlow', ticket, atMs)]),
        ]),
      },
    ],
  });
}

describe("the Workbook's claims (chapter 5)", () => {
  it('is about an SLO of 99.9 % over 30 days', () => {
    expect(info).toMatchObject({ objective: 0.999, period: { kind: 'rolling', ms: 30 * day } });
    expect(alertWindows.map((window) => burnFactor(window, 30 * day))).toEqual([
      expect.closeTo(14.4, 9),
      expect.closeTo(6, 9),
      expect.closeTo(3, 9),
      expect.closeTo(1, 9),
    ]);
  });

  it('at 100 % errors the page comes within about a minute', async () => {
    const well = 2 * hour;
    const said = await burn(
      15 * second,
      [
        { ms: well, bad: 0 },
        { ms: 5 * minute, bad: 1 },
      ],
      [
        { atMs: well + 45 * second, page: 'silent' },
        { atMs: well + 60 * second, page: 'fires' },
      ],
    );
    expect(said).toBe('');
  });

  it.each([
    { bad: 0.1, by: '2 % of the budget in an hour' },
    { bad: 0.01, by: '5 % of the budget in six hours' },
  ])('at $bad of errors the page comes when the formula says, by $by', async ({ bad }) => {
    const well = 7 * hour;
    const times = alertWindows
      .filter(({ severity }) => severity === 'page')
      .map((window) => ({
        window,
        ms: detectionMs(window, burnFactor(window, 30 * day), bad, info.objective),
      }))
      .filter(({ window, ms }) => ms <= window.longMs)
      .map(({ ms }) => ms);
    const due = Math.min(...times);
    const said = await burn(
      minute,
      [
        { ms: well, bad: 0 },
        { ms: due + 30 * minute, bad },
      ],
      [
        // Increases over five minutes are what six hours are added up from: one step either way.
        { atMs: well + due - 6 * minute, page: 'silent' },
        { atMs: well + due + 6 * minute, page: 'fires' },
      ],
    );
    expect(said).toBe('');
  });

  it('at a burn rate of little more than 1 a ticket comes, and no page', async () => {
    const step = 5 * minute;
    const burnRate = 1.2;
    const due = (3 * day) / burnRate;
    const said = await burn(
      step,
      [{ ms: 4 * day, bad: burnRate * 0.001 }],
      [
        { atMs: day, page: 'silent', ticket: 'silent' },
        { atMs: due - 2 * hour, page: 'silent', ticket: 'silent' },
        { atMs: due + 2 * hour, page: 'silent', ticket: 'fires' },
        { atMs: 4 * day - step, page: 'silent', ticket: 'fires' },
      ],
    );
    expect(said).toBe('');
  });

  it('just below 1 nobody hears of it', async () => {
    const said = await burn(
      5 * minute,
      [{ ms: 4 * day, bad: 0.95 * 0.001 }],
      [{ atMs: 4 * day - 5 * minute, page: 'silent', ticket: 'silent' }],
    );
    expect(said).toBe('');
  });

  it('the page is over within the short window', async () => {
    const well = 7 * hour;
    const said = await burn(
      15 * second,
      [
        { ms: well, bad: 0 },
        { ms: 2 * minute, bad: 1 },
        { ms: 20 * minute, bad: 0 },
      ],
      [
        { atMs: well + 2 * minute, page: 'fires' },
        { atMs: well + 6 * minute, page: 'fires' },
        { atMs: well + 7 * minute + 30 * second, page: 'silent' },
        { atMs: well + 22 * minute, page: 'silent' },
      ],
    );
    expect(said).toBe('');
  });

  it('after ten minutes of errors it is over within the half hour of the second pair', async () => {
    const well = 7 * hour;
    const said = await burn(
      minute,
      [
        { ms: well, bad: 0 },
        { ms: 10 * minute, bad: 1 },
        { ms: 40 * minute, bad: 0 },
      ],
      [
        { atMs: well + 12 * minute, page: 'fires' },
        { atMs: well + 30 * minute, page: 'fires' },
        { atMs: well + 42 * minute, page: 'silent' },
      ],
    );
    expect(said).toBe('');
  });
});

/** What an expression gives at an instant; nothing where it is absent. */
async function evaluate(
  series: Readonly<Record<string, string>>,
  checks: readonly {
    readonly expr: string;
    readonly at: string;
    readonly value: number | undefined;
  }[],
): Promise<string> {
  return promtoolTest(groups, {
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({
          series: `${name}{job="sensei", slo="${slo}"}`,
          values,
        })),
        promql_expr_test: checks.map(({ expr, at, value }) => ({
          expr,
          eval_time: at,
          exp_samples: value === undefined ? [] : [{ value }],
        })),
      },
    ],
  });
}

describe('recording rules', () => {
  const of = `{sloth_slo="${slo}"}`;

  it('a service that is quiet, or in maintenance, has no ratio rather than NaN', async () => {
    const said = await evaluate(
      {
        sensei_slo_bad_slices_total: '0+6x60 360x60',
        sensei_slo_valid_slices_total: '0+60x60 3600x60',
      },
      [
        { expr: `sum(round(slo:sli_error:ratio_rate5m${of}, 0.001))`, at: '59m', value: 0.1 },
        { expr: `sum(slo:sli_error:ratio_rate5m${of})`, at: '90m', value: undefined },
        // A sum with a NaN in it is not equal to itself.
        {
          expr: 'sum({__name__=~"slo:.*"}) == bool sum({__name__=~"slo:.*"})',
          at: '90m',
          value: 1,
        },
        // What was counted before stays what it was.
        { expr: `sum(round(slo:sli_error:ratio_rate30d${of}, 0.001))`, at: '119m', value: 0.1 },
      ],
    );
    expect(said).toBe('');
  });

  it('a long window is a ratio of sums, not a mean of ratios', async () => {
    // A hundred times as many probes in the second hour: the first one weighs a hundredth.
    const said = await evaluate(
      {
        sensei_slo_bad_slices_total: '0+6x60 360x60',
        sensei_slo_valid_slices_total: '0+6x60 366+600x59',
      },
      [
        {
          expr: `sum(slo:sli_error:ratio_rate30d${of}) < bool 0.02`,
          at: '119m',
          value: 1,
        },
      ],
    );
    expect(said).toBe('');
  });

  it('the loss of all series is not good: nothing is told, and somebody is', async () => {
    const said = await promtoolTest(groups, {
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            { series: 'up{job="sensei", instance="a"}', values: '1x60 0x60' },
            {
              series: `sensei_slo_bad_slices_total{job="sensei", slo="${slo}"}`,
              values: '0+0x60 stale _x60',
            },
            {
              series: `sensei_slo_valid_slices_total{job="sensei", slo="${slo}"}`,
              values: '0+60x60 stale _x60',
            },
          ],
          promql_expr_test: [
            {
              expr: `sum(slo:sli_error:ratio_rate5m${of})`,
              eval_time: '60m',
              exp_samples: [{ value: 0 }],
            },
            { expr: `sum(slo:sli_error:ratio_rate5m${of})`, eval_time: '70m', exp_samples: [] },
            { expr: `sum(slo:current_burn_rate:ratio${of})`, eval_time: '70m', exp_samples: [] },
            {
              expr: `count(ALERTS{alertname="SenseiExporterDown", alertstate="firing"})`,
              eval_time: '62m',
              exp_samples: [{ value: 1 }],
            },
            {
              expr: `count(ALERTS{alertname="SenseiSloUnobserved", alertstate="firing", slo="${slo}"})`,
              eval_time: '80m',
              exp_samples: [{ value: 1 }],
            },
          ],
        },
      ],
    });
    expect(said).toBe('');
  });

  it('total failure burns: it is counted, not missing', async () => {
    const said = await evaluate(
      {
        sensei_slo_bad_slices_total: '0+60x60',
        sensei_slo_valid_slices_total: '0+60x60',
      },
      [{ expr: `sum(round(slo:sli_error:ratio_rate5m${of}, 0.001))`, at: '30m', value: 1 }],
    );
    expect(said).toBe('');
  });

  it('periods of several kinds stand beside each other, a month as the exporter counts it', async () => {
    const named = (name: string, period: Slo['period']): Slo => ({ ...info, name, period });
    const slos = [
      named('weekly', { kind: 'rolling', ms: 7 * day }),
      named('rolling', { kind: 'rolling', ms: 30 * day }),
      named('monthly', { kind: 'calendar', unit: 'month', timeZone: 'UTC' }),
    ];
    const counted = (name: string, values: string) =>
      slos.map((each) => ({ series: `${name}{job="sensei", slo="${each.name}"}`, values }));
    const burnRateOf = (name: string, value: number) => ({
      expr: `round(sum(slo:period_burn_rate:ratio{sloth_slo="${name}"}), 0.01)`,
      eval_time: '1h',
      exp_samples: [{ value }],
    });
    const said = await promtoolTest(ruleGroups({ ...plan, slos, regions: [] }), {
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [
            ...counted('sensei_slo_bad_slices_total', '0+0.12x60'),
            ...counted('sensei_slo_valid_slices_total', '0+60x60'),
            {
              series: 'sensei_slo_error_budget_remaining_ratio{job="sensei", slo="monthly"}',
              values: '0.25x60',
            },
          ],
          promql_expr_test: [
            burnRateOf('weekly', 2),
            burnRateOf('rolling', 2),
            burnRateOf('monthly', 0.75),
            {
              expr: 'count by (sloth_slo) (slo:period_error_budget_remaining:ratio)',
              eval_time: '1h',
              exp_samples: slos
                .map(({ name }) => ({ labels: `{sloth_slo="${name}"}`, value: 1 }))
                .toSorted((x, y) => (x.labels < y.labels ? -1 : 1)),
            },
            {
              expr: 'abs(sum(slo:sli_error:ratio_rate30d{sloth_slo="monthly"}) - 0.00075) < bool 1e-9',
              eval_time: '1h',
              exp_samples: [{ value: 1 }],
            },
          ],
        },
      ],
    });
    expect(said).toBe('');
  });

  it('a first failure just after a cold start is no burn: nearly all of the hour is missing', async () => {
    const said = await burn(
      15 * second,
      [
        { ms: 2 * minute, bad: 0 },
        { ms: 30 * second, bad: 1 },
        { ms: 8 * minute, bad: 0 },
      ],
      [
        { atMs: 5 * minute, page: 'silent', ticket: 'silent' },
        { atMs: 10 * minute, page: 'silent', ticket: 'silent' },
      ],
      // Promtool evaluates all groups alike: increases over five minutes must not overlap here.
      5 * minute,
    );
    expect(said).toBe('');
  });
});
