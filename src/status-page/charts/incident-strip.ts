import { scaleLinear } from 'd3-scale';
import { groupedBy } from '../../report/grouping.js';
import { counted } from '../../report/figures.js';
import { markup, type Markup } from '../../report/markup.js';
import type { Incident } from '../../slo/incident.js';
import { compareState, states, type State } from '../../health/state.js';
import { incidentState } from '../words.js';
import { plotMarkup, side, type Level, type Trace } from './plot.js';

const dayMs = 86_400_000;
/** Time that the strip shows, in milliseconds. */
const shownMs = 30 * dayMs;
/** Marks along the strip: incidents that would lie on each other are one. */
const bins = 200;
const binWidth = side / bins;
/** Lanes at most: further components share the last one. */
const mostLanes = 10;

interface Lane {
  readonly name: string;
  readonly incidents: readonly Incident[];
}

/** By component, those with the most incidents first. */
function lanesOf(incidents: readonly Incident[]): Lane[] {
  const lanes = [...groupedBy(incidents, ({ component }) => component)]
    .map(([name, of]) => ({ name, incidents: of }))
    .toSorted((a, b) => b.incidents.length - a.incidents.length);
  if (lanes.length <= mostLanes) return lanes;
  const rest = lanes.slice(mostLanes - 1);
  const name = `${rest.length} other components`;
  return [
    ...lanes.slice(0, mostLanes - 1),
    { name, incidents: rest.flatMap((lane) => lane.incidents) },
  ];
}

/** The worst of each bin that an incident lies in. */
function binsOf({ incidents }: Lane, nowMs: number): Map<number, State> {
  const worst = new Map<number, State>();
  const bin = scaleLinear([nowMs - shownMs, nowMs], [0, bins - 1]).clamp(true);
  for (const incident of incidents) {
    const state = incidentState(incident);
    const end = incident.firstOkMs ?? nowMs;
    for (let at = Math.floor(bin(incident.firstFailMs)); at <= Math.floor(bin(end)); at += 1) {
      const known = worst.get(at);
      if (known === undefined || compareState(state, known) < 0) worst.set(at, state);
    }
  }
  return worst;
}

/** Higher for what is worse: colour says nothing alone. */
const heights: Readonly<Record<State, number>> = {
  bad: 0.8,
  doubtful: 0.6,
  unknown: 0.5,
  planned: 0.25,
  good: 0.4,
};

function tracesOf(lanes: readonly Lane[], nowMs: number): Trace[] {
  const laneHeight = side / lanes.length;
  const paths = new Map<State, string>();
  lanes.forEach((lane, index) => {
    const bottom = (index + 1) * laneHeight;
    for (const [at, state] of binsOf(lane, nowMs)) {
      const height = heights[state] * laneHeight;
      const mark = `M${at * binWidth} ${(bottom - height).toFixed(1)}h${binWidth}v${height.toFixed(1)}h-${binWidth}z`;
      paths.set(state, `${paths.get(state) ?? ''}${mark}`);
    }
  });
  return states.flatMap((state) => {
    const path = paths.get(state);
    return path === undefined ? [] : [{ path, kind: `mark ${state}` }];
  });
}

/** Incidents of the last 30 days, a lane for each component. */
export function incidentStrip(all: readonly Incident[], nowMs: number): Markup {
  const incidents = all.filter(
    ({ firstOkMs, firstFailMs }) => (firstOkMs ?? firstFailMs) >= nowMs - shownMs,
  );
  if (incidents.length === 0) return markup`<p class="quiet">None in the last 30 days.</p>`;
  const lanes = lanesOf(incidents);
  const levels = lanes.map(({ name, incidents: of }, index): Level => {
    const y = ((index + 1) * side) / lanes.length;
    return { y, text: `${name === '' ? 'no component' : name} · ${of.length}`, kind: 'grid' };
  });
  const size = lanes.length > 5 ? 'tall' : 'low';
  return markup`<div class="strip ${size}">${plotMarkup({
    summary: `${counted(incidents.length, 'incident')} in the last 30 days; the list below has each`,
    traces: tracesOf(lanes, nowMs),
    levels,
    times: ['30 d ago', '20 d', '10 d', 'now'],
  })}</div>`;
}
