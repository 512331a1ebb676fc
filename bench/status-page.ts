import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { peakMemoryBytes, startModule, startProgram, stop } from './child.js';
import { lookAt, type Seen } from './page-browser.js';
import { percentile, rowOf, type Row } from './row.js';
import { seedHistory } from './seeded-history.js';

const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));
const components = 200;
const incidents = 5000;
const clients = 50;
const looks = 5;
const port = 19_811;
const url = `http://127.0.0.1:${port}`;
const numbers = Array.from({ length: components }, (_, index) => String(index).padStart(3, '0'));
const slos = numbers.map((number) => ({
  name: `c${number}-availability`,
  component: `part-${number}`,
}));

function configuration(folder: string, endpoint: string): string {
  return JSON.stringify({
    deployment: 'bench',
    server: { port },
    logging: { level: 'warn' },
    store: { file: join(folder, 'sensei.db') },
    collectors: {
      lb: numbers.map((number, index) => ({
        name: `c${number}`,
        component: `part-${number}`,
        url: endpoint,
        region: index % 2 === 0 ? 'east' : 'west',
        zone: `zone-${'abc'[index % 3]}`,
        interval: '1s',
        timeout: '900ms',
      })),
    },
  });
}

async function ready(): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await sleep(50);
  }
  throw new Error('the exporter was not ready in time');
}

/** From the request to the first byte of the answer, in milliseconds. */
function firstByte(from: string, agent: Agent): Promise<number> {
  const beganMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(from, { agent, headers: { 'Accept-Encoding': 'gzip' } }, (answer) => {
      const tookMs = performance.now() - beganMs;
      answer.resume();
      answer.on('end', () => resolve(tookMs)).on('error', reject);
    });
    request.on('error', reject);
  });
}

/** So many clients that each ask again a second after they were answered. */
async function firstBytes(from: string, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const found: number[] = [];
  const untilMs = performance.now() + seconds * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      await sleep(Math.random() * 1000);
      while (performance.now() < untilMs) {
        found.push(await firstByte(from, agent));
        await sleep(1000);
      }
    }),
  );
  agent.destroy();
  return found;
}

/** What live pages cost. */
interface LiveCost {
  /** The longest that the exporter's event loop stood still in a second, in milliseconds; the median. */
  readonly stallMs: number;
  /** Sent to one page in a second. */
  readonly bytesPerSecond: number;
}

async function livePages(seconds: number): Promise<LiveCost> {
  const pages = new AbortController();
  const answers = await Promise.all(
    Array.from({ length: clients }, () => fetch(`${url}/live`, { signal: pages.signal })),
  );
  const received = { bytes: 0 };
  const drains = answers.map(({ body }) => drain(body, received));
  await sleep(2000);
  received.bytes = 0;
  const stalls: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1000);
    const page = await fetch(`${url}/metrics`).then((answer) => answer.text());
    stalls.push(Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(page)?.[1] ?? NaN) * 1000);
  }
  pages.abort();
  await Promise.allSettled(drains);
  return {
    stallMs: percentile(stalls, 0.5),
    bytesPerSecond: received.bytes / clients / seconds,
  };
}

async function drain(
  body: ReadableStream<Uint8Array> | null,
  received: { bytes: number },
): Promise<void> {
  for await (const chunk of body ?? []) received.bytes += chunk.length;
}

async function sizes(): Promise<{ plain: number; packed: number }> {
  const page = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  const plain = (await page.arrayBuffer()).byteLength;
  const packed = await new Promise<number>((resolve, reject) => {
    get(url, { headers: { 'Accept-Encoding': 'gzip' } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
  return { plain, packed };
}

function row(
  name: string,
  unit: string,
  ours: number,
  aim: string,
  isMet: boolean,
  floor?: number,
) {
  return rowOf({ name, unit, ours, aim, isMet, ...(floor !== undefined && { floor }) });
}

function browserRows({
  firstPaintMs,
  interactiveMs,
  requests,
  bytes,
  openMs,
  updateMs,
}: Seen): Row[] {
  const median = (values: readonly number[]) => percentile(values, 0.5);
  return [
    row(
      'page and all it asks for, as transferred',
      'kB',
      bytes / 1e3,
      'under 150 kB',
      bytes < 150e3,
    ),
    row('requests', '', requests, 'at most 5', requests <= 5),
    row('first paint', 'ms', median(firstPaintMs), 'under 1000 ms', median(firstPaintMs) < 1000),
    row(
      'usable (scripts run)',
      'ms',
      median(interactiveMs),
      'under 1000 ms',
      median(interactiveMs) < 1000,
    ),
    row(
      'opening an incident, 95th percentile',
      'ms',
      percentile(openMs, 0.95),
      'under 200 ms',
      percentile(openMs, 0.95) < 200,
    ),
    row(
      'one section of a live update, 95th percentile',
      'ms',
      percentile(updateMs, 0.95),
      'under 50 ms',
      percentile(updateMs, 0.95) < 50,
    ),
  ];
}

async function measure(seconds: number, pid: number): Promise<Row[]> {
  const { plain, packed } = await sizes();
  const seen = await lookAt(url, looks);
  const ours = await firstBytes(url, seconds);
  const floor = await startModule('./page-floor.ts', [String(packed)]);
  const ready = await firstBytes(String(floor.first), seconds);
  await stop(floor.child);
  const live = await livePages(Math.min(20, seconds));
  const [p50, p99] = [percentile(ours, 0.5), percentile(ours, 0.99)];
  return [
    row('page', 'kB', plain / 1e3, 'none', true),
    row('page, compressed', 'kB', packed / 1e3, 'under 60 kB', packed < 60e3),
    ...browserRows(seen),
    row(
      `first byte, ${clients} clients, median; floor: a ready page`,
      'ms',
      p50,
      'under 50 ms',
      p50 < 50,
      percentile(ready, 0.5),
    ),
    row('the same, 99th percentile', 'ms', p99, 'under 200 ms', p99 < 200, percentile(ready, 0.99)),
    row(
      `longest stall of the exporter, ${clients} live pages`,
      'ms',
      live.stallMs,
      'under 50 ms',
      live.stallMs < 50,
    ),
    row('live updates, to one page', 'kB a second', live.bytesPerSecond / 1e3, 'none', true),
    row('memory at most', 'MB', peakMemoryBytes(pid) / 1e6, 'none', true),
  ];
}

/** The status page of 200 components with 5,000 incidents: weight, paint, interaction, first byte. */
export async function benchStatusPage(seconds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-bench-'));
  const endpoint = await startModule('./endpoint-server.ts', []);
  try {
    const nowMs = Date.now();
    await seedHistory(join(folder, 'sensei.db'), { slos, incidents, nowMs });
    const config = join(folder, 'sensei.yaml');
    writeFileSync(config, configuration(folder, `http://127.0.0.1:${String(endpoint.first)}/`));
    const exporter = startProgram(process.execPath, [cli, 'exporter', '--config', config]);
    try {
      await ready();
      return await measure(seconds, exporter.pid!);
    } finally {
      await stop(exporter);
    }
  } finally {
    await stop(endpoint.child);
    rmSync(folder, { recursive: true, force: true });
  }
}
