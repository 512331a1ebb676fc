import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { operatorFile, ruleFile } from '../../src/alerts/files.js';
import { alertsOf, ruleGroups } from '../../src/alerts/rules.js';
import type { Rule } from '../../src/alerts/rule.js';
import { alertPlanOf } from '../../src/deployment/alert-plan.js';
import { loadDeployment } from '../../src/deployment/load.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { runSensei } from '../support/run-sensei.js';
import { examplePlan } from './example-plan.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'sensei-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const shipped = (file: string) => fileURLToPath(new URL(`../../alerts/${file}`, import.meta.url));
const plan = await examplePlan();
const rules = ruleGroups(plan).flatMap((group) => group.rules);
const alerts = rules.filter((rule) => 'alert' in rule);

async function check(text: string): Promise<string> {
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, text);
  return (await run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', file])).stdout;
}

const lb = (name: string, more: object = {}) => ({
  name,
  url: `http://127.0.0.1:1/${name}`,
  component: 'api',
  region: 'eu',
  interval: '1s',
  timeout: '900ms',
  ...more,
});

async function planFor(config: object) {
  const file = join(folder, 'sensei.yaml');
  writeFileSync(file, JSON.stringify({ deployment: 'd', ...config }));
  const loaded = await loadDeployment(file);
  if (!loaded.ok) throw new Error(loaded.faults.map(({ message }) => message).join('\n'));
  return alertPlanOf(loaded.config, loaded.slos, '0');
}

function exprOf(list: readonly Rule[], name: string): string {
  return list.find((rule) => ('alert' in rule ? rule.alert : rule.record) === name)?.expr ?? '';
}

describe('rules', () => {
  it('are rules that promtool has nothing to say about', async () => {
    expect(await check(readFileSync(shipped('rules.yaml'), 'utf8'))).toContain('SUCCESS');
  });

  it.each([
    ['nothing at all', {}],
    ['a period of seven days', { slo: { period: '7d' }, collectors: { lb: [lb('a')] } }],
    ['a calendar month', { slo: { period: 'month' }, collectors: { lb: [lb('a')] } }],
    [
      'three periods',
      {
        slo: {
          objectives: [
            { name: 'quarterly', sli: 'lb/a/availability', objective: 0.99, period: 'quarter' },
            { name: 'weekly', sli: 'lb/a/availability', objective: 0.95, period: '7d' },
          ],
        },
        collectors: { lb: [lb('a'), lb('b', { region: 'us' })] },
      },
    ],
    [
      'components of every name',
      {
        collectors: {
          patroni: ['one', 'two'].map((name) => ({
            name,
            component: `db-${name}`,
            members: [{ name: 'm', url: 'http://127.0.0.1:1' }],
          })),
        },
      },
    ],
  ])('of %s are so too', async (_what, config) => {
    expect(await check(ruleFile(await planFor(config)))).toContain('SUCCESS');
  });

  it('read metrics that exist', () => {
    const asked = rules.flatMap(({ expr, ...rest }) =>
      [expr, JSON.stringify('annotations' in rest ? rest.annotations : {})].flatMap(
        (text) => text.match(/\bsensei_[a-z_]+(?=[{[])/g) ?? [],
      ),
    );
    expect(asked.length).toBeGreaterThan(50);
    expect([...new Set(asked)].filter((name) => !(name in catalogue))).toEqual([]);
  });

  it('every alert says what, how bad, of which deployment and tier, and where to look', () => {
    for (const { labels, annotations } of alerts) {
      expect(labels).toMatchObject({ deployment: 'sensei', tier: 'enhanced' });
      expect(['page', 'ticket', 'none']).toContain(labels['severity']);
      expect(Object.keys(annotations).toSorted()).toEqual([
        'dashboard_url',
        'description',
        'runbook_url',
        'summary',
      ]);
    }
  });

  it('every alert has a component: of its own, or by its series', () => {
    const without = alerts.filter(
      ({ labels, expr }) =>
        labels['component'] === undefined &&
        !/(?:by|group_left) \([^)]*\bcomponent\b|^slo:sensei_slo:info/.test(expr),
    );
    expect(without.map(({ alert }) => alert)).toEqual([]);
  });

  it('have factors of their own period: 3.36 for a page of seven days, and no ticket', async () => {
    const weekly = ruleGroups(
      await planFor({ slo: { period: '7d' }, collectors: { lb: [lb('a')] } }),
    ).flatMap((group) => group.rules);
    const page = exprOf(weekly, 'SenseiErrorBudgetBurnFast');
    expect(page.match(/> [\d.]+/g)).toEqual(['> 3.36', '> 3.36', '> 1.4', '> 1.4']);
    expect(exprOf(weekly, 'SenseiErrorBudgetBurnSlow')).toBe('');
    expect(exprOf(rules, 'SenseiErrorBudgetBurnFast').match(/> [\d.]+/g)).toEqual([
      '> 14.4',
      '> 14.4',
      '> 6',
      '> 6',
    ]);
  });

  it('never read a counter over more than an hour', () => {
    const ranges = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/_total\{[^}]*\}\[(\w+)\]/g)].map(([, range]) => range),
    );
    expect(new Set(ranges)).toEqual(new Set(['5m', '15m', '30m', '1h']));
  });

  it('leave out what is disabled, and links that lead nowhere', async () => {
    const made = ruleGroups(
      await planFor({
        alerts: { disabled: ['SenseiDrillOverdue'] },
        collectors: { lb: [lb('a')] },
      }),
    ).flatMap((group) => group.rules.filter((rule) => 'alert' in rule));
    expect(made.some(({ alert }) => alert === 'SenseiDrillOverdue')).toBe(false);
    expect(made[0]?.annotations).not.toHaveProperty('dashboard_url');
    expect(made[0]?.annotations['runbook_url']).toMatch(/^docs\/runbooks\/Sensei\w+\.md$/);
  });

  it('tell clusters of different components apart', async () => {
    const two = await planFor({
      collectors: {
        patroni: ['one', 'two'].map((name) => ({
          name,
          component: `db-${name}`,
          members: [{ name: 'm', url: 'http://127.0.0.1:1' }],
        })),
      },
    });
    const found = alertsOf(two).filter(({ alert }) => alert === 'SenseiPostgresqlNoLeader');
    expect(
      found.map(({ component, expr }) => [component, /cluster=~"(\w+)"/.exec(expr)?.[1]]),
    ).toEqual([
      ['db-one', 'one'],
      ['db-two', 'two'],
    ]);
  });

  it('of the operator are the same in an object', () => {
    const object = parse(operatorFile(plan, { release: 'prometheus' })) as {
      kind: string;
      metadata: { labels: object };
      spec: { groups: unknown };
    };
    expect(object.kind).toBe('PrometheusRule');
    expect(object.metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(object.spec).toEqual(parse(ruleFile(plan)));
  });
});

describe('sensei rules and alertmanager', () => {
  const example = fileURLToPath(new URL('../../examples/config.yaml', import.meta.url));

  it.each([
    [['rules'], 'rules.yaml'],
    [['rules', '--format', 'operator'], 'prometheusrule.yaml'],
    [['alertmanager'], 'alertmanager.yaml'],
  ])('%j generate prints what is shipped', async ([what = '', ...options], file) => {
    const { stdout, code } = await runSensei(what, 'generate', '-c', example, ...options);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(shipped(file), 'utf8'));
  });

  it.each([
    [['rules', 'generate', '-c', '/nowhere.yaml'], /nowhere/],
    [['rules', 'generate'], /--config/],
    [['rules', 'generate', '-c', example, '--format', 'json'], /prometheus or operator/],
    [['rules', 'generate', '-c', example, '--label', 'a'], /KEY=VALUE/],
    [['rules', 'generate', '-c', example, '-o', '/nowhere/r.yaml'], /nowhere/],
  ])('%j is refused with 2', async (words, said) => {
    const { stderr, code } = await runSensei(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
  });

  it('alertmanager without receivers says what is missing', async () => {
    const file = join(folder, 'bare.yaml');
    writeFileSync(file, 'deployment: d\n');
    const { stderr, code } = await runSensei('alertmanager', 'generate', '-c', file);
    expect(code).toBe(2);
    expect(stderr).toContain('alerts.alertmanager: not found; expected at least pagerduty');
  });
});
