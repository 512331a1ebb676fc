import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { alertsOf, ruleGroups } from '../../src/alerts/rules.js';
import { complianceCommand } from '../../src/cli/compliance-command.js';
import { configCommand } from '../../src/cli/config-command.js';
import { drillCommand } from '../../src/cli/drill-command.js';
import { exporterCommand } from '../../src/cli/exporter-command.js';
import { incidentsCommand } from '../../src/cli/incidents-command.js';
import { probeCommand } from '../../src/cli/probe-command.js';
import { reportCommand } from '../../src/cli/report-command.js';
import { alertmanagerCommand, rulesCommand } from '../../src/cli/rules-command.js';
import { sloCommand } from '../../src/cli/slo-command.js';
import { collectors } from '../../src/collectors/index.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { examplePlan } from './example-plan.js';

const folder = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));
const reference = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));
const plan = await examplePlan();
const definitions = alertsOf(plan);
const severities = new Map(definitions.map(({ alert, severity }) => [alert, severity]));
const alerts = [...severities.keys()].toSorted();
const records = new Set(
  ruleGroups(plan).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
  ),
);
const kinds = new Set(collectors.map(({ kind }) => kind));
const keys = new Set(
  [...readFileSync(reference, 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key!),
);

const program = new Command('sensei')
  .addCommand(exporterCommand())
  .addCommand(probeCommand())
  .addCommand(sloCommand())
  .addCommand(incidentsCommand())
  .addCommand(complianceCommand())
  .addCommand(drillCommand())
  .addCommand(reportCommand())
  .addCommand(rulesCommand())
  .addCommand(alertmanagerCommand())
  .addCommand(configCommand());

/** Commands of the platform itself, as its page on high availability has them. */
const platformCommands = ['sensei dr', 'sensei dr status', 'sensei dr failover', 'sensei health'];
/** Roles of sql/monitoring.sql, whose names look like those of metrics. */
const roles = new Set(['sensei_monitor', 'sensei_canary']);
const histogramSuffixes = /_(?:bucket|sum|count)$/;

function textOf(file: string): string {
  return readFileSync(`${folder}${file}`, 'utf8');
}

const pages = readdirSync(folder)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map((file) => ({ name: file.slice(0, -'.md'.length), text: textOf(file) }));
const all = [...pages, { name: 'README', text: textOf('README.md') }];

/** Code blocks without their fences, then code spans; a span may be broken over two lines. */
function codeOf(text: string): { readonly blocks: string[]; readonly spans: string[] } {
  const fenced = /^ *```[^\n]*\n([\s\S]*?)^ *```$/gm;
  return {
    blocks: [...text.matchAll(fenced)].map(([, code]) => code!),
    spans: [...text.replaceAll(fenced, '').matchAll(/`([^`]+)`/g)].map(([, code]) =>
      code!.replaceAll(/\s+/g, ' '),
    ),
  };
}

/** Every `sensei ...` up to what the shell reads as its end. */
function commandsOf(text: string): string[] {
  const { blocks, spans } = codeOf(text);
  return [...blocks.flatMap((block) => block.split('\n')), ...spans].flatMap((code) =>
    code
      .split(/\||&&|;|\$\(/)
      .map((part) => part.trim())
      .filter((part) => part.startsWith('sensei ')),
  );
}

function isOption(command: Command, flag: string): boolean {
  return command.options.some(({ short, long }) => flag === short || flag === long);
}

/** What is wrong with a command that is quoted; undefined when it can be run. */
function commandFault(quoted: string): string | undefined {
  if (platformCommands.some((known) => quoted === known || quoted.startsWith(`${known} `)))
    return undefined;
  const words = quoted.split(' ').slice(1);
  let command = program;
  while (words.length > 0) {
    const next = command.commands.find((each) => each.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command.commands.length > 0)
    return words.length === 0 && command !== program ? undefined : `${quoted}: no such command`;
  const unknown = words.filter((word) => word.startsWith('-') && word !== '-');
  const stray = unknown.find((flag) => !isOption(command, flag));
  if (stray !== undefined) return `${quoted}: no option ${stray}`;
  const missing = command.options.find(
    ({ mandatory, short, long }) =>
      mandatory && !words.some((word) => word === short || word === long),
  );
  // A command without any word is spoken of, not quoted to be run.
  if (words.length > 0 && missing !== undefined) return `${quoted}: without ${missing.long}`;
  const [target = ''] = words;
  if (command.name() !== 'probe' || words.length === 0 || target === 'KIND/TARGET')
    return undefined;
  return kinds.has(target.split('/')[0]!) ? undefined : `${quoted}: no such kind`;
}

function metricFaults(text: string): string[] {
  return [...text.matchAll(/(?<![:\w])sensei_[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !(name in catalogue) && !roles.has(name))
    .filter((name) => {
      const base = name.replace(histogramSuffixes, '');
      return !(base in catalogue) || catalogue[base as keyof typeof catalogue].type !== 'histogram';
    });
}

function recordFaults(text: string): string[] {
  return [...text.matchAll(/\bslo:[a-z0-9_]+:[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !records.has(name));
}

function keyFaults(text: string): string[] {
  const block =
    /^(?:alerts|slo|collectors|drills|settings|store|peers|objectives|server|redis|postgresql|disasterRecovery)\.[\w.[\]]+$/;
  return codeOf(text).spans.filter((span) => block.test(span) && !keys.has(span));
}

function linkFaults(text: string): string[] {
  return [...text.matchAll(/\]\(([^)]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^https?:/.test(target))
    .filter((target) => !existsSync(resolve(dirname(`${folder}x`), target.split('#')[0]!)));
}

function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ .*$/gm)].map(([heading]) => heading);
}

const openings = { page: '**Page.** ', ticket: '**Ticket.** ', none: '**No severity.** ' } as const;

describe('runbooks', () => {
  it('are there for every alert, and for nothing else', () => {
    expect(pages.map(({ name }) => name).toSorted()).toEqual(alerts);
  });

  it.each(pages)('$name has the shape of a page', ({ name, text }) => {
    const [, body = ''] = text.split('## First steps\n');
    const [steps = ''] = body.split('## Why it fires');
    expect(headingsOf(text)).toEqual([
      `# ${name}`,
      '## First steps',
      '## Why it fires',
      '## When it is over',
      '## Related',
    ]);
    expect(text.split('\n')[2]?.startsWith(openings[severities.get(name)!])).toBe(true);
    const numbers = [...steps.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
    expect(numbers.length).toBeGreaterThanOrEqual(3);
    expect(numbers.length).toBeLessThanOrEqual(6);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const { blocks, spans } = codeOf(steps);
    expect([...blocks, ...spans].some((code) => /^[a-z][\w-]* \S/.test(code.trim()))).toBe(true);
  });

  it.each(pages)('$name quotes a metric or rule of its alert', ({ name, text }) => {
    const exprs = definitions.filter(({ alert }) => alert === name).map(({ expr }) => expr);
    const [, why = ''] = text.split('## Why it fires');
    const untold = exprs.filter((expr) => {
      const names = [...expr.matchAll(/(?<![:\w])(?:sensei_[a-z0-9_]+|up(?=\{)|vector\(1\))/g)];
      return names.length > 0 && !names.some(([metric]) => why.includes(metric));
    });
    expect(untold).toEqual([]);
  });

  it.each(all)('$name quotes what exists', ({ text }) => {
    expect(commandsOf(text).flatMap((quoted) => commandFault(quoted) ?? [])).toEqual([]);
    expect(metricFaults(text)).toEqual([]);
    expect(recordFaults(text)).toEqual([]);
    expect(keyFaults(text)).toEqual([]);
    expect(linkFaults(text)).toEqual([]);
  });

  it('are all in the list, with their severity', () => {
    const rows = [...textOf('README.md').matchAll(/\[(Sensei\w+)\]\(\1\.md\) +\| (\w+) +\|/g)];
    expect(rows.map(([, alert, severity]) => `${alert} ${severity}`).toSorted()).toEqual(
      alerts.map((alert) => `${alert} ${severities.get(alert)}`),
    );
  });
});

describe('the checks of runbooks', () => {
  it.each([
    ['sensei failover now', 'no such command'],
    ['sensei incidents drop ID', 'no such command'],
    ['sensei report -c sensei.yaml --since 24h', 'no option --since'],
    ['sensei report --from 24h', 'without --config'],
    ['sensei probe mysql/orders -c sensei.yaml', 'no such kind'],
  ])('refuse `%s`', (quoted, fault) => {
    expect(commandFault(quoted)).toContain(fault);
  });

  it('find commands in blocks and spans, also behind a pipe or a line break', () => {
    const text = 'Run `sensei\nslo list`.\n\n```sh\ntrue && sensei compliance | jq .\n```\n';
    expect(commandsOf(text)).toEqual(['sensei compliance', 'sensei slo list']);
  });

  it('refuse metrics, recordings, keys and links that do not exist', () => {
    expect(
      metricFaults('sensei_patroni_members_total sensei_recovery_time_low_seconds_sum'),
    ).toEqual(['sensei_patroni_members_total']);
    expect(recordFaults('slo:sli_error:ratio_rate4h')).toEqual(['slo:sli_error:ratio_rate4h']);
    expect(keyFaults('`alerts.limits.lag` `alerts.limits.certificate`')).toEqual([
      'alerts.limits.lag',
    ]);
    expect(linkFaults('[x](SenseiNothing.md)')).toEqual(['SenseiNothing.md']);
  });
});
