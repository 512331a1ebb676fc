import type { Collector } from '../contract.js';
import { measureLag, type LagMemory } from './measure.js';
import { closeLag, observeLag, openLag, type LagIo } from './observe.js';
import type { LagSnapshot } from './snapshot.js';
import { lagTargets, type LagTarget } from './targets.js';

/** A PostgreSQL cluster against its copy in another region, both asked in one collection. */
export const lagCollector: Collector<LagTarget, LagIo, LagSnapshot, LagMemory> = {
  kind: 'lag',
  targets: lagTargets,
  counters: () => [],
  open: openLag,
  observe: observeLag,
  measure: measureLag,
  close: closeLag,
};
