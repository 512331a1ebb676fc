import process from 'node:process';
import { Command } from 'commander';
import pc from 'picocolors';
import { exampleConfig } from '../config/example.js';
import { formatFault, type Fault } from '../config/fault.js';
import { configJsonSchema } from '../config/json-schema.js';
import { loadDeployment, type LoadResult } from '../deployment/load.js';
import { formatWarning } from '../config/warnings.js';
import { complain, exitCodes, print } from './output.js';

interface CheckOptions {
  readonly strict?: true;
  readonly json?: true;
}

function targetCount(result: LoadResult): number {
  if (!result.ok) return 0;
  return Object.values(result.config.collectors).reduce((sum, list) => sum + list.length, 0);
}

/** Colours for a stream that is a terminal; NO_COLOR and dumb terminals have none. */
function coloursOf({ isTTY }: { readonly isTTY?: boolean }) {
  const { NO_COLOR, TERM } = process.env;
  return pc.createColors(isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb');
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function reportFaults(file: string, faults: readonly Fault[]): void {
  for (const fault of faults) complain(formatFault(fault));
  complain(coloursOf(process.stderr).red(`${file}: ${counted(faults.length, 'fault')}`));
}

function report(file: string, result: LoadResult): void {
  if (!result.ok) {
    reportFaults(file, result.faults);
    return;
  }
  const { yellow, green } = coloursOf(process.stdout);
  for (const warning of result.warnings)
    print(`${yellow('warning')}: ${file}: ${formatWarning(warning)}`);
  const counts = `${counted(targetCount(result), 'target')}, ${counted(result.warnings.length, 'warning')}`;
  print(`${green('ok')}: ${file}: ${counts}`);
}

function exitCodeOf(results: readonly LoadResult[], strict: boolean): number {
  if (results.some(({ ok }) => !ok)) return exitCodes.usage;
  const warned = results.some((result) => result.ok && result.warnings.length > 0);
  return warned && strict ? exitCodes.unhealthy : exitCodes.ok;
}

async function check(files: readonly string[], { strict, json }: CheckOptions): Promise<void> {
  const results: LoadResult[] = [];
  for (const file of files) {
    const result = await loadDeployment(file);
    results.push(result);
    if (!json) report(file, result);
    else if (result.ok) print(JSON.stringify({ file, ok: true, warnings: result.warnings }));
    else print(JSON.stringify({ file, ok: false, faults: result.faults }));
  }
  process.exitCode = exitCodeOf(results, strict === true);
}

function checkCommand(): Command {
  return new Command('check')
    .summary('report every fault and contradiction of configuration files')
    .description(
      'Reports every fault at once, as FILE:LINE:COLUMN: KEY: what was found; what\n' +
        'is allowed. Then what contradicts itself or the promised tier, as warnings.\n' +
        'Faults go to stderr, warnings to stdout. Nothing is connected to.\n' +
        'Exit code: 0 usable, 1 usable with warnings and --strict, 2 faults.',
    )
    .argument('<files...>', 'configuration files')
    .option('--strict', 'exit 1 when there are warnings')
    .option('--json', 'one JSON object a file, with its faults or warnings')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei config check sensei.yaml\n' +
        '  sensei config check --strict --json deploy/*.yaml | jq -r .faults[]?.message\n' +
        '  sops -d sensei.enc.yaml | sensei config check /dev/stdin\n' +
        '\nA fault looks like this:\n' +
        '  sensei.yaml:12:5: collectors.lb[0].intervall: unknown key; did you mean "interval"? allowed here: ...',
    )
    .action(check);
}

function schemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema, for editors')
    .description('Prints the JSON Schema of the configuration, for editors and other checkers.')
    .addHelpText(
      'after',
      '\nExample, with the YAML language server (VS Code, Neovim and others):\n' +
        '  sensei config schema > sensei.schema.json\n' +
        '  first line of sensei.yaml:  # yaml-language-server: $schema=sensei.schema.json',
    )
    .action(() => print(JSON.stringify(configJsonSchema(), undefined, 2)));
}

function exampleCommand(): Command {
  return new Command('example')
    .summary('print a complete, commented file to start from')
    .description(
      'Prints a configuration that has every key with its meaning, and loads as it stands.\n' +
        'Lines with #KEY: show a default, or a value to put in; take the # away to use it.',
    )
    .addHelpText('after', '\nExample:\n  sensei config example > sensei.yaml')
    .action(() => void process.stdout.write(exampleConfig()));
}

/** `sensei config`: everything about the file, without running anything. */
export function configCommand(): Command {
  const config = new Command('config')
    .summary('check, explain and start a configuration')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei config example > sensei.yaml\n' +
        '  sensei config check --strict sensei.yaml\n' +
        '  sensei config schema > sensei.schema.json',
    );
  for (const command of [checkCommand(), schemaCommand(), exampleCommand()])
    config.addCommand(command);
  return config;
}
