import type { Collector } from '../contract.js';
import { Endpoint } from './endpoint.js';
import { lbCounters, lbNotProbed, measureLb, type LbMemory } from './measure.js';
import { observeEndpoint } from './observe.js';
import { systemLookup, type Lookup } from './resolve.js';
import type { LbSnapshot } from './snapshot.js';
import { lbTargets, type LbTarget } from './targets.js';

/** Probes load-balancer endpoints over HTTP at every address that their names resolve to. */
export function createLbCollector(
  lookUp: Lookup = systemLookup,
): Collector<LbTarget, Endpoint, LbSnapshot, LbMemory> {
  return {
    kind: 'lb',
    // An endpoint that is down is an answer: only what keeps a probe from being made fails it.
    failureReasons: ['auth', 'tls', 'timeout', 'internal'],
    targets: lbTargets,
    counters: lbCounters,
    open: (target, env) => new Endpoint(target, env, lookUp),
    observe: observeEndpoint,
    measure: measureLb,
    failed: lbNotProbed,
    close: (endpoint) => {
      endpoint.close();
      return Promise.resolve();
    },
  };
}

export const lbCollector = createLbCollector();
