import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../collectors/contract.js';
import type { Config } from '../config/schema.js';
import { count, gauge } from '../metrics/sample.js';
import type {
  ComplianceAnswer,
  IncidentsAnswer,
  RegionsAnswer,
  SlosAnswer,
  Verdict,
} from '../slo/answers.js';
import { SloEngine, type EngineSettings } from '../slo/engine.js';
import { burnDown, type BurnDownPoint } from '../slo/burn-down.js';
import { worstExposure, type Exposure } from '../slo/exposure.js';
import { ExposureHistory } from '../slo/exposure-history.js';
import type { Incident } from '../slo/incident.js';
import { conclusiveDrills, type JudgedDrill } from '../drills/judge.js';
import {
  drillStandings,
  shownDrills,
  type DrillsAnswer,
  type DrillStanding,
  type ShownDrill,
} from '../drills/standing.js';
import type { Slo } from '../slo/objective.js';
import type { Instant } from '../slo/observation.js';
import type { EngineStatus } from '../slo/status.js';
import { tiers } from '../slo/tiers.js';
import type { SloTracker } from '../slo/tracker.js';
import { probedComponents, verdictsOf } from '../slo/verdict.js';
import { sloAnswer } from '../slo/views.js';
import { tableNames, type TableName } from '../store/queue.js';
import { Recorder, type RecorderStatus } from '../store/recorder.js';
import type { Retention, Store, TimeRange } from '../store/store.js';
import type { MetricsPage } from '../telemetry/metrics-page.js';
import { SloMetrics } from './slo-metrics.js';
import { jobId, type Job, type Outcome } from './target-loop.js';

const tickMs = 1000;
/** A scrape finds an exposure that is at most this old. */
const exposureMs = 200;
/** Longest that a start waits for the store. */
const storeWaitMs = 2000;
/** Verdicts change with incidents and exposure; they are given anew this often. */
const verdictTicks = 5;
/** Incidents taken back at a start: the newest. */
const incidentsKept = 5000;
const eventsKept = 1000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** How far back another exporter's incidents are looked at when it has died. */
const takeoverMs = 10 * 60_000;

/** What the service tells the log. */
export interface SloLog {
  incident(incident: Incident, change: 'opened' | 'closed'): void;
  store(state: RecorderStatus['state'], why: string): void;
  /** A write that ended, for traces. */
  wrote(span: Parameters<ConstructorParameters<typeof Recorder>[3]['wrote']>[0]): void;
}

export interface SloDeps {
  readonly clock: Clock;
  readonly page: MetricsPage;
  readonly newId: () => string;
  readonly log: SloLog;
}

function settingsOf({ slo, objectives, tier, peers }: Config): EngineSettings {
  return {
    stabilisationMs: slo.stabilisation,
    exposureGraceMs: slo.exposureGrace,
    rpoTargetMs: objectives.rpo ?? tiers[tier].rpoMs,
    rtoTargetMs: objectives.rto ?? tiers[tier].rtoMs,
    peers: peers?.exporters.map(({ name }) => name) ?? [],
  };
}

function retentionOf({ store: { retention } }: Config): Retention {
  return {
    slicesMs: retention.slices,
    exposuresMs: retention.exposures,
    eventsMs: retention.events,
    incidentsMs: retention.incidents,
    drillsMs: retention.drills,
  };
}

/** Maintenance windows are objects with a method: two of the same configuration are the same. */
function isSame(a: Slo, b: Slo): boolean {
  const { maintenance: ofA, ...restA } = a;
  const { maintenance: ofB, ...restB } = b;
  const names = (windows: Slo['maintenance']) => windows.map(({ name }) => name);
  return isDeepStrictEqual(restA, restB) && isDeepStrictEqual(names(ofA), names(ofB));
}

/** How a budget went, as of a minute. */
interface BurnDown {
  readonly minute: number;
  readonly tracker: SloTracker;
  readonly points: readonly BurnDownPoint[];
}

/** Runs the SLO engine: feeds it, asks it once a second, keeps and shows what it says. */
export class SloService {
  private readonly engine: SloEngine;
  private readonly metrics: SloMetrics;
  private readonly recorder: Recorder;
  private readonly restored = new Set<string>();
  private readonly exposureHistory = new ExposureHistory();
  private readonly burnDowns = new Map<string, BurnDown>();
  private config: Config | undefined;
  private timer: NodeJS.Timeout | undefined;
  private exposureTimer: NodeJS.Timeout | undefined;
  private ticks = 0;
  private verdicts: readonly Verdict[] = [];
  private judgedDrills: readonly JudgedDrill[] = [];
  private shownDrills: readonly ShownDrill[] = [];
  private standings: readonly DrillStanding[] = [];
  private isReadable = false;
  private counted: Pick<RecorderStatus, 'writes' | 'failures' | 'losses'> | undefined;

  constructor(
    private readonly deps: SloDeps,
    private readonly store: Store,
    config: Config,
  ) {
    this.metrics = new SloMetrics(deps.page);
    this.engine = new SloEngine(settingsOf(config), deps.newId, {
      event: (event) => this.recorder.addEvent(event),
      incident: (incident, change) => this.keep(incident, change),
      renamed: (id) => this.recorder.forgetIncident(id),
    });
    this.recorder = new Recorder(store, deps.clock, retentionOf(config), {
      opened: () => this.restore(),
      takeover: () => this.adopt(),
      changed: (state, why) => deps.log.store(state, why),
      wrote: (span) => deps.log.wrote(span),
    });
  }

  /** Makes the SLOs of a configuration count. */
  configure(config: Config, slos: readonly Slo[]): void {
    const before = new Map(this.engine.slos.map((tracker) => [tracker.slo.name, tracker]));
    this.config = config;
    this.engine.configure(slos, settingsOf(config), isSame);
    this.recorder.configure(retentionOf(config));
    this.metrics.configure(slos, this.engine.regionSlos);
    for (const tracker of this.engine.slos) {
      const { name } = tracker.slo;
      if (before.get(name) === tracker) continue;
      this.restored.delete(name);
      this.metrics.restarted(name);
    }
    if (this.isReadable) void this.restoreSlices().catch(() => undefined);
  }

  /**
   * Answers when history was taken back, so that probes go on from it and what they find is written at
   * once; a store that is slow or dead is waited for a short while only.
   */
  async start(): Promise<void> {
    this.recorder.start();
    await this.recorder.settled(storeWaitMs);
    this.timer = setInterval(() => this.tick(), tickMs);
    this.exposureTimer = setInterval(() => this.showExposures(), exposureMs);
  }

  /** Takes what a collection found. */
  ended({ collector, target }: Job, { measurement, span }: Outcome): void {
    const { component, region, zone, memberZones } = target;
    const id = jobId({ collector, target });
    const zones = memberZones === undefined ? {} : { memberZones };
    const { startedAt: at, endedAt } = span;
    this.engine.observe(
      { target: id, component, region, zone, ...zones },
      { ...measurement, moment: { at, endedAt } },
    );
  }

  removed(job: Job): void {
    this.engine.forget(jobId(job));
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    clearInterval(this.exposureTimer);
    this.hand(true);
    await this.recorder.stop();
  }

  slos(): SlosAnswer {
    const now = this.deps.clock.now();
    const nowMs = this.engine.nowMs(now);
    const slos = this.engine.slos.map((tracker) =>
      sloAnswer(tracker, nowMs, this.engine.openIncident(tracker.slo.name)),
    );
    return { ...this.heading(now.wallMs), slos };
  }

  regions(): RegionsAnswer {
    return { ...this.heading(this.deps.clock.now().wallMs), regions: this.engine.regions };
  }

  /** What another exporter sees, by region; undefined when it was not heard. */
  heard(peer: string, isDownByRegion: ReadonlyMap<string, boolean> | undefined): void {
    this.engine.heard(peer, isDownByRegion);
  }

  compliance(): ComplianceAnswer {
    const now = this.deps.clock.now();
    const exposures = this.engine.exposuresAt(now);
    this.verdicts = this.judge(now, exposures);
    return {
      ...this.heading(now.wallMs),
      tier: this.config?.tier ?? 'standard',
      verdicts: this.verdicts,
      exposures,
      worstDataset: worstExposure(exposures)?.dataset ?? null,
    };
  }

  /** Drills with the newest first, and how each kind of failure stands; of a few seconds ago at most. */
  drills(limit: number): DrillsAnswer {
    return {
      ...this.heading(this.deps.clock.now().wallMs),
      scenarios: this.standings,
      drills: this.shownDrills.slice(0, limit),
      total: this.shownDrills.length,
    };
  }

  /** What the status page shows. Reads memory alone. */
  status(): EngineStatus {
    const now = this.deps.clock.now();
    const { engine, config, recorder } = this;
    const exposures = engine.exposuresAt(now);
    const { state, lastError, queued } = recorder.status;
    const open = this.openIncidents();
    return {
      deployment: config?.deployment ?? '',
      tier: config?.tier ?? 'standard',
      atMs: now.wallMs,
      slos: this.slos().slos,
      verdicts: this.verdicts,
      exposures,
      worstDataset: worstExposure(exposures)?.dataset ?? null,
      open,
      incidents: withFresher(engine.incidents, open),
      incidentRevision: engine.incidentRevision,
      regions: engine.regions,
      store: { state, error: lastError ?? null, queued },
      exposureHistory: (dataset) => this.exposureHistory.of(dataset),
      burnDown: (slo) => this.burnDown(slo, engine.nowMs(now)),
    };
  }

  /** Incidents that were under way in the range: of the store where it answers, and of memory. */
  async incidents(range: TimeRange, limit: number): Promise<IncidentsAnswer> {
    const heading = this.heading(this.deps.clock.now().wallMs);
    const mine = this.engine.incidents.filter(
      ({ firstFailMs, closedMs }) =>
        firstFailMs < range.toMs && (closedMs === null || closedMs >= range.fromMs),
    );
    try {
      const kept = this.isReadable ? await this.store.incidents(range, limit) : [];
      const incidents = merged(mine, kept).slice(0, limit);
      return { ...heading, incidents, complete: this.isReadable };
    } catch {
      return { ...heading, incidents: mine.slice(0, limit), complete: false };
    }
  }

  async incident(id: string): Promise<Incident | undefined> {
    const mine = this.engine.incidents.filter((incident) => incident.id.startsWith(id));
    if (mine.length > 0 || !this.isReadable) return mine.length === 1 ? mine[0] : undefined;
    return this.store.incident(id);
  }

  /** Those under way; one that answers again has `firstOkMs`, though it is not closed. */
  private openIncidents(): Incident[] {
    const { engine } = this;
    return [...engine.slos.map(({ slo }) => slo), ...engine.regionSlos].flatMap(({ name }) => {
      const incident = engine.openIncident(name);
      return incident === undefined
        ? []
        : [{ ...incident, firstOkMs: engine.answersSinceMs(name) }];
    });
  }

  /** Made anew once a minute, for those SLOs alone that are asked for. */
  private burnDown(name: string, nowMs: number): readonly BurnDownPoint[] {
    const minute = Math.floor(nowMs / minuteMs);
    const tracker = this.engine.tracker(name);
    if (tracker === undefined) return [];
    const known = this.burnDowns.get(name);
    if (known?.minute === minute && known.tracker === tracker) return known.points;
    const stretches = tracker.windows.periodStretches(nowMs);
    const points = burnDown(stretches, tracker.slo.objective, nowMs);
    this.burnDowns.set(name, { minute, tracker, points });
    return points;
  }

  private heading(wallMs: number): { deployment: string; at: string } {
    return { deployment: this.config?.deployment ?? '', at: new Date(wallMs).toISOString() };
  }

  private keep(incident: Incident, change: 'opened' | 'updated' | 'closed'): void {
    this.recorder.addIncident(incident);
    if (change === 'updated') return;
    if (change === 'closed') this.metrics.closed(incident);
    this.deps.log.incident(incident, change);
  }

  private tick(): void {
    const now = this.deps.clock.now();
    this.engine.tick(now);
    this.hand(false);
    void this.metrics.publish(this.engine, now);
    this.metrics.publishRegions(this.engine, now);
    const exposures = this.engine.exposuresAt(now);
    this.exposureHistory.take(exposures, now.wallMs);
    if (this.ticks % verdictTicks === 0) {
      this.verdicts = this.judge(now, exposures);
      this.metrics.publishVerdicts(this.verdicts);
      this.showDrills(now.wallMs);
    }
    this.ticks += 1;
    this.showStore();
  }

  private showExposures(): void {
    const now = this.deps.clock.now();
    this.metrics.publishExposures(this.engine.exposuresAt(now), now);
  }

  private hand(all: boolean): void {
    this.recorder.addSlices(this.engine.takeSlices(this.deps.clock.now(), all));
    this.recorder.addExposures(this.engine.exposureRows());
  }

  /** Drills of evidence files, as judged. */
  takeDrills(judged: readonly JudgedDrill[]): void {
    this.judgedDrills = judged;
    this.showDrills(this.deps.clock.now().wallMs);
  }

  private showDrills(nowMs: number): void {
    const { config } = this;
    if (config === undefined) return;
    const { rtoTargetMs: rtoMs } = settingsOf(config);
    const terms = { periodsMs: config.alerts.drills, rtoMs, nowMs };
    this.shownDrills = shownDrills(this.judgedDrills, this.engine.drills, terms);
    this.standings = drillStandings(this.shownDrills, terms);
    this.metrics.publishDrills(this.shownDrills, this.standings);
  }

  private judge({ wallMs: nowMs }: Instant, exposures: readonly Exposure[]): readonly Verdict[] {
    const { config, engine } = this;
    if (config === undefined) return [];
    const { rpo, rto } = config.objectives;
    return verdictsOf({
      tier: config.tier,
      agreed: {
        ...(rpo !== undefined && { rpoMs: rpo }),
        ...(rto !== undefined && { rtoMs: rto }),
      },
      incidents: engine.incidents.filter(
        ({ firstFailMs }) => firstFailMs >= nowMs - config.store.retention.incidents,
      ),
      // Of the store, and those of evidence files that passed or failed.
      drills: [...engine.drills, ...conclusiveDrills(this.judgedDrills)],
      exposures,
      probed: probedComponents(engine.slos.map(({ slo }) => slo)),
      nowMs,
    });
  }

  /** The store answers for the first time: what it knows is taken back. */
  private async restore(): Promise<void> {
    await this.restoreSlices();
    const { wallMs } = this.deps.clock.now();
    const since = (ms: number) => ({ fromMs: wallMs - ms, toMs: wallMs + hourMs });
    const { incidents: keptMs, drills: drillsMs } = this.config!.store.retention;
    const incidents = await this.store.incidents(since(keptMs), incidentsKept);
    const events = await this.store.events(since(hourMs), eventsKept);
    const drills = await this.store.drills(since(drillsMs));
    const rows = (await this.store.exposures(since(hourMs))).filter(
      ({ worstMs }) => worstMs !== null,
    );
    this.exposureHistory.restore(rows);
    const exposures = [...new Map(rows.map((row) => [row.dataset, row])).values()];
    this.engine.restoreIncidents({ incidents, events, drills, exposures }, this.deps.clock.now());
    this.showDrills(wallMs);
    for (const incident of incidents.toReversed()) {
      if (incident.closedMs !== null) this.metrics.remember(incident);
    }
    this.isReadable = true;
  }

  private async restoreSlices(): Promise<void> {
    const { wallMs } = this.deps.clock.now();
    const range = { fromMs: wallMs - this.config!.store.retention.slices, toMs: wallMs + 1 };
    for (const { slo } of this.engine.slos) {
      if (this.restored.has(slo.name)) continue;
      this.restored.add(slo.name);
      const rows = await this.store.slices(slo.name, range);
      this.engine.restoreSlices(slo.name, rows, this.deps.clock.now());
    }
  }

  private async adopt(): Promise<void> {
    const { wallMs } = this.deps.clock.now();
    const range = { fromMs: wallMs - takeoverMs, toMs: wallMs + hourMs };
    const kept = await this.store.incidents(range, incidentsKept);
    this.engine.adopt(kept, this.deps.clock.now());
  }

  private showStore(): void {
    const { status } = this.recorder;
    const { state, queued, lastWriteMs, sizeBytes, writes, failures, losses } = status;
    const before = this.counted ?? { writes: 0, failures: 0, losses: noLosses };
    this.page.replaceGauges('store', [
      gauge('sensei_store_up', {}, state === 'recorder' || state === 'standby'),
      gauge('sensei_store_recorder', {}, state === 'recorder'),
      gauge('sensei_store_queue_rows', {}, queued),
      ...(lastWriteMs === undefined
        ? []
        : [gauge('sensei_store_last_write_timestamp_seconds', {}, lastWriteMs / 1000)]),
      ...(sizeBytes === undefined ? [] : [gauge('sensei_store_size_bytes', {}, sizeBytes)]),
    ]);
    this.page.increment('store', [
      count('sensei_store_writes_total', {}, writes - before.writes),
      count('sensei_store_failures_total', {}, failures - before.failures),
      ...tableNames.map((table) =>
        count('sensei_store_lost_rows_total', { table }, losses[table] - before.losses[table]),
      ),
    ]);
    this.counted = { writes, failures, losses: { ...losses } };
  }

  private get page() {
    return this.deps.page.series;
  }
}

const noLosses = Object.fromEntries(tableNames.map((table) => [table, 0])) as Record<
  TableName,
  number
>;

function withFresher(
  incidents: readonly Incident[],
  open: readonly Incident[],
): readonly Incident[] {
  if (open.length === 0) return incidents;
  const fresher = new Map(open.map((incident) => [incident.id, incident]));
  return incidents.map((incident) => fresher.get(incident.id) ?? incident);
}

/** Memory is newer than the store; what another exporter wrote of an outage stands for one's own. */
function merged(mine: readonly Incident[], kept: readonly Incident[]): Incident[] {
  const byId = new Map(kept.map((incident) => [incident.id, incident]));
  for (const incident of mine) {
    const twin = kept.find(
      ({ id, slo, firstFailMs }) =>
        id !== incident.id &&
        slo === incident.slo &&
        Math.abs(firstFailMs - incident.firstFailMs) < 5000,
    );
    if (twin === undefined) byId.set(incident.id, incident);
  }
  return [...byId.values()].toSorted((a, b) => b.firstFailMs - a.firstFailMs);
}
