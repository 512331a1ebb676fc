import { randomUUID } from 'node:crypto';
import type { Incident } from '../src/slo/incident.js';
import type { SliceRow } from '../src/slo/slice.js';
import { storeOf } from '../src/store/open-store.js';
import type { Batch } from '../src/store/store.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nothing: Batch = { slices: [], exposures: [], events: [], incidents: [], drills: [] };
/** Rows of one transaction. */
const batchRows = 5000;

/** How much history a store is given. */
export interface Seed {
  /** Names of SLOs; each is of a component of the same name. */
  readonly slos: readonly { readonly name: string; readonly component: string }[];
  readonly incidents: number;
  readonly nowMs: number;
}

/** Outages of all lengths, one after the other over a year, each with some evidence. */
function incidentOf(index: number, { slos, incidents, nowMs }: Seed): Incident {
  const { name: slo, component } = slos[index % slos.length]!;
  const firstFailMs = Math.round(nowMs - (index / incidents) * 360 * dayMs - hourMs);
  const lowMs = 500 + ((index * 7919) % 90_000);
  const highMs = lowMs + 900;
  const targetMs = 60_000;
  return {
    id: randomUUID(),
    slo,
    sli: `lb/${slo}/availability`,
    component,
    region: 'eu',
    zone: 'a',
    class: index % 9 === 0 ? 'planned_switchover' : 'outage',
    scenario: 'pod',
    rule: 'pod: one of several',
    lastOkBeforeMs: firstFailMs - 500,
    firstFailMs,
    lastFailMs: firstFailMs + lowMs,
    openedMs: firstFailMs + 1000,
    firstOkMs: firstFailMs + highMs,
    closedMs: firstFailMs + highMs + 10_000,
    lowMs,
    highMs,
    targetMs,
    verdict: lowMs > targetMs ? 'breached' : highMs <= targetMs ? 'met' : 'indeterminate',
    detectedMs: firstFailMs + 1000,
    decidedMs: null,
    reasons: { connect: 12 },
    resumed: false,
    exposureMs: null,
    lowestCapacity: null,
    partOf: null,
    evidence: [1, 2, 3, 4].map((at) => ({
      id: randomUUID(),
      atMs: firstFailMs + at * 100,
      type: 'endpoint_down',
      target: `lb/${slo}`,
      component,
      region: 'eu',
      zone: 'a',
      subject: `10.0.0.${at}`,
      detail: 'connect ECONNREFUSED',
    })),
  };
}

function hourOf(slo: string, startMs: number): SliceRow {
  const bad = (startMs / hourMs) % 97 === 0 ? 30 : 0;
  return {
    slo,
    widthMs: hourMs,
    startMs,
    intervalMs: 1000,
    good: 3600 - bad,
    bad,
    unknown: 0,
    excluded: 0,
  };
}

function hoursOf({ slos, nowMs }: Seed): SliceRow[] {
  const lastMs = Math.floor(nowMs / hourMs) * hourMs;
  return slos.flatMap(({ name }) =>
    Array.from({ length: 720 }, (_, hour) => hourOf(name, lastMs - (hour + 1) * hourMs)),
  );
}

/** Writes thirty days of hours for each SLO, and a year of incidents, to a new SQLite file. */
export async function seedHistory(file: string, seed: Seed): Promise<void> {
  const store = storeOf(
    { kind: 'sqlite', file },
    { clock: { now: () => ({ wallMs: seed.nowMs }) }, onDamage: () => {} },
  );
  await store.open();
  await store.acquire();
  const slices = hoursOf(seed);
  const incidents = Array.from({ length: seed.incidents }, (_, index) => incidentOf(index, seed));
  for (let at = 0; at < slices.length; at += batchRows)
    await store.write({ ...nothing, slices: slices.slice(at, at + batchRows) });
  await store.write({ ...nothing, incidents });
  await store.close();
}
