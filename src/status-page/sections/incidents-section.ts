import { counted, formatBracket } from '../../report/figures.js';
import { incidentFacts } from '../../report/incident-blocks.js';
import { Markup, markup } from '../../report/markup.js';
import { placeOf, scenarioWords } from '../../report/words.js';
import type { Incident, RecordedEvent } from '../../slo/incident.js';
import { bracketChart } from '../charts/bracket-chart.js';
import { incidentStrip } from '../charts/incident-strip.js';
import type { StatusModel } from '../model.js';
import { incidentPath, incidentVerdict, instant, preciseInstant, preciseText } from '../words.js';

/** On the front page; further ones have pages of their own. */
const shownIncidents = 15;
/** Events within the list; all of them are on the incident's page. */
const shownEvents = 6;

function eventItem({ atMs, type, subject, detail, target }: RecordedEvent): Markup {
  return markup`<li>${preciseInstant(atMs)} <b>${type.replaceAll('_', ' ')}</b> ${subject}: ${detail} <span class="quiet">(${target})</span></li>`;
}

/** Events that came with an incident, at most so many. */
export function evidenceMarkup({ id, evidence }: Incident, most: number): Markup {
  if (evidence.length === 0)
    return markup`<p class="quiet">No event of the systems themselves was seen with it.</p>`;
  const rest = evidence.length - most;
  const more =
    rest > 0
      ? markup`<p><a href="${incidentPath(id)}">${counted(rest, 'more event')}</a></p>`
      : new Markup('');
  return markup`<ol class="evidence">${evidence.slice(0, most).map(eventItem)}</ol>${more}`;
}

const glance = [
  'Last good before',
  'First failure',
  'Detected',
  'Successor decided',
  'First good again',
  'Target',
  'Inferred by rule',
  'Failures by reason',
  'Lost with the region',
];

/** What is known of an incident, as a list of names and values. */
export function factsMarkup(incident: Incident, names?: readonly string[]): Markup {
  const facts = incidentFacts(incident, preciseText).filter(
    ([name]) => names === undefined || names.includes(name),
  );
  return markup`<dl>${facts.map(([name, { text }]) => markup`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`;
}

/** One incident: the bracket at a glance, and what it rests on when it is opened. */
export function incidentItem(incident: Incident): Markup {
  const { id, slo, firstFailMs, scenario, class: kind } = incident;
  const what =
    kind === 'outage' ? `loss of: ${scenarioWords[scenario]}` : kind.replaceAll('_', ' ');
  return markup`<li data-key="${id}"><details id="incident-${id}"><summary><span class="when">${instant(firstFailMs)}</span> <span class="what"><b>${slo}</b> <span class="quiet">${placeOf(incident)} · ${what}</span></span>
<span class="lasted">${formatBracket(incident)}</span> ${bracketChart(incident, incident.lowMs)} ${incidentVerdict(incident)}</summary>
${factsMarkup(incident, glance)}${evidenceMarkup(incident, shownEvents)}<p><a href="${incidentPath(id)}">Everything about it</a></p></details></li>\n`;
}

/** What failed, for how long at least and at most, and why. */
export function incidentsSection({ incidents, atMs }: StatusModel): Markup {
  const list =
    incidents.length === 0
      ? markup`<p class="quiet">No incident is recorded.</p>`
      : markup`<ol class="incidents">${incidents.slice(0, shownIncidents).map(incidentItem)}</ol>
<p><a href="/incidents">All ${counted(incidents.length, 'incident')}</a></p>`;
  return markup`<section id="incidents" class="card" aria-labelledby="incidents-title"><h2 id="incidents-title">Incidents</h2>
<p class="quiet">A recovery time is a bracket of what the probes prove: at least the solid bar, at most the pale one; the mark is the target.</p>
${incidentStrip(incidents, atMs)}${list}</section>`;
}
