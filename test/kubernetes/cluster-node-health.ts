/** How fast the node controller gives nodes up, by how much of their zone is lost. */

export interface ZoneHealth {
  readonly ready: number;
  readonly lost: number;
}

type ZoneState = 'normal' | 'partly lost' | 'wholly lost';

/** --node-eviction-rate 0.1, --secondary-node-eviction-rate 0.01, --large-cluster-size-threshold 50. */
const usualPaceMs = 10_000;
const slowPaceMs = 100_000;
const largeZone = 50;
/** --unhealthy-zone-threshold */
const lostShare = 0.55;

function stateOf({ ready, lost }: ZoneHealth): ZoneState {
  if (ready === 0 && lost > 0) return 'wholly lost';
  return lost > 2 && lost / (lost + ready) >= lostShare ? 'partly lost' : 'normal';
}

/** Where everything is lost, it is rather the control plane that is cut off: nothing is given up. */
export function isAllLost(zones: Iterable<ZoneHealth>): boolean {
  const states = [...zones].map(stateOf);
  return states.length > 0 && states.every((state) => state === 'wholly lost');
}

/** Time between two nodes of a zone; Infinity where a zone is too small to go on with so little of it. */
export function givingUpPaceMs(zone: ZoneHealth): number {
  if (stateOf(zone) !== 'partly lost') return usualPaceMs;
  return zone.ready + zone.lost > largeZone ? slowPaceMs : Infinity;
}
