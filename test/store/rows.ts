import { randomUUID } from 'node:crypto';
import type { Incident, RecordedEvent } from '../../src/slo/incident.js';
import type { SliceRow } from '../../src/slo/slice.js';
import type { JournalEntry } from '../../src/store/journal.js';
import type { Batch, Retention } from '../../src/store/store.js';

export const nothing: Batch = { slices: [], exposures: [], events: [], incidents: [], drills: [] };

const day = 86_400_000;
export const retention: Retention = {
  slicesMs: 93 * day,
  exposuresMs: 93 * day,
  eventsMs: 93 * day,
  incidentsMs: 400 * day,
  drillsMs: 400 * day,
};

export function slice(given: Partial<SliceRow> = {}): SliceRow {
  return {
    slo: 'api',
    widthMs: 5000,
    startMs: 1_795_000_000_000,
    intervalMs: 1000,
    good: 4,
    bad: 1,
    unknown: 0,
    excluded: 0,
    ...given,
  };
}

export function eventOf(given: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: randomUUID(),
    atMs: 1_795_000_000_000,
    type: 'leader_changed',
    target: 'patroni/orders',
    component: 'postgresql',
    region: 'eu',
    zone: '',
    subject: 'a2',
    detail: 'the leader was a1 and is a2',
    ...given,
  };
}

export function incidentOf(given: Partial<Incident> = {}): Incident {
  return {
    id: randomUUID(),
    slo: 'orders-writes',
    sli: 'postgres-canary/orders/write',
    component: 'postgresql',
    region: 'eu',
    zone: '',
    class: 'outage',
    scenario: 'primary_database',
    rule: 'primary_database: leader_changed a2',
    lastOkBeforeMs: 1_795_000_000_000,
    firstFailMs: 1_795_000_000_100,
    lastFailMs: 1_795_000_009_000,
    openedMs: 1_795_000_000_300,
    firstOkMs: 1_795_000_009_100,
    closedMs: 1_795_000_019_100,
    lowMs: 8900,
    highMs: 9100.5,
    targetMs: 60_000,
    verdict: 'met',
    detectedMs: 1_795_000_000_300,
    decidedMs: 1_795_000_006_000,
    reasons: { connect: 80, timeout: 2 },
    resumed: false,
    exposureMs: null,
    lowestCapacity: null,
    partOf: null,
    evidence: [eventOf()],
    ...given,
  };
}

/** The same incident while it is open. */
export function openIncident(given: Partial<Incident> = {}): Incident {
  return incidentOf({ firstOkMs: null, closedMs: null, highMs: null, ...given });
}

/** One that is over. */
export function executionOf(given: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: randomUUID(),
    startedMs: 1_795_000_000_000,
    endedMs: 1_795_000_090_000,
    body: { kind: 'failover', to: 'us-west-2', steps: [{ name: 'fence', result: 'done: “ok”\n' }] },
    ...given,
  };
}
