import { conditionOf, isReady, type Pod } from './cluster-objects.js';
import { restartsOf } from './cluster-pods.js';

/**
 * The order in which a ReplicaSet ends its pods, as `ActivePodsWithRanks` has it: without a node, pending,
 * not ready, on a node with more of its kind, ready for less long, restarted more often, newer.
 * @param related active pods of all ReplicaSets of the same owner
 */
export function inOrderOfEnding(pods: readonly Pod[], related: readonly Pod[]): Pod[] {
  const crowds = new Map<string, number>();
  for (const { spec } of related)
    crowds.set(spec.nodeName ?? '', (crowds.get(spec.nodeName ?? '') ?? 0) + 1);
  return pods
    .map((pod) => ({ pod, ranks: ranksOf(pod, crowds) }))
    .toSorted((a, b) => compare(a.ranks, b.ranks))
    .map(({ pod }) => pod);
}

/** Lower goes first. */
function ranksOf(pod: Pod, crowds: ReadonlyMap<string, number>): number[] {
  const { spec, status, metadata } = pod;
  const readySince = Date.parse(conditionOf(status.conditions, 'Ready')?.lastTransitionTime ?? '');
  return [
    spec.nodeName === undefined ? 0 : 1,
    status.phase === 'Pending' ? 0 : 1,
    isReady(pod) ? 1 : 0,
    -(crowds.get(spec.nodeName ?? '') ?? 0),
    isReady(pod) ? -readySince : 0,
    -restartsOf(pod),
    -Date.parse(metadata.creationTimestamp ?? ''),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((rank, place) => rank !== b[place]);
  return index === -1 ? 0 : a[index]! - b[index]!;
}
