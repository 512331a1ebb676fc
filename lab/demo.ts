import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { ports } from './addresses.js';
import { loadAlerting, pagerUrl } from './alerting.js';
import { isTiming, timings } from './configurations.js';
import { ExporterProcess } from './exporter-process.js';
import { ask, until } from './health.js';
import { Lab, removeLab } from './lab.js';
import { summarise } from './summary.js';

const help = `npm run demo -- [options]
  Brings up a real HA stack on loopback, watches it with the exporter, and shows a live summary.
  --once          print one summary, stop everything, exit 0
  --name NAME     name of the lab (default demo)
  --octet N       second octet of its addresses (default 0), so that two run side by side
  --timing NAME   Patroni's timings: fast (5/1/3 s, default), medium (20/2/5 s) or default (30/10/10 s, a failover
                  takes half a minute)
Ctrl-C stops everything.`;

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    name: { type: 'string', default: 'demo' },
    octet: { type: 'string', default: '0' },
    timing: { type: 'string', default: 'fast' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const print = (text: string) => void process.stdout.write(`${text}\n`);
const tell = (text: string) => void process.stderr.write(`${text}\n`);
const fallbackColumns = 140;
const refreshMs = 1000;

/** Whether Prometheus has scraped the exporter and found it up. */
async function isScraped(lab: Lab): Promise<boolean> {
  const url = `http://${lab.addresses.monitoring}:${ports.prometheus}/api/v1/query?query=${encodeURIComponent('up{job="sensei"}')}`;
  const answer = await ask(url);
  if (answer?.status !== 200) return false;
  const { data } = JSON.parse(answer.body) as { data: { result: { value: [number, string] }[] } };
  return data.result[0]?.value[1] === '1';
}

function whatToTry(lab: Lab, exporter: ExporterProcess): string {
  const prometheus = `http://${lab.addresses.monitoring}:${ports.prometheus}`;
  const at = lab.name === 'demo' ? '' : `--name ${lab.name} `;
  const commands = [
    'kill pg-primary',
    'kill redis-primary',
    'switchover',
    'freeze pg-replica',
    'link cut',
    'objects stop',
    'archive pause',
    'kill region-a',
    'heal',
    'status',
  ];
  return [
    '',
    `  exporter      ${pc.cyan(exporter.url)}  (the status page; /metrics, /api/v1/...)`,
    `  Prometheus    ${pc.cyan(prometheus)}  (up{job="sensei"} is 1)`,
    `  Alertmanager  ${pc.cyan(`http://${lab.addresses.monitoring}:${ports.alertmanager}`)}`,
    `  pager         ${pc.cyan(pagerUrl(lab))}  (what PagerDuty would have been told)`,
    '',
    '  Try, from another shell:',
    ...commands.map((command) => `    npm run lab -- ${at}${command}`),
    '',
  ].join('\n');
}

async function showOnce(exporter: ExporterProcess): Promise<void> {
  print(summarise(await exporter.state(), process.stdout.columns ?? fallbackColumns));
}

/** Redraws the summary in place until told to stop. */
async function follow(lab: Lab, exporter: ExporterProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const screen = summarise(await exporter.state(), process.stdout.columns ?? fallbackColumns);
    process.stdout.write(
      `\u001b[H\u001b[2J${screen}\n${whatToTry(lab, exporter)}  Ctrl-C stops everything.\n`,
    );
    await sleep(refreshMs, undefined, { signal }).catch(() => undefined);
  }
}

async function watch(lab: Lab, exporter: ExporterProcess, signal: AbortSignal): Promise<void> {
  tell('Exporter ...');
  await exporter.start();
  tell('Rules and routes ...');
  await loadAlerting(lab, exporter.configFile);
  await until(
    'Prometheus: up == 1 for the exporter',
    () => isScraped(lab),
    30_000,
    () => '',
  );
  // A second round, so that what is compared between two collections is known too.
  await sleep(2000, undefined, { signal }).catch(() => undefined);
  if (values.once) {
    await showOnce(exporter);
    print(`Prometheus: up{job="sensei"} == 1 at ${exporter.url}/metrics`);
  } else if (process.stdout.isTTY) {
    await follow(lab, exporter, signal);
  } else {
    print(whatToTry(lab, exporter));
    await showOnce(exporter);
    print('Not a terminal: no live summary. SIGTERM stops everything.');
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
}

async function main(): Promise<number> {
  if (values.help) {
    print(help);
    return 0;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stopping.abort());
  // A timer keeps the process alive while it only waits for a signal.
  const alive = setInterval(() => {}, 60_000);
  let exporter: ExporterProcess | undefined;
  try {
    const { name, timing } = values;
    if (!isTiming(timing)) {
      throw new Error(`--timing: one of ${Object.keys(timings).join(', ')}, not ${timing}`);
    }
    const octet = Number(values.octet);
    const lab = await Lab.up({ name, octet, timing, hasBackups: true, onProgress: tell });
    exporter = new ExporterProcess(lab);
    if (!stopping.signal.aborted) await watch(lab, exporter, stopping.signal);
    return 0;
  } catch (error) {
    tell(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    clearInterval(alive);
    tell('Stopping everything ...');
    await exporter?.stop();
    await removeLab(values.name);
  }
}

process.exitCode = await main();
