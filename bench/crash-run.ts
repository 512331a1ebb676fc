import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Incident } from '../src/slo/incident.js';
import type { Store } from '../src/store/store.js';

const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));
const always = { fromMs: 0, toMs: 4_000_000_000_000 };
const finestMs = 5000;
const exporterPort = 9808;
const leastGraceMs = 2000;
const settleLooks = 20;
const settleEveryMs = 250;

export interface CrashOptions {
  readonly folder: string;
  /** The exporter's `store:` block. */
  readonly store: object;
  /** Opens the same store, for reading. */
  readonly open: () => Promise<Store>;
  readonly kills: number;
  readonly targets: number;
  readonly onProgress?: (text: string) => void;
}

export interface CrashResult {
  readonly kills: number;
  /** Outages that really were and could be seen, of all targets. */
  readonly outages: number;
  /** Outages that lay where no exporter was alive for long enough to see them. */
  readonly unseeable: number;
  readonly lost: number;
  readonly doubled: number;
  /** Outages that are part of the incident before, though one life saw that they were two. */
  readonly merged: number;
  /** Incidents in the store that were no outage. */
  readonly invented: number;
  /**
   * Probes that were answered more than 2 s before a kill and are not in the store, over all kills; on a
   * machine that takes longer than a second to start an exporter, more than twice that time.
   */
  readonly slicesLost: number;
  /** Counters that were lower than before within the life of one process. */
  readonly backwards: number;
}

interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** Failed probes in one life that an outage needs to be seen and written: three open it. */
const probesToSee = 8;
/** Good probes in one life that close an outage for certain: those of 1 s, and some. */
const probesToClose = 16;

/** Endpoints that are down for 3 s of every 8 s, each in its own turn; the truth is known. */
class Endpoints {
  readonly answeredAtMs: number[][];
  /** When each life of the exporter began. */
  readonly births: number[] = [];
  private readonly server: Server;
  private readonly startMs = Date.now();

  constructor(readonly count: number) {
    this.answeredAtMs = Array.from({ length: count }, () => []);
    this.server = createServer((request, response) => {
      const index = Number((request.url ?? '').slice(1));
      const isUp = this.isUp(index, Date.now());
      response.statusCode = isUp ? 200 : 503;
      response.end(isUp ? 'ok' : 'down', () => this.answeredAtMs[index]?.push(Date.now()));
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  isUp(index: number, atMs: number): boolean {
    const phaseMs = (atMs - this.startMs + index * 397) % 8000;
    return phaseMs < 5000;
  }

  /** Whether one life of the exporter was told often enough that the endpoint is down. */
  couldSee(index: number, stretch: Stretch): boolean {
    return this.mostInOneLife(index, stretch) >= probesToSee;
  }

  /** Whether one life saw, for longer than the stabilisation time, that it was up before an outage. */
  sawGapBefore(index: number, { startMs }: Stretch): boolean {
    const gap = { startMs: startMs - 5000, endMs: startMs };
    return this.mostInOneLife(index, gap) >= probesToClose;
  }

  private mostInOneLife(index: number, { startMs, endMs }: Stretch): number {
    const told = this.answeredAtMs[index]!.filter((atMs) => atMs > startMs && atMs < endMs);
    const lives = told.map((atMs) => this.births.findLastIndex((bornAtMs) => bornAtMs <= atMs));
    return Math.max(...this.births.map((_, life) => lives.filter((each) => each === life).length));
  }

  /** Outages that lay wholly between the two instants. */
  outages(index: number, fromMs: number, toMs: number): { startMs: number; endMs: number }[] {
    const found = [];
    const first = this.startMs - index * 397 + 5000;
    for (let startMs = first; startMs + 3000 < toMs; startMs += 8000) {
      if (startMs > fromMs) found.push({ startMs, endMs: startMs + 3000 });
    }
    return found;
  }
}

/** One life of the exporter after the other. */
class Exporter {
  private child: ChildProcess | undefined;
  private log = '';
  private counters = new Map<string, number>();
  backwards = 0;

  constructor(
    private readonly configFile: string,
    private readonly url: string,
  ) {}

  async start(): Promise<void> {
    this.counters = new Map();
    const child = spawn(process.execPath, [cli, 'exporter', '-c', this.configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-4000);
    });
    this.child = child;
    for (let tries = 0; tries < 4000; tries += 1) {
      if (child.exitCode !== null) throw new Error(`the exporter ended\n${this.log}`);
      if (await this.scrape()) return;
      await sleep(25);
    }
    throw new Error(`the exporter does not answer\n${this.log}`);
  }

  async kill(): Promise<number> {
    const ended = once(this.child!, 'exit');
    this.child!.kill('SIGKILL');
    const atMs = Date.now();
    await ended;
    return atMs;
  }

  async stop(): Promise<void> {
    if (this.child === undefined || this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }

  /** Reads every counter; one that is lower than before is counted. */
  async scrape(): Promise<boolean> {
    const text = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.text(),
      () => undefined,
    );
    if (text === undefined) return false;
    for (const line of text.split('\n')) {
      const match = /^(sensei_\w+_total(?:\{.*\})?) (\S+)$/.exec(line);
      if (match === null) continue;
      const [, series = '', value] = match;
      if (Number(value) < (this.counters.get(series) ?? 0)) this.backwards += 1;
      this.counters.set(series, Number(value));
    }
    return true;
  }
}

function configOf(port: number, endpoints: Endpoints, host: string, store: object): string {
  return JSON.stringify({
    deployment: 'crash',
    server: { host, port: exporterPort },
    logging: { level: 'warn' },
    store,
    slo: { stabilisation: '1s' },
    collectors: {
      lb: endpoints.answeredAtMs.map((_, index) => ({
        name: `t${index}`,
        url: `http://127.0.0.1:${port}/${index}`,
        interval: '100ms',
        timeout: '100ms',
      })),
    },
  });
}

/** Slices of each target in the store, up to now. */
type Kept = number[];

/** Probes answered in one life, long enough before its end, that the store lacks, over all targets. */
async function lostSlices(
  store: Store,
  endpoints: Endpoints,
  [fromMs, toMs]: readonly [number, number],
  before: Kept,
): Promise<{ lost: number; kept: Kept }> {
  let lost = 0;
  const all: Kept = [];
  for (const [index, answered] of endpoints.answeredAtMs.entries()) {
    const rows = await store.slices(`t${index}-availability`, always);
    const kept = rows
      .filter(({ widthMs }) => widthMs === finestMs)
      .reduce((sum, { good, bad, unknown }) => sum + good + bad + unknown, 0);
    const due = answered.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
    lost += Math.max(0, due - (kept - (before[index] ?? 0)));
    all.push(kept);
  }
  return { lost, kept: all };
}

/**
 * The same, once a server has done what it was sent before the death: nobody is alive who could write
 * anything else.
 */
async function settledSlices(...asked: Parameters<typeof lostSlices>) {
  let found = await lostSlices(...asked);
  for (let look = 0; look < settleLooks && found.lost > 0; look += 1) {
    await sleep(settleEveryMs);
    found = await lostSlices(...asked);
  }
  return found;
}

/** What a life may owe to the store at its end, by how long its start took: all else is as slow. */
function graceAfter(bornAtMs: number): number {
  return Math.max(leastGraceMs, 2 * (Date.now() - bornAtMs));
}

/** Whether an incident is about an outage: their times overlap. */
function isAbout(incident: Incident, { startMs, endMs }: Stretch): boolean {
  const lastMs = incident.firstOkMs ?? incident.closedMs ?? incident.lastFailMs;
  return incident.firstFailMs < endMs + 100 && lastMs > startMs;
}

/** Probes of it that had no answer in time: an endpoint that is up can look so on a machine that is busy. */
function unanswered({ reasons }: Incident): number {
  return reasons['timeout'] ?? 0;
}

/** Whether an endpoint itself said that it was down. */
function wasSaid({ reasons }: Incident): boolean {
  return Object.keys(reasons).some((reason) => reason !== 'timeout');
}

function compare(
  incidents: readonly Incident[],
  endpoints: Endpoints,
  fromMs: number,
  toMs: number,
) {
  const result = { outages: 0, unseeable: 0, lost: 0, doubled: 0, merged: 0, invented: 0 };
  for (let index = 0; index < endpoints.count; index += 1) {
    const mine = incidents.filter(({ slo }) => slo === `t${index}-availability`);
    const outages = endpoints.outages(index, fromMs, toMs);
    for (const outage of outages) {
      const found = mine.filter((incident) => isAbout(incident, outage));
      const about = found.length;
      const isPartOfOlder = found.some(
        (each) => each.firstFailMs < outage.startMs - 1500 && unanswered(each) === 0,
      );
      if (isPartOfOlder && endpoints.sawGapBefore(index, outage)) result.merged += 1;
      if (about === 0 && !endpoints.couldSee(index, outage)) {
        result.unseeable += 1;
        continue;
      }
      result.outages += 1;
      if (about === 0) result.lost += 1;
      result.doubled += Math.max(0, found.filter(wasSaid).length - 1);
    }
    const around = endpoints.outages(index, 0, toMs + 20_000);
    result.invented += mine.filter(
      (each) => wasSaid(each) && !around.some((outage) => isAbout(each, outage)),
    ).length;
  }
  return result;
}

/** Kills the exporter at random moments under load, and compares what it kept with what really was. */
export async function crashRun(options: CrashOptions): Promise<CrashResult> {
  const { folder, kills, onProgress = () => {} } = options;
  const endpoints = new Endpoints(options.targets);
  const port = await endpoints.listen();
  // On an address that nothing is sent from: no connection of somebody else has the port.
  const host = `127.0.${150 + (process.pid % 50)}.9`;
  const configFile = join(folder, 'crash.json');
  writeFileSync(configFile, configOf(port, endpoints, host, options.store));
  const exporter = new Exporter(configFile, `http://${host}:${exporterPort}`);
  let slicesLost = 0;
  let store: Store | undefined;
  try {
    let bornAtMs = Date.now();
    endpoints.births.push(bornAtMs);
    await exporter.start();
    let graceMs = graceAfter(bornAtMs);
    await sleep(2500);
    const fromMs = Date.now();
    let kept: Kept = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      for (let round = 0; round < 4; round += 1) {
        await sleep(Math.random() * 700);
        await exporter.scrape();
      }
      const killedAtMs = await exporter.kill();
      store ??= await options.open();
      const { lost, kept: now } = await settledSlices(
        store,
        endpoints,
        [bornAtMs, killedAtMs - graceMs],
        kept,
      );
      slicesLost += lost;
      kept = now;
      bornAtMs = Date.now();
      endpoints.births.push(bornAtMs);
      await exporter.start();
      graceMs = graceAfter(bornAtMs);
      onProgress(`kill ${kill} of ${kills}`);
    }
    await sleep(9000);
    const toMs = Date.now() - 5000;
    await exporter.stop();
    const incidents = await store!.incidents(always, 100_000);
    const { backwards } = exporter;
    return { kills, ...compare(incidents, endpoints, fromMs, toMs), slicesLost, backwards };
  } finally {
    await exporter.stop();
    await store?.close();
    await endpoints.close();
  }
}
