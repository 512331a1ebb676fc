import type { Attainment } from '../slo/answers.js';
import type { Incident, VerdictStatus } from '../slo/incident.js';
import { recoveryVerdict } from '../report/incident-blocks.js';
import { instantFormat } from '../report/instants.js';
import { Markup, markup } from '../report/markup.js';
import { classWords, statusCell } from '../report/words.js';
import type { State } from '../health/state.js';
import { badge } from './state.js';

const iso = instantFormat('UTC');

/** An instant as `2026-03-10 12:00:00`; the page says once that all of them are UTC. */
export function instantText(ms: number): string {
  return iso(ms).slice(0, 19).replace('T', ' ');
}

/** The same to the millisecond, where probes are ten a second. */
export function preciseText(ms: number): string {
  return iso(ms).slice(0, 23).replace('T', ' ');
}

export function preciseInstant(ms: number): Markup {
  return markup`<time datetime="${iso(ms)}">${preciseText(ms)}</time>`;
}

export function instant(ms: number): Markup {
  return markup`<time datetime="${iso(ms)}">${instantText(ms)}</time>`;
}

const attainmentStates: Readonly<Record<VerdictStatus | Attainment, State>> = {
  met: 'good',
  breached: 'bad',
  indeterminate: 'doubtful',
  no_evidence: 'unknown',
  not_applicable: 'unknown',
  unknown: 'unknown',
};

export function attainmentState(status: VerdictStatus | Attainment): State {
  return attainmentStates[status];
}

export function attainment(status: VerdictStatus | Attainment): Markup {
  if (status === 'not_applicable') return markup`<span class="quiet">not applicable</span>`;
  return badge(attainmentState(status), statusCell(status).text);
}

export function incidentState({ class: kind, verdict, firstOkMs }: Incident): State {
  if (kind !== 'outage') return 'planned';
  if (verdict === 'breached') return 'bad';
  return firstOkMs === null ? 'doubtful' : attainmentState(verdict);
}

/** Whether an outage was over in time; of what was meant to happen, what it was. */
export function incidentVerdict(incident: Incident): Markup {
  const isOutage = incident.class === 'outage';
  const word = isOutage ? recoveryVerdict(incident).text : classWords[incident.class];
  return badge(incidentState(incident), word);
}

export function incidentPath(id: string): string {
  return `/incidents/${encodeURIComponent(id)}`;
}

export function sloPath(name: string): string {
  return `/slos/${encodeURIComponent(name)}`;
}
