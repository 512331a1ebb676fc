import type { Instant } from '../../slo/observation.js';
import type { NodesView } from './nodes.js';
import type { PodRecord } from './records.js';
import type { ComponentView } from './snapshot.js';

/** Why an instance is missing, from the gravest on. The planned ones come last. */
export const causes = [
  'zone_lost',
  'node_lost',
  'pod_evicted',
  'pod_deleted',
  'pod_not_ready',
  'overdue',
  'drain',
  'rollout',
  'scale_down',
  'scale_up',
] as const;
export type Cause = (typeof causes)[number];

const plannedCauses: ReadonlySet<Cause> = new Set(['drain', 'rollout', 'scale_down', 'scale_up']);

export function isPlanned(cause: Cause): boolean {
  return plannedCauses.has(cause);
}

/** A place of a wanted instance that nothing fills. */
export interface Vacancy {
  /** Who left it; undefined for one that was never filled. */
  readonly pod: PodRecord | undefined;
  readonly since: Instant;
  readonly cause: Cause;
}

/** What the cause of a vacancy is judged by. */
export interface Surroundings {
  readonly view: ComponentView;
  readonly nodes: NodesView;
  readonly isRolling: boolean;
  readonly at: Instant;
}

/** How late what explains the end of a pod may come over another watch, in milliseconds. */
const explainedWithinMs = 2000;

/** Whether its node is lost, as far as nodes are known. */
function nodeCause({ nodeName }: PodRecord, { nodes }: Surroundings): Cause | undefined {
  if (!nodes.isKnown || nodeName === '') return undefined;
  const node = nodes.byName.get(nodeName);
  if (node !== undefined && node.record.isReady && node.removedAt === undefined) return undefined;
  const zone = node === undefined ? undefined : nodes.zones.get(node.record.zone);
  return zone?.isLost === true ? 'zone_lost' : 'node_lost';
}

/** What is wanted of the set that owns a pod; undefined where the set is not known. */
function wantedOf({ ownerUid }: PodRecord, { replicaSets, workloads }: ComponentView) {
  return (
    replicaSets.get(ownerUid)?.replicas ??
    workloads.find(({ uid, kind }) => uid === ownerUid && kind === 'StatefulSet')?.replicas
  );
}

/** Whether its StatefulSet is being brought to another revision than it has, and the update reaches it. */
function isOutdated(
  { ownerUid, revision, name }: PodRecord,
  { workloads }: ComponentView,
): boolean {
  const owner = workloads.find(({ uid }) => uid === ownerUid);
  if (owner === undefined || owner.updateRevision === '') return false;
  const ordinal = Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
  return owner.updateRevision !== revision && ordinal >= owner.partition;
}

/** Who ended a pod that nothing says a reason of: its controller, somebody who drains, or somebody else. */
function deletionCause(pod: PodRecord, { view, isRolling }: Surroundings): Cause {
  const wanted = wantedOf(pod, view);
  const isShrunk = wanted === undefined || (pod.leftAtEnd !== null && pod.leftAtEnd >= wanted);
  if (isShrunk) return isRolling ? 'rollout' : 'scale_down';
  if (isRolling && isOutdated(pod, view)) return 'rollout';
  return pod.wasCordonedAtEnd ? 'drain' : 'pod_deleted';
}

/** Why a pod that served does not. */
export function causeOf(pod: PodRecord, surroundings: Surroundings): Cause {
  if (pod.disruption === 'EvictionByEvictionAPI') return 'drain';
  const lost = nodeCause(pod, surroundings);
  if (lost !== undefined) return lost;
  if (pod.disruption === 'DeletionByPodGC') return 'node_lost';
  if (pod.disruption === 'DeletionByTaintManager') return 'drain';
  if (pod.disruption !== null) return 'pod_evicted';
  return pod.isDeleting ? deletionCause(pod, surroundings) : 'pod_not_ready';
}

/** When what made the pod cease to serve was received. */
export function vacatedAt(pod: PodRecord, cause: Cause, { nodes, at }: Surroundings): Instant {
  if (cause !== 'node_lost' && cause !== 'zone_lost') return pod.turnedAt;
  const node = nodes.byName.get(pod.nodeName);
  const lostAt = node?.removedAt ?? node?.record.turnedAt ?? at;
  const isPodFirst = !(pod.isRunning && pod.isReady && !pod.isDeleting);
  return isPodFirst && pod.turnedAt.monoMs < lostAt.monoMs ? pod.turnedAt : lostAt;
}

/**
 * A vacancy by what is known since: a lost node explains pods that were not ready just before, and a
 * controller's own doing may be told later than the end of its pod. What was a lost node stays one.
 */
export function reviewed(vacancy: Vacancy, pod: PodRecord, surroundings: Surroundings): Vacancy {
  const { cause, since } = vacancy;
  if (isPlanned(cause) || cause === 'zone_lost') return { ...vacancy, pod };
  const found = causeOf(pod, surroundings);
  const isGraver = found === 'zone_lost' || (found === 'node_lost' && cause !== 'node_lost');
  const isLate = surroundings.at.monoMs - since.monoMs > explainedWithinMs;
  const isExplained = cause === 'pod_deleted' && isPlanned(found) && !isLate;
  return { pod, since, cause: isGraver || isExplained ? found : cause };
}

/** A planned vacancy that lasts too long is none any more. */
export function effectiveCause({ cause, since }: Vacancy, at: Instant, plannedMs: number): Cause {
  return isPlanned(cause) && at.monoMs - since.monoMs > plannedMs ? 'overdue' : cause;
}

/** The gravest of some causes. */
export function gravest(found: readonly Cause[]): Cause | undefined {
  return causes.find((cause) => found.includes(cause));
}
