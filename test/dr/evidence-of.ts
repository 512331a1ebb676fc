import type { LagSnapshot } from '../../src/collectors/lag/snapshot.js';
import { snapshotOf as answersOf, lagTargetOf, start, type Situation } from '../lag/regions.js';
import type { PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import type {
  CapacityEvidence,
  ClusterEvidence,
  DrEvidence,
  History,
  MeasuredEvidence,
  PairEvidence,
} from '../../src/dr/evidence.js';
import type { Gate, GateName } from '../../src/dr/gates.js';
import { gatesOf } from '../../src/dr/readiness.js';
import type { Fact, Observation } from '../../src/slo/observation.js';
import { recorded, spanOf, targetOf } from '../patroni/recorded.js';

export const minute = 60_000;
export const day = 86_400_000;
/** When everything was asked, in Unix milliseconds. */
export const at = start + 10_000;

/** A Patroni cluster of region `a` or `b`, with its answers as they were recorded, and some changed. */
export function clusterOf(
  region: 'a' | 'b',
  situation: string,
  from: string,
  change: (snapshot: PatroniSnapshot) => PatroniSnapshot = (snapshot) => snapshot,
): ClusterEvidence {
  const names = region === 'a' ? ['a1', 'a2', 'a3'] : ['b1', 'b2'];
  const snapshot = recorded(situation, names, from);
  return {
    target: targetOf(names, { name: `orders-${region}`, region }),
    seen: { ok: true, value: change(snapshot) },
    atSeconds: spanOf(snapshot).endedAt.wallMs / 1000,
  };
}

export const healthyA = clusterOf('a', 'ab-healthy', 'a2');
export const healthyB = clusterOf('b', 'ab-healthy', 'b1');

/** A copy in `b` of what `a` has written, 400 ms old. */
export const inStep: Situation = {
  written: '0/5000',
  replayed: '0/5000',
  heartbeat: ['98', at - 400],
};

export function pairOf(situation: Partial<Situation> = {}): PairEvidence {
  return pairWith(answersOf({ ...inStep, ...situation }));
}

export function pairWith(snapshot: LagSnapshot): PairEvidence {
  const asked = { wallMs: at, monoMs: 1000 };
  const span = { startedAt: asked, endedAt: asked };
  return { target: lagTargetOf(), snapshot, span, earlier: undefined };
}

/** The same, with what the primary had written so long before. */
export function pairAfter(
  ms: number,
  written: string,
  situation: Partial<Situation>,
): PairEvidence {
  const asked = { wallMs: at - ms, monoMs: 1000 - ms };
  const snapshot = answersOf({ ...inStep, ...situation, written });
  const earlier = { snapshot, span: { startedAt: asked, endedAt: asked } };
  return { ...pairOf(situation), earlier };
}

export function measuredOf(
  name: string,
  observations: readonly Pick<Observation, 'outcome' | 'reason'>[],
  more: { readonly facts?: readonly Fact[]; readonly restorePoints?: object[] } = {},
): MeasuredEvidence {
  const asked = { wallMs: at, monoMs: 1000 };
  const value = {
    observations: observations.map((each) => ({ sli: name, at: asked, endedAt: asked, ...each })),
    facts: more.facts ?? [],
    restorePoints: (more.restorePoints ?? []) as never,
  };
  return { name, seen: { ok: true, value } };
}

export function silentOf(name: string): MeasuredEvidence {
  return { name, seen: { ok: false, message: `${name} refuses` } };
}

/** A Kubernetes cluster with so many instances of the API, of which two are needed. */
export function instancesOf(serving: number | null): CapacityEvidence {
  const facts = [{ name: 'api.serving', value: serving, source: 'Deployment sensei/api' }];
  const component = {
    component: 'api',
    namespace: 'sensei',
    deployment: 'api',
    statefulSet: undefined,
    labels: undefined,
    minimum: 2,
    spread: 'zone',
    lease: undefined,
  } as const;
  return { ...measuredOf('west', [], { facts }), components: [component] };
}

export function historyOf(given: Partial<History> = {}): DrEvidence['history'] {
  const exposure = { dataset: 'documents', startMs: at - minute, worstMs: 3000, targetMs: minute };
  const drill = {
    id: '1',
    scenario: 'region',
    atMs: at - 30 * day,
    recoveryMs: 5 * minute,
    lossMs: 0,
    detail: '',
  };
  return { ok: true, value: { exposures: [exposure], drills: [drill], ...given } };
}

const agreement: Fact = { name: 'agreement', value: '3 of 3', source: 'the Sentinels' };
const point = { dataset: 'orders', path: 'backup', newestMs: at - 2000, source: 'WAL 9 in main' };

/** Everything as it should be, and some of it changed. */
export function evidenceOf(change: Partial<DrEvidence> = {}): DrEvidence {
  return {
    region: 'b',
    atMs: at,
    rpoMs: minute,
    rtoMs: 15 * minute,
    clusters: [healthyA, healthyB],
    pairs: [pairOf()],
    capacity: [instancesOf(3)],
    redis: [measuredOf('cache', [{ outcome: 'good' }], { facts: [agreement] })],
    backups: [measuredOf('nightly', [{ outcome: 'good' }], { restorePoints: [point] })],
    objects: ['documents'],
    isOff: { postgresql: false, objects: false, redis: false },
    history: historyOf(),
    ...change,
  };
}

export function gateNamed(name: GateName, change: Partial<DrEvidence> = {}): Gate {
  const gate = gatesOf(evidenceOf(change)).find((each) => each.name === name);
  if (gate === undefined) throw new Error(`no gate ${name}`);
  return gate;
}
