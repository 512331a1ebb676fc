import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { senseiProgram } from '../../src/cli/program.js';
import { commandFault, commandsOf } from '../support/quoted.js';

interface Named {
  readonly name: string;
  readonly command: Command;
}

function named(command: Command, before: string): Named[] {
  const name = `${before} ${command.name()}`.trim();
  return [{ name, command }, ...command.commands.flatMap((each) => named(each, name))];
}

const all = named(
  senseiProgram(() => {}),
  '',
);
const leaves = all.filter(({ command }) => command.commands.length === 0);

/** The whole of `--help`, with what is added behind the options. */
function helpOf({ command }: Named): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => void (help += text),
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help;
}

/** What is shown is as commander wraps it: a line that ends early in the midst of a sentence was broken by hand. */
function brokenLines(help: string): string[] {
  const [, description = ''] = /\n\n([^]*?)\n\n/.exec(help) ?? [];
  const lines = description.split('\n');
  return lines.filter((line, index) => {
    const [next = ''] = (lines[index + 1] ?? '').split(' ');
    return next !== '' && !/[.:]$/.test(line) && line.length + 1 + next.length <= 80;
  });
}

describe('the help', () => {
  it.each(all)('of $name has an example, and no example that cannot be run', (each) => {
    const help = helpOf(each);
    const examples = help.split(/^(?:Examples?|A first look)\b.*:$/m)[1] ?? '';
    const quoted = commandsOf({ blocks: [examples.replaceAll(/ {2,}(?=\S)/g, '\n')], spans: [] });
    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.flatMap((words) => commandFault(words) ?? [])).toEqual([]);
  });

  it.each(leaves)('of $name says what its exit codes mean', (each) => {
    expect(helpOf(each)).toMatch(/^Exit code: 0/m);
  });

  it.each(all)('of $name shows no default as the program has it', (each) => {
    expect(helpOf(each)).not.toMatch(/default: (?:\[|\d{4,})/);
  });

  it.each(all)('of $name is wrapped by the terminal, not by hand', (each) => {
    expect(brokenLines(helpOf(each))).toEqual([]);
  });
});
