import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAlerting } from '../../lab/alerting.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { lifeConfig, storeFile, type Beside } from '../../lab/life-config.js';
import { Life, scrapeBoth } from '../../lab/life.js';
import { hasData, Prometheus } from '../../lab/prometheus.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { systemClock } from '../../src/runner/clock.js';
import type { Drill } from '../../src/slo/slice.js';
import { storeOf } from '../../src/store/open-store.js';
import { KubernetesRegion } from './kubernetes-region.js';
import { TlsEndpoint } from './tls-endpoint.js';

const labName = 'life';
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

describe('the dashboards of a deployment that lived', () => {
  const region = new KubernetesRegion();
  let lab: Lab;
  let endpoint: TlsEndpoint;
  let exporters: ExporterProcess[] = [];
  let prometheus: Prometheus;
  let life: Life;
  const tell = (text: string) => void process.stderr.write(`${text}\n`);

  async function startExporters(beside: Beside): Promise<void> {
    await recordDrills(storeFile(lab, 'exporter-a'));
    exporters = [new ExporterProcess(lab), new ExporterProcess(lab, lab.addresses.peer)];
    const [a, b] = exporters;
    await Promise.all([
      a?.start(lifeConfig(lab, 'exporter-a', beside)),
      b?.start(lifeConfig(lab, 'exporter-b', beside)),
    ]);
  }

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 40, timing: 'fast', hasBackups: true });
    endpoint = new TlsEndpoint(lab.addresses.monitoring);
    const kubeconfigFile = join(lab.folder, 'kubeconfig');
    await Promise.all([endpoint.start(), region.start(kubeconfigFile)]);
    await startExporters({ kubeconfigFile, lbTargets: [endpoint.target] });
    scrapeBoth(lab);
    await loadAlerting(lab, exporters[0]!.configFile);
    prometheus = new Prometheus(lab);
    life = new Life(lab, region.cluster, prometheus, tell);
    await life.shows('count(up == 1) == 2', 'slo:period_error_budget_remaining:ratio');
  });
  afterAll(async () => {
    await Promise.all(exporters.map((exporter) => exporter.stop()));
    endpoint?.stop();
    await region.stop();
    await removeLab(labName);
  });

  it('is lived to its end', async () => {
    await life.run();
    expect(life.moments.length).toBeGreaterThan(5);
  }, 240_000);

  it('has values of every metric', async () => {
    const span = { start: life.moments[0]!.atSeconds, end: life.moments.at(-1)!.atSeconds };
    const empty: string[] = [];
    for (const name of Object.keys(catalogue))
      if (!hasData(await prometheus.range(`{__name__=~"${name}(_bucket)?"}`, span, 1)))
        empty.push(name);
    expect(empty).toEqual([]);
  });
});
