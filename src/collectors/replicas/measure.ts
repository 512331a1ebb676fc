import type { Increment, Sample } from '../../metrics/sample.js';
import type { EvidenceEvent, Fact, Observation } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import { accessChanges, instanceChanges, instanceIncrements } from './events.js';
import { uncrowded } from './crowd.js';
import { factsOf, leaderFact } from './facts.js';
import { isSteady, judge, type Background, type ComponentJudgement } from './judge.js';
import { leaderChanges, leadershipOf, type Leadership } from './leader.js';
import { nodeChanges, nodesView, noNodes, type NodesView } from './nodes.js';
import { scopeKey } from './resources.js';
import { workloadChanges } from './rollouts.js';
import {
  clusterLabels,
  componentSamples,
  leaseSamples,
  minimumSamples,
  nodeSamples,
  scopeIncrements,
  scopeSamples,
} from './samples.js';
import type { ComponentView, HeldLease, ReplicasSnapshot, ScopeView } from './snapshot.js';
import type { ReplicasTarget } from './targets.js';

/** What is remembered of a cluster. */
export interface ReplicasMemory {
  readonly nodes: NodesView;
  readonly nodeLeases: ReplicasSnapshot['nodeLeases'];
  readonly components: ReadonlyMap<string, ComponentState>;
  /** Who held each lease, by component. */
  readonly holders: ReadonlyMap<string, string>;
  /** Counts of each scope at the last look. */
  readonly scopes: ReadonlyMap<string, ScopeView>;
  /** Scopes that a right is missing for. */
  readonly denied: ReadonlySet<string>;
}

/** A component as it was judged, with what that came to. */
interface ComponentState {
  readonly judged: ComponentJudgement;
  readonly samples: readonly Sample[];
  readonly facts: readonly Fact[];
}

/** The SLI of as many instances serving as are wanted, rollouts and drains apart. */
export function capacitySli(target: Pick<ReplicasTarget, 'name'>, component: string): string {
  return `replicas/${target.name}/${component}/capacity`;
}

/** The SLI of enough instances, that do not share one zone. */
export function redundancySli(target: Pick<ReplicasTarget, 'name'>, component: string): string {
  return `replicas/${target.name}/${component}/redundancy`;
}

/** The SLI of there being a leader. */
export function leaderSli(target: Pick<ReplicasTarget, 'name'>, component: string): string {
  return `replicas/${target.name}/${component}/leader`;
}

type Found = Pick<Observation, 'outcome' | 'reason' | 'lastProof' | 'capacity'>;

function capacityOf({ lossCause, capacity, lastProof, findings }: ComponentJudgement): Found {
  if (findings.has('workload_missing')) return { outcome: 'unknown', reason: 'workload_missing' };
  const share = capacity === null ? {} : { capacity };
  if (lossCause === undefined) return { outcome: 'good', ...share };
  const proof = lastProof === undefined ? {} : { lastProof };
  return { outcome: 'bad', reason: lossCause, ...share, ...proof };
}

const redundancyFindings = ['workload_missing', 'below_minimum', 'one_zone', 'one_node'] as const;

function redundancyOf({ findings }: ComponentJudgement): Found {
  const lacking = redundancyFindings.find((finding) => findings.has(finding));
  if (lacking !== undefined) return { outcome: 'bad', reason: lacking };
  return findings.has('zones_unknown')
    ? { outcome: 'unknown', reason: 'zones_unknown' }
    : { outcome: 'good' };
}

function leaderOf({ outcome, reason, lastProof }: Leadership): Found {
  return {
    outcome,
    ...(reason !== undefined && { reason }),
    ...(outcome === 'bad' && lastProof !== undefined && { lastProof }),
  };
}

/** What one component comes to. */
interface Part {
  readonly samples: readonly Sample[];
  readonly increments: readonly Increment[];
  readonly observations: readonly Observation[];
  readonly events: readonly EvidenceEvent[];
  readonly facts: readonly Fact[];
}

function unknownPart(target: ReplicasTarget, { spec }: ComponentView, span: Span): Part {
  const { component, lease } = spec;
  const stamp = { at: span.startedAt, endedAt: span.endedAt };
  const slis = [
    capacitySli(target, component),
    redundancySli(target, component),
    ...(lease === undefined ? [] : [leaderSli(target, component)]),
  ];
  return {
    samples: [],
    increments: [],
    observations: slis.map((sli) => ({ sli, outcome: 'unknown', reason: 'not_known', ...stamp })),
    events: [],
    facts: [],
  };
}

/** A component now: as before, where nothing can have come of it since. */
function stateOf(
  target: ReplicasTarget,
  view: ComponentView,
  before: ComponentState | undefined,
  background: Background,
): ComponentState {
  if (before !== undefined && isSteady(before.judged, view, background.nodes)) {
    const { judged } = before;
    const isQuiet = judged.vacated.length === 0 && judged.filled.length === 0;
    return isQuiet ? before : { ...before, judged: { ...judged, vacated: [], filled: [] } };
  }
  const judged = judge(view, before?.judged.memory, background);
  return { judged, samples: componentSamples(target, judged), facts: factsOf(judged) };
}

function partOf(
  target: ReplicasTarget,
  { judged, samples, facts }: ComponentState,
  held: HeldLease,
  memory: ReplicasMemory,
  { startedAt: at, endedAt }: Span,
): Part {
  const { view, nodes } = judged;
  const { component, lease: name } = view.spec;
  const known = memory.components.get(component)?.judged;
  // Of what is steady there is nothing to compare.
  const before = known === judged ? undefined : known?.memory;
  const leadership = leadershipOf(view, held, endedAt);
  const observations: Observation[] = [
    { sli: capacitySli(target, component), at, endedAt, ...capacityOf(judged) },
    { sli: redundancySli(target, component), at, endedAt, ...redundancyOf(judged) },
    ...(leadership === undefined
      ? []
      : [{ sli: leaderSli(target, component), at, endedAt, ...leaderOf(leadership) }]),
  ];
  return {
    samples: [
      ...samples,
      ...(leadership === undefined || name === undefined
        ? []
        : leaseSamples(target, component, name, leadership)),
    ],
    increments: instanceIncrements(clusterLabels(target), judged, before),
    observations,
    events: [
      ...(before === undefined
        ? []
        : workloadChanges(view, judged.memory.workloads, before.workloads, endedAt)),
      ...instanceChanges(judged, before, nodes),
      ...leaderChanges(view, leadership?.lease, memory.holders.get(component)),
    ],
    facts: leadership === undefined ? facts : [...facts, leaderFact(view, leadership)],
  };
}

const noMemory: ReplicasMemory = {
  nodes: noNodes,
  nodeLeases: new Map(),
  components: new Map(),
  holders: new Map(),
  scopes: new Map(),
  denied: new Set(),
};

function holdersOf({ leases }: ReplicasSnapshot, before: ReadonlyMap<string, string>) {
  const now = [...leases].flatMap(([component, held]) =>
    held === 'unknown' || held.lease === undefined ? [] : [[component, held.lease.holder] as const],
  );
  return new Map([...before, ...now]);
}

/** A right is missing until the scope is read again. */
function deniedNow(scopes: readonly ScopeView[], before: ReadonlySet<string>): Set<string> {
  const found = scopes.filter(({ scope, failure }) =>
    failure === undefined ? false : failure.isDenied || before.has(scopeKey(scope)),
  );
  return new Set(found.map(({ scope }) => scopeKey(scope)));
}

/** What is held of a cluster as samples, observations and events. Pure. */
export function measureReplicas(
  target: ReplicasTarget,
  snapshot: ReplicasSnapshot,
  memory: ReplicasMemory = noMemory,
  span: Span,
): Measurement<ReplicasMemory> {
  const { at } = snapshot;
  const nodes = nodesView(snapshot, memory.nodes, memory.nodeLeases);
  const background = { nodes, snapshot, plannedMs: target.plannedMs };
  const isKnown = ({ unknownBecause }: ComponentView) => unknownBecause === undefined;
  const states = snapshot.components
    .filter(isKnown)
    .map((view) => stateOf(target, view, memory.components.get(view.spec.component), background));
  const parts = [
    ...snapshot.components
      .filter((view) => !isKnown(view))
      .map((view) => unknownPart(target, view, span)),
    ...states.map((state) => {
      const held = snapshot.leases.get(state.judged.view.spec.component) ?? 'unknown';
      return partOf(target, state, held, memory, span);
    }),
  ];
  const { scopes } = snapshot;
  const keyOf = ({ scope }: ScopeView) => scopeKey(scope);
  return {
    samples: [
      ...minimumSamples(target),
      ...scopeSamples(target, snapshot),
      ...nodeSamples(target, nodes),
      ...parts.flatMap(({ samples }) => samples),
    ],
    increments: [
      ...scopes.flatMap((scope) => scopeIncrements(target, scope, memory.scopes.get(keyOf(scope)))),
      ...parts.flatMap(({ increments }) => increments),
    ],
    observations: parts.flatMap(({ observations }) => observations),
    events: [
      ...accessChanges(scopes, memory.denied, keyOf, at),
      ...uncrowded(nodeChanges(nodes, memory.nodes, at)),
      ...parts.flatMap(({ events }) => uncrowded(events)),
    ],
    facts: parts.flatMap(({ facts }) => facts),
    memory: {
      nodes,
      nodeLeases: snapshot.nodeLeases,
      components: new Map([
        ...memory.components,
        ...states.map((state) => [state.judged.view.spec.component, state] as const),
      ]),
      holders: holdersOf(snapshot, memory.holders),
      scopes: new Map(scopes.map((scope) => [keyOf(scope), scope])),
      denied: deniedNow(scopes, memory.denied),
    },
  };
}
