import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { AlertingRule, RuleGroup } from '../../src/alerts/rule.js';

const run = promisify(execFile);

/** What an alert should look like when it fires; severity, deployment, tier and links are added. */
export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** One case of `promtool test rules`: series over time, and when the alert fires on them. */
export interface RuleCase {
  readonly alert: string;
  /** What happens. */
  readonly what: string;
  /** Time between two samples and two evaluations. */
  readonly interval?: string;
  /** In promtool's notation, without `job`, which all of them get. */
  readonly series: Readonly<Record<string, string>>;
  /** Silent at `silentAt`, and firing at `firesAt`; a near miss has `silentAt` alone. */
  readonly silentAt?: string;
  readonly firesAt?: string;
  readonly expected?: readonly Firing[];
}

function alertRules(groups: readonly RuleGroup[]): AlertingRule[] {
  return groups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule] : [])));
}

/** The rule that makes an alert with these labels. */
function ruleOf(
  groups: readonly RuleGroup[],
  { alert }: RuleCase,
  { labels }: Firing,
): AlertingRule {
  const rules = alertRules(groups).filter((rule) => rule.alert === alert);
  const fixed = ['severity', 'deployment', 'tier'];
  const fitting = rules.filter((rule) =>
    Object.entries(rule.labels).every(
      ([key, value]) => fixed.includes(key) || labels[key] === value,
    ),
  );
  // The one that says most of the labels.
  const best = fitting.toSorted(
    (a, b) => Object.keys(b.labels).length - Object.keys(a.labels).length,
  )[0];
  if (best === undefined) throw new Error(`${alert}: no rule makes an alert with these labels`);
  return best;
}

function expectedAlert(groups: readonly RuleGroup[], wanted: RuleCase, firing: Firing): object {
  const rule = ruleOf(groups, wanted, firing);
  const filled = (text: string) =>
    text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => firing.labels[label] ?? '');
  const { summary: _template, ...links } = rule.annotations;
  const annotations = Object.fromEntries(
    Object.entries(links).map(([key, text]) => [key, filled(text)]),
  );
  return {
    exp_labels: { ...rule.labels, ...firing.labels },
    exp_annotations: { ...annotations, summary: firing.summary },
  };
}

function withJob(selector: string): string {
  const [name = '', labels = ''] = selector.replace(/\}$/, '').split('{');
  return `${name}{job="sensei"${labels === '' ? '' : `, ${labels}`}}`;
}

function testOf(groups: readonly RuleGroup[], wanted: RuleCase): object {
  const { alert, what, interval = '15s', series, silentAt, firesAt, expected = [] } = wanted;
  return {
    name: `${alert}: ${what}`,
    interval,
    input_series: Object.entries(series).map(([name, values]) => ({
      series: withJob(name),
      values,
    })),
    alert_rule_test: [
      ...(silentAt === undefined
        ? []
        : [{ eval_time: silentAt, alertname: alert, exp_alerts: [] }]),
      ...(firesAt === undefined
        ? []
        : [
            {
              eval_time: firesAt,
              alertname: alert,
              exp_alerts: expected.map((firing) => expectedAlert(groups, wanted, firing)),
            },
          ]),
    ],
  };
}

/** Runs a test file of promtool on rules; answers with what it says, nothing where all is well. */
export async function promtoolTest(groups: readonly RuleGroup[], tests: object): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-rules-'));
  try {
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    // Without an order promtool takes one at random: alerts a step behind what they are made of.
    const order = { rule_files: ['rules.yaml'], group_eval_order: groups.map(({ name }) => name) };
    writeFileSync(join(folder, 'test.yaml'), stringify({ ...order, ...tests }));
    await run('promtool', ['test', 'rules', join(folder, 'test.yaml')]);
    return '';
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return stdout + stderr || String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** These alerts and the recording rules that they are made of: the others would only take time. */
function neededFor(groups: readonly RuleGroup[], alerts: ReadonlySet<string>): RuleGroup[] {
  const all = groups.flatMap(({ rules }) => rules);
  const kept = new Set(all.filter((rule) => 'alert' in rule && alerts.has(rule.alert)));
  // A set that grows is iterated to its end.
  for (const rule of kept) {
    const text = JSON.stringify(rule);
    for (const other of all) if ('record' in other && text.includes(other.record)) kept.add(other);
  }
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => kept.has(rule)) }))
    .filter(({ rules }) => rules.length > 0);
}

/** Runs the cases of one interval each. */
export async function runCases(
  groups: readonly RuleGroup[],
  cases: readonly RuleCase[],
): Promise<string> {
  const needed = neededFor(groups, new Set(cases.map(({ alert }) => alert)));
  const intervals = [...new Set(cases.map(({ interval = '15s' }) => interval))];
  const said = await Promise.all(
    intervals.map((interval) =>
      promtoolTest(needed, {
        evaluation_interval: interval,
        tests: cases
          .filter((each) => (each.interval ?? '15s') === interval)
          .map((each) => testOf(needed, each)),
      }),
    ),
  );
  return said.join('');
}
