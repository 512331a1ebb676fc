import type { Command } from 'commander';
import { collectors } from '../../src/collectors/index.js';
import { catalogue } from '../../src/metrics/catalogue.js';
import { senseiProgram } from '../../src/cli/program.js';
import { configJsonSchema, operationsJsonSchema } from '../../src/config/json-schema.js';
import { configurationTable } from '../../scripts/configuration-table.js';
import type { Page } from './markdown.js';

const kinds = new Set(collectors.map(({ kind }) => kind));
const program = senseiProgram(() => {});
/** Roles of sql/monitoring.sql, whose names look like those of metrics. */
const roles = new Set(['sensei_monitor', 'sensei_canary']);
const histogramSuffixes = /_(?:bucket|sum|count)$/;

/** Every `sensei ...` up to what the shell reads as its end. */
export function commandsOf({ blocks, spans }: Pick<Page, 'blocks' | 'spans'>): string[] {
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'));
  return [...lines, ...spans].flatMap((code) =>
    code
      .replace(/ #.*$/, '')
      .split(/\||&&|;|\$\(| > /)
      .map((part) => part.trim().replace(/^node (?:\S+\/)?bin\/sensei\.js /, 'sensei '))
      .filter((part) => part.startsWith('sensei ')),
  );
}

function isOption(command: Command, flag: string): boolean {
  return (
    flag === '--help' || command.options.some(({ short, long }) => flag === short || flag === long)
  );
}

/** The command that words name, and the words behind its name. */
function found(words: readonly string[]): { command: Command; rest: readonly string[] } {
  let command = program;
  let rest = words;
  for (;;) {
    const next = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) return { command, rest };
    command = next;
    rest = rest.slice(1);
  }
}

/** What is wrong with a command that is quoted; undefined when it can be run. */
export function commandFault(quoted: string): string | undefined {
  const quotes = /"[^"]*"|'[^']*'/g;
  const { command, rest } = found(quoted.replaceAll(quotes, 'QUOTED').split(/\s+/).slice(1));
  const flags = rest.filter((word) => word.startsWith('-') && word !== '-');
  const stray = flags.find((flag) => !isOption(command, flag));
  if (stray !== undefined) return `${quoted}: no option ${stray}`;
  if (flags.includes('--help')) return undefined;
  if (command.commands.length > 0)
    return rest.length === 0 && command !== program ? undefined : `${quoted}: no such command`;
  const missing = command.options.find(
    ({ mandatory, short, long }) =>
      mandatory && !rest.some((word) => word === short || word === long),
  );
  // A command without any word, or with KIND/NAME, is spoken of, not quoted to be run.
  const isSpokenOf = rest.every((word) => /(?:^|\/)[A-Z]{2,}$/.test(word));
  if (!isSpokenOf && missing !== undefined) return `${quoted}: without ${missing.long}`;
  const [target = ''] = rest;
  const [kind = ''] = target.split('/');
  if (command.name() !== 'probe' || isSpokenOf || kind === 'KIND') return undefined;
  return kinds.has(kind) ? undefined : `${quoted}: no such kind`;
}

/** Whether there are metrics that begin so: what is before a `*`. */
function isPrefix(name: string): boolean {
  return name.endsWith('_') && Object.keys(catalogue).some((each) => each.startsWith(name));
}

/** Names that look like metrics, and are none. */
export function metricFaults(text: string): string[] {
  return [...text.matchAll(/(?<![:\w/])sensei_[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !(name in catalogue) && !roles.has(name) && !isPrefix(name))
    .filter((name) => {
      const base = name.replace(histogramSuffixes, '');
      return !(base in catalogue) || catalogue[base as keyof typeof catalogue].type !== 'histogram';
    });
}

/** Keys of a table of configuration, without the brackets of lists. */
function keysOf(schema: Parameters<typeof configurationTable>[0]): string[] {
  return configurationTable(schema).flatMap((row) => {
    const [, key] = /^\| `([^`]+)`/.exec(row) ?? [];
    return key === undefined ? [] : [key.replaceAll('[]', '')];
  });
}

const keys = new Set([...keysOf(configJsonSchema()), ...keysOf(operationsJsonSchema())]);
/** Names of files that look like keys. */
const secretFiles = new Set(['store.url']);
const blocks = new Set([...keys].map((key) => key.split('.')[0]!));

/** Code spans that look like keys of the configuration or the operations file, and are none. */
export function keyFaults({ spans }: Pick<Page, 'spans'>): string[] {
  return spans
    .filter((span) => /^[a-z]\w*(?:\[\])?(?:\.\w+(?:\[\])?)+$/i.test(span))
    .map((span) => span.replaceAll('[]', ''))
    .filter((key) => blocks.has(key.split('.')[0]!) && !keys.has(key) && !secretFiles.has(key));
}
