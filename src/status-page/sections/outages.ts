import { formatDuration } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import { placeOf, scenarioWords } from '../../report/words.js';
import type { Incident } from '../../slo/incident.js';
import { bracketChart } from '../charts/bracket-chart.js';
import type { StatusModel } from '../model.js';
import { incidentPath, incidentVerdict, instant } from '../words.js';

function outageRow(incident: Incident, nowMs: number): Markup {
  const { id, slo, scenario, firstFailMs, firstOkMs, targetMs } = incident;
  const lastedMs = (firstOkMs ?? nowMs) - firstFailMs;
  const left = targetMs - lastedMs;
  const clock =
    left >= 0
      ? `${formatDuration(left)} of the target left`
      : `${formatDuration(-left)} over the target`;
  const doing =
    firstOkMs === null
      ? `down for ${formatDuration(lastedMs)}`
      : `answered after ${formatDuration(lastedMs)}, has to last`;
  return markup`<tr data-key="${id}"><th scope="row"><a href="${incidentPath(id)}">${slo}</a></th>
<td>${incidentVerdict(incident)}</td><td>${doing}</td><td>${bracketChart(incident, lastedMs)}<br>${clock}</td>
<td>${placeOf(incident)}</td><td>${scenarioWords[scenario]}</td><td>${instant(firstFailMs)}</td></tr>`;
}

/** Outages under way, with the time that is left. */
export function outagesSection({ open, atMs }: StatusModel): Markup {
  if (open.length === 0) return markup`<section id="outages" hidden></section>`;
  const rows = open.toSorted((a, b) => a.firstFailMs - b.firstFailMs);
  return markup`<section id="outages" class="card alarm" aria-labelledby="outages-title"><h2 id="outages-title">Under way</h2>
<div class="table" role="region" aria-label="Outages under way" tabindex="0"><table>
<thead><tr><th scope="col">What</th><th scope="col">Verdict</th><th scope="col">State</th><th scope="col">Against its target</th><th scope="col">Region / zone</th><th scope="col">Looks like loss of</th><th scope="col">Since (UTC)</th></tr></thead>
<tbody>${rows.map((incident) => outageRow(incident, atMs))}</tbody></table></div></section>`;
}
