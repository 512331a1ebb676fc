import type { EngineListener, History, Origin } from './engine.js';
import type { Incident, RecordedEvent } from './incident.js';
import type { Slo } from './objective.js';
import type { EvidenceEvent, Instant } from './observation.js';
import { bracketOf, judgeBracket, OutageMachine, type Outage, type Seen } from './outage.js';
import { instantOf } from './timeline.js';
import { regionComponent, regionSloName } from './region.js';
import { isDown, RegionWatch } from './region-watch.js';
import { IncidentShelf } from './incident-shelf.js';
import { infer, phasesOf, rankOf, type Inference, type Standing } from './scenario.js';

/** Events held in memory, to be evidence of incidents. */
const eventsHeld = 1000;
/** Events of one incident. */
const evidenceHeld = 100;
/** How long before the first failure an event may have come that explains it, in milliseconds. */
const lookBackMs = 15_000;
/** The same for an outage that was told late, in milliseconds. */
const longestLookBackMs = 120_000;
/** How far the clocks of two exporters, and their probes, may be apart, at most, in milliseconds. */
const apartMs = 5000;

/** One SLO whose outages are timed. */
interface Timed {
  slo: Slo;
  readonly machine: OutageMachine;
  /** The incident of the machine's current outage. */
  incident: Incident | undefined;
  lastToldFailMs: number;
}

/** Turns outages into incidents: evidence, scenario, bracket, verdict. */
export class IncidentBook {
  private readonly timed = new Map<string, Timed>();
  private readonly events: RecordedEvent[] = [];
  private readonly shelf = new IncidentShelf();
  private stabilisationMs = 0;
  readonly regions = new RegionWatch();

  constructor(
    private readonly newId: () => string,
    private readonly listener: EngineListener,
    /** What would have been lost of the most exposed dataset, had its component died at that instant. */
    private readonly exposureAt: (diedAtMs: (component: string) => number) => number | null,
  ) {}

  get incidents(): readonly Incident[] {
    return this.shelf.newestFirst;
  }

  /** Rises whenever an incident is new or changes. */
  get revision(): number {
    return this.shelf.revision;
  }

  open(slo: string): Incident | undefined {
    return this.timed.get(slo)?.incident;
  }

  /**
   * Since when what is under way has answered again, in Unix milliseconds: it is over when that has
   * lasted. Null while it does not, or where nothing is under way.
   */
  answersSinceMs(slo: string): number | null {
    const outage = this.timed.get(slo)?.machine.current;
    return outage?.closedAt === undefined ? roundOrNull(outage?.firstOk?.endedAt) : null;
  }

  isDown(slo: string): boolean {
    const timed = this.timed.get(slo);
    return timed !== undefined && isDown(timed);
  }

  configure(slos: readonly Slo[], stabilisationMs: number): void {
    this.stabilisationMs = stabilisationMs;
    const names = new Set<string>();
    for (const slo of slos) {
      if (slo.recoveryTargetMs === undefined) continue;
      names.add(slo.name);
      const known = this.timed.get(slo.name);
      if (known !== undefined && known.slo.outageThreshold === slo.outageThreshold) known.slo = slo;
      else this.timed.set(slo.name, this.newTimed(slo, known));
    }
    for (const name of this.timed.keys()) if (!names.has(name)) this.abandon(name);
  }

  /** Stamps an event and keeps it as evidence of what is under way or about to be. */
  record(origin: Origin, happened: EvidenceEvent): void {
    const { target, region, zone, memberZones } = origin;
    const { type, at, subject, detail, planned } = happened;
    const event: RecordedEvent = {
      id: this.newId(),
      atMs: Math.round(at.wallMs),
      type,
      target,
      component: happened.component ?? origin.component,
      region,
      zone: happened.zone ?? memberZones?.[subject] ?? zone,
      subject,
      detail,
      ...(planned !== undefined && { planned }),
    };
    this.events.push(event);
    if (this.events.length > eventsHeld) this.events.shift();
    this.listener.event(event);
  }

  observe(slo: Slo, seen: Seen, standings: () => readonly Standing[]): void {
    const timed = this.timed.get(slo.name);
    if (timed === undefined) return;
    const change = timed.machine.observe(seen);
    if (change === undefined) return;
    const outage = timed.machine.current!;
    if (change === 'opened') timed.incident = undefined;
    this.tell(
      timed,
      outage,
      standings(),
      change === 'closed' ? 'closed' : change === 'opened' ? 'opened' : 'updated',
    );
    if (change === 'closed') timed.incident = undefined;
  }

  /** Tells open incidents again whose last failure, scenario or evidence moved on. */
  tick(now: Instant, standings: readonly Standing[]): void {
    this.lookAtRegions(now, standings);
    for (const timed of this.timed.values()) {
      const { machine, incident } = timed;
      const outage = machine.current;
      if (incident === undefined || outage === undefined || outage.closedAt !== undefined) continue;
      this.tell(timed, outage, standings, 'updated');
    }
  }

  restore({ incidents, events }: Omit<History, 'slices'>, now: Instant): void {
    this.events.unshift(...events.slice(-eventsHeld));
    for (const incident of incidents.toReversed()) this.shelf.put(incident);
    for (const incident of incidents) {
      if (incident.closedMs === null) this.resume(incident, now);
    }
  }

  /** Tells when an SLO was last seen to be good, where nothing better is known. */
  lastGood(slo: string, at: Instant): void {
    this.timed.get(slo)?.machine.wasGood(at);
  }

  /** Of incidents that another exporter wrote, those that are also in here go by the other's id. */
  adopt(kept: readonly Incident[], now: Instant): void {
    for (const mine of this.incidents) {
      const other = kept.find((each) => each.id !== mine.id && this.isSame(each, mine));
      if (other !== undefined) this.rename(mine, other, now);
    }
  }

  /** Whether two exporters mean the same outage. One that closed had been over for the stabilisation time. */
  private isSame(a: Incident, b: Incident): boolean {
    if (a.slo !== b.slo) return false;
    const slackMs = Math.min(apartMs, this.stabilisationMs / 2);
    const endOf = ({ closedMs, firstOkMs }: Incident) => firstOkMs ?? closedMs ?? Infinity;
    return a.firstFailMs - slackMs <= endOf(b) && b.firstFailMs - slackMs <= endOf(a);
  }

  private rename(mine: Incident, other: Incident, now: Instant): void {
    const better = mine.lastOkBeforeMs === null ? other : mine;
    const { lastOkBeforeMs, firstFailMs } = better;
    const renamed = { ...mine, id: other.id, lastOkBeforeMs, firstFailMs };
    this.shelf.drop(mine.id);
    this.shelf.put(renamed);
    const timed = this.timed.get(mine.slo);
    if (timed?.incident?.id === mine.id) {
      timed.incident = renamed;
      if (better === other) timed.machine.beganEarlier(outageOf(other, now));
    }
    this.listener.renamed(mine.id);
    this.listener.incident(renamed, renamed.closedMs === null ? 'updated' : 'closed');
  }

  private newTimed(slo: Slo, known: Timed | undefined): Timed {
    const { outageThreshold } = slo;
    const machine = new OutageMachine({
      threshold: outageThreshold,
      stabilisationMs: this.stabilisationMs,
    });
    const outage = known?.machine.current;
    if (outage !== undefined && outage.closedAt === undefined) machine.resume(outage);
    return { slo, machine, incident: known?.incident, lastToldFailMs: 0 };
  }

  /** An SLO that is no more cannot tell when its outage ended. */
  private abandon(name: string): void {
    const incident = this.timed.get(name)?.incident;
    this.timed.delete(name);
    if (incident === undefined) return;
    const rule = `${incident.rule}; no longer watched`;
    this.keep({ ...incident, rule, closedMs: incident.lastFailMs, highMs: null }, 'closed');
  }

  private resume(incident: Incident, now: Instant): void {
    const timed = this.timed.get(incident.slo);
    if (timed?.incident !== undefined && this.isSame(timed.incident, incident)) {
      this.rename(timed.incident, incident, now);
    } else if (timed !== undefined && timed.incident === undefined) {
      timed.incident = incident;
      timed.machine.resume(outageOf(incident, now));
    } else {
      const rule = `${incident.rule}; no longer watched`;
      this.keep({ ...incident, rule, closedMs: incident.lastFailMs }, 'closed');
    }
  }

  private lookAtRegions(now: Instant, standings: readonly Standing[]): void {
    const [regions, parts] = [true, false].map((wanted) =>
      [...this.timed.values()].filter(
        ({ slo }) => isRegion(slo) === wanted && slo.toldBy === undefined,
      ),
    ) as [Timed[], Timed[]];
    for (const timed of regions) {
      const wasDown = isDown(timed);
      const look = () => {
        const seen = this.regions.look(timed.slo.region, timed, parts, now);
        if (seen !== undefined) this.observe(timed.slo, seen, () => standings);
      };
      look();
      // The first look says since when it is lost, the next one until when that has lasted.
      if (!wasDown && isDown(timed)) look();
    }
  }

  /** The loss of the whole region, while it is under way. */
  private lossOf(region: string): Timed | undefined {
    const timed = this.timed.get(regionSloName(region));
    return timed !== undefined && isDown(timed) ? timed : undefined;
  }

  /** What speaks for the loss of a region, in words. */
  private lossWords(region: string): string | undefined {
    if (this.lossOf(region) === undefined) return undefined;
    const standing = this.regions.standings.find((each) => each.region === region);
    const { votes = 1, vantagePoints = 1 } = standing ?? {};
    return `everything in ${region} is down, seen from ${votes} of ${vantagePoints} vantage points`;
  }

  /**
   * What was lost with the region: what had been acknowledged when something in it was last seen to work,
   * and is not in the copy.
   */
  private exposureOf({ slo, incident: before }: Timed, outage: Outage): number | null {
    if (!isRegion(slo)) return null;
    if (outage.firstOk !== undefined) return before?.exposureMs ?? null;
    const lastSeen = (of: Outage) => (of.lastOkBefore ?? of.firstFail.at).wallMs;
    return this.exposureAt((component) => {
      const seen = [...this.timed.values()]
        .filter((each) => each.slo.region === slo.region && each.slo.component === component)
        .filter(isDown)
        .map(({ machine }) => lastSeen(machine.current ?? outage));
      return seen.length === 0 ? lastSeen(outage) : Math.max(...seen);
    });
  }

  private tell(
    timed: Timed,
    outage: Outage,
    standings: readonly Standing[],
    change: 'opened' | 'updated' | 'closed',
  ): void {
    const incident = this.incidentOf(timed, outage, standings);
    const before = timed.incident;
    timed.incident = incident;
    if (change === 'updated' && before !== undefined && !hasMoved(before, incident)) return;
    this.keep(incident, change);
  }

  private keep(incident: Incident, change: 'opened' | 'updated' | 'closed'): void {
    this.shelf.put(incident);
    this.listener.incident(incident, change);
  }

  private incidentOf(timed: Timed, outage: Outage, standings: readonly Standing[]): Incident {
    const { slo, incident: before } = timed;
    const { component, region, zone, name, sli } = slo;
    const firstFailMs = Math.round(outage.firstFail.at.wallMs);
    const evidence = this.evidenceOf(slo, outage, before);
    const bracket = bracketOf(outage);
    const targetMs = slo.recoveryTargetMs ?? 0;
    const phases = phasesOf(component, evidence, firstFailMs);
    const openedMs = Math.round(outage.openedAt.wallMs);
    return {
      id: before?.id ?? this.newId(),
      slo: name,
      sli,
      component,
      region,
      zone,
      ...this.inferenceOf(timed, outage, evidence, standings),
      lastOkBeforeMs: roundOrNull(outage.lastOkBefore),
      firstFailMs,
      lastFailMs: Math.round(outage.lastFail.at.wallMs),
      openedMs,
      firstOkMs: outage.closedAt === undefined ? null : roundOrNull(outage.firstOk?.endedAt),
      closedMs: roundOrNull(outage.closedAt),
      lowMs: bracket.lowMs,
      highMs: outage.closedAt === undefined ? null : bracket.highMs,
      targetMs,
      verdict: judgeBracket(
        outage.closedAt === undefined ? { ...bracket, highMs: null } : bracket,
        targetMs,
      ),
      detectedMs: Math.min(openedMs, phases.seenMs ?? openedMs),
      decidedMs: phases.decidedMs,
      reasons: Object.fromEntries(outage.reasons),
      resumed: outage.isResumed,
      exposureMs: this.exposureOf(timed, outage),
      lowestCapacity: outage.lowestCapacity ?? null,
      partOf: isRegion(slo) ? null : (before?.partOf ?? this.lossOf(region)?.incident?.id ?? null),
      evidence,
    };
  }

  /** What it was once found to be stands, unless something larger shows. */
  private inferenceOf(
    { slo, incident: before }: Timed,
    outage: Outage,
    evidence: readonly RecordedEvent[],
    standings: readonly Standing[],
  ): Inference {
    const { name, component, region, zone } = slo;
    const { toldBy } = slo;
    const subject = { slo: name, component, region, zone, isDown: true, toldBy };
    const reasons = [...outage.reasons.keys()];
    const { isMaintenance } = outage;
    const lostRegion = this.lossWords(region);
    const loss = lostRegion === undefined ? {} : { lostRegion };
    const found = infer({ subject, reasons, isMaintenance, evidence, standings, ...loss });
    if (before === undefined || rankOf(found.scenario) >= rankOf(before.scenario)) return found;
    return { class: found.class, scenario: before.scenario, rule: before.rule };
  }

  /** Events of the same region in its span; what was found before stays, also after the memory forgot it. */
  private evidenceOf(
    { region }: Slo,
    outage: Outage,
    before: Incident | undefined,
  ): RecordedEvent[] {
    const fromMs = evidenceFromMs(outage);
    const toMs = (outage.closedAt ?? outage.firstOk?.endedAt)?.wallMs ?? Infinity;
    const found = this.events.filter(
      (event) =>
        event.atMs >= fromMs &&
        event.atMs <= toMs &&
        (event.region === region || event.region === '' || region === ''),
    );
    const known = new Set(found.map(({ id }) => id));
    const earlier = (before?.evidence ?? []).filter(
      ({ id, atMs }) => !known.has(id) && atMs <= toMs,
    );
    return [...earlier, ...found].toSorted((a, b) => a.atMs - b.atMs).slice(0, evidenceHeld);
  }
}

/** What explains an outage came shortly before it, or since it was last known to be well. */
function evidenceFromMs({ firstFail, lastOkBefore }: Outage): number {
  const firstMs = firstFail.at.wallMs;
  const knownMs = Math.max(lastOkBefore?.wallMs ?? firstMs, firstMs - longestLookBackMs);
  return Math.min(firstMs - lookBackMs, knownMs);
}

function isRegion({ component }: Slo): boolean {
  return component === regionComponent;
}

function roundOrNull(at: Instant | undefined): number | null {
  return at === undefined ? null : Math.round(at.wallMs);
}

function hasMoved(before: Incident, after: Incident): boolean {
  return (
    before.lastFailMs !== after.lastFailMs ||
    before.rule !== after.rule ||
    before.class !== after.class ||
    before.partOf !== after.partOf ||
    before.exposureMs !== after.exposureMs ||
    before.lowestCapacity !== after.lowestCapacity ||
    before.evidence.length !== after.evidence.length
  );
}

/** An outage that another process opened: its instants on this process's monotonic clock. */
function outageOf(incident: Incident, now: Instant): Outage {
  const { lastOkBeforeMs, firstFailMs, lastFailMs, lowMs, openedMs } = incident;
  const lastFail = instantOf(lastFailMs, now);
  return {
    lastOkBefore: lastOkBeforeMs === null ? undefined : instantOf(lastOkBeforeMs, now),
    firstFail: {
      at: instantOf(firstFailMs, now),
      endedAt: instantOf(Math.max(firstFailMs, lastFailMs - lowMs), now),
    },
    lastFail: { at: lastFail, endedAt: lastFail },
    openedAt: instantOf(openedMs, now),
    firstOk: undefined,
    closedAt: undefined,
    reasons: new Map(Object.entries(incident.reasons)),
    lowestCapacity: incident.lowestCapacity ?? undefined,
    isMaintenance: incident.class === 'maintenance',
    isResumed: true,
  };
}
