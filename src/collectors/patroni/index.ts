import type { Collector } from '../contract.js';
import { ClusterApi } from './api.js';
import type { PatroniMemory } from './changes.js';
import { measurePatroni, patroniFailed } from './measure.js';
import { observePatroni } from './observe.js';
import { patroniCounters } from './samples.js';
import type { PatroniSnapshot } from './snapshot.js';
import { patroniTargets, type PatroniTarget } from './targets.js';

/** Asks the REST API of every member of a Patroni cluster. Patroni 2.1 to 4.x. */
export const patroniCollector: Collector<
  PatroniTarget,
  ClusterApi,
  PatroniSnapshot,
  PatroniMemory
> = {
  kind: 'patroni',
  targets: patroniTargets,
  counters: patroniCounters,
  open: (target, env) => new ClusterApi(target, env),
  observe: observePatroni,
  measure: measurePatroni,
  failed: (target, reason, memory, span, partial) =>
    patroniFailed(target, reason, memory, span, partial as PatroniSnapshot | undefined),
  close: (api) => {
    api.close();
    return Promise.resolve();
  },
};
