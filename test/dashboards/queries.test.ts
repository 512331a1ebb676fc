import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ruleGroups } from '../../src/alerts/rules.js';
import type { Rule } from '../../src/alerts/rule.js';
import { loadDeployment } from '../../src/deployment/load.js';
import { alertPlanOf } from '../../src/deployment/alert-plan.js';
import { catalogue, definitionOf, type MetricName } from '../../src/metrics/catalogue.js';
import { createProcessRegistry } from '../../src/telemetry/self-metrics.js';
import { faultsOf, groupingsOf, selectorsOf, type Selector } from './promql.js';
import { dashboardQueries, substituted } from './queries.js';

/** What Grafana puts in for a variable of which All is chosen, and for one of a single value. */
const variables = {
  deployment: 'prod',
  job: '(sensei)',
  instance: '(one:9900|two:9900)',
  region: '.*',
  component: '.*',
  slo: 'api-eu',
};
const values = { rateInterval: '5m', range: '1h', interval: '15s', variables };

const asked = dashboardQueries().map((query) => {
  const expr = substituted(query.expr, values);
  // A variable asks for the values of a label; Prometheus is given the selector within.
  const inner = /^label_values\((.+), (\w+)\)$/s.exec(expr);
  return {
    where: `${query.uid}: ${query.place}`,
    kind: query.kind,
    expr: inner?.[1] ?? expr,
    label: inner?.[2],
  };
});

async function exampleRules(): Promise<readonly Rule[]> {
  const file = fileURLToPath(new URL('../../examples/config.yaml', import.meta.url));
  const loaded = await loadDeployment(file);
  if (!loaded.ok) throw new Error('the example does not load');
  return ruleGroups(alertPlanOf(loaded.config, loaded.slos, '0.0.0')).flatMap(({ rules }) => rules);
}

const sloth = ['sloth_id', 'sloth_service', 'sloth_slo', 'sloth_window'];
const info = ['deployment', 'tier', 'slo', 'type', 'component', 'region', 'zone', 'period'];
const alertLabels = [
  'alertname',
  'alertstate',
  'severity',
  'deployment',
  'component',
  'region',
  'slo',
];
const added = ['job', 'instance'];
const recordedNames = new Set(
  (await exampleRules()).flatMap((rule) => ('record' in rule ? [rule.record] : [])),
);
const processNames = new Set(
  createProcessRegistry()
    .getMetricsAsArray()
    .map(({ name }) => name),
);

function isOfCatalogue(name: string): name is MetricName {
  return name in catalogue;
}

/** Labels of a series; undefined where there is no such series. */
function labelsOf(name: string): readonly string[] | undefined {
  const part = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1] ?? '';
  if (isOfCatalogue(part) && definitionOf(part).type === 'histogram')
    return [...definitionOf(part).labels, ...added, 'le'];
  if (isOfCatalogue(name) && definitionOf(name).type !== 'histogram')
    return [...definitionOf(name).labels, ...added];
  if (name === 'ALERTS') return alertLabels;
  if (recordedNames.has(name)) return [...sloth, ...info];
  return name === 'up' || processNames.has(name) ? added : undefined;
}

function unknownOf({ name, labels }: Selector): string[] {
  const known = labelsOf(name);
  if (known === undefined) return [`no metric ${name}`];
  return labels.filter((label) => !known.includes(label)).map((label) => `${name} has no ${label}`);
}

describe('the queries of the dashboards', () => {
  it('are those of all nine', () => {
    expect(new Set(dashboardQueries().map(({ uid }) => uid)).size).toBe(9);
    expect(asked.filter(({ kind }) => kind === 'panel').length).toBeGreaterThan(250);
    expect(asked.some(({ kind }) => kind === 'annotation')).toBe(true);
  });

  it('are without faults of grammar and of type', () => {
    const faults = asked.flatMap(({ where, expr }) =>
      faultsOf(expr).map((fault) => `${where}: ${fault}: ${expr}`),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['rate(sensei_observations_total)', 'a counter without a range'],
    ['max by (slo (sensei_slo_info)', 'a parenthesis that is missing'],
    ['sum(sensei_slo_info) and 1', 'a set operator on a number'],
  ])('would not be let pass as %s: %s', (expr) => {
    expect(faultsOf(expr)).not.toEqual([]);
  });

  it('ask for metrics and labels that exist', () => {
    const unknown = asked.flatMap(({ where, expr }) =>
      selectorsOf(expr).flatMap((selector) =>
        unknownOf(selector).map((fault) => `${where}: ${fault}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('group and match by labels that what they ask for has', () => {
    const unknown = asked.flatMap(({ where, expr }) =>
      groupingsOf(expr).flatMap(({ labels, of }) => {
        const known = new Set(of.flatMap(({ name }) => labelsOf(name) ?? []));
        return labels.filter((label) => !known.has(label)).map((label) => `${where}: ${label}`);
      }),
    );
    expect(unknown).toEqual([]);
  });

  it('would not be let pass with a misspelt metric or label', () => {
    const [first] = selectorsOf('max by (slot) (sensei_slo_inf{job="x", slto="y"})');
    expect(unknownOf(first!)).toEqual(['no metric sensei_slo_inf']);
    const [second] = selectorsOf('max by (slot) (sensei_slo_info{job="x", slto="y"})');
    expect(unknownOf(second!)).toEqual(['sensei_slo_info has no slto']);
    expect(groupingsOf('max by (slot) (sensei_slo_info)')[0]).toMatchObject({ labels: ['slot'] });
  });

  it('offer values of labels that the metric has', () => {
    const choices = asked.filter(({ kind }) => kind === 'variable');
    expect(choices.length).toBeGreaterThan(20);
    for (const { expr, label } of choices)
      expect(labelsOf(selectorsOf(expr)[0]!.name)).toContain(label);
  });

  it('ask nothing without saying of which deployment', () => {
    const ways = ['instance', 'deployment', 'sloth_service'];
    const unbounded = asked
      .filter(({ kind, where }) => kind !== 'variable' || !where.endsWith(': deployment'))
      .flatMap(({ where, expr }) =>
        selectorsOf(expr)
          .filter(({ labels }) => !labels.some((label) => ways.includes(label)))
          .map(({ name }) => `${where}: ${name}`),
      );
    expect(unbounded).toEqual([]);
  });

  it('show at least nine in ten of the metrics', () => {
    const shown = new Set(
      asked
        .filter(({ kind }) => kind === 'panel')
        .flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name)),
    );
    const all = Object.keys(catalogue);
    const missing = all.filter(
      (name) => !shown.has(name) && !shown.has(`${name}_bucket`) && !shown.has(`${name}_count`),
    );
    process.stdout.write(
      `${missing.length} of ${all.length} metrics are in no panel: ${missing.join(', ')}\n`,
    );
    expect(missing.length / all.length).toBeLessThan(0.1);
  });
});
