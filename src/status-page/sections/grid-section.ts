import { Markup, markup } from '../../report/markup.js';
import { groupedBy } from '../../report/grouping.js';
import type { Incident } from '../../slo/incident.js';
import type { RegionStanding } from '../../slo/region.js';
import { gridOf, type Cell, type Grid, type Place, type Row } from '../grid.js';
import type { Instance } from '../../health/instances.js';
import type { StatusModel } from '../model.js';
import type { State } from '../../health/state.js';
import { badge, sign, when } from '../state.js';

const stateWords: Readonly<Record<State, string>> = {
  good: 'up',
  bad: 'down',
  doubtful: 'not whole',
  unknown: 'not known',
  planned: 'maintenance',
};
const regionWords = { up: 'good', suspected: 'doubtful', down: 'bad' } as const;

function chip({ name, state, note }: Instance): Markup {
  const hint = note === '' ? stateWords[state] : note;
  return markup`<span class="chip ${state}">${sign(state)} <b>${name}</b> ${hint}</span>`;
}

function cellMarkup({ instances, state }: Cell): Markup {
  if (state === undefined) return markup`<td class="none"><span class="unseen">none</span></td>`;
  const isTold = instances.length > 0;
  const content = isTold ? instances.map(chip) : [badge(state, stateWords[state])];
  return markup`<td class="${state}">${content}</td>`;
}

/**
 * Whether what is under way answers again. Not for how long it lasts: that stands above, and the grid of a
 * large deployment would be sent anew every second for it.
 */
function outageWord({ firstOkMs }: Incident): [State, string] {
  return firstOkMs === null ? ['bad', 'down'] : ['doubtful', 'answers again'];
}

function rowMarkup({ component, state, outages, cells }: Row): Markup {
  const [first] = outages.toSorted((a, b) => (a.firstOkMs ?? 0) - (b.firstOkMs ?? 0));
  const [shown, word] = first === undefined ? [state, stateWords[state]] : outageWord(first);
  const name = component === '' ? 'no component' : component;
  return markup`<tr data-key="${component}"><th scope="row">${name}</th><td>${badge(shown, word)}</td>${cells.map(cellMarkup)}</tr>\n`;
}

function regionHead(
  region: string,
  places: readonly Place[],
  standings: readonly RegionStanding[],
) {
  const found = standings.find((each) => each.region === region);
  const state = when(found !== undefined, () => badge(regionWords[found!.state], found!.state));
  return markup`<th scope="colgroup" colspan="${String(places.length)}">${region === '' ? 'no region' : region} ${state}</th>`;
}

function headMarkup({ places }: Grid, regions: readonly RegionStanding[]): Markup {
  const groups = [...groupedBy(places, ({ region }) => region)];
  const zones = places.map(
    ({ zone }) => markup`<th scope="col">${zone === '' ? 'all zones' : zone}</th>`,
  );
  return markup`<thead><tr><th scope="col" rowspan="2">Component</th><th scope="col" rowspan="2">State</th>${groups.map(
    ([region, of]) => regionHead(region, of, regions),
  )}</tr>
<tr>${zones}</tr></thead>`;
}

/** Every component at every place, and how it stands there. */
export function gridSection(model: StatusModel): Markup {
  const grid = gridOf(model);
  const title = markup`<h2 id="grid-title">Components by region and zone</h2>`;
  if (grid.rows.length === 0)
    return markup`<section id="grid" class="card" aria-labelledby="grid-title">${title}<p class="quiet">Nothing is watched yet.</p></section>`;
  return markup`<section id="grid" class="card" aria-labelledby="grid-title">${title}
<div class="table grid" role="region" aria-label="Components by region and zone" tabindex="0"><table>${headMarkup(grid, model.regions)}
<tbody>${grid.rows.map(rowMarkup)}</tbody></table></div></section>`;
}
