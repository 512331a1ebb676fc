import type { Instant } from '../../slo/observation.js';
import { step, type Filled, type Ledger } from './ledger.js';
import type { NodesView } from './nodes.js';
import type { Constraint, PodRecord, WorkloadRecord } from './records.js';
import { isRolling, workloadsNow, type Workloads } from './rollouts.js';
import type { ComponentView, ReplicasSnapshot } from './snapshot.js';
import { effectiveCause, gravest, isPlanned, type Cause, type Vacancy } from './vacancies.js';

/** What can be wrong with how a component stands; each is a label. */
export const findings = [
  'workload_missing',
  'below_minimum',
  'one_zone',
  'one_node',
  'zones_unknown',
  'rollout_stuck',
  'stuck_terminating',
  'budget_blocks_drain',
  'budget_permits_too_much',
  'endpoints_missing',
] as const;
export type Finding = (typeof findings)[number];

/** What is remembered of a component. */
export interface ComponentMemory {
  readonly ledger: Ledger;
  readonly workloads: Workloads;
  /** Restarts of each pod's containers, by uid. */
  readonly restarts: ReadonlyMap<string, number>;
}

/** Whether nothing can have come of it since: no pod, workload or node changed, and nothing waits. */
export function isSteady(
  { view, nodes, isRolling: rolling, missing, terminating }: ComponentJudgement,
  viewNow: ComponentView,
  nodesNow: NodesView,
): boolean {
  return view === viewNow && nodes === nodesNow && !rolling && missing === 0 && terminating === 0;
}

/** Instances that clients are sent to, of one service. */
export interface ServiceEndpoints {
  readonly service: string;
  readonly ready: number;
  /** Instances that serve, and that it sends nobody to. */
  readonly missing: number;
}

/** How a component stands. */
export interface ComponentJudgement {
  readonly view: ComponentView;
  readonly nodes: NodesView;
  readonly desired: number;
  readonly serving: readonly PodRecord[];
  /** Serving instances by zone, zones with none among them; undefined where zones are not known. */
  readonly byZone: ReadonlyMap<string, number> | undefined;
  readonly byNode: ReadonlyMap<string, number>;
  readonly terminating: number;
  readonly stuckTerminating: number;
  readonly isRolling: boolean;
  readonly services: readonly ServiceEndpoints[] | undefined;
  readonly findings: ReadonlySet<Finding>;
  /** The gravest cause of an instance missing that was not meant to; undefined when none is. */
  readonly lossCause: Cause | undefined;
  readonly missing: number;
  readonly missingUnplanned: number;
  /** Share of what is wanted that serves; null where nothing is wanted. */
  readonly capacity: number | null;
  /** The last proof that the nodes lived whose loss is the cause. */
  readonly lastProof: Instant | undefined;
  readonly vacated: readonly Vacancy[];
  readonly filled: readonly Filled[];
  readonly memory: ComponentMemory;
}

/** How long an ending pod may take beyond its grace time, in milliseconds. */
const endingLateMs = 60_000;

function isServing(pod: PodRecord, nodes: NodesView): boolean {
  if (!pod.isRunning || !pod.isReady || pod.isDeleting) return false;
  if (!nodes.isKnown) return true;
  const node = nodes.byName.get(pod.nodeName);
  return node !== undefined && node.removedAt === undefined && node.record.isReady;
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** Zones with none are kept: they are where the next instance belongs. */
function byZone(serving: readonly PodRecord[], nodes: NodesView): Map<string, number> | undefined {
  if (!nodes.isKnown) return undefined;
  const empty = new Map([...nodes.zones.keys()].map((zone) => [zone, 0]));
  const found = countBy(serving, ({ nodeName }) => nodes.byName.get(nodeName)?.record.zone ?? '');
  return new Map([...empty, ...found]);
}

function largest(counts: ReadonlyMap<string, number>): number {
  return Math.max(0, ...counts.values());
}

/** What would still serve without the place that has the most. */
export function survivors(counts: ReadonlyMap<string, number>): number {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return total - largest(counts);
}

function servicesOf({ slices }: ComponentView, serving: readonly PodRecord[]) {
  if (slices === undefined) return undefined;
  const names = [...new Set(slices.map(({ service }) => service))].filter((name) => name !== '');
  return names.map((service): ServiceEndpoints => {
    const reached = new Set(
      slices
        .filter((slice) => slice.service === service)
        .flatMap(({ namespace, readyPods }) => readyPods.map((pod) => `${namespace}/${pod}`)),
    );
    const ready = serving.filter(({ namespace, name }) => reached.has(`${namespace}/${name}`));
    return { service, ready: ready.length, missing: serving.length - ready.length };
  });
}

function placedCount(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].filter((count) => count > 0).length;
}

/** What the redundancy of a component lacks, gravest first; what cannot be known is a finding of its own. */
function spreadFinding(
  { spec }: ComponentView,
  zones: ReadonlyMap<string, number> | undefined,
  nodes: ReadonlyMap<string, number>,
): Finding | undefined {
  if (spec.spread === 'none') return undefined;
  const isOneNode = placedCount(nodes) < 2;
  if (spec.spread === 'node') return isOneNode ? 'one_node' : undefined;
  if (zones === undefined) return 'zones_unknown';
  const unlabelled = zones.get('') ?? 0;
  const used = placedCount(zones) - (unlabelled > 0 ? 1 : 0);
  if (used >= 2) return isOneNode ? 'one_node' : undefined;
  return unlabelled > 0 ? 'zones_unknown' : 'one_zone';
}

function budgetFindings({ budgets = [], spec }: ComponentView, desired: number): Finding[] {
  const trusted = budgets.filter(({ isObserved }) => isObserved);
  const isHealthy = trusted.some(
    ({ disruptionsAllowed, currentHealthy, expectedPods }) =>
      disruptionsAllowed === 0 && expectedPods > 0 && currentHealthy >= expectedPods,
  );
  const permits = trusted.some(
    ({ currentHealthy, disruptionsAllowed }) =>
      desired >= spec.minimum && currentHealthy - disruptionsAllowed < spec.minimum,
  );
  return [
    // An eviction of a pod that has two budgets is refused.
    ...(isHealthy || trusted.length > 1 ? (['budget_blocks_drain'] as const) : []),
    ...(permits ? (['budget_permits_too_much'] as const) : []),
  ];
}

function isStuck({ isDeleting, endsByMs }: PodRecord, at: Instant): boolean {
  return isDeleting && endsByMs !== null && at.wallMs - endsByMs > endingLateMs;
}

function lastProofOf(vacancies: readonly Vacancy[], nodes: NodesView): Instant | undefined {
  const proofs = vacancies
    .filter(({ cause }) => cause === 'node_lost' || cause === 'zone_lost')
    .flatMap(({ pod }) => nodes.byName.get(pod?.nodeName ?? '')?.aliveAt ?? []);
  return proofs.toSorted((a, b) => a.monoMs - b.monoMs)[0];
}

/** The weakest constraint of the workloads: one that is not kept apart is enough. */
export function weakest(constraints: readonly Constraint[]): Constraint {
  const order: readonly Constraint[] = ['none', 'preferred', 'required'];
  return order.find((each) => constraints.includes(each)) ?? 'none';
}

/** What is judged against. */
export interface Background {
  readonly nodes: NodesView;
  readonly snapshot: Pick<ReplicasSnapshot, 'endedPods' | 'at'>;
  readonly plannedMs: number;
}

function findingsOf(
  judged: Pick<
    ComponentJudgement,
    'desired' | 'serving' | 'services' | 'stuckTerminating' | 'byZone' | 'byNode'
  >,
  view: ComponentView,
): Set<Finding> {
  const { desired, serving, services, stuckTerminating, byZone: zones, byNode } = judged;
  const spread = serving.length === 0 ? undefined : spreadFinding(view, zones, byNode);
  const found: (Finding | undefined)[] = [
    view.workloads.length === 0 ? 'workload_missing' : undefined,
    serving.length < view.spec.minimum ? 'below_minimum' : undefined,
    spread,
    view.workloads.some((workload: WorkloadRecord) => workload.isStuck)
      ? 'rollout_stuck'
      : undefined,
    stuckTerminating > 0 ? 'stuck_terminating' : undefined,
    ...budgetFindings(view, desired),
    services?.some(({ missing }) => missing > 0) === true ? 'endpoints_missing' : undefined,
  ];
  return new Set(found.filter((each) => each !== undefined));
}

/** How a component stands, from what is held of it and what it was before. Pure. */
export function judge(
  view: ComponentView,
  before: ComponentMemory | undefined,
  { nodes, snapshot, plannedMs }: Background,
): ComponentJudgement {
  const { at, endedPods: ended } = snapshot;
  const { pods } = view;
  const workloads = workloadsNow(view, before?.workloads ?? new Map(), at);
  // What just ended took its last pods with it.
  const rolling = isRolling(workloads) || isRolling(before?.workloads ?? new Map());
  const serving = pods.filter((pod) => isServing(pod, nodes));
  const desired = view.workloads.reduce((sum, { replicas }) => sum + replicas, 0);
  const surroundings = { view, nodes, isRolling: rolling, at };
  const byUid = new Map(serving.map((pod) => [pod.uid, pod]));
  const { ledger, vacated, filled } = step(before?.ledger, {
    desired,
    serving: byUid,
    pods,
    ended,
    surroundings,
  });
  const losses = ledger.vacancies.filter(
    (vacancy) => !isPlanned(effectiveCause(vacancy, at, plannedMs)),
  );
  const zones = byZone(serving, nodes);
  const placed = {
    desired,
    serving,
    byZone: zones,
    byNode: countBy(serving, ({ nodeName }) => nodeName),
    services: servicesOf(view, serving),
    stuckTerminating: pods.filter((pod) => isStuck(pod, at)).length,
  };
  return {
    view,
    nodes,
    ...placed,
    terminating: pods.filter(({ isDeleting }) => isDeleting).length,
    isRolling: isRolling(workloads),
    findings: findingsOf(placed, view),
    lossCause: gravest(losses.map((vacancy) => effectiveCause(vacancy, at, plannedMs))),
    missing: ledger.vacancies.length,
    missingUnplanned: losses.length,
    capacity: desired === 0 ? null : Math.min(1, serving.length / desired),
    lastProof: lastProofOf(losses, nodes),
    vacated,
    filled,
    memory: {
      ledger,
      workloads,
      restarts: new Map(pods.map(({ uid, restarts }) => [uid, restarts])),
    },
  };
}
