import type {
  ComplianceAnswer,
  IncidentsAnswer,
  SloAnswer,
  SlosAnswer,
  Verdict,
} from '../../src/slo/answers.js';
import type { Incident, RecordedEvent } from '../../src/slo/incident.js';
import type { Slo } from '../../src/slo/objective.js';
import type { SliceRow } from '../../src/slo/slice.js';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

const begunMs = Date.parse('2026-03-10T12:00:00Z');

export function eventOf(changes: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: 'e0000000-0000-4000-8000-000000000001',
    atMs: begunMs + 9000,
    type: 'leader_changed',
    target: 'patroni/orders',
    component: 'postgresql',
    region: 'eu',
    zone: 'a',
    subject: 'pg2',
    detail: 'the leader was pg1 and is pg2',
    ...changes,
  };
}

/** An outage of the primary database whose recovery took between 41.3 s and 41.8 s. */
export function incidentOf(changes: Partial<Incident> = {}): Incident {
  return {
    id: '6f1c0000-0000-4000-8000-000000000001',
    slo: 'orders-writes',
    sli: 'postgres/orders/write',
    component: 'postgresql',
    region: 'eu',
    zone: 'a',
    class: 'outage',
    scenario: 'primary_database',
    rule: 'leader-changed-unplanned',
    lastOkBeforeMs: begunMs - 500,
    firstFailMs: begunMs,
    lastFailMs: begunMs + 41_000,
    openedMs: begunMs + 1500,
    firstOkMs: begunMs + 41_300,
    closedMs: begunMs + 51_300,
    lowMs: 41_300,
    highMs: 41_800,
    targetMs: 60_000,
    verdict: 'met',
    detectedMs: begunMs + 1000,
    decidedMs: begunMs + 9000,
    reasons: { timeout: 3, refused: 80 },
    resumed: false,
    exposureMs: 1200,
    lowestCapacity: null,
    partOf: null,
    evidence: [eventOf()],
    ...changes,
  };
}

export function sloOf(changes: Partial<Slo> = {}): Slo {
  return {
    name: 'orders-writes',
    type: 'availability',
    sli: 'postgres/orders/write',
    component: 'postgresql',
    region: 'eu',
    zone: '',
    objective: 0.999,
    period: { kind: 'rolling', ms: 30 * dayMs },
    intervalMs: 1000,
    timeoutMs: 500,
    recoveryTargetMs: 60_000,
    outageThreshold: 3,
    maintenance: [],
    source: 'default',
    ...changes,
  };
}

/** An hour of one-second slices, all good unless told otherwise. */
export function hourOf(startMs: number, changes: Partial<SliceRow> = {}): SliceRow {
  return {
    slo: 'orders-writes',
    widthMs: hourMs,
    startMs,
    intervalMs: 1000,
    good: 3600,
    bad: 0,
    unknown: 0,
    excluded: 0,
    ...changes,
  };
}

export function hoursOf(fromMs: number, toMs: number, changes: Partial<SliceRow> = {}): SliceRow[] {
  const starts = Array.from({ length: (toMs - fromMs) / hourMs }, (_, i) => fromMs + i * hourMs);
  return starts.map((startMs) => hourOf(startMs, changes));
}

export function verdictOf(changes: Partial<Verdict> = {}): Verdict {
  return {
    tier: 'enhanced',
    promised: true,
    disruption: 'primary_database',
    objective: 'rto',
    status: 'met',
    targetMs: 60_000,
    reason: '1 outage recovered within 41.3 s to 41.8 s; the target is 1 min.',
    evidence: [
      {
        incident: '6f1c0000-0000-4000-8000-000000000001',
        atMs: begunMs,
        lowMs: 41_300,
        highMs: 41_800,
      },
    ],
    ...changes,
  };
}

const counts = { good: 2_591_900, bad: 100, unknown: 0, excluded: 0 };

export function sloAnswerOf(changes: Partial<SloAnswer> = {}): SloAnswer {
  return {
    name: 'orders-writes',
    type: 'availability',
    sli: 'postgres/orders/write',
    component: 'postgresql',
    region: 'eu',
    zone: '',
    objective: 0.999,
    source: 'default',
    period: '30d',
    burnRates: {
      '1h': { burnRate: 0.5, coverage: 1, ...counts },
      '6h': { burnRate: null, coverage: 0.2, ...counts },
    },
    periodCounts: counts,
    totals: counts,
    periodCoverage: 0.99996,
    budgetRemaining: 0.9614,
    exhaustionSeconds: null,
    status: 'met',
    now: 'good',
    openIncident: null,
    ...changes,
  };
}

const header = { deployment: 'orders', at: '2026-03-20T00:00:00.000Z' };

export function slosAnswerOf(...slos: readonly SloAnswer[]): SlosAnswer {
  return { ...header, slos };
}

export function incidentsAnswerOf(
  incidents: readonly Incident[],
  { complete = true } = {},
): IncidentsAnswer {
  return { ...header, incidents, complete };
}

export function complianceAnswerOf(changes: Partial<ComplianceAnswer> = {}): ComplianceAnswer {
  const dataset = { dataset: 'orders', exposureMs: 1200, targetMs: 900_000, source: 'heartbeat' };
  return {
    ...header,
    tier: 'enhanced',
    verdicts: [verdictOf()],
    exposures: [{ ...dataset, status: 'met', path: 'copy', unproved: null }],
    worstDataset: 'orders',
    ...changes,
  };
}
