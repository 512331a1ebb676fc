import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { alertmanagerConfig } from '../../src/alerts/alertmanager.js';
import { alertmanagerFile } from '../../src/alerts/files.js';
import { alertsOf } from '../../src/alerts/rules.js';
import { configSchema } from '../../src/config/schema.js';
import { examplePlan } from './example-plan.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'sensei-alertmanager-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const key = '/etc/alertmanager/key';

function made(alertmanager: object, maintenance: readonly object[] = []) {
  const config = configSchema.parse({
    deployment: 'd',
    slo: { maintenance },
    alerts: { runbooks: 'https://r.example.com', alertmanager },
  });
  const found = alertmanagerConfig(config);
  if (found === undefined) throw new Error('there is no alerts.alertmanager');
  return found;
}

function written(alertmanager: object, maintenance: readonly object[] = []): string {
  const file = join(folder, `${(files += 1)}.yml`);
  writeFileSync(file, alertmanagerFile(made(alertmanager, maintenance).config));
  return file;
}

async function receiver(file: string, labels: Readonly<Record<string, string>>): Promise<string> {
  const words = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const { stdout } = await run('amtool', [
    'config',
    'routes',
    'test',
    `--config.file=${file}`,
    ...words,
  ]);
  return stdout.trim();
}

const services = [
  { routingKeyFile: key, components: ['postgresql', 'redis'] },
  { routingKeyFile: key },
];
const full = {
  pagerduty: services,
  tickets: { url: 'http://127.0.0.1:1/tickets', credentialsFile: '/etc/token' },
  heartbeat: { url: 'http://127.0.0.1:1/beat' },
};
const windows = [
  { name: 'weekly', cron: '0 2 * * SUN', duration: '2h', components: ['postgresql'] },
  { name: 'all', cron: '0 4 1 * *', duration: '1h' },
];

describe("Alertmanager's configuration", () => {
  it.each([
    ['all of it', full, windows],
    ['pages alone', { pagerduty: [{ routingKeyFile: key }] }, []],
    ['tickets in PagerDuty', { ...full, tickets: { routingKeyFile: key } }, []],
    [
      'another address',
      { pagerduty: [{ routingKeyFile: key, url: 'https://eu.example.com' }] },
      [],
    ],
  ])('is one that amtool accepts: %s', async (_what, alertmanager, maintenance) => {
    const { stdout } = await run('amtool', ['check-config', written(alertmanager, maintenance)]);
    expect(stdout).toContain('SUCCESS');
  });

  it.each([
    [{ severity: 'page', component: 'api' }, 'pages'],
    [{ severity: 'page', component: 'postgresql' }, 'pages-postgresql-redis'],
    [{ severity: 'page', component: 'redis', region: 'eu' }, 'pages-postgresql-redis'],
    [{ severity: 'page', component: 'exporter' }, 'pages'],
    [{ severity: 'ticket', component: 'postgresql' }, 'tickets'],
    [{ severity: 'none', alertname: 'SenseiWatchdog' }, 'heartbeat'],
    [{ severity: 'page', component: 'postgresqlx' }, 'pages'],
    [{ alertname: 'SomethingElse' }, 'tickets'],
  ])('%j goes to %s', async (labels, expected) => {
    expect(await receiver(written(full), labels)).toBe(expected);
    expect(await receiver(written(full, windows), labels)).toBe(expected);
  });

  it('a window of some components mutes those, and none mutes what watches', () => {
    const { route } = made(full, windows).config;
    const page = route.routes?.find(({ matchers }) => matchers?.includes('severity="page"'));
    const mutes = Object.fromEntries(
      (page?.routes ?? []).map(({ matchers, mute_time_intervals }) => [
        matchers?.join(),
        mute_time_intervals,
      ]),
    );
    expect(page?.mute_time_intervals).toEqual(['maintenance-all']);
    expect(mutes).toEqual({
      'component="exporter"': undefined,
      'component="compliance"': undefined,
      'component="postgresql"': ['maintenance-weekly', 'maintenance-all'],
      'component=~"postgresql|redis"': ['maintenance-all'],
    });
  });

  it('names no secret: keys and tokens are files', () => {
    const text = alertmanagerFile(made(full).config);
    expect(text).toContain('routing_key_file: /etc/alertmanager/key');
    expect(text).not.toMatch(/routing_key:|credentials:/);
  });

  it('is the same each time', () => {
    expect(written(full, windows)).not.toBe(written(full, windows));
    expect(alertmanagerFile(made(full, windows).config)).toBe(
      alertmanagerFile(made(full, windows).config),
    );
  });

  it('silences only by alerts and labels that exist', async () => {
    const alerts = alertsOf(await examplePlan());
    const names = new Set(alerts.map(({ alert }) => alert));
    const labels = new Set(
      alerts.flatMap((alert) => [
        ...Object.keys(alert.labels ?? {}),
        ...(alert.expr.match(/\w+/g) ?? []),
      ]),
    );
    const { inhibit_rules: rules } = made(full).config;
    const named = rules.flatMap(({ source_matchers, target_matchers }) =>
      [...source_matchers, ...target_matchers].flatMap((matcher) => {
        const [, name, values = ''] = /^alertname!?[=~]+("?)(.*)\1$/.exec(matcher) ?? [];
        return name === undefined ? [] : values.split('|');
      }),
    );
    expect(named.filter((name) => !names.has(name))).toEqual([]);
    const values = new Set(alerts.flatMap((alert) => Object.values(alert.labels ?? {})));
    const asked = rules.flatMap(({ target_matchers }) =>
      target_matchers.flatMap((matcher) => /^(?:about|scope)="(.*)"$/.exec(matcher)?.[1] ?? []),
    );
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.filter((value) => !values.has(value))).toEqual([]);
    for (const label of rules.flatMap(({ equal }) => equal))
      expect(['deployment', 'component', ...labels]).toContain(label);
  });

  it('never has the same cause and consequence: no alert silences itself', () => {
    for (const { source_matchers, target_matchers } of made(full).config.inhibit_rules)
      expect(source_matchers).not.toEqual(target_matchers);
  });
});
