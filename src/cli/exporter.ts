import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { CollectorEnv } from '../collectors/contract.js';
import { collectors } from '../collectors/index.js';
import { jobsOf } from '../collectors/jobs.js';
import type { ConfigReloader, ReloadResult } from '../deployment/reloader.js';
import type { Config } from '../config/schema.js';
import { gauge } from '../metrics/sample.js';
import { drillTermsOf } from '../deployment/drill-terms.js';
import { DrillWatch } from '../runner/drill-watch.js';
import { HeartbeatBook } from '../runner/heartbeat-book.js';
import { MetricsSink } from '../runner/metrics-sink.js';
import { Peers } from '../runner/peers.js';
import { Runner, type TargetListener } from '../runner/runner.js';
import { SloService, type SloLog } from '../runner/slo-service.js';
import { StateBook } from '../runner/state-book.js';
import { jobId, type CollectionSink, type Job, type Outcome } from '../runner/target-loop.js';
import { createApp } from '../server/app.js';
import { LiveFeed } from '../server/live-feed.js';
import { listen, type Listening } from '../server/listen.js';
import { SnapshotMaker } from '../server/status-snapshot.js';
import type { StatusModel } from '../status-page/model.js';
import { storeOf } from '../store/open-store.js';
import { storeSettings } from './store-settings.js';
import { MetricsPage } from '../telemetry/metrics-page.js';
import { startOtlp, type OtlpExport } from '../telemetry/otlp/start-otlp.js';
import { noTracing, type Tracing } from '../telemetry/tracing.js';
import { version } from './version.js';

/** Logs a target's failures once, when they begin, and once when they end: never one a probe. */
class ChangeLog {
  private readonly failing = new Map<string, string>();

  constructor(private readonly log: Logger) {}

  ended(job: Job, outcome: Outcome): void {
    const target = jobId(job);
    const before = this.failing.get(target);
    if (outcome.ok && before !== undefined) {
      this.failing.delete(target);
      this.log.info({ target }, 'collection works again');
    } else if (!outcome.ok && before !== outcome.reason) {
      this.failing.set(target, outcome.reason);
      this.log.warn({ target, reason: outcome.reason }, outcome.message);
    }
    for (const event of outcome.measurement.events ?? []) {
      this.log.info({ target, event: event.type, subject: event.subject }, event.detail);
    }
  }

  removed(job: Job): void {
    this.failing.delete(jobId(job));
  }
}

function seconds(ms: number | null): string {
  return ms === null ? 'an unknown time' : `${(ms / 1000).toFixed(3)} s`;
}

/** What changed of the configuration that a running process cannot take up. */
function lateKeys(before: Config, after: Config): string[] {
  const late = (config: Config) => ({
    'server.host': config.server.host,
    'server.port': config.server.port,
    'store.file': config.store.file,
    'store.postgres': config.store.postgres,
    otlp: config.otlp,
  });
  const now = late(after);
  return Object.entries(late(before))
    .filter(([key, value]) => !isDeepStrictEqual(value, now[key as keyof typeof now]))
    .map(([key]) => key);
}

/** The long-running process: wires configuration, runner, metrics and server together. */
export class Exporter {
  readonly page = new MetricsPage();
  readonly book = new StateBook();
  private readonly heartbeats = new HeartbeatBook();
  private readonly runner: Runner;
  private readonly metrics = new MetricsSink(this.page);
  private readonly changes: ChangeLog;
  private readonly slos: SloService;
  private readonly peers: Peers;
  private readonly drills: DrillWatch;
  private readonly snapshots = new SnapshotMaker(
    () => this.statusModel(),
    () => this.env.clock.now().monoMs,
  );
  private readonly feed = new LiveFeed(this.snapshots, (error) =>
    this.log.error(error, 'live page failed'),
  );
  private listening: Listening | undefined;
  private otlp: OtlpExport | undefined;
  private tracing: Tracing = noTracing;
  private lastLoadOk = true;
  /** Whether a configuration's targets were handed to the runner. */
  private isApplied = false;
  private lastLoadSeconds = 0;

  constructor(
    private readonly source: ConfigReloader,
    private readonly env: CollectorEnv,
    private readonly log: Logger,
  ) {
    this.changes = new ChangeLog(log);
    const store = storeOf(storeSettings(source.config, env.secrets), {
      clock: env.clock,
      onDamage: (message) => log.error(message),
    });
    const deps = { clock: env.clock, page: this.page, newId: randomUUID, log: this.sloLog() };
    this.slos = new SloService(deps, store, source.config);
    this.runner = new Runner(env, this.sink());
    this.drills = new DrillWatch((config) => drillTermsOf(config, env.clock.now().wallMs), {
      judged: (drills) => this.slos.takeDrills(drills),
      fault: (message) => log.error(message),
    });
    this.peers = new Peers(env.secrets, env.clock, {
      heard: (peer, view) => this.slos.heard(peer, view),
      changed: (peer, error) => {
        if (error === undefined) log.info({ peer }, 'a peer answers');
        else log.warn({ peer }, `a peer does not answer: ${error}`);
      },
    });
  }

  private get config(): Config {
    return this.source.config;
  }

  /** Listens, then begins to probe. @throws Error when the address cannot be listened on */
  async start(): Promise<string> {
    await this.page.start();
    await this.startOtlp();
    this.listening = await listen(this.app(), this.config.server.host, this.config.server.port);
    this.slos.configure(this.config, this.source.slos);
    await this.slos.start();
    await this.applyConfig();
    this.log.info({ url: this.listening.url, targets: this.runner.jobs.length }, 'listening');
    return this.listening.url;
  }

  /** Reads the file again; a bad one changes nothing but a metric and the log. */
  async reload(): Promise<ReloadResult> {
    const before = this.config;
    const result = await this.source.reload();
    if (!result.ok) {
      this.lastLoadOk = false;
      this.showLoad();
      for (const fault of result.faults) this.log.error(fault);
      this.log.error('configuration not loaded; the one before stays in force');
      return result;
    }
    for (const key of lateKeys(before, this.config)) {
      this.log.warn(`${key} takes effect at the next start`);
    }
    await this.applyConfig();
    this.log.info({ targets: this.runner.jobs.length }, 'configuration loaded');
    return { ok: true, warnings: result.warnings };
  }

  /** Ends probes first, then the server: the last scrape still sees what was known. */
  async stop(): Promise<void> {
    this.peers.stop();
    this.drills.stop();
    await this.runner.stop();
    await this.slos.stop();
    this.feed.stop();
    await this.listening?.close();
    await this.otlp?.stop();
    this.page.stop();
  }

  /** Loads OpenTelemetry where it is configured. */
  private async startOtlp(): Promise<void> {
    const { otlp, deployment } = this.config;
    if (otlp === undefined) return;
    const headers: Record<string, string> = {};
    for (const [name, ref] of Object.entries(otlp.headers)) {
      headers[name] = await this.env.secrets.read(ref);
    }
    const { endpoint, interval, timeout, metrics, traces } = otlp;
    const settings = {
      endpoint,
      intervalMs: interval,
      timeoutMs: timeout,
      headers,
      metrics,
      traces,
    };
    const resource = { 'service.version': version, 'sensei.deployment': deployment };
    const tell = (message: string) => this.log.error(message);
    this.otlp = await startOtlp(settings, this.page, resource, tell);
    this.tracing = this.otlp.tracing;
  }

  private traceCollection({ collector, target }: Job, outcome: Outcome): void {
    const { startedAt, endedAt } = outcome.span;
    const attributes = {
      'sensei.kind': collector.kind,
      'sensei.target': target.name,
      'sensei.outcome': outcome.ok ? 'ok' : 'failed',
      ...(!outcome.ok && { 'sensei.reason': outcome.reason }),
    };
    const name = `collect ${collector.kind}`;
    const span = { name, startMs: startedAt.wallMs, endMs: endedAt.wallMs, attributes };
    this.tracing.span(outcome.ok ? span : { ...span, error: outcome.message });
  }

  private async applyConfig(): Promise<void> {
    this.lastLoadOk = true;
    this.lastLoadSeconds = this.env.clock.now().wallMs / 1000;
    this.showLoad();
    this.slos.configure(this.config, this.source.slos);
    this.peers.configure(this.config);
    await this.drills.configure(this.config);
    const jobs = jobsOf(collectors, this.config);
    this.heartbeats.configure(jobs);
    await this.runner.apply(jobs);
    this.isApplied = true;
  }

  private peerSecret(): Promise<string | undefined> {
    const { peers } = this.config;
    return peers === undefined ? Promise.resolve(undefined) : this.env.secrets.read(peers.secret);
  }

  private showLoad(): void {
    const { deployment, tier } = this.config;
    this.page.series.replaceGauges('exporter', [
      gauge('sensei_build_info', { version, node_version: process.version }, 1),
      gauge('sensei_deployment_info', { deployment, tier }, 1),
      gauge('sensei_config_last_reload_successful', {}, this.lastLoadOk),
      gauge('sensei_config_last_reload_success_timestamp_seconds', {}, this.lastLoadSeconds),
      gauge('sensei_config_warnings', {}, this.source.warnings.length),
    ]);
  }

  private sloLog(): SloLog {
    const { log } = this;
    return {
      incident(incident, change) {
        const { id, slo, scenario, rule, lowMs, highMs, targetMs, verdict } = incident;
        const facts = { incident: id, slo, class: incident.class, scenario };
        if (change === 'opened') {
          log.warn(facts, `${slo} is down since ${new Date(incident.firstFailMs).toISOString()}`);
          return;
        }
        const lasted = `${seconds(lowMs)} to ${seconds(highMs)}, target ${seconds(targetMs)}: ${verdict}`;
        log.warn(facts, `${slo} was down for ${lasted} (${rule})`);
      },
      store(state, why) {
        if (state === 'failing') log.error({ store: state }, why);
        else log.info({ store: state }, why);
      },
      wrote: ({ startedAt, endedAt, error }) =>
        this.tracing.span({
          name: 'store write',
          startMs: startedAt.wallMs,
          endMs: endedAt.wallMs,
          attributes: { 'sensei.outcome': error === undefined ? 'ok' : 'failed' },
          ...(error !== undefined && { error }),
        }),
    };
  }

  private app() {
    return createApp({
      version,
      page: this.page,
      book: this.book,
      slos: this.slos,
      heartbeats: this.heartbeats,
      status: {
        model: () => this.statusModel(),
        incident: (id) => this.slos.incident(id),
        snapshots: this.snapshots,
        feed: this.feed,
      },
      peers: { regions: () => this.slos.regions(), peerSecret: () => this.peerSecret() },
      deployment: () => this.config.deployment,
      hasTargets: () => this.isApplied,
      reload: () => this.reload(),
      reloadAllowed: () => this.config.server.reload,
      logError: (error) => this.log.error(error, 'request failed'),
    });
  }

  private statusModel(): StatusModel {
    const { scenarios: drills } = this.slos.drills(0);
    return { ...this.slos.status(), version, drills, targets: this.book.targets };
  }

  private sink(): CollectionSink & TargetListener {
    const { book, metrics, changes, slos, heartbeats } = this;
    const trace = (job: Job, outcome: Outcome) => this.traceCollection(job, outcome);
    return {
      added(job) {
        book.add(job);
        metrics.added(job);
      },
      removed(job) {
        book.remove(job);
        metrics.removed(job);
        changes.removed(job);
        slos.removed(job);
      },
      begun: (job, lateMs) => metrics.begun(job, lateMs),
      ended(job, outcome) {
        metrics.ended(job, outcome);
        slos.ended(job, outcome);
        book.record(job, outcome);
        heartbeats.ended(job, outcome);
        changes.ended(job, outcome);
        trace(job, outcome);
      },
    };
  }
}
