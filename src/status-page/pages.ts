import { counted, formatBracket, formatDuration, formatShare } from '../report/figures.js';
import { compareText } from '../report/grouping.js';
import { markup, type Markup } from '../report/markup.js';
import type { Incident } from '../slo/incident.js';
import type { BurnRateAnswer, SloAnswer } from '../slo/answers.js';
import { bracketChart } from './charts/bracket-chart.js';
import type { State } from '../health/state.js';
import type { ShownTarget } from '../health/target.js';
import type { StatusModel } from './model.js';
import { budgetChart, budgetTable } from './sections/budgets-section.js';
import { evidenceMarkup, factsMarkup, incidentItem } from './sections/incidents-section.js';
import { badge } from './state.js';
import { attainment, incidentPath, incidentVerdict, instant } from './words.js';

/** Incidents, or SLOs, of one page. */
const pageSize = 50;
/** Incidents listed with an SLO: the newest. */
const shownOfSlo = 20;

/** Which incidents are asked for. */
export interface IncidentsQuery {
  /** From 1. */
  readonly page: number;
  readonly component: string | undefined;
}

/** One page of many items, and the way to the others. */
interface Turned<Item> {
  readonly shown: readonly Item[];
  readonly turn: Markup;
}

function turned<Item>(
  items: readonly Item[],
  wanted: number,
  pathOf: (page: number) => string,
): Turned<Item> {
  const pages = Math.max(1, Math.ceil(items.length / pageSize));
  const page = Math.min(wanted, pages);
  const to = (other: number, text: string) =>
    other >= 1 && other <= pages ? markup`<a href="${pathOf(other)}">${text}</a> ` : markup``;
  const turn = markup`<nav class="pages" aria-label="Pages">${to(page - 1, 'back')}<span>page ${String(page)} of ${String(pages)}</span> ${to(page + 1, 'on')}</nav>`;
  return { shown: items.slice((page - 1) * pageSize, page * pageSize), turn };
}

function incidentsPath({ page, component }: IncidentsQuery): string {
  const query = new URLSearchParams(component === undefined ? {} : { component });
  query.set('page', String(page));
  return `/incidents?${query.toString()}`;
}

function filterMarkup(incidents: readonly Incident[], chosen: string | undefined): Markup {
  const names = [...new Set(incidents.map(({ component }) => component))].toSorted(compareText);
  const options = names.map(
    (name) =>
      markup`<option value="${name}"${name === chosen ? markup` selected` : markup``}>${name}</option>`,
  );
  return markup`<form action="/incidents"><label>Component <select name="component"><option value="">all</option>${options}</select></label> <button>Show</button></form>`;
}

/** All incidents that are in memory, a page at a time. */
export function incidentsPage({ incidents }: StatusModel, query: IncidentsQuery): Markup {
  const { component } = query;
  const found = incidents.filter((each) => component === undefined || each.component === component);
  const { shown, turn } = turned(found, query.page, (page) => incidentsPath({ ...query, page }));
  return markup`<section class="card"><h1>Incidents</h1><p class="quiet">${counted(found.length, 'incident')}, newest first. <code>sensei report</code> reads the whole history.</p>
${filterMarkup(incidents, component)}${turn}<ol class="incidents">${shown.map(incidentItem)}</ol>${turn}</section>`;
}

function lastedMs({ firstFailMs, firstOkMs }: Incident, nowMs: number): number {
  return (firstOkMs ?? nowMs) - firstFailMs;
}

/** One incident with all that is known of it. */
export function incidentPage(incident: Incident, nowMs: number): Markup {
  const { id, slo, firstFailMs, targetMs } = incident;
  return markup`<section class="card"><h1>${slo}, ${instant(firstFailMs)}</h1>
<p>${incidentVerdict(incident)} Down for <b>${formatBracket(incident)}</b>, the target is ${formatDuration(targetMs)}.</p>
<div class="wide">${bracketChart(incident, lastedMs(incident, nowMs))}</div><h2>What is known of it</h2>${factsMarkup(incident)}
<h2>What happened around it</h2>${evidenceMarkup(incident, incident.evidence.length)}
<p class="quiet">At a shell: <code>sensei incidents show ${id.slice(0, 8)}</code>. As JSON: <a href="/api/v1${incidentPath(id)}">/api/v1${incidentPath(id)}</a></p></section>`;
}

/** Every SLO with its budget, by name. */
export function slosPage(model: StatusModel, page: number): Markup {
  const slos = model.slos.toSorted((a, b) => compareText(a.name, b.name));
  const { shown, turn } = turned(slos, page, (other) => `/slos?page=${other}`);
  return markup`<section class="card"><h1>SLOs</h1><p class="quiet">${counted(slos.length, 'SLO')}, by name.</p>${turn}${budgetTable(shown, model)}</section>`;
}

function windowRow([name, answer]: readonly [string, BurnRateAnswer]): Markup {
  const { burnRate, coverage, good, bad, unknown, excluded } = answer;
  const rate = burnRate === null ? 'unknown' : `${Number(burnRate.toPrecision(3))}x`;
  const figures = [good, bad, unknown, excluded].map(
    (count) => markup`<td class="figure">${String(Math.round(count))}</td>`,
  );
  return markup`<tr><th scope="row">${name}</th><td class="figure">${rate}</td><td class="figure">${formatShare(Math.floor(coverage * 1000) / 1000)}</td>${figures}</tr>\n`;
}

function windowsMarkup({ burnRates }: SloAnswer): Markup {
  return markup`<div class="table" role="region" aria-label="Burn rates" tabindex="0"><table>
<thead><tr><th scope="col">Window</th><th scope="col" class="figure">Burn rate</th><th scope="col" class="figure">Observed</th><th scope="col" class="figure">Good</th><th scope="col" class="figure">Bad</th><th scope="col" class="figure">Unknown</th><th scope="col" class="figure">Excluded</th></tr></thead>
<tbody>${Object.entries(burnRates).map(windowRow)}</tbody></table></div>`;
}

/** One SLO: how its budget went, how fast it burns, and what it cost. */
export function sloPage(slo: SloAnswer, model: StatusModel): Markup {
  const { name, sli, objective, period, status, source } = slo;
  const incidents = model.incidents.filter((each) => each.slo === name);
  const list =
    incidents.length === 0
      ? markup`<p class="quiet">None is recorded.</p>`
      : markup`<ol class="incidents">${incidents.slice(0, shownOfSlo).map(incidentItem)}</ol>`;
  return markup`<section class="card"><h1>${name}</h1>
<p>${attainment(status)} ${formatShare(objective)} of the slices of ${sli} must be good over ${period}; from ${source}.</p>
<h2>Budget left</h2>${budgetChart(slo, model)}${budgetTable([slo], model)}<h2>How fast it burns</h2>${windowsMarkup(slo)}<h2>Incidents</h2>${list}</section>`;
}

const targetStates: Readonly<Record<ShownTarget['status'], State>> = {
  ok: 'good',
  failed: 'bad',
  pending: 'unknown',
};

function targetRow(target: ShownTarget): Markup {
  const { id, component, region, zone, status, lastSuccessAt, lastFailure } = target;
  const failure =
    status === 'failed' && lastFailure !== null
      ? `${lastFailure.reason}: ${lastFailure.message}`
      : '';
  return markup`<tr><th scope="row">${id}</th><td>${badge(targetStates[status], status)}</td><td>${component}</td><td>${region}</td><td>${zone}</td>
<td>${lastSuccessAt === null ? 'never' : instant(Date.parse(lastSuccessAt))}</td><td>${failure}</td></tr>\n`;
}

/** Every target with its last result. */
export function targetsPage({ targets }: StatusModel): Markup {
  return markup`<section class="card"><h1>Targets</h1><p class="quiet">${counted(targets.length, 'target')}. Probes run on their own timers; this page and <a href="/metrics">/metrics</a> show what they found. <code>sensei probe KIND/NAME</code> shows what is asked and answered.</p>
<div class="table" role="region" aria-label="Targets" tabindex="0"><table>
<thead><tr><th scope="col">Target</th><th scope="col">Collection</th><th scope="col">Component</th><th scope="col">Region</th><th scope="col">Zone</th><th scope="col">Last success</th><th scope="col">Failure</th></tr></thead>
<tbody>${targets.map(targetRow)}</tbody></table></div></section>`;
}
