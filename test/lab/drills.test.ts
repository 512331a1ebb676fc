import { Ajv2020 } from 'ajv/dist/2020.js';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ask, until } from '../../lab/health.js';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { ApiServer, type ApiRequest } from '../kubernetes/api-server.js';
import { ChaosMesh } from '../kubernetes/chaos-mesh.js';
import { clusterWrites } from '../kubernetes/cluster-writes.js';
import { Cluster } from '../kubernetes/cluster.js';
import { ObjectStore } from '../kubernetes/object-store.js';
import { RealClock } from '../kubernetes/sim-clock.js';
import { kubeconfigOf } from '../replicas/synced.js';
import { hurriedTiming } from './kubernetes-region.js';
import { valueOf } from './scrape.js';

const cli = fileURLToPath(new URL('../../bin/sensei.js', import.meta.url));
const schemaFile = fileURLToPath(
  new URL('../../schema/drill-evidence.schema.json', import.meta.url),
);
const isValid = new Ajv2020({ validateFormats: false }).compile(
  JSON.parse(readFileSync(schemaFile, 'utf8')) as object,
);

const [readerToken, drillToken] = ['token-that-reads', 'token-that-drills'];
const folder = mkdtempSync(join(tmpdir(), 'sensei-drills-'));
const drills = join(folder, 'drills');
const configFile = join(folder, 'sensei.yaml');
const clock = new RealClock();
const cluster = new Cluster(new ObjectStore(), clock, Date.now(), hurriedTiming);
const server = new ApiServer(cluster.store, { tokens: new Set([readerToken, drillToken]) });
const mesh = new ChaosMesh(cluster);
server.extensions.push(mesh.extension, clusterWrites(cluster));
/** What clients of the platform see: it serves while one pod does. */
let balancer: Server;
let exporter: ChildProcess;
/** Where nothing is sent from: no connection of somebody else has the port meanwhile. */
const exporterAt = { host: `127.0.${150 + (process.pid % 50)}.7`, port: 9808 } as const;
const url = `http://${exporterAt.host}:${exporterAt.port}`;
let log = '';

function plan(name: string, scenario: string, injection: object): object {
  const times = { observe: '2s', settle: '3s', recoverWithin: '40s', cleanupWithin: '3s' };
  return {
    name,
    scenario,
    what: `The drill ${name}.`,
    ...times,
    components: ['api'],
    ...injection,
  };
}

const podChaos = { cluster: 'east', kind: 'PodChaos', action: 'pod-kill' };
const sleeping = [process.execPath, '-e', 'console.log("target: x"); setTimeout(() => {}, 60000)'];

function configOf(lbPort: number): object {
  const mended = [process.execPath, '-e', `require('fs').writeFileSync('${folder}/mended', '')`];
  const plans = [
    plan('pod-kill', 'pod', { chaos: { ...podChaos, component: 'api' } }),
    plan('pod-all', 'pod', { chaos: { ...podChaos, component: 'api', mode: 'all' } }),
    plan('nobody', 'pod', {
      chaos: { ...podChaos, labels: { app: 'nobody' }, namespace: 'sensei' },
    }),
    plan('node-drain', 'node', { drain: { cluster: 'east', component: 'api' } }),
    plan('cut-off', 'pod', {
      chaos: {
        ...podChaos,
        kind: 'NetworkChaos',
        action: 'partition',
        component: 'api',
        duration: '1h',
      },
    }),
    plan('killed', 'region', { command: { inject: sleeping, cleanup: mended, timeout: '1m' } }),
  ];
  return {
    deployment: 'sensei',
    server: exporterAt,
    slo: { stabilisation: '1s' },
    store: { file: join(folder, 'sensei.db') },
    drills: {
      folder: drills,
      environment: 'test',
      kubeconfig: { file: join(folder, 'drills.kubeconfig') },
      plans,
    },
    collectors: {
      lb: [
        {
          name: 'api',
          component: 'api',
          region: 'eu',
          url: `http://127.0.0.1:${lbPort}/`,
          interval: '1s',
          timeout: '900ms',
        },
      ],
      replicas: [
        {
          name: 'east',
          region: 'eu',
          kubeconfig: { file: join(folder, 'reader.kubeconfig') },
          namespaces: ['sensei'],
          components: [{ component: 'api', deployment: 'sensei-api' }],
        },
      ],
    },
  };
}

interface Rights {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** A request in the words of RBAC. */
function askedBy({ method, path }: ApiRequest) {
  const match = /^\/apis?(?:\/([^/]+))?\/v1[^/]*(?:\/namespaces\/([^/]+))?\/(.+)$/.exec(path);
  const [, group = '', namespace = '', rest = ''] = match ?? [];
  const [plural = '', name, sub] = rest.split('/');
  const reading = name === undefined ? 'list' : 'get';
  const verbs: Readonly<Record<string, string>> = {
    POST: 'create',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  const resource = sub === undefined ? plural : `${plural}/${sub}`;
  return { verb: verbs[method] ?? reading, group, namespace, resource };
}

function isGranted(
  { verb, group, namespace, resource }: ReturnType<typeof askedBy>,
  rights: readonly Rights[],
): boolean {
  return rights
    .filter(({ kind, metadata }) => kind === 'ClusterRole' || metadata.namespace === namespace)
    .flatMap(({ rules = [] }) => rules)
    .some(
      (rule) =>
        rule.apiGroups.includes(group) &&
        rule.resources.includes(resource) &&
        rule.verbs.includes(verb),
    );
}

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
}

async function sensei(...args: readonly string[]) {
  const child = start('drill', ...args, '-c', configFile);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code };
}

/** A drill that has begun, and lasts until it is ended. */
async function killedUnderWay() {
  const child = start('drill', 'run', 'killed', '--by', 'B', '--confirm', '-c', configFile);
  const running = join(drills, 'killed.running.json');
  await until(
    'the drill',
    () => Promise.resolve(existsSync(running)),
    120_000,
    () => '',
  );
  return { child, running };
}

interface Outcome {
  readonly file: string;
  readonly page: string;
  readonly verdict: string;
  readonly reason: string;
  readonly evidence: DrillEvidence;
}

async function run(name: string) {
  const { stdout, stderr, code } = await sensei(
    'run',
    name,
    '--by',
    'A. Admin',
    '--confirm',
    '--json',
  );
  if (!stdout.startsWith('{')) throw new Error(`${code}: ${stderr}`);
  const outcome = JSON.parse(stdout) as Outcome;
  const kept: unknown = JSON.parse(readFileSync(outcome.file, 'utf8'));
  isValid(kept);
  expect(isValid.errors).toBeNull();
  return { ...outcome, code, stderr };
}

/** Everything serves, and the exporter knows it. */
async function allIsWell(): Promise<void> {
  interface Slos {
    readonly slos: readonly { readonly now: string; readonly openIncident: string | null }[];
  }
  const isWell = async () => {
    const { slos } = JSON.parse((await ask(`${url}/api/v1/slos`))?.body ?? '{"slos":[]}') as Slos;
    return (
      slos.length >= 3 && slos.every(({ now, openIncident }) => now === 'good' && !openIncident)
    );
  };
  await until('everything well', isWell, 120_000, () => log);
}

beforeAll(async () => {
  for (const [index, zone] of ['a', 'b', 'a', 'b'].entries()) cluster.addNode(`n${index}`, zone);
  cluster.createDeployment({
    name: 'sensei-api',
    replicas: 4,
    hasService: true,
    minAvailable: 3,
  });
  await server.start();
  balancer = createHttpServer((_request, response) => {
    response.statusCode = (cluster.counts.at(-1)?.serving ?? 0) > 0 ? 200 : 503;
    response.end('{"status":"ok"}');
  }).listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  const write = (name: string, content: string) =>
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  write('reader.kubeconfig', kubeconfigOf(server.url, readerToken));
  write('drills.kubeconfig', kubeconfigOf(server.url, drillToken));
  const { port: lbPort } = balancer.address() as AddressInfo;
  write('sensei.yaml', JSON.stringify(configOf(lbPort)));
  exporter = spawn(process.execPath, [cli, 'exporter', '-c', configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  exporter.stderr?.setEncoding('utf8').on('data', (each: string) => void (log += each));
  await allIsWell();
});

afterAll(async () => {
  exporter?.kill('SIGKILL');
  mesh.stop();
  clock.stop();
  balancer?.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('sensei drill run beside a Kubernetes API server with Chaos Mesh', () => {
  it('says what it would do, and does nothing, with --dry-run', async () => {
    const { stdout, stderr, code } = await sensei('run', 'pod-kill', '--by', 'A', '--dry-run');
    expect(stderr).toMatch(/podchaos sensei\/sensei-pod-kill-[0-9a-f]{8}: pod-kill of one/);
    expect(stdout).toMatch(/nothing was done/);
    expect([code, mesh.made.length]).toEqual([0, 0]);
  });

  it('refuses without --confirm, and an unknown plan by the ones that there are', async () => {
    const unsure = await sensei('run', 'pod-kill', '--by', 'A');
    expect(unsure.stderr).toMatch(/say --confirm/);
    const unknown = await sensei('run', 'pod', '--by', 'A', '--confirm');
    expect(unknown.stderr).toMatch(/no such plan.*pod-kill, pod-all, nobody/);
    expect([unsure.code, unknown.code]).toEqual([2, 2]);
  });

  it('passes where a pod was killed and nobody felt it, and leaves nothing behind', async () => {
    const { evidence, verdict, reason, code, page } = await run('pod-kill');
    const victim = cluster.truth.findLast(({ what }) => what === 'pod deleted')?.subject;
    expect(evidence.targets).toEqual([`sensei/${victim}`]);
    expect(evidence.recovery).toEqual({ lowSeconds: 0, highSeconds: 1 });
    expect(reason).toMatch(/it took 0 s to 1 s, the target is 1 s/);
    expect([verdict, code]).toEqual(['pass', 0]);
    expect(evidence.series?.map(({ slo }) => slo)).toContain('api-availability');
    expect(evidence.cleanup).toMatchObject([{ isDone: true }]);
    expect(mesh.objects.size).toBe(0);
    expect(readdirSync(drills).filter((file) => /running|lock/.test(file))).toEqual([]);
    expect(readFileSync(page, 'utf8')).toMatch(/^# Drill: loss of pod, test\n\nVerdict: pass/);
    await allIsWell();
  });

  it('fails where every pod was killed, with the incident and the series of it', async () => {
    const nodes = cluster.store.list('nodes').map(({ metadata }) => metadata.name);
    // What would come back within a second has nowhere to go.
    for (const name of nodes) cluster.cordon(name);
    const running = run('pod-all');
    const isDown = () => Promise.resolve(cluster.counts.at(-1)?.serving === 0);
    await until('the loss of all pods', isDown, 120_000, () => log);
    await sleep(5000);
    for (const name of nodes) cluster.cordon(name, false);
    const { evidence, verdict, reason, code } = await running;
    expect(evidence.targets).toHaveLength(4);
    const timed = evidence.incidents?.filter(({ isTimed }) => isTimed) ?? [];
    expect(timed.map(({ slo }) => slo)).toEqual(['api-availability']);
    expect(evidence.incident).toBe(timed[0]?.id);
    expect(evidence.recovery?.lowSeconds).toBe(timed[0]?.lowSeconds);
    const series = evidence.series?.find(({ slo }) => slo === 'api-availability');
    const states = series?.changes.map(([, state]) => state) ?? [];
    expect(states[0]).toBe('good');
    expect(states).toContain('bad');
    expect(states.at(-1)).toBe('good');
    expect(reason).toMatch(/it took \d+(?:\.\d)? s to \d+(?:\.\d)? s, the target is 1 s/);
    expect([verdict, code]).toEqual(['fail', 1]);
    await allIsWell();
  });

  it('is inconclusive where it hit nothing', async () => {
    const { evidence, reason, code } = await run('nobody');
    expect(evidence).toMatchObject({ targets: [], recoveredAt: null, cleanedUp: true });
    expect([reason, code]).toEqual(['it hit nothing', 2]);
    expect(evidence.notes).toMatch(/did not hit all that it selects within 3 s: .*Selected False/);
  });

  it('is inconclusive where it was not mended; nothing else is run until it is', async () => {
    mesh.isMending = false;
    const { evidence, reason, code } = await run('pod-kill');
    expect([reason, code]).toEqual(['what it broke was not mended', 2]);
    expect(evidence.cleanup?.[0]?.proof).toMatch(/still there.*chaos-mesh\/records/);
    const before = readdirSync(drills);
    const refused = await sensei('run', 'pod-kill', '--by', 'A', '--confirm');
    expect(refused.stderr).toMatch(/pod-kill\.running\.json: .*sensei drill cleanup/);
    expect((await sensei('list')).stderr).toMatch(/pod-kill: a drill was begun at .* by A\. Admin/);
    mesh.isMending = true;
    const mended = await sensei('cleanup');
    expect([refused.code, mended.code, mesh.objects.size]).toEqual([2, 0, 0]);
    expect(readdirSync(drills)).toEqual(before.filter((file) => !file.includes('running')));
    await allIsWell();
  });

  it('drains a node as its budget allows, and takes the cordon off again', async () => {
    const { evidence, verdict } = await run('node-drain');
    const evicted = cluster.truth.filter(({ what }) => what === 'pod evicted');
    expect(evidence.targets).toEqual(evicted.map(({ subject }) => `sensei/${subject}`));
    expect(evidence.targets.length).toBeGreaterThan(0);
    expect(evidence.cleanup).toMatchObject([{ what: 'uncordon node n0', isDone: true }]);
    const nodes = cluster.store.list('nodes').map(({ spec }) => spec);
    expect(nodes.filter((spec) => Object.hasOwn(spec as object, 'unschedulable'))).toEqual([]);
    expect(verdict).toBe('pass');
    await allIsWell();
  });

  it('refuses while not all is well', async () => {
    balancer.removeAllListeners('request');
    balancer.on('request', (_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    const isBad = async () => (await ask(`${url}/api/v1/slos`))?.body.includes('"now":"bad"');
    await until(
      'the failure',
      async () => (await isBad()) === true,
      120_000,
      () => log,
    );
    const { stderr, code } = await sensei('run', 'pod-kill', '--by', 'A', '--confirm');
    expect(stderr).toMatch(/not all is well.*api-availability is/);
    expect(code).toBe(2);
    balancer.removeAllListeners('request');
    balancer.on('request', (_request, response) => void response.end('{"status":"ok"}'));
    await allIsWell();
  });

  it('that is killed in the middle is told of, ended by cleanup, and inconclusive', async () => {
    const { child } = await killedUnderWay();
    const second = await sensei('run', 'pod-kill', '--by', 'A', '--confirm');
    expect(second.stderr).toMatch(/one drill at a time: killed was begun .*is under way/);
    expect((await sensei('cleanup')).stderr).toMatch(/killed: .* is under way/);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect((await sensei('list')).stderr).toMatch(/killed: .*sensei drill cleanup/);
    const { stdout, code } = await sensei('cleanup');
    expect([stdout, code]).toEqual([
      expect.stringMatching(/-region-[0-9a-f]{8}\.json: inconclusive: it hit nothing/),
      0,
    ]);
    expect(existsSync(join(folder, 'mended'))).toBe(true);
    expect((await sensei('cleanup')).stdout).toMatch(/nothing to clean up/);
  });

  it('by Chaos Mesh that is killed in the middle leaves an object, which cleanup deletes', async () => {
    const child = start('drill', 'run', 'cut-off', '--by', 'B', '--confirm', '-c', configFile);
    const running = join(drills, 'cut-off.running.json');
    const hasHit = () =>
      Promise.resolve(
        existsSync(running) && /"sensei\/sensei-api-/.test(readFileSync(running, 'utf8')),
      );
    await until('the hit', hasHit, 120_000, () => '');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect([...mesh.objects.values()]).toMatchObject([
      { kind: 'NetworkChaos', spec: { action: 'partition', direction: 'to', duration: '3600s' } },
    ]);
    const { stdout, code } = await sensei('cleanup');
    expect([mesh.objects.size, code]).toEqual([0, 0]);
    const [file = '', words] = stdout.trim().split(': inconclusive: ');
    expect(words).toBe('no recovery was seen');
    const kept = JSON.parse(readFileSync(file, 'utf8')) as DrillEvidence;
    expect(isValid(kept)).toBe(true);
    expect(kept).toMatchObject({ plan: 'cut-off', by: 'B', cleanedUp: true, recoveredAt: null });
    expect(kept.targets).toHaveLength(1);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)(
    'that is ended by %s mends what it broke',
    async (signal) => {
      rmSync(join(folder, 'mended'), { force: true });
      const { child, running } = await killedUnderWay();
      const said = text(child.stderr!);
      child.kill(signal);
      const [code] = (await once(child, 'close')) as [number];
      expect(await said).toMatch(/interrupted: cleaning up/);
      expect([code, existsSync(join(folder, 'mended')), existsSync(running)]).toEqual([
        2,
        true,
        false,
      ]);
    },
  );

  it('asks the API server for nothing that the rights it prints do not give', async () => {
    const { stdout } = await sensei('manifests');
    const rights = parseAllDocuments(stdout).map((document) => document.toJS() as Rights);
    const asked = server.requests.filter(({ token }) => token === drillToken).map(askedBy);
    expect(asked.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(
      expect.arrayContaining(['create podchaos', 'create pods/eviction', 'patch nodes']),
    );
    expect(asked.filter((each) => !isGranted(each, rights))).toEqual([]);
  });

  it('is followed by the exporter, metric and list alike', async () => {
    const shown = async () =>
      valueOf((await ask(`${url}/metrics`))?.body ?? '', 'sensei_drill_verdict', {
        scenario: 'node',
        verdict: 'pass',
      }) === 1;
    await until('the verdict', shown, 180_000, () => log);
    const { stdout } = await sensei('list');
    expect(stdout).toMatch(/^node .* pass {2,}in 9[12] d/m);
    expect(stdout).toMatch(/^availability zone .*never.*now: never made/m);
    const config = JSON.parse(readFileSync(configFile, 'utf8')) as object;
    writeFileSync(configFile, JSON.stringify({ ...config, tier: 'premium' }));
    expect((await sensei('list')).stdout).toMatch(/^node .* stale .*another configuration/m);
  });
});
