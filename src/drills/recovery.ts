import type { Incident } from '../slo/incident.js';
import type { Slo } from '../slo/objective.js';
import type { SliState } from './series.js';

/** What the exporter says of one SLO at one instant. */
export interface SloLook {
  readonly name: string;
  readonly now: SliState;
  readonly openIncident: string | null;
  /** Slices that were not good, since the exporter was started. */
  readonly failures: number;
  /** All slices, since the exporter was started. */
  readonly slices: number;
}

/** An incident, as far as drills read it. */
export type DrillIncident = Pick<
  Incident,
  | 'id'
  | 'slo'
  | 'component'
  | 'class'
  | 'scenario'
  | 'firstFailMs'
  | 'firstOkMs'
  | 'closedMs'
  | 'lowMs'
  | 'highMs'
  | 'targetMs'
  | 'lowestCapacity'
  | 'exposureMs'
>;

/** One answer of the exporter. */
export interface Look {
  /** When it came, by the clock of this machine. */
  readonly atMs: number;
  /** When it was made, by the exporter's clock. */
  readonly toldMs: number;
  readonly deployment: string;
  readonly slos: readonly SloLook[];
  /** Of the time of the drill. */
  readonly incidents: readonly DrillIncident[];
}

/** SLOs that are not good, or are in an outage: nothing is broken on purpose on top of that. */
export function notWell(look: Look, watched: readonly Slo[]): string[] {
  const found = new Map(look.slos.map((each) => [each.name, each]));
  return watched.flatMap(({ name }) => {
    const slo = found.get(name);
    if (slo === undefined) return [`${name} is not known to the exporter`];
    if (slo.openIncident !== null) return [`${name} is in an outage (${slo.openIncident})`];
    return slo.now === 'good' ? [] : [`${name} is ${slo.now}`];
  });
}

/** Incidents of the SLOs that were not there before. */
export function incidentsSince(
  { incidents }: Look,
  slos: readonly Slo[],
  before: Look | undefined,
): DrillIncident[] {
  const names = new Set(slos.map(({ name }) => name));
  const known = new Set(before?.incidents.map(({ id }) => id));
  return incidents.filter(({ slo, id }) => names.has(slo) && !known.has(id));
}

/** What a drill is held against while it runs. */
export interface Since {
  readonly timed: readonly Slo[];
  /** The last look before. */
  readonly before: Look | undefined;
  /** Unix milliseconds. */
  readonly injectedMs: number;
  /** When an outage would have been told of. */
  readonly settledMs: number;
  /** Whether the exporter was started again since then: its counts say nothing of the time between. */
  readonly isRestarted?: boolean;
}

export type Phase = 'waiting' | 'recovered' | 'unfelt';

/** Whether what users see is back, or was never gone for as long as an outage takes to be told. */
export function phaseOf(look: Look, { timed, before, settledMs }: Since): Phase {
  const names = new Set(timed.map(({ name }) => name));
  const isWell = look.slos
    .filter(({ name }) => names.has(name))
    .every(({ now, openIncident }) => now === 'good' && openIncident === null);
  if (!isWell) return 'waiting';
  const incidents = incidentsSince(look, timed, before);
  if (incidents.some(({ closedMs }) => closedMs === null)) return 'waiting';
  if (look.atMs < settledMs) return 'waiting';
  return incidents.length > 0 ? 'recovered' : 'unfelt';
}

export interface Recovery {
  readonly lowMs: number;
  /** Null where nothing bounds it. */
  readonly highMs: number | null;
  /** Null while it is not over. */
  readonly recoveredMs: number | null;
  /** The incident that took longest. */
  readonly incident: string | undefined;
}

function failuresOf(look: Look | undefined, slo: string): number | undefined {
  return look?.slos.find(({ name }) => name === slo)?.failures;
}

/** The longest that an SLO can have been down unnoticed; Infinity where its counts do not tell. */
function longestMs({ name, intervalMs }: Slo, before: Look | undefined, look: Look): number {
  const [first, last] = [failuresOf(before, name), failuresOf(look, name)];
  // Counts that went back are of an exporter that was started again.
  if (first === undefined || last === undefined || last < first) return Infinity;
  return (last - first + 1) * intervalMs;
}

/**
 * Where no outage was told, failures in a row were fewer than open one. As many slices as were not good
 * lie between two that were: it took no longer than one interval more than those.
 */
function unfelt(look: Look, { timed, before, injectedMs, isRestarted }: Since): Recovery {
  const longest = Math.max(...timed.map((slo) => longestMs(slo, before, look)));
  const highMs = isRestarted === true ? Infinity : longest;
  return {
    lowMs: 0,
    highMs: highMs === Infinity ? null : highMs,
    recoveredMs: injectedMs,
    incident: undefined,
  };
}

function worstOf(incidents: readonly DrillIncident[]): Recovery {
  const [longest] = incidents.toSorted((a, b) => b.lowMs - a.lowMs);
  const highs = incidents.map(({ highMs, closedMs }) => (closedMs === null ? null : highMs));
  const ends = incidents.map(({ firstOkMs, closedMs }) => (closedMs === null ? null : firstOkMs));
  const most = (list: readonly (number | null)[]) =>
    list.some((each) => each === null) ? null : Math.max(...list.map(Number));
  return {
    lowMs: longest?.lowMs ?? 0,
    highMs: most(highs),
    recoveredMs: most(ends),
    incident: longest?.id,
  };
}

/** How long it took, by the last look; undefined where that does not tell. */
export function recoveryOf(look: Look, since: Since): Recovery | undefined {
  const incidents = incidentsSince(look, since.timed, since.before);
  if (incidents.length > 0) return worstOf(incidents);
  return phaseOf(look, since) === 'unfelt' ? unfelt(look, since) : undefined;
}
