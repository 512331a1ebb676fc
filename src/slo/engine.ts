import { ExposureTracker, type Exposure } from './exposure.js';
import type { Incident, RecordedEvent } from './incident.js';
import { IncidentBook } from './incident-book.js';
import type { Slo } from './objective.js';
import type { Moment } from './outage.js';
import { regionSlo, watchedRegions, type RegionStanding, type Serving } from './region.js';
import type { EvidenceEvent, Instant, Observation, RestorePoint } from './observation.js';
import type { Standing } from './scenario.js';
import { resolutions, type Drill, type ExposureRow, type SliceRow } from './slice.js';
import { instantOf, Timeline } from './timeline.js';
import { SloTracker } from './tracker.js';

export interface EngineSettings {
  /** How long a run of successes must last to close an outage, in milliseconds. */
  readonly stabilisationMs: number;
  /** Unknown exposure counts as breached after this, in milliseconds. */
  readonly exposureGraceMs: number;
  /** Most data that may be lost, as time, in milliseconds. */
  readonly rpoTargetMs: number;
  /** Longest recovery from the loss of a region, in milliseconds. */
  readonly rtoTargetMs: number;
  /** Other exporters that are asked what they see of a region. */
  readonly peers: readonly string[];
}

/** Where a collection's findings come from. */
export interface Origin {
  /** `kind/name`. */
  readonly target: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly memberZones?: Readonly<Record<string, string>>;
}

/** What one collection has to say to the engine. */
export interface Findings {
  readonly observations?: readonly Observation[];
  readonly events?: readonly EvidenceEvent[];
  readonly restorePoints?: readonly RestorePoint[];
  /** Components seen to serve, and when. */
  readonly serving?: readonly Serving[];
  readonly moment?: Moment;
}

/** Told of what is to be kept, as it happens. Must not throw. */
export interface EngineListener {
  event(event: RecordedEvent): void;
  /** A new incident, or one that changed. */
  incident(incident: Incident, change: 'opened' | 'updated' | 'closed'): void;
  /** What went by this id goes by another one from now on. */
  renamed(id: string): void;
}

/** What was kept of an earlier process. */
export interface History {
  readonly slices: readonly SliceRow[];
  readonly incidents: readonly Incident[];
  readonly events: readonly RecordedEvent[];
  readonly drills: readonly Drill[];
  /** The newest of each dataset. */
  readonly exposures: readonly ExposureRow[];
}

const rpoPrefix = 'rpo/';
const lbPrefix = 'lb/';
const finestMs = resolutions[0].widthMs;
const minuteMs = 60_000;

/** The worst exposure of a dataset in the minute under way. */
interface MinuteWorst {
  startMs: number;
  worstMs: number | null;
}

/**
 * From observations to budgets, outages and exposure. Holds what is true now; the past is the store's.
 * Work and memory do not grow with history.
 */
export class SloEngine {
  private readonly timeline = new Timeline();
  private trackers = new Map<string, SloTracker>();
  private bySli = new Map<string, SloTracker[]>();
  private exposureTrackers = new Map<string, ExposureTracker>();
  private readonly minutes = new Map<string, MinuteWorst>();
  private readonly book: IncidentBook;
  drills: readonly Drill[] = [];
  /** What the loss of whole regions is timed against. */
  regionSlos: readonly Slo[] = [];

  constructor(
    private settings: EngineSettings,
    newId: () => string,
    listener: EngineListener,
  ) {
    this.book = new IncidentBook(newId, listener, (diedAtMs) => this.exposureAt(diedAtMs));
  }

  get slos(): readonly SloTracker[] {
    return [...this.trackers.values()];
  }

  tracker(slo: string): SloTracker | undefined {
    return this.trackers.get(slo);
  }

  /** Of the retention time, newest first; open ones among them. */
  get incidents(): readonly Incident[] {
    return this.book.incidents;
  }

  /** Rises whenever an incident is new or changes. */
  get incidentRevision(): number {
    return this.book.revision;
  }

  /** How every watched region stands, as of the last tick. */
  get regions(): readonly RegionStanding[] {
    return this.book.regions.standings;
  }

  /** Whether each other exporter was heard lately, by name. */
  get peersUp(): ReadonlyMap<string, boolean> {
    return this.book.regions.peersUp;
  }

  /** Whether any load-balancer endpoint of a region is up, by its own threshold of failures in a row. */
  get routing(): ReadonlyMap<string, boolean> {
    const health = new Map<string, boolean>();
    for (const { slo } of this.slos) {
      if (!slo.sli.startsWith(lbPrefix) || slo.region === '') continue;
      const isUp = !this.book.isDown(slo.name);
      health.set(slo.region, (health.get(slo.region) ?? false) || isUp);
    }
    return health;
  }

  /** What another exporter sees, by region; undefined when it was not heard. */
  heard(peer: string, isDownByRegion: ReadonlyMap<string, boolean> | undefined): void {
    this.book.regions.heard(peer, isDownByRegion);
  }

  /** The incident of an SLO that is under way. */
  openIncident(slo: string): Incident | undefined {
    return this.book.open(slo);
  }

  /** Since when the outage of an SLO that is under way answers again; null while it does not. */
  answersSinceMs(slo: string): number | null {
    return this.book.answersSinceMs(slo);
  }

  /** What would be lost at this instant. */
  exposuresAt(now: Instant): Exposure[] {
    const nowMs = this.nowMs(now);
    return [...this.exposureTrackers.values()].map((tracker) => tracker.at(nowMs));
  }

  /** Makes exactly these SLOs count. One that did not change goes on with all it has counted. */
  configure(
    slos: readonly Slo[],
    settings: EngineSettings,
    isSame: (a: Slo, b: Slo) => boolean,
  ): void {
    this.settings = settings;
    const before = this.trackers;
    this.trackers = new Map(
      slos.map((slo) => {
        const known = before.get(slo.name);
        const kept = known !== undefined && isSame(known.slo, slo);
        return [slo.name, kept ? known : new SloTracker(slo, this.timeline)];
      }),
    );
    this.bySli = groupBySli(this.slos);
    const regions = watchedRegions(slos);
    this.regionSlos = regions.map((region) => regionSlo(region, settings.rtoTargetMs));
    this.book.configure([...slos, ...this.regionSlos], settings.stabilisationMs);
    this.book.regions.configure(regions, settings.peers);
    this.configureExposures(slos);
  }

  /** Takes back what was kept of one SLO, oldest first; what was counted meanwhile is added to. */
  restoreSlices(slo: string, rows: readonly SliceRow[], now: Instant): void {
    this.timeline.sync(now);
    this.trackers.get(slo)?.restore(rows, this.timeline.at(now));
    const lastGood = rows.findLast(({ widthMs, good }) => widthMs === finestMs && good > 0);
    if (lastGood !== undefined) this.book.lastGood(slo, instantOf(lastGood.startMs, now));
  }

  /** Takes back incidents and events; goes on with the incidents that were open. */
  restoreIncidents(history: Omit<History, 'slices'>, now: Instant): void {
    this.drills = history.drills;
    for (const { dataset, startMs, worstMs } of history.exposures) {
      // Whatever the instant in that minute: no older point than this was the newest one.
      if (worstMs !== null) this.exposureTrackers.get(dataset)?.restore(startMs - worstMs);
    }
    this.book.restore(history, now);
  }

  /** Another exporter wrote these: what is open here and there is one incident. */
  adopt(kept: readonly Incident[], now: Instant): void {
    this.book.adopt(kept, now);
  }

  observe(origin: Origin, findings: Findings): void {
    const { observations = [], events = [], restorePoints = [], serving, moment } = findings;
    if (serving !== undefined && moment !== undefined)
      this.book.regions.serves(origin.target, serving, moment);
    for (const event of events) this.book.record(origin, event);
    for (const [dataset, tracker] of restorePoints.length === 0 ? [] : this.exposureTrackers) {
      tracker.take(
        origin.target,
        restorePoints.filter((point) => point.dataset === dataset),
      );
    }
    for (const observation of observations) this.count(observation);
  }

  /** A target that is no longer collected tells nothing any more. */
  forget(target: string): void {
    for (const tracker of this.exposureTrackers.values()) tracker.forget(target);
    this.book.regions.forget(target);
  }

  /** Once a second: exposures become observations, windows age, open incidents are told again. */
  tick(now: Instant): void {
    this.timeline.sync(now);
    this.observeExposures(now);
    this.book.tick(now, this.standings());
  }

  /** Milliseconds on the time that windows are read by. */
  nowMs(now: Instant): number {
    this.timeline.sync(now);
    return this.timeline.at(now);
  }

  /** Stretches to keep that changed since the last call. */
  takeSlices(now: Instant, all = false): SliceRow[] {
    const nowMs = this.nowMs(now);
    return this.slos.flatMap(({ windows }) => windows.takeChanged(nowMs, all));
  }

  /** Worst exposures of the minute under way, for every dataset. */
  exposureRows(): ExposureRow[] {
    return [...this.minutes].map(([dataset, { startMs, worstMs }]) => ({
      dataset,
      startMs,
      worstMs,
      targetMs: this.settings.rpoTargetMs,
    }));
  }

  private count(observation: Observation): void {
    const trackers = this.bySli.get(observation.sli);
    if (trackers === undefined) return;
    this.timeline.sync(observation.endedAt);
    for (const tracker of trackers) {
      const { raw, atMs } = tracker.observe(observation);
      if (tracker.slo.recoveryTargetMs === undefined) continue;
      const isMaintenance = tracker.isMaintenance(atMs);
      const { sli: _sli, outcome: _outcome, ...found } = observation;
      const seen = { ...found, outcome: raw, isMaintenance };
      this.book.observe(tracker.slo, seen, () => this.standings());
    }
  }

  private standings(): Standing[] {
    return this.slos
      .filter(({ slo }) => slo.recoveryTargetMs !== undefined && slo.toldBy === undefined)
      .map(({ slo: { name, component, region, zone } }) => ({
        slo: name,
        component,
        region,
        zone,
        isDown: this.book.isDown(name),
      }));
  }

  /** Null where nothing is known of some dataset. */
  private exposureAt(diedAtMs: (component: string) => number): number | null {
    const losses = this.slos
      .filter(({ slo: { type } }) => type === 'rpo')
      .map(({ slo: { sli, component } }) => {
        const newestMs = this.exposureTrackers.get(sli.slice(rpoPrefix.length))?.newestMs;
        return diedAtMs(component) - (newestMs ?? -Infinity);
      });
    const worst = Math.max(0, ...losses);
    return losses.length > 0 && Number.isFinite(worst) ? Math.round(worst) : null;
  }

  private configureExposures(slos: readonly Slo[]): void {
    const { rpoTargetMs, exposureGraceMs } = this.settings;
    const datasets = slos
      .filter(({ type }) => type === 'rpo')
      .map(({ sli }) => sli.slice(rpoPrefix.length));
    this.exposureTrackers = new Map(
      datasets.map((dataset) => {
        const tracker = new ExposureTracker(dataset, rpoTargetMs, exposureGraceMs);
        this.exposureTrackers.get(dataset)?.handTo(tracker);
        return [dataset, tracker];
      }),
    );
    for (const dataset of this.minutes.keys()) {
      if (!this.exposureTrackers.has(dataset)) this.minutes.delete(dataset);
    }
  }

  /** The time since the last tick is as good or bad as the exposure is now. */
  private observeExposures(now: Instant): void {
    const nowMs = this.timeline.at(now);
    for (const tracker of this.exposureTrackers.values()) {
      const { dataset, exposureMs, status } = tracker.at(nowMs);
      this.keepWorst(dataset, nowMs, exposureMs);
      const outcome = status === 'met' ? 'good' : status === 'breached' ? 'bad' : 'unknown';
      this.count({ sli: `${rpoPrefix}${dataset}`, outcome, at: now, endedAt: now });
    }
  }

  private keepWorst(dataset: string, nowMs: number, exposureMs: number | null): void {
    const startMs = Math.floor(nowMs / minuteMs) * minuteMs;
    const known = this.minutes.get(dataset);
    if (known === undefined || known.startMs !== startMs) {
      this.minutes.set(dataset, { startMs, worstMs: exposureMs });
    } else if (exposureMs !== null) {
      known.worstMs = Math.max(known.worstMs ?? 0, exposureMs);
    }
  }
}

function groupBySli(trackers: readonly SloTracker[]): Map<string, SloTracker[]> {
  const groups = new Map<string, SloTracker[]>();
  for (const tracker of trackers) {
    const group = groups.get(tracker.slo.sli) ?? [];
    group.push(tracker);
    groups.set(tracker.slo.sli, group);
  }
  return groups;
}
