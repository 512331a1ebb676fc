import type { Collector } from '../contract.js';
import { measureReplicas, type ReplicasMemory } from './measure.js';
import { loadClient } from './api-client.js';
import { closeReplicas, observeReplicas, openReplicas, type ClusterSync } from './observe.js';
import { zeroCounters } from './samples.js';
import type { ReplicasSnapshot } from './snapshot.js';
import { replicasTargets, type ReplicasTarget } from './targets.js';

/** Instances, zones and leaders of the components that run in a Kubernetes cluster. */
export const replicasCollector: Collector<
  ReplicasTarget,
  ClusterSync,
  ReplicasSnapshot,
  ReplicasMemory
> = {
  kind: 'replicas',
  targets: replicasTargets,
  counters: zeroCounters,
  prepare: loadClient,
  open: openReplicas,
  observe: observeReplicas,
  measure: measureReplicas,
  failed: (target, _reason, memory, span, partial) => {
    if (partial === undefined) return {};
    const { facts: _none, ...found } = measureReplicas(
      target,
      partial as ReplicasSnapshot,
      memory,
      span,
    );
    return found;
  },
  close: closeReplicas,
};
