import type { EvidenceEvent, Instant } from '../../slo/observation.js';
import type { PodRecord, ReplicaSetRecord, WorkloadRecord } from './records.js';
import type { ComponentView } from './snapshot.js';

/** What is remembered of a workload. */
export interface WorkloadMemory {
  readonly name: string;
  readonly template: string;
  readonly replicas: number;
  /** Of a Deployment: the newest revision that there is. */
  readonly newestRevision: number;
  readonly rollout: Rollout | undefined;
}

export interface Rollout {
  readonly since: Instant;
  /** Newest revision when it began: it ends with a newer one; null where it was under way already. */
  readonly fromRevision: number | null;
}

export type Workloads = ReadonlyMap<string, WorkloadMemory>;

function setsOf({ uid }: WorkloadRecord, { replicaSets }: ComponentView): ReplicaSetRecord[] {
  return [...replicaSets.values()]
    .filter(({ ownerUid }) => ownerUid === uid)
    .toSorted((a, b) => b.revision - a.revision);
}

function livePods(uid: string, pods: readonly PodRecord[]): number {
  return pods.filter(
    ({ ownerUid, isDeleting, isOver }) => ownerUid === uid && !isDeleting && !isOver,
  ).length;
}

/** Whether a StatefulSet is as far as its update is to reach. */
function isUpdated({
  currentRevision,
  updateRevision,
  partition,
  replicas,
  ...status
}: WorkloadRecord) {
  if (updateRevision === '' || currentRevision === updateRevision) return true;
  const wanted = Math.max(0, replicas - partition);
  return partition > 0 && status.updated >= wanted && status.available >= replicas;
}

/** Whether all pods are of the newest revision, and as many as are wanted are there. */
function isComplete(workload: WorkloadRecord, view: ComponentView, { fromRevision }: Rollout) {
  if (workload.kind === 'StatefulSet') return workload.isObserved && isUpdated(workload);
  const [newest, ...older] = setsOf(workload, view);
  if (newest === undefined || !workload.isObserved) return false;
  if (fromRevision !== null && newest.revision <= fromRevision) return false;
  const isOldGone = older.every(
    ({ uid, replicas }) => replicas === 0 && livePods(uid, view.pods) === 0,
  );
  const isThere = newest.replicas >= workload.replicas && workload.updated >= workload.replicas;
  return isOldGone && isThere && workload.available >= workload.replicas;
}

/** A first look sees a rollout by what it has not finished. */
function underWay(workload: WorkloadRecord, view: ComponentView): boolean {
  if (workload.kind === 'StatefulSet') return !isUpdated(workload);
  const [, ...older] = setsOf(workload, view);
  return older.some(({ uid, replicas }) => replicas > 0 || livePods(uid, view.pods) > 0);
}

function begun(
  workload: WorkloadRecord,
  before: WorkloadMemory | undefined,
  view: ComponentView,
  at: Instant,
): Rollout | undefined {
  if (before !== undefined && before.template !== workload.template) {
    return { since: workload.receivedAt, fromRevision: before.newestRevision };
  }
  return underWay(workload, view) ? { since: at, fromRevision: null } : undefined;
}

function rolloutOf(
  workload: WorkloadRecord,
  before: WorkloadMemory | undefined,
  view: ComponentView,
  at: Instant,
): Rollout | undefined {
  const isChanged = before !== undefined && before.template !== workload.template;
  const current = isChanged ? undefined : before?.rollout;
  if (current === undefined) return begun(workload, before, view, at);
  return isComplete(workload, view, current) ? undefined : current;
}

/** The workloads of a component as they are to be remembered. */
export function workloadsNow(view: ComponentView, before: Workloads, at: Instant): Workloads {
  return new Map(
    view.workloads.map((workload) => {
      const { uid, name, template, replicas } = workload;
      const rollout = rolloutOf(workload, before.get(uid), view, at);
      const newestRevision = setsOf(workload, view)[0]?.revision ?? 0;
      return [uid, { name, template, replicas, newestRevision, rollout }];
    }),
  );
}

export function isRolling(workloads: Workloads): boolean {
  return [...workloads.values()].some(({ rollout }) => rollout !== undefined);
}

function seconds(from: Instant, to: Instant): string {
  return ((to.monoMs - from.monoMs) / 1000).toFixed(1);
}

function eventsOf(
  now: WorkloadMemory,
  before: WorkloadMemory,
  at: Instant,
  receivedAt: Instant,
): Omit<EvidenceEvent, 'component'>[] {
  const { name: subject } = now;
  const events: Omit<EvidenceEvent, 'component'>[] = [];
  if (now.replicas !== before.replicas) {
    const detail = `from ${before.replicas} to ${now.replicas} instances`;
    events.push({ type: 'replicas_scaled', at: receivedAt, subject, detail, planned: true });
  }
  const [began, ended] = [now.rollout, before.rollout];
  if (ended !== undefined && began !== ended) {
    const how = began === undefined ? 'ended' : 'was overtaken by another';
    const detail = `a rollout ${how} after ${seconds(ended.since, began?.since ?? at)} s`;
    events.push({ type: 'rollout_ended', at: began?.since ?? at, subject, detail, planned: true });
  }
  if (began !== undefined && began !== ended) {
    const detail = 'its pods are made anew';
    events.push({ type: 'rollout_began', at: began.since, subject, detail, planned: true });
  }
  return events;
}

/** What happened to the workloads of a component between two looks. */
export function workloadChanges(
  view: ComponentView,
  now: Workloads,
  before: Workloads,
  at: Instant,
): EvidenceEvent[] {
  const { component } = view.spec;
  return view.workloads.flatMap(({ uid, receivedAt }) => {
    const [is, was] = [now.get(uid), before.get(uid)];
    if (is === undefined || was === undefined) return [];
    return eventsOf(is, was, at, receivedAt).map((event) => ({ ...event, component }));
  });
}
