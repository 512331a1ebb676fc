import type { Slo } from '../slo/objective.js';
import { drillFormat, type DrillEvidence } from './evidence.js';
import {
  incidentsSince,
  recoveryOf,
  type DrillIncident,
  type Look,
  type Recovery,
  type Since,
} from './recovery.js';
import { mostSeries, type SliSeries } from './series.js';

/** What is known of a drill before it begins. */
export interface DrillHead {
  readonly id: string;
  readonly plan: string;
  readonly scenario: DrillEvidence['scenario'];
  readonly environment: string;
  readonly by: string;
  readonly what: string;
  readonly configuration: string;
}

/** What became of it. */
export interface DrillCourse {
  readonly targets: readonly string[];
  readonly injectedMs: number;
  readonly cleanup: NonNullable<DrillEvidence['cleanup']>;
  readonly notes: readonly string[];
  /** Why the failure was not made as planned, or was ended before it was over. */
  readonly problem?: string | undefined;
  readonly recordedMs: number;
}

/** What the exporter saw of it. */
export interface DrillSight {
  readonly look: Look;
  readonly since: Since;
  readonly watched: readonly Slo[];
  readonly series: readonly SliSeries[];
}

const mostIncidents = 200;
const mostNotes = 10_000;
const mostProblem = 2000;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function recoveryKeys(recovery: Recovery | undefined, injectedMs: number) {
  if (recovery === undefined) return { recoveredAt: null };
  const { lowMs, highMs, recoveredMs, incident } = recovery;
  return {
    // By the clock of the exporter, which may differ by as much as is let pass.
    recoveredAt: recoveredMs === null ? null : iso(Math.max(recoveredMs, injectedMs)),
    recovery: {
      lowSeconds: lowMs / 1000,
      highSeconds: highMs === null ? null : Math.max(lowMs, highMs) / 1000,
    },
    ...(incident !== undefined && { incident }),
  };
}

function incidentOf(incident: DrillIncident, timed: ReadonlySet<string>) {
  const { id, slo, component, class: kind, scenario, lowMs, highMs, targetMs } = incident;
  return {
    id,
    slo,
    component,
    class: kind,
    scenario,
    lowSeconds: lowMs / 1000,
    highSeconds: highMs === null || incident.closedMs === null ? null : highMs / 1000,
    targetSeconds: targetMs / 1000,
    lowestCapacity: incident.lowestCapacity,
    isTimed: timed.has(slo),
  };
}

/** Data that was lost is told of by the loss of a region alone. */
function lossOf({ scenario }: DrillHead, incidents: readonly DrillIncident[]): number | null {
  const told = incidents.flatMap(({ exposureMs }) => exposureMs ?? []);
  return scenario !== 'region' || told.length === 0 ? null : Math.max(...told) / 1000;
}

function sightKeys(head: DrillHead, { look, since, watched, series }: DrillSight) {
  const incidents = incidentsSince(look, watched, since.before);
  const timed = new Set(since.timed.map(({ name }) => name));
  return {
    ...recoveryKeys(recoveryOf(look, since), since.injectedMs),
    lossSeconds: lossOf(head, incidents),
    incidents: incidents.slice(0, mostIncidents).map((each) => incidentOf(each, timed)),
    series: series.slice(0, mostSeries).map(({ slo, changes, toMs, isComplete }) => ({
      slo,
      changes: changes.map(([atMs, state]): [number, typeof state] => [atMs, state]),
      toMs,
      isComplete,
    })),
  };
}

/** The evidence of a drill; without anything that the exporter saw, no recovery was seen. */
export function composeEvidence(
  head: DrillHead,
  { targets, injectedMs, cleanup, notes, problem, recordedMs }: DrillCourse,
  sight: DrillSight | undefined,
): DrillEvidence {
  const seen =
    sight === undefined ? { recoveredAt: null, lossSeconds: null } : sightKeys(head, sight);
  const { plan, ...rest } = head;
  const text = notes.join('\n').slice(0, mostNotes);
  return {
    format: drillFormat,
    ...rest,
    plan,
    targets: targets.slice(0, 1000).map((target) => target.slice(0, 253)),
    injectedAt: iso(injectedMs),
    ...seen,
    cleanedUp: cleanup.length > 0 && cleanup.every(({ isDone }) => isDone),
    cleanup,
    ...(problem !== undefined && { problem: problem.slice(0, mostProblem) }),
    ...(text !== '' && { notes: text }),
    recordedAt: iso(recordedMs),
  };
}
