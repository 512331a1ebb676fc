import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { step, type Ledger, type LedgerStep } from '../../src/collectors/replicas/ledger.js';
import { noNodes } from '../../src/collectors/replicas/nodes.js';
import type { PodRecord, WorkloadRecord } from '../../src/collectors/replicas/records.js';
import type { ComponentView } from '../../src/collectors/replicas/snapshot.js';
import { isPlanned } from '../../src/collectors/replicas/vacancies.js';

const spec = {
  component: 'api',
  namespace: 'sensei',
  deployment: undefined,
  statefulSet: 'api',
  labels: undefined,
  minimum: 2,
  spread: 'zone',
  lease: undefined,
} as const;

function atMs(ms: number) {
  return { wallMs: 1_795_000_000_000 + ms, monoMs: ms };
}

/** A pod of the set: ready, not ready, or ending. */
type PodState = 'ready' | 'idle' | 'ending';

function podOf(index: number, state: PodState, ms: number): PodRecord {
  return {
    uid: `u${index}`,
    name: `api-${index}`,
    namespace: 'sensei',
    resourceVersion: String(ms),
    receivedAt: atMs(ms),
    ownerUid: 'set',
    nodeName: 'n',
    isRunning: true,
    isReady: state === 'ready',
    isDeleting: state === 'ending',
    isOver: false,
    endsByMs: null,
    disruption: null,
    restarts: 0,
    trouble: '',
    labels: {},
    revision: '',
    unreachableSeconds: 0,
    turnedAt: atMs(ms),
    leftAtEnd: state === 'ending' ? 1 : null,
    wasCordonedAtEnd: false,
  };
}

function viewOf(desired: number, pods: readonly PodRecord[]): ComponentView {
  const set: WorkloadRecord = {
    uid: 'set',
    name: 'api',
    namespace: 'sensei',
    resourceVersion: '1',
    receivedAt: atMs(0),
    kind: 'StatefulSet',
    labels: {},
    replicas: desired,
    isObserved: true,
    available: 0,
    updated: 0,
    template: '',
    partition: 0,
    updateRevision: '',
    currentRevision: '',
    isStuck: false,
    zoneConstraint: 'none',
    nodeConstraint: 'none',
  };
  return {
    spec,
    unknownBecause: undefined,
    workloads: [set],
    replicaSets: new Map(),
    pods,
    budgets: undefined,
    slices: undefined,
  };
}

function look(before: Ledger | undefined, desired: number, pods: readonly PodRecord[], ms: number) {
  const serving = new Map(
    pods.filter(({ isReady, isDeleting }) => isReady && !isDeleting).map((pod) => [pod.uid, pod]),
  );
  const view = viewOf(desired, pods);
  const surroundings = { view, nodes: noNodes, isRolling: false, at: atMs(ms) };
  return step(before, { desired, serving, pods, ended: new Map(), surroundings });
}

const moments = fc.array(
  fc.record({
    desired: fc.nat({ max: 6 }),
    pods: fc.uniqueArray(
      fc.record({
        index: fc.nat({ max: 9 }),
        state: fc.constantFrom<PodState>('ready', 'idle', 'ending'),
      }),
      { maxLength: 8, selector: ({ index }) => index },
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

interface MomentOf {
  readonly desired: number;
  readonly pods: readonly { readonly index: number; readonly state: PodState }[];
}

function walk(given: readonly MomentOf[]): LedgerStep[] {
  const steps: LedgerStep[] = [];
  for (const [index, { desired, pods }] of given.entries()) {
    const ms = index * 200;
    const records = pods.map(({ index: id, state }) => podOf(id, state, ms));
    steps.push(look(steps.at(-1)?.ledger, desired, records, ms));
  }
  return steps;
}

describe('the ledger of missing instances', () => {
  it('has a vacancy for each wanted instance that does not serve, whatever came before', () => {
    fc.assert(
      fc.property(moments, (given) => {
        for (const { ledger } of walk(given)) {
          const missing = Math.max(0, ledger.desired - ledger.serving.size);
          expect(ledger.vacancies).toHaveLength(missing);
        }
      }),
    );
  });

  it('never holds who serves to be missing, nor anybody twice', () => {
    fc.assert(
      fc.property(moments, (given) => {
        for (const { ledger } of walk(given)) {
          const gone = ledger.vacancies.flatMap(({ pod }) => pod?.uid ?? []);
          expect(new Set(gone).size).toBe(gone.length);
          expect(gone.filter((uid) => ledger.serving.has(uid))).toEqual([]);
        }
      }),
    );
  });

  it('fills a place only with who did not serve before, and each place once', () => {
    fc.assert(
      fc.property(moments, (given) => {
        let before: Ledger | undefined;
        for (const { ledger, filled } of walk(given)) {
          const by = filled.map(({ by: pod }) => pod.uid);
          expect(by.filter((uid) => before?.serving.has(uid) ?? true)).toEqual([]);
          expect(new Set(filled.map(({ vacancy }) => vacancy)).size).toBe(filled.length);
          before = ledger;
        }
      }),
    );
  });

  it('calls what is newly wanted planned, and what failed beside it a failure', () => {
    const two = [podOf(0, 'ready', 0), podOf(1, 'ready', 0)];
    const first = look(undefined, 2, two, 0);
    const half = [podOf(0, 'idle', 200), podOf(1, 'ready', 0)];
    const { ledger } = look(first.ledger, 3, half, 200);
    expect(ledger.vacancies.map(({ cause }) => cause).toSorted()).toEqual([
      'pod_not_ready',
      'scale_up',
    ]);
    expect(ledger.vacancies.filter(({ cause }) => isPlanned(cause))).toHaveLength(1);
  });
});
