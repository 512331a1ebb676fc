import process from 'node:process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../lab/addresses.js';
import { loadAlerting, toldOf, type Told } from '../../lab/alerting.js';
import type { PagerIncident } from '../../lab/events-api.js';
import { exporterConfig } from '../../lab/exporter-config.js';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { ask, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { valueOf } from './scrape.js';

const labName = 'alerts';
const limitMs = 300_000;
/** Longer than the group waits: what would be told of a fault has been told by then. */
const quietMs = 25_000;

/**
 * Half of the target lies between what a switchover takes with the lab's timings, a few seconds, and a
 * failover, from 18 s on. The group waits for longer than from the half to the whole, so that both are
 * one page, and outages close later than that; each by some seconds, for a machine that is busy.
 */
const slo = {
  stabilisation: '26s',
  objectives: [
    { name: 'orders-a-writes', recoveryTarget: '28s' },
    { name: 'cache-writes', recoveryTarget: '3s' },
  ],
};
const alerts = { groupWait: '18s', regionSettles: '45s' };

/** What Sloth's dashboards and its UI ask for. */
const slothQueries = [
  'sloth_slo_info{sloth_id!=""}',
  'slo:objective:ratio{sloth_service="orders"}',
  'slo:error_budget:ratio{sloth_service="orders"}',
  'max(slo:time_period:days{sloth_id!=""}) by (sloth_id)',
  'slo:sli_error:ratio_rate5m{sloth_service="orders", sloth_slo="api-availability"}',
  'slo:sli_error:ratio_rate30m{sloth_service="orders"}',
  'slo:sli_error:ratio_rate1h{sloth_service="orders"}',
  'slo:sli_error:ratio_rate2h{sloth_service="orders"}',
  'slo:sli_error:ratio_rate6h{sloth_service="orders"}',
  'slo:sli_error:ratio_rate1d{sloth_service="orders"}',
  'slo:sli_error:ratio_rate3d{sloth_service="orders"}',
  'slo:sli_error:ratio_rate30d{sloth_service="orders"}',
  'slo:current_burn_rate:ratio{sloth_id!=""}',
  'slo:period_burn_rate:ratio{sloth_service="orders"}',
  'slo:period_error_budget_remaining:ratio{sloth_id!=""}',
  'count({__name__=~"^slo:sli_error:ratio_rate.*"}) by (__name__, sloth_id)',
  '1 - (sum_over_time(slo:sli_error:ratio_rate1h{sloth_service="orders", sloth_slo="api-availability"}[5m:1m]) / on (sloth_id) (slo:error_budget:ratio * on () group_left () (24 * days_in_month())))',
];

interface Shown {
  readonly component: string;
  readonly group: string;
  readonly severity: string;
  readonly triggers: number;
  readonly resolves: number;
}

function shown({ component, group, severity, triggers, resolves }: PagerIncident): Shown {
  return { component, group, severity, triggers, resolves };
}

describe('pages', () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let seen = 0;

  /** Incidents since the last look. */
  const fresh = async () => (await toldOf(lab)).incidents.slice(seen);
  const explain = (told: Told | undefined) => () =>
    JSON.stringify({ incidents: told?.incidents, refused: told?.refused }, undefined, 1);
  const waitFor = async (what: string, holds: (told: readonly PagerIncident[]) => boolean) => {
    let told: Told | undefined;
    await until(
      what,
      async () => holds((told = await toldOf(lab)).incidents.slice(seen)),
      limitMs,
      () => explain(told)(),
    );
  };
  const query = async (text: string) => {
    const { monitoring } = lab.addresses;
    const url = `http://${monitoring}:${ports.prometheus}/api/v1/query?query=${encodeURIComponent(text)}`;
    const { data } = JSON.parse((await ask(url))?.body ?? '{}') as {
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data?.result ?? [];
  };
  const firing = async () =>
    (await query('ALERTS{alertstate="firing", severity="page"}')).map(
      ({ metric }) => metric['alertname'],
    );
  const isCalm = async () => {
    const { incidents } = await toldOf(lab);
    return (
      incidents.every(({ resolvedMs }) => resolvedMs !== null) && (await firing()).length === 0
    );
  };
  const calm = () => until('no page open', isCalm, limitMs, () => '');

  /** Breaks something, waits for the page and for its end; prints how long the page took. */
  const incidentOf = async (
    what: string,
    fault: () => Promise<unknown>,
    mend: () => Promise<unknown>,
  ) => {
    await calm();
    seen = (await toldOf(lab)).incidents.length;
    const faultMs = Date.now();
    await fault();
    await waitFor(`a page for ${what}`, (told) => told.length > 0);
    const [page] = await fresh();
    const delay = ((page!.openedMs - faultMs) / 1000).toFixed(1);
    process.stdout.write(`page for ${what}: ${delay} s after the fault: ${page!.summary}\n`);
    await mend();
    await waitFor(`the end of ${what}`, (told) =>
      told.every(({ resolvedMs }) => resolvedMs !== null),
    );
    await calm();
    const all = await fresh();
    expect(all.every(({ links }) => links.length === 2)).toBe(true);
    return all.map(shown);
  };

  const start = () => exporter.start(exporterConfig(lab, { slo, alerts }));
  const restartExporter = async () => {
    process.kill(exporter.pid!, 'SIGKILL');
    await sleep(3000);
    await start();
  };

  /** Loads a configuration into the exporter, Prometheus and Alertmanager. */
  const configure = async (wanted: object) => {
    writeFileSync(exporter.configFile, exporterConfig(lab, { slo: wanted, alerts }));
    const metric = 'sensei_config_last_reload_success_timestamp_seconds';
    const before = valueOf(await exporter.metrics(), metric) ?? 0;
    process.kill(exporter.pid!, 'SIGHUP');
    await until(
      'the new configuration',
      async () => (valueOf(await exporter.metrics(), metric) ?? 0) > before,
      limitMs,
      () => '',
    );
    await loadAlerting(lab, exporter.configFile);
  };

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 79, timing: 'medium' });
    exporter = new ExporterProcess(lab);
    await start();
    await loadAlerting(lab, exporter.configFile);
    await until(
      'the rules evaluated',
      async () => (await query('slo:sli_error:ratio_rate6h')).length > 0,
      limitMs,
      () => '',
    );
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  it('nobody, while all is well', async () => {
    await calm();
    await sleep(quietMs);
    expect(await fresh()).toEqual([]);
  });

  it('once for the PostgreSQL primary', async () => {
    const told = await incidentOf(
      'the PostgreSQL primary',
      () => lab.kill('pg-primary'),
      () => lab.heal(),
    );
    expect(told).toEqual([
      {
        component: 'postgresql',
        group: 'orders/region-a',
        severity: 'critical',
        triggers: 1,
        resolves: 1,
      },
    ]);
  });

  it('once for the Redis primary', async () => {
    const told = await incidentOf(
      'the Redis primary',
      () => lab.kill('redis-primary'),
      () => lab.heal(),
    );
    expect(told).toEqual([
      {
        component: 'redis',
        group: 'orders/region-a',
        severity: 'critical',
        triggers: 1,
        resolves: 1,
      },
    ]);
  });

  it('once for a zone of API instances', async () => {
    const told = await incidentOf(
      'a zone of API instances',
      () => lab.kill('api-a'),
      async () => {
        // An exporter that is started anew goes on with the outage, and ends nobody's page.
        await restartExporter();
        await lab.heal();
      },
    );
    expect(told).toEqual([
      {
        component: 'api',
        group: 'orders/region-a',
        severity: 'critical',
        triggers: 1,
        resolves: 1,
      },
    ]);
  });

  it('nobody for a planned switchover', async () => {
    await calm();
    seen = (await toldOf(lab)).incidents.length;
    await lab.switchover();
    await lab.waitHealthy();
    await sleep(quietMs);
    // A machine that gives nobody an answer for seconds is a failure of what was not switched over.
    const others = ['api', 'redis'];
    expect((await fresh()).filter(({ component }) => !others.includes(component))).toEqual([]);
  });

  it('nobody within a maintenance window', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    const to = new Date(Date.now() + 600_000).toISOString();
    const maintenance = [{ name: 'upgrade', from, to, components: ['api'] }];
    await configure({ ...slo, maintenance });
    seen = (await toldOf(lab)).incidents.length;
    await lab.kill('api-a');
    await sleep(quietMs);
    await lab.heal();
    await sleep(quietMs);
    expect(await fresh()).toEqual([]);
    await configure(slo);
  });

  it('once for all of region A, and not for what is in it', async () => {
    const told = await incidentOf(
      'region A',
      () => lab.kill('region-a'),
      async () => {
        const components = (await query('ALERTS{alertstate="firing", severity="page"}')).map(
          ({ metric }) => metric['component'],
        );
        const page = await exporter.metrics();
        const region = { slo: 'region/region-a' };
        expect(valueOf(page, 'sensei_outage_open', region)).toBe(1);
        expect(valueOf(page, 'sensei_recovery_target_seconds', region)).toBe(3600);
        // What is silenced does fire.
        expect(new Set(components)).toEqual(new Set(['region', 'api', 'postgresql', 'redis']));
        await lab.heal();
      },
    );
    expect(told).toEqual([
      {
        component: 'region',
        group: 'orders/region-a',
        severity: 'critical',
        triggers: 1,
        resolves: 1,
      },
    ]);
  });

  it('once for the exporter itself', async () => {
    const told = await incidentOf(
      'the exporter',
      () => Promise.resolve(process.kill(exporter.pid!, 'SIGKILL')),
      start,
    );
    expect(told).toEqual([
      { component: 'exporter', group: 'orders', severity: 'critical', triggers: 1, resolves: 1 },
    ]);
  });

  it('are events that the service accepts, beside a heartbeat', async () => {
    const { refused, heartbeats } = await toldOf(lab);
    expect(refused).toEqual([]);
    expect(heartbeats).toBeGreaterThan(10);
  });

  it("Sloth's dashboards find what they ask for", async () => {
    const empty: string[] = [];
    for (const text of slothQueries) if ((await query(text)).length === 0) empty.push(text);
    expect(empty).toEqual([]);
    const values = await query('{__name__=~"slo:.*"}');
    expect(values.filter(({ value }) => value[1] === 'NaN')).toEqual([]);
  });
});
