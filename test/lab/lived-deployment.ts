import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ports } from '../../lab/addresses.js';
import { loadAlerting } from '../../lab/alerting.js';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { lifeConfig, storeFile, type Beside } from '../../lab/life-config.js';
import { Life, scrapeBoth, type Surroundings } from '../../lab/life.js';
import { Prometheus, type Span } from '../../lab/prometheus.js';
import { systemClock } from '../../src/runner/clock.js';
import type { Drill } from '../../src/slo/slice.js';
import { storeOf } from '../../src/store/open-store.js';
import { KubernetesRegion } from './kubernetes-region.js';
import { TlsEndpoint } from './tls-endpoint.js';

const labName = 'life';
const octet = 40;
const dayMs = 24 * 3_600_000;

function drill(scenario: string, daysAgo: number, recoveryMs: number): Drill {
  const atMs = Date.now() - daysAgo * dayMs;
  return { id: `drill-${scenario}`, scenario, atMs, recoveryMs, lossMs: 0, detail: 'game day' };
}

/** Drills as a command would have recorded them: an exporter reads them when it starts. */
async function recordDrills(file: string): Promise<void> {
  const store = storeOf({ kind: 'sqlite', file }, { clock: systemClock, onDamage: () => {} });
  await store.open();
  await store.acquire();
  const drills = [drill('zone', 20, 40_000), drill('region', 200, 900_000)];
  await store.write({ slices: [], exposures: [], events: [], incidents: [], drills });
  await store.close();
}

/**
 * The lab with backups, a Kubernetes cluster and a TLS endpoint beside it, watched from both regions by
 * exporters that ask each other, both of them scraped by the lab's Prometheus, with its rules.
 */
export class LivedDeployment {
  private readonly kubernetes = new KubernetesRegion();
  private exporters: readonly ExporterProcess[] = [];
  private endpoint: TlsEndpoint | undefined;
  private running:
    { readonly lab: Lab; readonly prometheus: Prometheus; readonly life: Life } | undefined;

  constructor(private readonly tell: (text: string) => void) {}

  /** Address of the exporter in region A. */
  get url(): string {
    return this.exporterAt(0).url;
  }

  get prometheus(): Prometheus {
    return this.up.prometheus;
  }

  get life(): Life {
    return this.up.life;
  }

  /** From the first moment of the life to its last. */
  get span(): Span {
    const { moments } = this.life;
    return { start: moments[0]?.atSeconds ?? 0, end: moments.at(-1)?.atSeconds ?? 0 };
  }

  async start(): Promise<void> {
    const lab = await Lab.up({ name: labName, octet, timing: 'fast', hasBackups: true });
    const endpoint = new TlsEndpoint(lab.addresses.monitoring);
    this.endpoint = endpoint;
    const kubeconfigFile = join(lab.folder, 'kubeconfig');
    await Promise.all([endpoint.start(), this.kubernetes.start(kubeconfigFile)]);
    const beside = { kubeconfigFile, lbTargets: [endpoint.target] };
    const peer = await this.startExporters(lab, beside);
    const prometheus = new Prometheus(lab);
    const { kubernetes, tell } = this;
    const surroundings = {
      platform: kubernetes.cluster,
      interruptKubernetes: () => kubernetes.interrupt(),
      peer,
    };
    const life = new Life(lab, surroundings, prometheus, tell);
    this.running = { lab, prometheus, life };
    await life.shows('count(up == 1) == 2', 'slo:period_error_budget_remaining:ratio');
  }

  /** Starts the exporter of region B anew, over a store at which nobody answers; answers with its address. */
  async losesStore(): Promise<string> {
    const { lab } = this.up;
    const file = lab.passwordFile('dead-store');
    const host = lab.addresses.regionA.haproxy;
    writeFileSync(file, `postgres://nobody@${host}:1/history`, { mode: 0o600 });
    const exporter = this.exporterAt(1);
    await exporter.stop();
    const config = JSON.parse(exporterConfig(lab)) as object;
    const server = { host: lab.addresses.peer, port: ports.exporter };
    await exporter.start(
      JSON.stringify({ ...config, server, store: { postgres: { url: { file } } } }),
    );
    return exporter.url;
  }

  /** Ends all that was started, however far it came. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.exporters.map((exporter) => exporter.stop()));
    this.endpoint?.stop();
    await this.kubernetes.stop();
    await removeLab(labName);
  }

  private exporterAt(index: number): ExporterProcess {
    const exporter = this.exporters[index];
    if (exporter === undefined) throw new Error('the deployment was not started');
    return exporter;
  }

  private get up() {
    if (this.running === undefined) throw new Error('the deployment was not started');
    return this.running;
  }

  /** Answers with that of region B. */
  private async startExporters(lab: Lab, beside: Beside): Promise<Surroundings['peer']> {
    await recordDrills(storeFile(lab, 'exporter-a'));
    const [a, b] = [new ExporterProcess(lab), new ExporterProcess(lab, lab.addresses.peer)];
    this.exporters = [a, b];
    const textOfB = lifeConfig(lab, 'exporter-b', beside);
    await Promise.all([a.start(lifeConfig(lab, 'exporter-a', beside)), b.start(textOfB)]);
    scrapeBoth(lab);
    await loadAlerting(lab, a.configFile);
    return { stop: () => b.stop(), start: () => b.start(textOfB) };
  }
}
