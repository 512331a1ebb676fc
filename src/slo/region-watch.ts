import type { Slo } from './objective.js';
import type { Instant } from './observation.js';
import type { Moment, Outage, OutageMachine, Seen } from './outage.js';
import { judgeRegion, type PeerView, type RegionStanding, type Serving } from './region.js';

/** One SLO whose outages are timed. */
export interface Watched {
  readonly slo: Slo;
  readonly machine: OutageMachine;
}

/** How long word of what serves holds, in milliseconds. */
const freshMs = 15_000;

export function isDown({ machine: { current } }: Watched): boolean {
  return current !== undefined && current.closedAt === undefined && current.firstOk === undefined;
}

function latest(moments: readonly Moment[]): Moment | undefined {
  return moments.toSorted((a, b) => b.at.monoMs - a.at.monoMs)[0];
}

function outagesOf(watched: readonly Watched[]): Outage[] {
  return watched.flatMap(({ machine: { current } }) => (current === undefined ? [] : [current]));
}

/** Watches whole regions: what is timed in them here, what peers see, and what serves in their stead. */
export class RegionWatch {
  private peers = new Map<string, ReadonlyMap<string, boolean> | undefined>();
  private readonly serving = new Map<string, { list: readonly Serving[]; moment: Moment }>();
  private readonly known = new Map<string, RegionStanding>();

  /** As of the last look, by region. */
  get standings(): readonly RegionStanding[] {
    return [...this.known.values()];
  }

  /** Whether each peer was heard lately. */
  get peersUp(): ReadonlyMap<string, boolean> {
    return new Map([...this.peers].map(([peer, view]) => [peer, view !== undefined]));
  }

  configure(regions: readonly string[], peers: readonly string[]): void {
    this.peers = new Map(peers.map((peer) => [peer, this.peers.get(peer)]));
    for (const region of this.known.keys())
      if (!regions.includes(region)) this.known.delete(region);
  }

  /** What a peer sees, by region; undefined when it was not heard. */
  heard(peer: string, isDownByRegion: ReadonlyMap<string, boolean> | undefined): void {
    if (this.peers.has(peer)) this.peers.set(peer, isDownByRegion);
  }

  /** What a target saw to serve. */
  serves(target: string, list: readonly Serving[], moment: Moment): void {
    this.serving.set(target, { list, moment });
  }

  forget(target: string): void {
    this.serving.delete(target);
  }

  /**
   * What a look at a region comes to, as an observation with the instants of its evidence; undefined
   * while the region is suspected: then nothing is known for certain.
   */
  look(region: string, itself: Watched, all: readonly Watched[], now: Instant): Seen | undefined {
    const inside = all.filter(({ slo }) => slo.region === region);
    const views = [...this.peers.values()].map((view): PeerView => view?.get(region));
    const standing = judgeRegion(region, inside.length > 0 && inside.every(isDown), views);
    this.known.set(region, standing);
    if (standing.state === 'suspected') return undefined;
    const failing = inside.filter(isDown);
    // Lost is what is down altogether; recovered, what is back altogether or is served elsewhere.
    const isOver = isDown(itself) ? failing.length === 0 : standing.state === 'up';
    if (isOver) return goodAt(latest(goodsOf(inside)));
    return goodAt(this.servedInstead(region, all, now)) ?? badSeen(itself, outagesOf(failing));
  }

  /** Since when everything that tells where it is served from has been served from elsewhere. */
  private servedInstead(region: string, all: readonly Watched[], now: Instant): Moment | undefined {
    const told = [...this.serving.values()];
    const isElsewhere = ({ list, moment }: (typeof told)[number]) =>
      now.monoMs - moment.at.monoMs <= freshMs &&
      list.length > 0 &&
      list.every((each) => each.region !== region && isRegionUp(each.region, all));
    if (told.length === 0 || !told.every(isElsewhere)) return undefined;
    return latest(told.map(({ moment }) => moment));
  }
}

function goodsOf(watched: readonly Watched[]): Moment[] {
  return watched.flatMap(({ machine: { newestGood } }) =>
    newestGood === undefined ? [] : [newestGood],
  );
}

function isRegionUp(region: string, all: readonly Watched[]): boolean {
  return all.every((each) => each.slo.region !== region || !isDown(each));
}

function goodAt(moment: Moment | undefined): Seen | undefined {
  return moment === undefined ? undefined : { ...moment, outcome: 'good', isMaintenance: false };
}

/** Lost since the last of its parts failed, and for as long as any of them was seen to fail. */
function badSeen({ machine }: Watched, outages: readonly Outage[]): Seen | undefined {
  const began = latest(outages.map(({ firstFail }) => firstFail));
  const lasted = latest(outages.map(({ lastFail }) => lastFail));
  if (began === undefined || lasted === undefined) return undefined;
  const { current, newestGood } = machine;
  const isOpen = current !== undefined && current.closedAt === undefined;
  const isOld = newestGood !== undefined && newestGood.at.monoMs > began.at.monoMs;
  return {
    ...(isOpen || isOld ? lasted : began),
    outcome: 'bad',
    reason: 'all_components_down',
    isMaintenance: outages.every(({ isMaintenance }) => isMaintenance),
  };
}
