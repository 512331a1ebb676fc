import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { cpuSeconds, peakMemoryBytes, startModule, startProgram, stop } from './child.js';
import { percentile, rowOf, type Row } from './row.js';

const pods = 5000;
const nodes = 500;
const components = 20;
const changesPerSecond = 100;
const toggles = 60;
const pollMs = 15;
const exporterUrl = 'http://127.0.0.1:19808';
const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));

function kubeconfig(server: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 'bench' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });
}

function configuration(folder: string): string {
  return stringify({
    deployment: 'bench',
    server: { host: '127.0.0.1', port: 19_808 },
    logging: { level: 'silent' },
    store: { file: join(folder, 'sensei.db') },
    collectors: {
      replicas: [
        {
          name: 'east',
          region: 'eu',
          kubeconfig: { file: join(folder, 'kubeconfig') },
          namespaces: ['sensei'],
          components: Array.from({ length: components }, (_, index) => ({
            component: `app-${index}`,
            deployment: `app-${index}`,
          })),
        },
      ],
    },
  });
}

/** Options of the process as the manifests set them. */
function shippedOptions(): string[] {
  const file = new URL('../kubernetes/base/stateful-set/stateful-set.yaml', import.meta.url);
  const found = /value: (--max-old-space-size=.+)/.exec(readFileSync(file, 'utf8'));
  return found?.[1]?.split(' ') ?? [];
}

async function metrics(): Promise<string> {
  try {
    const answer = await fetch(`${exporterUrl}/metrics`);
    return await answer.text();
  } catch {
    return '';
  }
}

function valueOf(page: string, series: string): number | undefined {
  const from = page.indexOf(`${series} `);
  if (from < 0) return undefined;
  return Number(page.slice(from + series.length + 1, page.indexOf('\n', from)));
}

const serving = 'sensei_replicas_serving{cluster="east",region="eu",component="app-0"}';
const held =
  'sensei_replicas_objects{cluster="east",region="eu",resource="pods",namespace="sensei"}';

const limitMs = 60_000;

/** @throws Error when it is not so in time */
async function until(what: string, isSo: (page: string) => boolean): Promise<void> {
  const from = performance.now();
  while (!isSo(await metrics())) {
    if (performance.now() - from > limitMs) throw new Error(`waited in vain for ${what}`);
    await sleep(pollMs);
  }
}

/** Milliseconds from a change at the server until a scrape shows it, in the order of their size. */
async function delays(server: Awaited<ReturnType<typeof startModule>>['child']): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < toggles; index += 1) {
    await sleep(300 + Math.random() * 400);
    const told = once(server, 'message');
    server.send('toggle');
    const [{ isReady, atMs }] = (await told) as [{ isReady: boolean; atMs: number }];
    const wanted = pods / components - (isReady ? 0 : 1);
    await until('a change', (page) => valueOf(page, serving) === wanted);
    found.push(performance.timeOrigin + performance.now() - atMs);
  }
  return found;
}

async function cpuShare(pid: number, seconds: number): Promise<number> {
  const before = cpuSeconds(pid);
  const from = performance.now();
  await sleep(seconds * 1000);
  return ((cpuSeconds(pid) - before) / (performance.now() - from)) * 1e5;
}

/** 5,000 pods on 500 nodes with 100 pod changes a second: start, processor, memory, delay. */
export async function benchKubernetes(seconds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-bench-'));
  const { child: server, first: url } = await startModule('./kubernetes-server.ts', [
    String(pods),
    String(nodes),
    String(components),
    String(changesPerSecond),
  ]);
  try {
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig(String(url)), { mode: 0o600 });
    writeFileSync(join(folder, 'sensei.yaml'), configuration(folder));
    server.send('churn');
    const from = performance.now();
    const args = [...shippedOptions(), cli, 'exporter', '--config', join(folder, 'sensei.yaml')];
    const exporter = startProgram(process.execPath, args);
    await until('all pods', (page) => valueOf(page, held) === pods);
    const startMs = performance.now() - from;
    const pid = exporter.pid!;
    const floor = await startModule('./kubernetes-floor.ts', [String(url)]);
    await sleep(3000);
    const [share, floorShare] = await Promise.all([
      cpuShare(pid, seconds),
      cpuShare(floor.child.pid!, seconds),
    ]);
    await stop(floor.child);
    // Before it is scraped as often as nobody does.
    const memory = peakMemoryBytes(pid) / 1e6;
    const found = await delays(server);
    await stop(exporter);
    return rowsOf({ startMs, share, floorShare, found, memory });
  } finally {
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(given: {
  startMs: number;
  share: number;
  floorShare: number;
  found: readonly number[];
  memory: number;
}): Row[] {
  const { startMs, share, floorShare, found, memory } = given;
  const [p50, p99] = [percentile(found, 0.5), percentile(found, 0.99)];
  const of = `${pods} pods, ${nodes} nodes, ${changesPerSecond} changes a second`;
  return [
    rowOf({
      name: `start until in step, ${of}`,
      unit: 's',
      ours: startMs / 1000,
      aim: 'none',
      isMet: true,
    }),
    rowOf({
      name: 'processor; floor: the same watches only parsed',
      unit: '% of one',
      ours: share,
      floor: floorShare,
      aim: 'none',
      isMet: true,
    }),
    rowOf({
      name: 'memory at most, with the options of the manifests',
      unit: 'MB',
      ours: memory,
      aim: 'under 200 MB',
      isMet: memory < 200,
    }),
    rowOf({
      name: 'from a change to a scrape that shows it, median',
      unit: 'ms',
      ours: p50,
      aim: 'none',
      isMet: true,
    }),
    rowOf({
      name: 'the same, 99th percentile',
      unit: 'ms',
      ours: p99,
      aim: 'under 250 ms',
      isMet: p99 < 250,
    }),
  ];
}
