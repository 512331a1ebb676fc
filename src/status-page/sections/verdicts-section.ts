import { formatBracket, formatDuration, formatShareDown } from '../../report/figures.js';
import { Markup, markup } from '../../report/markup.js';
import { scenarioWords } from '../../report/words.js';
import { disruptions, type Verdict, type VerdictEvidence } from '../../slo/answers.js';
import { tierNames } from '../../slo/tiers.js';
import type { StatusModel } from '../model.js';
import { attainment, incidentPath, instant } from '../words.js';

function measured(evidence: VerdictEvidence): string {
  const { lowMs, highMs = null, exposureMs, capacity, dataset } = evidence;
  if (capacity !== undefined) return `${formatShareDown(capacity)} of the capacity was left`;
  if (lowMs !== undefined) return formatBracket({ lowMs, highMs, firstOkMs: 0 });
  if (dataset === undefined) return '';
  const amount =
    exposureMs === null || exposureMs === undefined ? 'unknown' : formatDuration(exposureMs);
  return `${dataset}: ${amount}`;
}

function evidenceItem(evidence: VerdictEvidence): Markup {
  const { incident, drill, atMs } = evidence;
  const what =
    incident !== undefined
      ? markup`<a href="${incidentPath(incident)}">incident ${incident.slice(0, 8)}</a>`
      : drill === undefined
        ? markup`now`
        : markup`<a href="#drills">drill ${drill.slice(0, 8)}</a>`;
  return markup`<li>${what}, ${instant(atMs)}: ${measured(evidence)}</li>`;
}

function evidenceList({ evidence }: Verdict): Markup {
  if (evidence.length === 0) return new Markup('');
  return markup`<ul class="evidence">${evidence.map(evidenceItem)}</ul>`;
}

function verdictCell(verdict: Verdict | undefined): Markup {
  if (verdict === undefined) return markup`<td></td>`;
  const { status, targetMs, reason, tier, disruption, objective } = verdict;
  if (status === 'not_applicable') return markup`<td>${attainment(status)}</td>`;
  const target = targetMs === null ? '' : `target ${formatDuration(targetMs)}`;
  const key = `verdict-${tier}-${disruption}-${objective}`;
  return markup`<td><details id="${key}"><summary>${attainment(status)} <span class="quiet">${target}</span></summary><p>${reason}.</p>${evidenceList(verdict)}</details></td>`;
}

function promisedRow(disruption: Verdict['disruption'], verdicts: readonly Verdict[]): Markup {
  const of = (objective: Verdict['objective']) =>
    verdicts.find((each) => each.disruption === disruption && each.objective === objective);
  return markup`<tr><th scope="row">${scenarioWords[disruption]}</th>${verdictCell(of('rto'))}${verdictCell(of('rpo'))}</tr>\n`;
}

/** What the other tiers would come to, in one table. */
function otherTiers(verdicts: readonly Verdict[]): Markup {
  const others = tierNames.filter((tier) =>
    verdicts.some((each) => each.tier === tier && !each.promised),
  );
  if (others.length === 0) return new Markup('');
  const cell = (tier: string, disruption: string, objective: string) => {
    const found = verdicts.find(
      (each) =>
        each.tier === tier && each.disruption === disruption && each.objective === objective,
    );
    return found === undefined ? markup`<td></td>` : markup`<td>${attainment(found.status)}</td>`;
  };
  const rows = disruptions.map(
    (disruption) =>
      markup`<tr><th scope="row">${scenarioWords[disruption]}</th>${others.flatMap((tier) => [cell(tier, disruption, 'rto'), cell(tier, disruption, 'rpo')])}</tr>\n`,
  );
  const heads = others.map(
    (tier) => markup`<th scope="col">${tier} RTO</th><th scope="col">${tier} RPO</th>`,
  );
  return markup`<details id="other-tiers"><summary>By the measure of the other tiers</summary><div class="table" role="region" aria-label="Verdicts of the other tiers" tabindex="0"><table>
<thead><tr><th scope="col">Loss of</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

/** Whether what was promised is kept, by kind of failure, with what it rests on. */
export function verdictsSection({ verdicts, tier }: StatusModel): Markup {
  const promised = verdicts.filter((each) => each.promised);
  const rows = disruptions.map((disruption) => promisedRow(disruption, promised));
  const body =
    promised.length === 0
      ? markup`<p class="quiet">No verdict yet.</p>`
      : markup`<div class="table" role="region" aria-label="Verdicts of the ${tier} tier" tabindex="0"><table>
<thead><tr><th scope="col">Loss of</th><th scope="col">Back in time (RTO)</th><th scope="col">Data lost (RPO)</th></tr></thead><tbody>${rows}</tbody></table></div>${otherTiers(verdicts)}`;
  return markup`<section id="verdicts" class="card" aria-labelledby="verdicts-title"><h2 id="verdicts-title">What was promised: ${tier} tier</h2>
<p class="quiet">Met or breached is what was measured, in outages or drills. Open a verdict to see what it rests on.</p>${body}</section>`;
}
