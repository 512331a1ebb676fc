import {
  conditionOf,
  withoutZeros,
  type Condition,
  type ReplicaSet,
  type Workload,
} from './cluster-objects.js';

/** What the Deployment controller decides and tells, from the specifications and statuses of ReplicaSets. */

export type DeploymentCondition = Condition & { lastUpdateTime: string };

export interface Scaling {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

type Sets = readonly ReplicaSet[];

const wantedBy = (sets: Sets) => sum(sets.map(({ spec }) => spec.replicas));
const thereAre = (sets: Sets) => sum(sets.map(({ status }) => status.replicas ?? 0));
const readyOf = (sets: Sets) => sum(sets.map(({ status }) => status.readyReplicas ?? 0));
const availableOf = (sets: Sets) => sum(sets.map(({ status }) => status.availableReplicas ?? 0));

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** An absolute number, or a share of the replicas: a surge is rounded up, unavailability down. */
function countOf(value: number | string, replicas: number, round: (share: number) => number) {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * replicas);
}

export function boundsOf({ spec }: Workload): { maxSurge: number; maxUnavailable: number } {
  const { maxSurge = 1, maxUnavailable = 1 } = spec.strategy?.rollingUpdate ?? {};
  const surge = countOf(maxSurge, spec.replicas, Math.ceil);
  const unavailable = countOf(maxUnavailable, spec.replicas, Math.floor);
  // Both may not be 0, or nothing could ever move.
  return { maxSurge: surge, maxUnavailable: Math.max(unavailable, surge === 0 ? 1 : 0) };
}

/** Replicas of the newest set: as many as the surge leaves room for. */
export function grownTo(deployment: Workload, newest: number, old: Sets): number {
  const { replicas } = deployment.spec;
  const room = replicas + boundsOf(deployment).maxSurge - wantedBy(old) - newest;
  return Math.min(replicas, newest + Math.max(0, room));
}

/** Old sets to make smaller: first by what is unhealthy in them, then by what can be done without. */
export function shrunk(deployment: Workload, newest: ReplicaSet, old: Sets): Scaling[] {
  const minAvailable = deployment.spec.replicas - boundsOf(deployment).maxUnavailable;
  const notYet = newest.spec.replicas - (newest.status.availableReplicas ?? 0);
  let cleanable = wantedBy([newest, ...old]) - minAvailable - notYet;
  let removable = Math.max(0, availableOf([newest, ...old]) - minAvailable);
  if (cleanable <= 0) return [];
  const cleaned = old.map((set) => {
    const unhealthy = Math.max(0, set.spec.replicas - (set.status.availableReplicas ?? 0));
    const fewer = Math.min(cleanable, unhealthy);
    cleanable -= fewer;
    return { set, replicas: set.spec.replicas - fewer };
  });
  return cleaned.map(({ set, replicas }) => {
    const fewer = Math.min(removable, replicas);
    removable -= fewer;
    return { set, replicas: replicas - fewer };
  });
}

export interface Moment {
  readonly nowMs: number;
  /** The same instant as the API writes it. */
  readonly at: string;
  /** Whether the newest set was made just now. */
  readonly isNew?: boolean;
}

export function statusOf(
  deployment: Workload,
  newest: ReplicaSet | undefined,
  old: Sets,
  moment: Moment,
): Workload['status'] {
  const all = newest === undefined ? old : [newest, ...old];
  const counts = {
    replicas: thereAre(all),
    updatedReplicas: newest === undefined ? 0 : thereAre([newest]),
    readyReplicas: readyOf(all),
    availableReplicas: availableOf(all),
    unavailableReplicas: Math.max(0, wantedBy(all) - availableOf(all)),
  };
  const conditions = [
    availability(deployment, counts.availableReplicas, moment),
    progress(deployment, counts, moment),
  ];
  const observedGeneration = deployment.metadata.generation ?? 1;
  return { ...withoutZeros({ observedGeneration, ...counts }), conditions };
}

function known({ status }: Workload, type: string): DeploymentCondition | undefined {
  return conditionOf(status.conditions ?? [], type) as DeploymentCondition | undefined;
}

/** The same status and reason change nothing; the same status keeps the time of the transition. */
function replaced(
  before: DeploymentCondition | undefined,
  after: { type: string; status: string; reason: string },
  at: string,
): DeploymentCondition {
  if (before?.status === after.status && before.reason === after.reason) return before;
  const lastTransitionTime = before?.status === after.status ? before.lastTransitionTime : at;
  return { ...after, lastUpdateTime: at, lastTransitionTime };
}

function availability(deployment: Workload, available: number, { at }: Moment) {
  const isEnough = available >= deployment.spec.replicas - boundsOf(deployment).maxUnavailable;
  const after = isEnough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' };
  return replaced(known(deployment, 'Available'), after, at);
}

type Counts = Readonly<
  Record<'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas', number>
>;

function progress(deployment: Workload, counts: Counts, { nowMs, at, isNew }: Moment) {
  const before = known(deployment, 'Progressing');
  const { replicas } = deployment.spec;
  // A finished rollout stays finished, whatever happens to its pods.
  const isSettled =
    counts.replicas === counts.updatedReplicas && before?.reason === 'NewReplicaSetAvailable';
  const created = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated' };
  if (before === undefined || isNew === true)
    return { ...replaced(before, created, at), lastUpdateTime: at };
  if (isSettled) return before;
  const isComplete = [counts.updatedReplicas, counts.replicas, counts.availableReplicas].every(
    (count) => count === replicas,
  );
  const progressing = { type: 'Progressing', status: 'True' };
  if (isComplete) return replaced(before, { ...progressing, reason: 'NewReplicaSetAvailable' }, at);
  if (isNearer(deployment, counts))
    return {
      ...replaced(before, { ...progressing, reason: 'ReplicaSetUpdated' }, at),
      lastUpdateTime: at,
    };
  // What was finished once does not time out: a rollback begins from it.
  if (before.reason === 'NewReplicaSetAvailable') return before;
  const reason = 'ProgressDeadlineExceeded';
  const isLate = nowMs >= deadlineMs(deployment, before);
  return isLate ? replaced(before, { type: 'Progressing', status: 'False', reason }, at) : before;
}

function isNearer({ status }: Workload, counts: Counts): boolean {
  const was = (name: keyof Counts) => Number(status[name] ?? 0);
  const oldCounts = counts.replicas - counts.updatedReplicas;
  return (
    counts.updatedReplicas > was('updatedReplicas') ||
    oldCounts < was('replicas') - was('updatedReplicas') ||
    counts.readyReplicas > was('readyReplicas') ||
    counts.availableReplicas > was('availableReplicas')
  );
}

function deadlineMs({ spec }: Workload, { lastUpdateTime }: DeploymentCondition): number {
  return Date.parse(lastUpdateTime) + (spec.progressDeadlineSeconds ?? 600) * 1000;
}

/** When to look again whether a rollout is stuck; undefined where none is under way. */
export function nextLookMs(deployment: Workload): number | undefined {
  const now = known(deployment, 'Progressing');
  const isOpen = now?.reason === 'NewReplicaSetCreated' || now?.reason === 'ReplicaSetUpdated';
  return isOpen ? deadlineMs(deployment, now) + 1000 : undefined;
}
