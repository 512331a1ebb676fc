import { formatDuration, formatShare, formatShareDown } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import type { SloAnswer } from '../../slo/answers.js';
import type { BurnDownPoint } from '../../slo/burn-down.js';
import { burnDownChart, burnDownSparkline, type Span } from '../charts/burn-down-chart.js';
import type { StatusModel } from '../model.js';
import { attainment, sloPath } from '../words.js';

const dayMs = 86_400_000;
/** Budgets are counted by the hour. */
const leastShownMs = 3_600_000;
/** Budgets on the front page; the rest have a page of their own. */
const shownBudgets = 12;
/** Periods by the calendar are drawn as long as the longest of their kind. */
const calendarDays: Readonly<Record<string, number>> = { month: 31, quarter: 92 };

/** How an SLO's budget went, and the time that it is drawn over. */
interface Course {
  readonly points: readonly BurnDownPoint[];
  readonly span: Span;
}

/** The whole period, or as much of it as something was observed in. */
function courseOf({ name, period }: SloAnswer, model: StatusModel): Course {
  const points = model.burnDown(name);
  const days = calendarDays[period] ?? Number.parseInt(period, 10);
  const periodMs = days * dayMs;
  const observedMs = model.atMs - (points[0]?.atMs ?? model.atMs - periodMs);
  const shownMs = observedMs < periodMs / 2 ? Math.max(observedMs, leastShownMs) : periodMs;
  return { points, span: { fromMs: model.atMs - shownMs, toMs: model.atMs } };
}

function timesOf({ fromMs, toMs }: Span): string[] {
  const lengthMs = toMs - fromMs;
  return [`${formatDuration(lengthMs)} ago`, formatDuration(lengthMs / 2), 'now'];
}

/** The least left first; those that nothing is known of last. */
export function worstBudgetsFirst(slos: readonly SloAnswer[]): SloAnswer[] {
  const left = ({ budgetRemaining }: SloAnswer) => budgetRemaining ?? Infinity;
  return slos.toSorted((a, b) => left(a) - left(b));
}

function burn(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return '–';
  return `${rate >= 100 ? Math.round(rate) : Number(rate.toPrecision(2))}x`;
}

function coverageText({ periodCoverage, period }: SloAnswer): string {
  return `${formatShareDown(periodCoverage)} of ${period}`;
}

function budgetRow(slo: SloAnswer, model: StatusModel): Markup {
  const { name, objective, budgetRemaining, burnRates, exhaustionSeconds, status } = slo;
  const { points, span } = courseOf(slo, model);
  const spark = burnDownSparkline(name, points, span, slo.period);
  const gone = exhaustionSeconds === null ? '–' : formatDuration(exhaustionSeconds * 1000);
  return markup`<tr data-key="${name}"><th scope="row"><a href="${sloPath(name)}">${name}</a></th><td class="figure">${formatShare(objective)}</td>
<td class="figure">${formatShareDown(budgetRemaining)}</td><td>${spark}</td><td class="figure">${burn(burnRates['1h']?.burnRate)}</td><td class="figure">${burn(burnRates['6h']?.burnRate)}</td>
<td class="figure">${gone}</td><td>${attainment(status)}</td><td class="figure">${coverageText(slo)}</td></tr>\n`;
}

/** A table of budgets. */
export function budgetTable(slos: readonly SloAnswer[], model: StatusModel): Markup {
  return markup`<div class="table" role="region" aria-label="Error budgets" tabindex="0"><table>
<thead><tr><th scope="col">SLO</th><th scope="col" class="figure">Objective</th><th scope="col" class="figure">Budget left</th><th scope="col">Over its period</th><th scope="col" class="figure">Burn 1 h</th><th scope="col" class="figure">Burn 6 h</th><th scope="col" class="figure">Spent in</th><th scope="col">Verdict</th><th scope="col" class="figure">Observed</th></tr></thead>
<tbody>${slos.map((slo) => budgetRow(slo, model))}</tbody></table></div>`;
}

/** How the budget of one SLO went. */
export function budgetChart(slo: SloAnswer, model: StatusModel): Markup {
  const { points, span } = courseOf(slo, model);
  return burnDownChart(slo.name, points, span, slo.period, timesOf(span));
}

/** Error budgets, the worst first, and how the worst went. */
export function budgetsSection(model: StatusModel): Markup {
  const slos = worstBudgetsFirst(model.slos);
  const [worst] = slos;
  const rest = slos.length - shownBudgets;
  const more =
    rest > 0
      ? markup`<p><a href="/slos">All ${String(slos.length)} SLOs</a></p>`
      : markup`<p><a href="/slos">The SLOs by name</a></p>`;
  const body =
    worst === undefined
      ? markup`<p class="quiet">No SLO is configured.</p>`
      : markup`<h3>${worst.name}: the budget that has the least left</h3>${budgetChart(worst, model)}${budgetTable(slos.slice(0, shownBudgets), model)}${more}`;
  return markup`<section id="budgets" class="card" aria-labelledby="budgets-title"><h2 id="budgets-title">Error budgets</h2>
<p class="quiet">What may still fail in the period. A burn of 1x spends exactly the budget; below 90 % observed the verdict is unknown.</p>${body}</section>`;
}
