import { drillStandings, shownDrills } from '../../src/drills/standing.js';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { judgeDrill } from '../../src/drills/judge.js';
import type { BurnDownPoint } from '../../src/slo/burn-down.js';
import type { ExposurePoint } from '../../src/slo/exposure-history.js';
import type { Incident } from '../../src/slo/incident.js';
import type { ShownTarget } from '../../src/health/target.js';
import type { StatusModel } from '../../src/status-page/model.js';
import { configuration, drillOf } from '../drills/drill-of.js';
import {
  complianceAnswerOf,
  dayMs,
  eventOf,
  hourMs,
  incidentOf,
  sloAnswerOf,
  verdictOf,
} from '../support/slo-fixtures.js';

export const nowMs = Date.parse('2026-03-20T03:12:45Z');

function targetOf(changes: Partial<ShownTarget>): ShownTarget {
  return {
    id: 'lb/api',
    kind: 'lb',
    component: 'api',
    region: 'eu',
    zone: '',
    memberZones: {},
    status: 'ok',
    lastSuccessAt: '2026-03-20T03:12:44.000Z',
    lastFailure: null,
    stale: false,
    facts: [],
    ...changes,
  };
}

function fact(name: string, value: string | number | boolean | null) {
  return { name, value };
}

/** A load balancer with an endpoint for each zone. */
function endpoints(): ShownTarget[] {
  return ['', 'a', 'b'].map((zone) =>
    targetOf({ id: `lb/api${zone}`, zone, facts: [fact('up', true)] }),
  );
}

/** Three members under Patroni, one in each zone; `down` do not answer. */
function cluster(down: readonly string[]): ShownTarget {
  const members = ['pg1', 'pg2', 'pg3'];
  return targetOf({
    id: 'patroni/orders',
    kind: 'patroni',
    component: 'postgresql',
    memberZones: { pg1: 'a', pg2: 'b', pg3: 'c' },
    facts: members.flatMap((name, index) => [
      fact(`members.${name}.up`, !down.includes(name)),
      fact(`members.${name}.role`, ['leader', 'sync_standby', 'replica'][index]!),
    ]),
  });
}

function sentinels(): ShownTarget {
  return targetOf({
    id: 'sentinel/cache',
    kind: 'sentinel',
    component: 'redis',
    memberZones: { s1: 'a', s2: 'b', s3: 'c' },
    facts: ['s1', 's2', 's3'].map((name) => fact(`${name}.master`, '10.0.0.1:6379')),
  });
}

function workers(): ShownTarget {
  return targetOf({
    id: 'replicas/eu',
    kind: 'replicas',
    component: '',
    facts: [
      fact('workers.serving', 5),
      fact('workers.desired', 6),
      fact('workers.minimum', 4),
      fact('workers.findings', ''),
      fact('workers.zone.a', 3),
      fact('workers.zone.b', 2),
      fact('workers.zone.c', 0),
    ],
  });
}

/** A budget that was spent in steps. */
export function burnDownOf(steps: readonly number[]): BurnDownPoint[] {
  const width = (30 * dayMs) / steps.length;
  let remaining = 1;
  return steps.map((step, index) => {
    remaining -= step;
    return { atMs: nowMs - 30 * dayMs + (index + 1) * width, remaining };
  });
}

function exposurePoints(worstMs: (minute: number) => number | null): ExposurePoint[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    atMs: nowMs - hourMs + minute * 60_000,
    worstMs: worstMs(minute),
  }));
}

function outageOf(daysAgo: number, changes: Partial<Incident>): Incident {
  const at = nowMs - daysAgo * dayMs;
  const { lowMs = 41_300, highMs = lowMs + 500 } = changes;
  return incidentOf({
    id: `6f1c0000-0000-4000-8000-${String(Math.round(daysAgo * 1000)).padStart(12, '0')}`,
    lastOkBeforeMs: at - 500,
    firstFailMs: at,
    lastFailMs: at + lowMs,
    openedMs: at + 1500,
    firstOkMs: at + lowMs,
    closedMs: at + lowMs + 10_000,
    detectedMs: at + 1000,
    decidedMs: at + 9000,
    lowMs,
    highMs,
    evidence: [
      eventOf({
        atMs: at + 900,
        type: 'member_down',
        subject: 'pg1',
        detail: 'pg1 does not answer',
      }),
      eventOf({ id: 'e2', atMs: at + 9000 }),
    ],
    ...changes,
  });
}

/** What the last month was like. */
export const past: readonly Incident[] = [
  outageOf(0.3, { lowMs: 5400, highMs: 5700 }),
  outageOf(2.2, {
    slo: 'cache-writes',
    component: 'redis',
    scenario: 'redis_primary',
    lowMs: 2200,
    highMs: 2400,
    targetMs: 30_000,
  }),
  outageOf(6, { class: 'planned_switchover', lowMs: 1700, highMs: 1900 }),
  outageOf(11.5, { lowMs: 75_200, highMs: 75_700, verdict: 'breached' }),
  outageOf(19, {
    slo: 'api-availability',
    component: 'api',
    scenario: 'pod',
    lowMs: 800,
    highMs: 1300,
    targetMs: 1000,
    verdict: 'indeterminate',
  }),
];

const burnDowns: Readonly<Record<string, readonly BurnDownPoint[]>> = {
  'orders-writes': burnDownOf([0, 0, 0, 0.02, 0, 0.4, 0, 0, 0.01, 0, 0, 0.2, 0, 0, 0.05]),
  'cache-writes': burnDownOf([0, 0, 0, 0, 0, 0, 0, 0.08, 0, 0, 0, 0, 0, 0, 0]),
  'api-availability': burnDownOf([0, 0.1, 0, 0, 0.3, 0, 0.4, 0, 0, 0.35, 0, 0, 0, 0, 0]),
};

const verdicts = [
  verdictOf({
    evidence: [{ incident: past[0]!.id, atMs: nowMs - dayMs, lowMs: 41_300, highMs: 41_800 }],
  }),
  verdictOf({
    disruption: 'redis_primary',
    reason: 'the worst of 1 took 2.20 s to 2.40 s, the target is 30.0 s',
  }),
  verdictOf({
    disruption: 'pod',
    status: 'indeterminate',
    targetMs: 1000,
    reason: 'the worst of 1 took 0.80 s to 1.30 s, the target is 1.00 s',
  }),
  verdictOf({
    disruption: 'zone',
    status: 'no_evidence',
    evidence: [],
    reason: 'no zone failure and no drill of one was seen',
  }),
  verdictOf({
    disruption: 'region',
    objective: 'rpo',
    targetMs: 900_000,
    reason: 'the last 0.40 s of orders would be lost now, the target is 900.0 s',
    evidence: [{ dataset: 'orders', atMs: nowMs, exposureMs: 400 }],
  }),
  verdictOf({
    disruption: 'pod',
    objective: 'rpo',
    status: 'not_applicable',
    targetMs: null,
    evidence: [],
  }),
  verdictOf({ tier: 'premium', promised: false, status: 'breached' }),
];

const drillTerms = {
  periodsMs: { pod: 31 * dayMs, node: 92 * dayMs, zone: 92 * dayMs, region: 366 * dayMs },
  rtoMs: hourMs,
  configuration,
  nowMs,
};

/** How drills stand that were made `daysAgo`. */
export function standingsOf(drills: readonly (readonly [Partial<DrillEvidence>, number])[]) {
  const judged = drills.map(([changes, daysAgo], index) => {
    const injectedAt = new Date(nowMs - daysAgo * dayMs).toISOString();
    const id = `7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c${String(index).padStart(4, '0')}`;
    return judgeDrill(drillOf({ id, injectedAt, ...changes }), drillTerms);
  });
  return drillStandings(shownDrills(judged, [], drillTerms), drillTerms);
}

/** A deployment in normal life, with a past; changes make it another. */
export function statusModelOf(changes: Partial<StatusModel> = {}): StatusModel {
  const { exposures } = complianceAnswerOf();
  return {
    deployment: 'orders',
    version: '1.2.3',
    tier: 'enhanced',
    atMs: nowMs,
    slos: [
      sloAnswerOf({
        budgetRemaining: 0.32,
        burnRates: {
          '5m': { burnRate: 0, coverage: 1, good: 3000, bad: 0, unknown: 0, excluded: 0 },
          '1h': { burnRate: 0.5, coverage: 1, good: 36_000, bad: 18, unknown: 0, excluded: 0 },
        },
      }),
      sloAnswerOf({ name: 'cache-writes', component: 'redis', budgetRemaining: 0.92 }),
      sloAnswerOf({
        name: 'api-availability',
        component: 'api',
        budgetRemaining: -0.15,
        status: 'breached',
      }),
      sloAnswerOf({
        name: 'documents-rpo',
        type: 'rpo',
        component: 'objects',
        budgetRemaining: null,
        status: 'unknown',
        periodCoverage: 0.31,
      }),
    ],
    verdicts,
    exposures: [
      ...exposures,
      {
        dataset: 'documents',
        exposureMs: 12_000,
        targetMs: 900_000,
        status: 'met',
        path: 'copy',
        source: 'canary object',
        unproved: null,
      },
      {
        dataset: 'orders-backups',
        exposureMs: 240_000,
        targetMs: 900_000,
        status: 'unknown',
        path: 'backup',
        source: 'pgbackrest info',
        unproved: 'no restore test is recorded',
      },
    ],
    worstDataset: 'orders-backups',
    drills: standingsOf([
      [{ incident: past[0]!.id }, 11],
      [{ scenario: 'node', targets: [] }, 3],
      [{ scenario: 'zone', recovery: { lowSeconds: 20, highSeconds: 21 } }, 40],
      [{ scenario: 'region', recovery: { lowSeconds: 600, highSeconds: 640 } }, 400],
    ]),
    open: [],
    incidents: past,
    incidentRevision: 1,
    regions: [{ region: 'eu', state: 'up', isDownHere: false, votes: 0, vantagePoints: 2 }],
    store: { state: 'recorder', error: null, queued: 0 },
    exposureHistory: (dataset) =>
      exposurePoints((minute) =>
        dataset === 'orders' && minute > 20 && minute < 26
          ? minute * 800
          : dataset === 'orders'
            ? 300
            : (minute % 6) * 40_000 + 1000,
      ),
    burnDown: (slo) => burnDowns[slo] ?? [],
    targets: [...endpoints(), cluster([]), sentinels(), workers()],
    ...changes,
  };
}

/** The primary is lost and nothing has taken over yet. */
export function outageModel(atMs = nowMs): StatusModel {
  const firstFailMs = nowMs - 7400;
  const open = outageOf(0, {
    id: '0be40000-0000-4000-8000-000000000001',
    firstFailMs,
    lastOkBeforeMs: firstFailMs - 100,
    openedMs: firstFailMs + 300,
    lastFailMs: nowMs - 100,
    firstOkMs: null,
    closedMs: null,
    highMs: null,
    lowMs: 7300,
    verdict: 'met',
    evidence: [
      eventOf({
        atMs: firstFailMs + 900,
        type: 'member_down',
        subject: 'pg1',
        detail: 'pg1 does not answer',
      }),
    ],
  });
  const base = statusModelOf();
  return {
    ...base,
    atMs,
    targets: [...endpoints(), cluster(['pg1']), sentinels(), workers()],
    slos: base.slos.map((slo) =>
      slo.name === 'orders-writes' ? { ...slo, openIncident: open.id } : slo,
    ),
    open: [open],
    incidents: [open, ...past],
    incidentRevision: 2,
  };
}

/** The history store does not answer. */
export function storeDownModel(): StatusModel {
  return statusModelOf({
    store: {
      state: 'failing',
      error: 'the disk is full: make room; recording goes on by itself (SQLITE_FULL)',
      queued: 4211,
    },
  });
}
