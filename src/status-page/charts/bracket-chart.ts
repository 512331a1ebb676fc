import { scaleLinear } from 'd3-scale';
import { formatBracket, formatDuration } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import type { Incident } from '../../slo/incident.js';
import { incidentState } from '../words.js';
import { side, sparkline } from './plot.js';

function bar(fromX: number, toX: number, top: number, height: number): string {
  const width = Math.max(4, toX - fromX);
  return `M${fromX.toFixed(0)} ${top}h${width.toFixed(0)}v${height}h${(-width).toFixed(0)}z`;
}

/**
 * A recovery time as it is known, against its target: solid up to what it was at least, pale up to what
 * it was at most, a mark at the target. An outage under way has no end yet.
 */
export function bracketChart(incident: Incident, lastedMs: number): Markup {
  const { highMs, targetMs, firstOkMs } = incident;
  const lowMs = firstOkMs === null ? Math.max(incident.lowMs, lastedMs) : incident.lowMs;
  const x = scaleLinear([0, Math.max(targetMs, highMs ?? lowMs) * 1.15], [0, side]);
  const state = incidentState(incident);
  const summary = `${formatBracket({ ...incident, lowMs })}, target ${formatDuration(targetMs)}`;
  return markup`<span class="bracket">${sparkline(summary, [
    { path: bar(0, side, 440, 120), kind: 'rail' },
    { path: bar(x(lowMs), x(highMs ?? lowMs), 200, 600), kind: `high ${state}` },
    { path: bar(0, x(lowMs), 200, 600), kind: `low ${state}` },
    { path: `M${x(targetMs).toFixed(0)} 0V${side}`, kind: 'target' },
  ])}</span>`;
}
