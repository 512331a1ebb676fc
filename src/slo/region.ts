import type { Slo } from './objective.js';

/** `suspected` is what looks down from here, without enough other vantage points that say so too. */
export const regionStates = ['up', 'suspected', 'down'] as const;
export type RegionState = (typeof regionStates)[number];

/** What another exporter says of a region; undefined while it was not heard lately. */
export type PeerView = boolean | undefined;

/** A region as it stands. */
export interface RegionStanding {
  readonly region: string;
  readonly state: RegionState;
  /** Whether everything that is timed in it is down, seen from here. */
  readonly isDownHere: boolean;
  /** Vantage points that see it down, this one among them. */
  readonly votes: number;
  /** Vantage points there are, this one among them. */
  readonly vantagePoints: number;
}

/** A component seen to serve from a region. */
export interface Serving {
  readonly component: string;
  readonly region: string;
}

/** A majority of all vantage points must see it down; that it is seen up from here settles it. */
export function judgeRegion(
  region: string,
  isDownHere: boolean,
  peers: readonly PeerView[],
): RegionStanding {
  const votes = peers.filter((isDown) => isDown === true).length + Number(isDownHere);
  const vantagePoints = peers.length + 1;
  const hasQuorum = votes * 2 > vantagePoints;
  const state = !isDownHere ? 'up' : hasQuorum ? 'down' : 'suspected';
  return { region, state, isDownHere, votes, vantagePoints };
}

/** Component of the objectives below. */
export const regionComponent = 'region';

export function regionSloName(region: string): string {
  return `region/${region}`;
}

/** Regions that can be told to be lost as a whole: something is timed in two components of it. */
export function watchedRegions(slos: readonly Slo[]): string[] {
  const components = new Map<string, Set<string>>();
  for (const { region, component, recoveryTargetMs, toldBy } of slos) {
    if (region === '' || recoveryTargetMs === undefined || toldBy !== undefined) continue;
    components.set(region, (components.get(region) ?? new Set()).add(component));
  }
  return [...components].filter(([, names]) => names.size >= 2).map(([region]) => region);
}

/** The objective that the loss of a whole region is timed against: the RTO. It has no budget. */
export function regionSlo(region: string, recoveryTargetMs: number): Slo {
  const name = regionSloName(region);
  return {
    name,
    type: 'availability',
    sli: name,
    component: regionComponent,
    region,
    zone: '',
    objective: 0.999,
    period: { kind: 'rolling', ms: 30 * 86_400_000 },
    intervalMs: 1000,
    timeoutMs: 1000,
    recoveryTargetMs,
    outageThreshold: 1,
    maintenance: [],
    source: 'default',
  };
}
