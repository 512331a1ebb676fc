import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, peakMemoryBytes, startModule, startProgram, stop } from './child.js';
import { rowOf, type Row } from './row.js';

const targets = 200;
/** Time for both to settle before CPU is counted, in seconds. */
const settleSeconds = 5;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      );
    });
  });
}

function exporterConfig(endpointPort: number, port: number): string {
  const target = (index: number) =>
    `    - {name: t${index}, url: "http://127.0.0.1:${endpointPort}/t${index}", interval: 1s, timeout: 900ms}`;
  const list = Array.from({ length: targets }, (_, index) => target(index)).join('\n');
  return `deployment: bench\nserver: {host: 127.0.0.1, port: ${port}}\ncollectors:\n  lb:\n${list}\n`;
}

const blackboxConfig =
  'modules:\n  http_2xx:\n    prober: http\n    timeout: 900ms\n    http: {preferred_ip_protocol: ip4}\n';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Scrapes blackbox_exporter once a second for every target, as Prometheus does. */
function startScraper(blackboxPort: number, endpointPort: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const counts = { answered: 0, succeeded: 0 };
  const scrape = (index: number) => {
    const target = encodeURIComponent(`http://127.0.0.1:${endpointPort}/t${index}`);
    const url = `http://127.0.0.1:${blackboxPort}/probe?module=http_2xx&target=${target}`;
    get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
      response.on('end', () => {
        counts.answered += 1;
        if (text.includes('probe_success 1')) counts.succeeded += 1;
      });
    }).on('error', () => {});
  };
  const timers = Array.from({ length: targets }, (_, index) =>
    setTimeout(() => timers.push(setInterval(scrape, 1000, index)), (index / targets) * 1000),
  );
  return {
    counts,
    stop() {
      for (const timer of timers) clearTimeout(timer);
      agent.destroy();
    },
  };
}

async function scrapeOurs(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  return answer.text();
}

function sumOf(page: string, metric: string): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/**
 * CPU seconds and peak memory for 200 HTTP targets at 1 s: the exporter, scraped every 15 s, beside
 * blackbox_exporter, scraped for each target every second. Both at the same time, on the same targets.
 */
export async function benchBlackbox(seconds: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-bench-'));
  const endpoint = await startModule('./endpoint-server.ts', []);
  const endpointPort = Number(endpoint.first);
  const [oursPort, blackboxPort] = [await freePort(), await freePort()];
  writeFileSync(join(folder, 'sensei.yaml'), exporterConfig(endpointPort, oursPort));
  writeFileSync(join(folder, 'blackbox.yml'), blackboxConfig);
  const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));
  const ours = startProgram(process.execPath, [
    cli,
    'exporter',
    '--config',
    join(folder, 'sensei.yaml'),
  ]);
  const blackbox = startProgram('/usr/bin/prometheus-blackbox-exporter', [
    `--config.file=${join(folder, 'blackbox.yml')}`,
    `--web.listen-address=127.0.0.1:${blackboxPort}`,
  ]);
  const scraper = startScraper(blackboxPort, endpointPort);
  const [oursPid, blackboxPid] = [ours.pid ?? 0, blackbox.pid ?? 0];
  try {
    await wait(settleSeconds * 1000);
    const from = {
      ours: cpuSeconds(oursPid),
      blackbox: cpuSeconds(blackboxPid),
      probes: sumOf(await scrapeOurs(oursPort), 'sensei_lb_probes_total'),
      scrapes: scraper.counts.succeeded,
    };
    const scraping = setInterval(() => void scrapeOurs(oursPort), 15_000);
    await wait(seconds * 1000);
    clearInterval(scraping);
    const page = await scrapeOurs(oursPort);
    const probes = sumOf(page, 'sensei_lb_probes_total') - from.probes;
    const scrapes = scraper.counts.succeeded - from.scrapes;
    const failures = sumOf(page, 'sensei_lb_probe_failures_total');
    const cpu = {
      ours: cpuSeconds(oursPid) - from.ours,
      blackbox: cpuSeconds(blackboxPid) - from.blackbox,
    };
    const mib = 1024 * 1024;
    return [
      rowOf({
        name: `CPU for ${targets} targets at 1 s, ${seconds} s`,
        unit: 'CPU s',
        ours: cpu.ours,
        peer: cpu.blackbox,
        aim: 'at or below blackbox_exporter',
        isMet: cpu.ours <= cpu.blackbox,
      }),
      rowOf({
        name: `peak memory, ${targets} targets`,
        unit: 'MiB',
        ours: peakMemoryBytes(oursPid) / mib,
        peer: peakMemoryBytes(blackboxPid) / mib,
        aim: 'none',
        isMet: true,
      }),
      rowOf({
        name: 'probes done in that time, good ones',
        unit: 'probes',
        ours: probes - failures,
        peer: scrapes,
        aim: 'at least 99 % of those due',
        isMet: probes - failures >= 0.99 * targets * seconds,
      }),
    ];
  } finally {
    scraper.stop();
    await Promise.all([stop(ours), stop(blackbox), stop(endpoint.child)]);
    rmSync(folder, { recursive: true, force: true });
  }
}
