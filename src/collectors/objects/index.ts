import type { Collector } from '../contract.js';
import { measureObjects, type ObjectsMemory } from './measure.js';
import { closeObjects, observeObjects, openObjects, type ObjectsIo } from './observe.js';
import { zeros } from './samples.js';
import type { ObjectsSnapshot } from './snapshot.js';
import { objectsTargets, type ObjectsTarget } from './targets.js';

/** Objects copied from one bucket to another, by canaries that are put in one and read in the other. */
export const objectsCollector: Collector<ObjectsTarget, ObjectsIo, ObjectsSnapshot, ObjectsMemory> =
  {
    kind: 'objects',
    targets: objectsTargets,
    counters: zeros,
    open: openObjects,
    observe: observeObjects,
    measure: measureObjects,
    failed: (target, _reason, memory, span, partial) =>
      partial === undefined ? {} : measureObjects(target, partial as ObjectsSnapshot, memory, span),
    close: closeObjects,
  };
