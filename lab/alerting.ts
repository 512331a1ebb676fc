import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ports } from './addresses.js';
import type { PagerIncident } from './events-api.js';
import { ask, until } from './health.js';
import type { Lab } from './lab.js';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../bin/sensei.js', import.meta.url));
const reloadLimitMs = 60_000;

/** What the pager was told. */
export interface Told {
  readonly incidents: readonly PagerIncident[];
  readonly refused: readonly string[];
  readonly tickets: readonly {
    readonly atMs: number;
    readonly status: string;
    readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
  }[];
  readonly heartbeats: number;
}

export function pagerUrl({ addresses: { monitoring } }: Lab): string {
  return `http://${monitoring}:${ports.pager}`;
}

export async function toldOf(lab: Lab): Promise<Told> {
  const answer = await ask(`${pagerUrl(lab)}/`);
  if (answer?.status !== 200) throw new Error('the pager gives no answer');
  return JSON.parse(answer.body) as Told;
}

export interface AlertTiming {
  readonly groupWait?: string;
  readonly regionSettles?: string;
}

/** The `alerts` block of an exporter's configuration for the lab: short waits, and the lab's pager. */
export function alertsBlock(
  lab: Lab,
  { groupWait = '5s', regionSettles = '30s' }: AlertTiming,
): object {
  const pager = pagerUrl(lab);
  return {
    interval: '1s',
    runbooks: 'https://runbooks.example.com',
    grafana: 'https://grafana.example.com',
    limits: { regionSettles },
    alertmanager: {
      groupWait,
      groupInterval: '5s',
      pagerduty: [{ routingKeyFile: lab.passwordFile('pagerduty'), url: `${pager}/v2/enqueue` }],
      tickets: { url: `${pager}/tickets` },
      heartbeat: { url: `${pager}/heartbeat`, interval: '10s' },
    },
  };
}

/**
 * A lab lives for minutes: what is evaluated every few minutes, for the sake of cost, is evaluated every
 * few seconds, and the increases that long windows are added up from are as short.
 */
function hurried(rules: string): string {
  return rules
    .replaceAll(/^( {4}interval: )\d+m$/gm, '$15s')
    .replaceAll(/(increase\(sensei_slo_(?:bad|valid)_slices_total\{[^}]*\}\[)5m\]/g, '$15s]');
}

async function gaugeOf(url: string, metric: string): Promise<number> {
  const page = (await ask(`${url}/metrics`))?.body ?? '';
  return Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(page)?.[1] ?? 0);
}

/** Has a program load its configuration again, and waits until it says that it did. */
async function reload(lab: Lab, component: 'prometheus' | 'alertmanager'): Promise<void> {
  const url = `http://${lab.addresses.monitoring}:${ports[component]}`;
  const prefix = `${component}_config_last_reload`;
  const log = () => readFileSync(join(lab.folder, `${component}.log`), 'utf8').slice(-2000);
  const loadedAt = () => gaugeOf(url, `${prefix}_success_timestamp_seconds`);
  let before = 0;
  // One that does not answer yet would end by the signal, and its first load be taken for the new one.
  const answers = async () => (before = await loadedAt()) > 0;
  await until(`${component}: its first configuration`, answers, reloadLimitMs, log);
  await lab.signal(component, 'SIGHUP');
  await until(
    `${component}: the new configuration`,
    async () => (await gaugeOf(url, `${prefix}_successful`)) === 1 && (await loadedAt()) > before,
    reloadLimitMs,
    log,
  );
}

/** Makes rules and Alertmanager's configuration with the exporter's own command line, and loads them. */
export async function loadAlerting(lab: Lab, configFile: string): Promise<void> {
  const generate = async (what: string) =>
    (await run(process.execPath, [cli, what, 'generate', '--config', configFile])).stdout;
  const [rules, routes] = await Promise.all([generate('rules'), generate('alertmanager')]);
  writeFileSync(join(lab.folder, 'prometheus', 'sensei.rules.yaml'), hurried(rules));
  writeFileSync(join(lab.folder, 'alertmanager', 'alertmanager.yml'), routes);
  await Promise.all([reload(lab, 'prometheus'), reload(lab, 'alertmanager')]);
  const url = `http://${lab.addresses.monitoring}:${ports.prometheus}`;
  await until(
    'Prometheus: an Alertmanager to send to',
    async () => (await gaugeOf(url, 'prometheus_notifications_alertmanagers_discovered')) === 1,
    reloadLimitMs,
    () => '',
  );
}
