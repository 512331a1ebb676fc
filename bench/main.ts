import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { benchAgreement } from './agreement.js';
import { benchBlackbox } from './blackbox.js';
import { benchCrash } from './crash.js';
import { benchKubernetes } from './kubernetes.js';
import type { Row } from './row.js';
import { benchRules } from './rules.js';
import { benchScrape } from './scrape.js';
import { benchSlo } from './slo.js';
import { benchStartDelay } from './start-delay.js';
import { benchStatusPage } from './status-page.js';

const help = `npm run bench -- [options]
  --only NAME     one of: blackbox, scrape, start-delay, slo, kubernetes (default: these), or crash (kill -9 of
                  the exporter, 50 times on each store: 6 min), or agreement (burn rates against those of
                  Prometheus: 8 min), or rules (what Prometheus pays for them: 6 min), or status-page (200 components,
                  5,000 incidents: 2 min). Failovers: npm run bench:failover
  --seconds N     length of the timed parts (default 60; start-delay takes a third)
  --json          one JSON object a line: name, unit, ours, peer, floor, ratio, aim, met
Everything is measured side by side in one run. Times on a busy machine mean little by themselves:
read the ratios.`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const seconds = Number(values.seconds);
const benches: Readonly<Record<string, () => Promise<Row[]>>> = {
  blackbox: () => benchBlackbox(seconds),
  scrape: () => benchScrape(),
  slo: () => benchSlo(),
  kubernetes: () => benchKubernetes(Math.max(5, Math.round(seconds / 2))),
  rules: () => benchRules(),
  'status-page': () => benchStatusPage(Math.max(5, Math.round(seconds / 2))),
  crash: () => benchCrash(),
  agreement: () => benchAgreement(),
  'start-delay': () => benchStartDelay(Math.max(5, Math.round(seconds / 3))),
};

/** Those that take a minute or two. */
const usual = ['blackbox', 'scrape', 'start-delay', 'slo', 'kubernetes'];

function shown(value: number | null): string {
  if (value === null) return '-';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: ['name', 'unit', 'ours', 'peer', 'floor', 'ratio', 'aim', 'met'],
    style: { head: [], border: [] },
  });
  for (const { name, unit, ours, peer, floor, ratio, aim, met } of rows) {
    table.push([
      name,
      unit,
      shown(ours),
      shown(peer),
      shown(floor),
      shown(ratio),
      aim,
      met ? 'yes' : 'NO',
    ]);
  }
  return table.toString();
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(`${help}\n`);
    return;
  }
  const names = values.only === undefined ? usual : [values.only];
  const rows: Row[] = [];
  for (const name of names) {
    const bench = benches[name];
    if (bench === undefined || !(seconds >= 1)) throw new Error(`bad argument\n${help}`);
    process.stderr.write(`bench: ${name} ...\n`);
    const measured = await bench();
    if (values.json) for (const row of measured) process.stdout.write(`${JSON.stringify(row)}\n`);
    rows.push(...measured);
  }
  if (!values.json) process.stdout.write(`${tableOf(rows)}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
