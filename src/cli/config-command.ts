import process from 'node:process';
import { Command } from 'commander';
import pc from 'picocolors';
import { exampleConfig } from '../config/example.js';
import { formatFault } from '../config/fault.js';
import { configJsonSchema } from '../config/json-schema.js';
import { loadConfig, type LoadResult } from '../config/load.js';
import { complain, exitCodes, print } from './output.js';

interface CheckOptions {
  readonly strict?: true;
  readonly json?: true;
}

function targetCount(result: LoadResult): number {
  if (!result.ok) return 0;
  return Object.values(result.config.collectors).reduce((sum, list) => sum + list.length, 0);
}

function report(file: string, result: LoadResult): void {
  if (!result.ok) {
    for (const fault of result.faults) complain(formatFault(fault));
    complain(
      pc.red(`${file}: ${result.faults.length} ${result.faults.length === 1 ? 'fault' : 'faults'}`),
    );
    return;
  }
  for (const warning of result.warnings) print(`${pc.yellow('warning')}: ${file}: ${warning}`);
  print(
    `${pc.green('ok')}: ${file}: ${targetCount(result)} targets, ${result.warnings.length} warnings`,
  );
}

function exitCodeOf(results: readonly LoadResult[], strict: boolean): number {
  if (results.some(({ ok }) => !ok)) return exitCodes.usage;
  const warned = results.some((result) => result.ok && result.warnings.length > 0);
  return warned && strict ? exitCodes.unhealthy : exitCodes.ok;
}

async function check(files: readonly string[], { strict, json }: CheckOptions): Promise<void> {
  const results: LoadResult[] = [];
  for (const file of files) {
    const result = await loadConfig(file);
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
      'Reports every fault at once, as FILE:LINE:COLUMN: KEY: what was found and what is allowed,\n' +
        'then contradictions between what is configured and what was promised, as warnings.\n' +
        'Exit code: 0 usable, 1 usable with warnings and --strict, 2 faults.',
    )
    .argument('<files...>', 'configuration files')
    .option('--strict', 'exit 1 when there are warnings')
    .option('--json', 'one JSON object a file')
    .action(check);
}

/** `sensei config`: everything about the file, without running anything. */
export function configCommand(): Command {
  return new Command('config')
    .summary('check, explain and start a configuration')
    .addCommand(checkCommand())
    .addCommand(
      new Command('schema')
        .description('Prints the JSON Schema of the configuration, for editors.')
        .action(() => print(JSON.stringify(configJsonSchema(), undefined, 2))),
    )
    .addCommand(
      new Command('example')
        .description('Prints a complete, commented configuration to start from.')
        .action(() => void process.stdout.write(exampleConfig())),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sensei config example > sensei.yaml\n  sensei config check --strict sensei.yaml\n  sensei config schema > sensei.schema.json',
    );
}
