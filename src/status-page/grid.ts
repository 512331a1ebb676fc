import type { Incident } from '../slo/incident.js';
import type { SloAnswer } from '../slo/answers.js';
import { compareText, groupedBy } from '../report/grouping.js';
import { instancesOf, type Instance } from '../health/instances.js';
import type { StatusModel } from './model.js';
import { worstOf, type State } from '../health/state.js';

/** A column: one zone of a region, or what has no zone. */
export interface Place {
  readonly region: string;
  readonly zone: string;
}

/** A component at one place. */
export interface Cell {
  readonly instances: readonly Instance[];
  /** Objectives that are about this place. */
  readonly slos: readonly SloAnswer[];
  /** Undefined where there is nothing of the component. */
  readonly state: State | undefined;
}

export interface Row {
  readonly component: string;
  readonly state: State;
  readonly outages: readonly Incident[];
  readonly cells: readonly Cell[];
}

export interface Grid {
  readonly places: readonly Place[];
  readonly rows: readonly Row[];
}

function keyOf({ region, zone }: Place): string {
  return JSON.stringify([region, zone]);
}

/** By region, what has no zone first. */
function placesOf(found: readonly Place[]): Place[] {
  const places = new Map(
    found.map(({ region, zone }) => [keyOf({ region, zone }), { region, zone }]),
  );
  return [...places.values()].toSorted(
    (a, b) => compareText(a.region, b.region) || compareText(a.zone, b.zone),
  );
}

/** What answers again is not well before it has lasted. */
function sloState(
  { openIncident, now, burnRates }: SloAnswer,
  answering: ReadonlySet<string>,
): State {
  if (openIncident !== null) return answering.has(openIncident) ? 'doubtful' : 'bad';
  if (now !== 'bad') return now;
  return (burnRates['5m']?.excluded ?? 0) > 0 ? 'planned' : 'doubtful';
}

/** Budgets that are about loss of data are not about who serves. */
function isServing({ type }: SloAnswer): boolean {
  return type !== 'rpo';
}

function cellOf(
  instances: readonly Instance[],
  slos: readonly SloAnswer[],
  answering: ReadonlySet<string>,
): Cell {
  const found = [
    ...instances.map(({ state }) => state),
    ...slos.map((slo) => sloState(slo, answering)),
  ];
  return { instances, slos, state: found.length === 0 ? undefined : worstOf(found, 'unknown') };
}

/** Components by place: what is at each, and how it stands. */
export function gridOf({ targets, slos, open }: StatusModel): Grid {
  const instances = instancesOf(targets);
  const serving = slos.filter(isServing);
  const places = placesOf([...instances, ...serving]);
  const at = (item: Place & { readonly component: string }) =>
    JSON.stringify([item.component, item.region, item.zone]);
  const [instancesAt, slosAt] = [groupedBy(instances, at), groupedBy(serving, at)];
  const answering = new Set(open.flatMap(({ id, firstOkMs }) => (firstOkMs === null ? [] : [id])));
  const outagesOf = groupedBy(open, ({ component }) => component);
  const names = new Set([...instances, ...serving].map(({ component }) => component));
  const rows = [...names].toSorted(compareText).map((component): Row => {
    const cells = places.map((place) => {
      const key = at({ component, ...place });
      return cellOf(instancesAt.get(key) ?? [], slosAt.get(key) ?? [], answering);
    });
    const outages = outagesOf.get(component) ?? [];
    const found = cells.flatMap(({ state }) => (state === undefined ? [] : [state]));
    return { component, outages, cells, state: worstOf(found, 'unknown') };
  });
  return { places, rows };
}
