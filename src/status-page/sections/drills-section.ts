import type { DrillVerdict } from '../../drills/judge.js';
import type { DrillStanding, ShownDrill } from '../../drills/standing.js';
import type { State } from '../../health/state.js';
import { formatDuration } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import { scenarioWords } from '../../report/words.js';
import type { StatusModel } from '../model.js';
import { badge, when } from '../state.js';
import { incidentPath, instant, instantText } from '../words.js';

const verdictStates: Readonly<Record<DrillVerdict, State>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubtful',
  stale: 'doubtful',
};

/** What was hit, of a drill that may have hit very many. */
const shownTargets = 5;

function targetsText(targets: readonly string[]): string {
  if (targets.length === 0) return 'nothing';
  const rest = targets.length - shownTargets;
  const shown = targets.slice(0, shownTargets).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

function factsMarkup({ atMs, detail, by, targets, environment, incident }: ShownDrill): Markup {
  return markup`<dl><dt>When</dt><dd>${instant(atMs)}</dd><dt>What</dt><dd>${detail}</dd>
${when(by !== null, () => markup`<dt>By</dt><dd>${by!}</dd>`)}${when(targets !== null, () => markup`<dt>Hit</dt><dd>${targetsText(targets!)}</dd>`)}${when(environment !== null, () => markup`<dt>Where</dt><dd>${environment!}</dd>`)}${when(incident !== null, () => markup`<dt>Measured in</dt><dd><a href="${incidentPath(incident!)}">incident ${incident!.slice(0, 8)}</a></dd>`)}</dl>`;
}

/** By the day: that is what drills are planned by. */
function day(ms: number): Markup {
  return markup`<time class="figure" datetime="${new Date(ms).toISOString()}">${instantText(ms).slice(0, 10)}</time>`;
}

function newestCell({ scenario, newest }: DrillStanding): Markup {
  if (newest === null) return markup`<td>never</td>`;
  const { atMs, verdict, reason } = newest;
  return markup`<td><details id="drill-${scenario}"><summary>${badge(verdictStates[verdict], verdict)} ${day(atMs)}</summary>${factsMarkup(newest)}</details><span class="quiet">${reason}</span></td>`;
}

function dueCell({ periodMs, dueMs, isOverdue }: DrillStanding): Markup {
  if (periodMs === null) return markup`<td><span class="quiet">none is due</span></td>`;
  const often = markup`<span class="quiet">every ${formatDuration(periodMs)}</span>`;
  if (!isOverdue) return markup`<td>${day(dueMs!)} ${often}</td>`;
  const since = dueMs === null ? markup`none counts,` : markup`since ${day(dueMs)},`;
  return markup`<td>${badge('doubtful', 'overdue')} ${since} ${often}</td>`;
}

function row(standing: DrillStanding): Markup {
  return markup`<tr><th scope="row">${scenarioWords[standing.scenario]}</th>${newestCell(standing)}${dueCell(standing)}</tr>\n`;
}

function noneMarkup(drills: readonly DrillStanding[]): Markup {
  const due = drills.filter(({ isOverdue }) => isOverdue);
  const names = due.map(({ scenario }) => scenarioWords[scenario]).join(', ');
  return markup`<p class="quiet">No drill is on record.${names === '' ? '' : ` One is due of the loss of: ${names}.`}</p>`;
}

/** What was exercised on purpose, what it came to, and what is to be exercised next. */
export function drillsSection({ drills }: StatusModel): Markup {
  const shown = drills.filter(({ newest, periodMs }) => newest !== null || periodMs !== null);
  const body = drills.every(({ newest }) => newest === null)
    ? noneMarkup(drills)
    : markup`<div class="table" role="region" aria-label="Drills" tabindex="0"><table>
<thead><tr><th scope="col">Loss of</th><th scope="col">Newest drill</th><th scope="col">Next due</th></tr></thead><tbody>${shown.map(row)}</tbody></table></div>`;
  return markup`<section id="drills" class="card" aria-labelledby="drills-title"><h2 id="drills-title">Drills</h2>${body}</section>`;
}
