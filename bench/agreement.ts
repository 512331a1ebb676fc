import { setTimeout as sleep } from 'node:timers/promises';
import process from 'node:process';
import { ports } from '../lab/addresses.js';
import { ExporterProcess } from '../lab/exporter-process.js';
import { ask } from '../lab/health.js';
import { Lab, removeLab } from '../lab/lab.js';
import { rowOf, type Row } from './row.js';

const windowSeconds = 300;
const killAtSeconds = 130;
const restartAtSeconds = 190;
const compareFromSeconds = windowSeconds + 25;
const compareToSeconds = killAtSeconds + windowSeconds - 20;
const compareEverySeconds = 7;
const slo = 'orders-a-writes';
const tell = (text: string) => void process.stderr.write(`${text}\n`);

interface SeenSlo {
  readonly name: string;
  readonly objective: number;
  readonly burnRates: Readonly<Record<string, { readonly burnRate: number | null }>>;
}

async function ours(exporter: ExporterProcess): Promise<{ burn: number; objective: number }> {
  const answer = await ask(`${exporter.url}/api/v1/slos`);
  const { slos } = JSON.parse(answer?.body ?? '{}') as { slos: SeenSlo[] };
  const found = slos.find(({ name }) => name === slo)!;
  return { burn: found.burnRates['5m']?.burnRate ?? NaN, objective: found.objective };
}

/** The burn rate by Prometheus: increases of the counters, the ratio of sums. */
async function theirs(lab: Lab, objective: number): Promise<number> {
  const increase = (metric: string) =>
    `sum(increase(sensei_slo_${metric}_slices_total{slo="${slo}"}[${windowSeconds}s]))`;
  const query = `${increase('bad')} / ${increase('valid')} / ${1 - objective}`;
  const url = `http://${lab.addresses.monitoring}:${ports.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = await ask(url);
  const { data } = JSON.parse(answer?.body ?? '{}') as {
    data: { result: { value: [number, string] }[] };
  };
  return Number(data.result[0]?.value[1]);
}

/**
 * Burn rates of the exporter against those that Prometheus computes from its counters, over one run of
 * the lab with a failover and a restart of the exporter in the window.
 */
export async function benchAgreement(): Promise<Row[]> {
  const name = `agreement-${process.pid}`;
  const differences: number[] = [];
  let last = { burn: 0, prometheus: 0 };
  let exporter: ExporterProcess | undefined;
  try {
    const lab = await Lab.up({ name, octet: 73, timing: 'fast', onProgress: tell });
    exporter = new ExporterProcess(lab);
    await exporter.start();
    const startedMs = performance.now();
    const until = (seconds: number) =>
      sleep(Math.max(0, startedMs + seconds * 1000 - performance.now()));
    await until(killAtSeconds);
    tell('  the primary is killed ...');
    await lab.kill('pg-primary');
    await until(restartAtSeconds);
    tell('  the exporter is restarted ...');
    await exporter.stop();
    await exporter.start();
    for (let at = compareFromSeconds; at <= compareToSeconds; at += compareEverySeconds) {
      await until(at);
      const { burn, objective } = await ours(exporter);
      const prometheus = await theirs(lab, objective);
      differences.push(Math.abs(burn - prometheus) / prometheus);
      last = { burn, prometheus };
      tell(`  ${at} s: ${burn.toFixed(4)} against ${prometheus.toFixed(4)}`);
    }
  } finally {
    await exporter?.stop();
    await removeLab(name);
  }
  const worst = Math.max(...differences) * 100;
  return [
    rowOf({
      name: 'burn rate over 5m, through a failover and a restart: ours and by Prometheus',
      unit: '',
      ours: last.burn,
      peer: last.prometheus,
      aim: 'none',
      isMet: true,
    }),
    rowOf({
      name: 'largest difference of the two, once the window is full',
      unit: '%',
      ours: worst,
      aim: 'under 1 %',
      isMet: worst < 1,
    }),
  ];
}
