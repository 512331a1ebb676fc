import process from 'node:process';
import { Command } from 'commander';
import pc from 'picocolors';
import { exampleConfig } from '../config/example.js';
import { exampleOperations } from '../config/example-operations.js';
import { formatFault, type Fault } from '../config/fault.js';
import { configJsonSchema, operationsJsonSchema } from '../config/json-schema.js';
import { readOperations } from '../config/load-operations.js';
import type { Config } from '../config/schema.js';
import { loadDeployment, type LoadResult } from '../deployment/load.js';
import { formatWarning, type Warning } from '../config/warnings.js';
import { counted } from '../report/figures.js';
import { complain, exitCodes, print } from './output.js';

interface CheckOptions {
  readonly strict?: true;
  readonly json?: true;
  readonly operations?: string;
}

/** What came of checking one file. */
type Checked =
  | {
      readonly ok: true;
      readonly file: string;
      readonly warnings: readonly Warning[];
      /** What it configures, counted. */
      readonly holds: string;
    }
  | { readonly ok: false; readonly file: string; readonly faults: readonly Fault[] };

function checkedConfig(file: string, result: LoadResult): Checked {
  if (!result.ok) return { file, ...result };
  const { config, warnings } = result;
  const targets = Object.values(config.collectors).reduce((sum, list) => sum + list.length, 0);
  return { ok: true, file, warnings, holds: counted(targets, 'target') };
}

async function checkOperations(file: string, config: Config): Promise<Checked> {
  const result = await readOperations(file, config);
  if (!result.ok) return { file, ...result };
  const { operations, warnings } = result;
  const { clusters, hooks } = operations;
  const holds = `${counted(clusters.length, 'cluster')}, ${counted(hooks.length, 'hook')}`;
  return { ok: true, file, warnings, holds };
}

/** Colours for a stream that is a terminal; NO_COLOR and dumb terminals have none. */
function coloursOf({ isTTY }: { readonly isTTY?: boolean }) {
  const { NO_COLOR, TERM } = process.env;
  return pc.createColors(isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb');
}

function reportFaults(file: string, faults: readonly Fault[]): void {
  for (const fault of faults) complain(formatFault(fault));
  complain(coloursOf(process.stderr).red(`${file}: ${counted(faults.length, 'fault')}`));
}

function report(checked: Checked): void {
  const { file } = checked;
  if (!checked.ok) {
    reportFaults(file, checked.faults);
    return;
  }
  const { yellow, green } = coloursOf(process.stdout);
  const { warnings, holds } = checked;
  for (const warning of warnings) print(`${yellow('warning')}: ${file}: ${formatWarning(warning)}`);
  print(`${green('ok')}: ${file}: ${holds}, ${counted(warnings.length, 'warning')}`);
}

function reportJson({ file, ok, ...checked }: Checked): void {
  const found = 'faults' in checked ? { faults: checked.faults } : { warnings: checked.warnings };
  print(JSON.stringify({ file, ok, ...found }));
}

function exitCodeOf(results: readonly Checked[], strict: boolean): number {
  if (results.some(({ ok }) => !ok)) return exitCodes.usage;
  const warned = results.some((result) => result.ok && result.warnings.length > 0);
  return warned && strict ? exitCodes.unhealthy : exitCodes.ok;
}

/** The configuration of the last file where it has no fault. */
async function checkFiles(
  files: readonly string[],
  tell: (checked: Checked) => void,
): Promise<{ results: Checked[]; config: Config | undefined }> {
  const results: Checked[] = [];
  let config: Config | undefined;
  for (const file of files) {
    const result = await loadDeployment(file);
    config = result.ok ? result.config : undefined;
    results.push(checkedConfig(file, result));
    tell(results.at(-1)!);
  }
  return { results, config };
}

async function check(files: readonly string[], options: CheckOptions): Promise<void> {
  const { strict, json, operations } = options;
  if (operations !== undefined && files.length !== 1) {
    complain(`--operations goes with one configuration file; found ${files.length}`);
    process.exitCode = exitCodes.usage;
    return;
  }
  const tell = json ? reportJson : report;
  const { results, config } = await checkFiles(files, tell);
  if (operations !== undefined && config === undefined)
    complain(`${operations}: not checked, for ${files.join()} has faults; mend those first`);
  if (operations !== undefined && config !== undefined) {
    results.push(await checkOperations(operations, config));
    tell(results.at(-1)!);
  }
  process.exitCode = exitCodeOf(results, strict === true);
}

function checkCommand(): Command {
  return new Command('check')
    .summary('report every fault and contradiction of configuration files')
    .description(
      'Reports every fault at once, as FILE:LINE:COLUMN: KEY: what was found; what is allowed. Then what ' +
        'contradicts itself or the promised tier, as warnings.\n' +
        'Faults go to stderr, warnings to stdout. Nothing is connected to.\n' +
        'Exit code: 0 usable, 1 usable with warnings and --strict, 2 faults.',
    )
    .argument('<files...>', 'configuration files')
    .option('--strict', 'exit 1 when there are warnings')
    .option('--json', 'one JSON object a file, with its faults or warnings')
    .option('--operations <file>', 'operations file to check against the one configuration file')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei config check sensei.yaml\n' +
        '  sensei config check --strict --json deploy/*.yaml | jq -r .faults[]?.message\n' +
        '  sops -d sensei.enc.yaml | sensei config check /dev/stdin\n' +
        '  sensei config check sensei.yaml --operations operations.yaml\n' +
        '\nA fault looks like this:\n' +
        '  sensei.yaml:12:5: collectors.lb[0].intervall: unknown key; did you mean "interval"? allowed here: ...',
    )
    .action(check);
}

interface KindOptions {
  readonly operations?: true;
}

function schemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema, for editors')
    .description(
      'Prints the JSON Schema of the configuration, for editors and other checkers.\nExit code: 0.',
    )
    .option('--operations', 'that of the operations file instead')
    .addHelpText(
      'after',
      '\nExample, with the YAML language server (VS Code, Neovim and others):\n' +
        '  sensei config schema > sensei.schema.json\n' +
        '  first line of sensei.yaml:  # yaml-language-server: $schema=sensei.schema.json',
    )
    .action(({ operations }: KindOptions) => {
      const schema = operations ? operationsJsonSchema() : configJsonSchema();
      print(JSON.stringify(schema, undefined, 2));
    });
}

function exampleCommand(): Command {
  return new Command('example')
    .summary('print a complete, commented file to start from')
    .description(
      'Prints a configuration that has every key with its meaning, and loads as it stands. Lines with ' +
        '#KEY: show a default, or a value to put in; take the # away to use it.\nExit code: 0.',
    )
    .option('--operations', 'print an operations file instead, for `sensei dr failover`')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei config example > sensei.yaml\n' +
        '  sensei config example --operations > operations.yaml',
    )
    .action(({ operations }: KindOptions) => {
      process.stdout.write(operations ? exampleOperations() : exampleConfig());
    });
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
