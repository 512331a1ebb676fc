import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { alertsOf, ruleGroups } from '../../src/alerts/rules.js';
import { pageOf } from '../support/markdown.js';
import { examplePlan } from './example-plan.js';

const folder = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));
const plan = await examplePlan();
const definitions = alertsOf(plan);
const severities = new Map(definitions.map(({ alert, severity }) => [alert, severity]));
const alerts = [...severities.keys()].toSorted();
const records = new Set(
  ruleGroups(plan).flatMap(({ rules }) =>
    rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])),
  ),
);

function textOf(file: string): string {
  return readFileSync(`${folder}${file}`, 'utf8');
}

const pages = readdirSync(folder)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .map((file) => ({ name: file.slice(0, -'.md'.length), text: textOf(file) }));
const all = [...pages, { name: 'README', text: textOf('README.md') }];

function recordFaults(text: string): string[] {
  return [...text.matchAll(/\bslo:[a-z0-9_]+:[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !records.has(name));
}

function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ .*$/gm)].map(([heading]) => heading);
}

const openings = { page: '**Page.** ', ticket: '**Ticket.** ', none: '**No severity.** ' } as const;

describe('runbooks', () => {
  it('are there for every alert, and for nothing else', () => {
    expect(pages.map(({ name }) => name).toSorted()).toEqual(alerts);
  });

  it.each(pages)('$name has the shape of a page', async ({ name, text }) => {
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
    const { blocks, spans } = await pageOf(steps);
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

  it.each(all)('$name quotes recordings that there are', ({ text }) => {
    expect(recordFaults(text)).toEqual([]);
  });

  it('are all in the list, with their severity', () => {
    const rows = [...textOf('README.md').matchAll(/\[(Sensei\w+)\]\(\1\.md\) +\| (\w+) +\|/g)];
    expect(rows.map(([, alert, severity]) => `${alert} ${severity}`).toSorted()).toEqual(
      alerts.map((alert) => `${alert} ${severities.get(alert)}`),
    );
  });
});

describe('the check of recordings', () => {
  it('refuses one that does not exist', () => {
    expect(recordFaults('slo:sli_error:ratio_rate4h')).toEqual(['slo:sli_error:ratio_rate4h']);
  });
});
