import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ports } from '../lab/addresses.js';
import { exporterConfig } from '../lab/exporter-config.js';
import { ExporterProcess } from '../lab/exporter-process.js';
import { ask, until } from '../lab/health.js';
import { Lab, removeLab } from '../lab/lab.js';
import {
  holds,
  scrapeBracket,
  spread,
  truthAfter,
  type Attempt,
  type Bracket,
  type Truth,
} from './failover-truth.js';

const help = `npm run bench:failover -- [options]
  Kills the PostgreSQL and the Redis primary of a real lab again and again, and holds the recovery
  times that the exporter measured against an independent write every 10 ms.
  --kills N     kills of each (default 20)
  --only NAME   postgres or redis (default both)
  --octet N     second octet of the lab's addresses (default 47)
  --json        one JSON object a line, one for each kill and one for each summary`;

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    only: { type: 'string' },
    octet: { type: 'string', default: '47' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const probeMs = 100;
const scrapeMs = 15_000;
/** How well the independent loop itself knows when an outage began and ended. */
const truthSlackMs = 20;
const name = `failover-${process.pid}`;
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const tell = (text: string) => void process.stderr.write(`${text}\n`);

interface SeenIncident {
  readonly id: string;
  readonly slo: string;
  readonly scenario: string;
  readonly verdict: string;
  readonly firstFailMs: number;
  readonly firstOkMs: number | null;
  readonly closedMs: number | null;
  readonly lowMs: number;
  readonly highMs: number | null;
}

/** What is killed, and how it is watched. */
interface Subject {
  readonly kind: 'postgres' | 'redis';
  readonly victim: string;
  readonly slo: string;
  readonly loop: WriteLoop;
  readonly kills: Kill[];
}

interface Kill {
  readonly kind: string;
  readonly truth: Truth;
  readonly incident: SeenIncident;
  readonly bracket: Bracket;
  readonly scraped: Bracket | undefined;
}

/** The independent loop, a process of its own. */
class WriteLoop {
  readonly attempts: Attempt[] = [];
  private readonly child: ChildProcess;

  constructor(file: string, args: readonly string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', here(file), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const [startMs = 0, endMs = 0, ok = 0] = line.split(' ').map(Number);
      this.attempts.push({ startMs, endMs, ok: ok === 1 });
    });
  }

  stop(): void {
    this.child.stdin?.end();
  }
}

async function incidentAbout(
  exporter: ExporterProcess,
  slo: string,
  sinceMs: number,
): Promise<SeenIncident | undefined> {
  const answer = await ask(`${exporter.url}/api/v1/incidents?limit=50&from=1h`);
  if (answer?.status !== 200) return undefined;
  const { incidents } = JSON.parse(answer.body) as { incidents: SeenIncident[] };
  return incidents.find((each) => each.slo === slo && each.firstFailMs > sinceMs - 1000);
}

/** Kills once; answers when the exporter has closed the incident. */
async function killOnce(lab: Lab, exporter: ExporterProcess, subject: Subject): Promise<void> {
  const killedMs = Date.now();
  await lab.kill(subject.victim);
  let incident: SeenIncident | undefined;
  await until(
    `${subject.kind}: an incident that is over`,
    async () => {
      incident = await incidentAbout(exporter, subject.slo, killedMs);
      return incident !== undefined && incident.closedMs !== null;
    },
    90_000,
    () => JSON.stringify(incident ?? 'no incident'),
  );
  await sleep(600);
  const found = incident!;
  const truth = truthAfter(subject.loop.attempts, killedMs - 50, found.closedMs!);
  if (truth === undefined) throw new Error(`${subject.kind}: the write loop saw no outage`);
  const bracket = { lowMs: found.lowMs, highMs: found.highMs ?? Infinity };
  const scraped = scrapeBracket(truth, Math.random() * scrapeMs, scrapeMs);
  const kill = { kind: subject.kind, truth, incident: found, bracket, scraped };
  subject.kills.push(kill);
  if (values.json) process.stdout.write(`${JSON.stringify(kill)}\n`);
  const shown = (ms: number) => (ms / 1000).toFixed(3);
  tell(
    `  ${subject.kind}: true ${shown(truth.lengthMs)} s, measured ${shown(bracket.lowMs)} to ${shown(bracket.highMs)} s (${found.scenario})`,
  );
}

function summary({ kind, kills }: Subject) {
  const lengths = kills.map(({ truth }) => truth.lengthMs);
  const widths = kills.map(({ bracket }) => bracket.highMs - bracket.lowMs);
  const scraped = kills.flatMap((kill) => (kill.scraped === undefined ? [] : [kill.scraped]));
  const count = (test: (kill: Kill) => boolean) => kills.filter(test).length;
  return {
    kind,
    kills: kills.length,
    trueMs: spread(lengths),
    contained: count(({ bracket, truth }) => holds(bracket, truth.lengthMs)),
    containedWithinResolution: count(({ bracket, truth }) =>
      holds(bracket, truth.lengthMs, truthSlackMs),
    ),
    widthMs: spread(widths),
    widthIntervals: spread(widths.map((width) => width / probeMs)),
    errorOfMiddleMs: spread(
      kills.map(({ bracket, truth }) =>
        Math.abs((bracket.lowMs + bracket.highMs) / 2 - truth.lengthMs),
      ),
    ),
    /** What `firstOk - firstFail`, from the starts of probes, would have called at least. */
    naiveLowTooHigh: count(
      ({ incident, truth }) =>
        (incident.firstOkMs ?? 0) - incident.firstFailMs > truth.lengthMs + truthSlackMs,
    ),
    scraperMissed: kills.length - scraped.length,
    scraperWidthMs:
      scraped.length === 0 ? null : spread(scraped.map((each) => each.highMs - each.lowMs)),
    scenarios: [...new Set(kills.map(({ incident }) => incident.scenario))].join(', '),
  };
}

function tableOf(subjects: readonly Subject[]): string {
  const table = new Table({
    head: ['', ...subjects.map(({ kind }) => kind)],
    style: { head: [], border: [] },
  });
  const summaries = subjects.map(summary);
  const row = (title: string, cell: (of: ReturnType<typeof summary>) => string) =>
    table.push([title, ...summaries.map(cell)]);
  const ms = ({ p50, p90, max }: ReturnType<typeof spread>) =>
    `${p50.toFixed(0)} / ${p90.toFixed(0)} / ${max.toFixed(0)}`;
  row('kills', ({ kills }) => String(kills));
  row('true outage, ms, p50 / p90 / max', ({ trueMs }) => ms(trueMs));
  row('bracket holds it', ({ contained, kills }) => `${contained} of ${kills}`);
  row(
    `... to the write loop's own ${truthSlackMs} ms`,
    ({ containedWithinResolution, kills }) => `${containedWithinResolution} of ${kills}`,
  );
  row('width of the bracket, ms', ({ widthMs }) => ms(widthMs));
  row(
    '... in probe intervals',
    ({ widthIntervals: { p50, p90, max } }) =>
      `${p50.toFixed(2)} / ${p90.toFixed(2)} / ${max.toFixed(2)}`,
  );
  row('error of its middle, ms', ({ errorOfMiddleMs }) => ms(errorOfMiddleMs));
  row(
    '"at least" by first success - first failure: too high',
    ({ naiveLowTooHigh, kills }) => `${naiveLowTooHigh} of ${kills}`,
  );
  row(
    'scraping every 15 s: outages not seen',
    ({ scraperMissed, kills }) => `${scraperMissed} of ${kills}`,
  );
  row('scraping every 15 s: width, ms', ({ scraperWidthMs }) =>
    scraperWidthMs === null ? '-' : ms(scraperWidthMs),
  );
  row('scenario', ({ scenarios }) => scenarios);
  return table.toString();
}

function subjectsOf(lab: Lab): Subject[] {
  const { regionA, redis } = lab.addresses;
  const all: Subject[] = [
    {
      kind: 'postgres',
      victim: 'pg-primary',
      slo: 'orders-a-writes',
      loop: new WriteLoop('./write-loop-postgres.ts', [
        regionA.haproxy,
        String(ports.pgWrite),
        lab.passwordFile('superuser'),
      ]),
      kills: [],
    },
    {
      kind: 'redis',
      victim: 'redis-primary',
      slo: 'cache-writes',
      loop: new WriteLoop('./write-loop-redis.ts', [
        String(ports.sentinel),
        'cache',
        ...Object.values(redis),
      ]),
      kills: [],
    },
  ];
  const { only } = values;
  for (const { kind, loop } of all) if (only !== undefined && kind !== only) loop.stop();
  return all.filter(({ kind }) => only === undefined || kind === only);
}

async function rounds(lab: Lab, exporter: ExporterProcess, subjects: readonly Subject[]) {
  const kills = Number(values.kills);
  await sleep(4000);
  for (let round = 1; round <= kills; round += 1) {
    tell(`kill ${round} of ${kills}`);
    for (const subject of subjects) {
      await killOnce(lab, exporter, subject).catch((error: unknown) => tell(`  ${String(error)}`));
    }
    await lab.heal();
    // A phase of its own for every kill, against the probes as against the scraper.
    await sleep(2000 + Math.random() * 1000);
  }
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  const startedMs = performance.now();
  let exporter: ExporterProcess | undefined;
  let subjects: Subject[] = [];
  const end = async () => {
    for (const { loop } of subjects) loop.stop();
    await exporter?.stop();
    await removeLab(name);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void end().then(() => process.exit(130)));
  }
  try {
    const lab = await Lab.up({
      name,
      octet: Number(values.octet),
      timing: 'fast',
      onProgress: tell,
    });
    exporter = new ExporterProcess(lab);
    // A probe that hangs makes the bracket wider by its deadline.
    await exporter.start(exporterConfig(lab, { canaryTimeout: '300ms' }));
    subjects = subjectsOf(lab);
    await rounds(lab, exporter, subjects);
    if (values.json)
      for (const subject of subjects) process.stdout.write(`${JSON.stringify(summary(subject))}\n`);
    else process.stdout.write(`${tableOf(subjects)}\n`);
    tell(`${((performance.now() - startedMs) / 60_000).toFixed(1)} min in all`);
    return 0;
  } finally {
    await end();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  tell(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
