import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, until } from '../../lab/health.js';
import type { Incident } from '../../src/slo/incident.js';
import { ApiServer } from '../kubernetes/api-server.js';
import { Cluster } from '../kubernetes/cluster.js';
import { ObjectStore } from '../kubernetes/object-store.js';
import { RealClock } from '../kubernetes/sim-clock.js';
import { kubeconfigOf, serverTls, token } from '../replicas/synced.js';
import { runSensei } from '../support/run-sensei.js';
import { promtool } from './promtool.js';
import { hurriedTiming } from './kubernetes-region.js';
import { valueOf } from './scrape.js';

const cli = fileURLToPath(new URL('../../bin/sensei.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sensei-kubernetes-'));
const configFile = join(folder, 'sensei.yaml');
const clock = new RealClock();
const store = new ObjectStore();
/** A cluster that is quick to notice: what takes 40 s elsewhere takes 3 s. */
const cluster = new Cluster(store, clock, Date.now(), hurriedTiming);
const server = new ApiServer(store, { tls: serverTls, tokens: new Set([token]) });
/** Where nothing is sent from: no connection of somebody else has the port meanwhile. */
const exporterAt = { host: `127.0.${150 + (process.pid % 50)}.8`, port: 9808 } as const;
const url = `http://${exporterAt.host}:${exporterAt.port}`;
let log = '';
let exporter: ChildProcess | undefined;

async function startExporter(): Promise<void> {
  exporter = spawn(process.execPath, [cli, 'exporter', '--config', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  exporter.stderr?.setEncoding('utf8').on('data', (text: string) => void (log += text));
  const isReady = async () => (await ask(`${url}/-/ready`))?.status === 200;
  await until('the exporter', isReady, 120_000, () => log);
}

async function stopExporter(signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(exporter!, 'exit');
  exporter!.kill(signal);
  const [code] = (await exited) as [number | null];
  return code;
}

async function page(): Promise<string> {
  return (await ask(`${url}/metrics`))?.body ?? '';
}

async function incidents(): Promise<Incident[]> {
  const answer = await ask(`${url}/api/v1/incidents`);
  return (JSON.parse(answer?.body ?? '{"incidents":[]}') as { incidents: Incident[] }).incidents;
}

beforeAll(async () => {
  for (const [index, zone] of ['a', 'b', 'a', 'b'].entries()) cluster.addNode(`n${index}`, zone);
  cluster.createDeployment({
    name: 'sensei-api',
    replicas: 4,
    hasService: true,
    minAvailable: 2,
    tolerationSeconds: 1,
  });
  await server.start();
  server.allow = ({ resource }) => resource !== 'poddisruptionbudgets';
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigOf(server.url), { mode: 0o600 });
  writeFileSync(
    configFile,
    JSON.stringify({
      deployment: 'sensei',
      server: exporterAt,
      slo: { stabilisation: '1s' },
      store: { file: join(folder, 'sensei.db') },
      collectors: {
        replicas: [
          {
            name: 'east',
            region: 'eu',
            kubeconfig: { file: join(folder, 'kubeconfig') },
            namespaces: ['sensei'],
            components: [{ component: 'api', deployment: 'sensei-api' }],
          },
        ],
      },
    }),
  );
  await until(
    'the pods',
    () => Promise.resolve(cluster.counts.at(-1)?.serving === 4),
    60_000,
    () => '',
  );
  await startExporter();
});

afterAll(async () => {
  exporter?.kill('SIGKILL');
  clock.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the exporter beside a Kubernetes API server', () => {
  it('shows how every component stands, in metrics that promtool has nothing to say about', async () => {
    const text = await page();
    expect(valueOf(text, 'sensei_replicas_serving', { component: 'api' })).toBe(4);
    expect(valueOf(text, 'sensei_replicas_zone_loss_capacity_ratio', { component: 'api' })).toBe(
      0.5,
    );
    expect(await promtool(text)).toEqual({ code: 0, output: '' });
  });

  it('says which right it lacks, in the log and in the state, and never its token', async () => {
    const rule =
      '{apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list", "watch"]}';
    expect(log).toContain(rule.replaceAll('"', '\\"'));
    const state = (await ask(`${url}/api/v1/state`))?.body ?? '';
    expect(state).toContain(rule.replaceAll('"', '\\"'));
    for (const text of [log, state, await page()]) expect(text).not.toContain(token);
  });

  it('is asked once by sensei probe', async () => {
    const { stdout, code } = await runSensei('probe', 'replicas/east', '-c', configFile);
    expect(stdout).toContain('api.zones = a: 2, b: 2');
    expect(stdout).toContain('replicas/east/api/redundancy: good');
    expect(code).toBe(0);
  });

  it('times the loss of a node, also when it is killed in the middle of it', async () => {
    const node = cluster.pods()[0]!.spec.nodeName!;
    cluster.cordon('n0', false);
    const others = ['n0', 'n1', 'n2', 'n3'].filter((name) => name !== node);
    for (const other of others) cluster.cordon(other);
    cluster.killNode(node);
    const isOpen = async () => (await incidents()).some(({ scenario }) => scenario === 'node');
    await until('an incident', isOpen, 60_000, () => log);
    const [before] = await incidents();
    await stopExporter('SIGKILL');
    await startExporter();
    for (const other of others) cluster.cordon(other, false);
    const isClosed = async () => typeof (await incidents())[0]?.closedMs === 'number';
    await until('its end', isClosed, 120_000, () => log);
    const [after, ...rest] = await incidents();
    expect(rest).toEqual([]);
    expect(after).toMatchObject({
      id: before!.id,
      slo: 'east-api-capacity',
      component: 'api',
      scenario: 'node',
      class: 'outage',
      resumed: true,
      lowestCapacity: 0.75,
      verdict: 'met',
    });
    expect(after!.evidence.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['node_not_ready', 'pod_lost']),
    );
  });

  it('ends cleanly with its watches open', async () => {
    expect(server.openWatches).toBeGreaterThan(0);
    expect(await stopExporter('SIGTERM')).toBe(0);
    await until(
      'the end of all watches',
      () => Promise.resolve(server.openWatches === 0),
      60_000,
      () => '',
    );
  });
});
