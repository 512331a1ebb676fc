import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { gateNames } from '../dr/gates.js';
import { executionModes, type ExecutionKind } from '../failover/execution.js';
import { fencingName, type Allowed } from '../failover/overrides.js';
import { parseUrl } from './exporter-client.js';
import { executions } from './failover-executions.js';
import { defaultTimeoutMs } from './failover-prepare.js';
import { start, type StartOptions } from './failover-start.js';
import { abandon, resume } from './failover-unfinished.js';
import { complain, exitCodes } from './output.js';
import { timeoutBetween } from './timeout-option.js';

const overridable = [...gateNames, fencingName];

function addOverride(text: string, before: readonly Allowed[]): Allowed[] {
  const [name = '', ...words] = text.split('=');
  if (!overridable.includes(name))
    throw new InvalidArgumentError(`expected the name of one gate, of ${overridable.join(', ')}`);
  const reason = words.join('=').trim();
  if (reason === '')
    throw new InvalidArgumentError(`say why, for the journal: --override ${name}="REASON"`);
  return [...before, { name, reason }];
}

/** Runs a command's work, and exits as it says; what was not expected is a sentence too. */
function running<Args extends unknown[]>(
  work: (...args: Args) => Promise<number>,
  afterwards: () => void,
) {
  return async (...args: Args): Promise<void> => {
    process.exitCode = exitCodes.usage;
    try {
      process.exitCode = await work(...args);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
    afterwards();
  };
}

function withFiles(command: Command): Command {
  return command
    .requiredOption('-c, --config <file>', "the exporter's configuration file")
    .requiredOption('--operations <file>', 'file with the logins and hooks that change something')
    .option('--json', 'print JSON: one object a line while it goes on');
}

/** Of commands that ask both regions. */
function withAsking(command: Command): Command {
  return command
    .option(
      '--exporter <url>',
      'exporter that knows the acknowledged heartbeats (default: the one of the configuration)',
      parseUrl,
    )
    .addOption(
      new Option('--timeout <duration>', 'longest time for asking all gates once')
        .argParser(timeoutBetween('500ms', '5m'))
        .default(defaultTimeoutMs, '10s'),
    );
}

function withOverrides(command: Command): Command {
  return command.addOption(
    new Option(
      '--override <gate=reason>',
      'go on over one gate that does not pass, and why; once for each',
    )
      .argParser(addOverride)
      .default([], 'none'),
  );
}

function startCommand(kind: ExecutionKind, afterwards: () => void): Command {
  const command = withOverrides(withAsking(withFiles(new Command(kind))))
    .requiredOption('--from <region>', 'region that is given up')
    .requiredOption('--to <region>', 'region that takes over')
    .option('--dry-run', 'print the gates and the plan, and change nothing')
    .option('--confirm', 'do it')
    .option('--by <name>', 'who answers for it (default: the user that runs this)')
    .option('--drill', 'it is an exercise: hooks are told, and it is recorded as one');
  if (kind === 'failover')
    command.addOption(
      new Option(
        '--mode <mode>',
        'planned: the old region is asked to stop, and nothing is lost; unplanned: it is fenced (default: planned where it serves)',
      ).choices(executionModes),
    );
  return command.action(running((options: StartOptions) => start(kind, options), afterwards));
}

const exitWords =
  'Exit code: 0 done (or planned, with --dry-run), 1 refused, stopped or taken back, 2 bad arguments or ' +
  'files, or --confirm is missing.';
const files = '-c sensei.yaml --operations operations.yaml';

/** The commands that change something, and what they left. */
export function executionCommands(afterwards: () => void): Command[] {
  const failover = startCommand('failover', afterwards)
    .summary('let another region take over, step by step')
    .description(
      'Asks the gates of `sensei dr status`, prints them and the plan, and with --confirm does it: what is ' +
        'not PASS blocks, and is gone on over only by name. Each step is written to the journal before and ' +
        `after it, so that \`sensei dr resume\` goes on after anything.\n${exitWords}`,
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        `  sensei dr failover --from us-east-1 --to us-west-2 ${files} --dry-run\n` +
        `  sensei dr failover --from us-east-1 --to us-west-2 ${files} \\\n` +
        '    --override streaming="the region is lost" --override one-writer="power is off" --confirm',
    );
  const failback = startCommand('failback', afterwards)
    .summary('go back to the region that served before')
    .description(
      'Lets a region that was lost back in where that is needed (hooks of rejoin, what it lost is read, it ' +
        `is made a copy, hooks of unfence), and makes a planned failover to it.\n${exitWords}`,
    )
    .addHelpText(
      'after',
      `\nExample:\n  sensei dr failback --from us-west-2 --to us-east-1 ${files} --confirm`,
    );
  const resuming = withOverrides(withAsking(withFiles(new Command('resume'))))
    .summary('go on with the execution that is not over')
    .description(
      'Goes on from the journal and from what the regions are really like; what was proved before is proved ' +
        `again where nothing was promoted yet. There is no --confirm: it was given when this was begun.\n` +
        'Exit code: 0 done, 1 there is nothing to go on with, stopped or taken back, 2 bad arguments or files.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n' +
        `  sensei dr resume ${files}\n` +
        `  sensei dr resume ${files} --override redis="replicas are being made anew"`,
    )
    .action(running(resume, afterwards));
  const abandoning = withFiles(new Command('abandon'))
    .requiredOption('--reason <text>', 'why')
    .option('--confirm', 'do it')
    .summary('give up the execution that is not over; changes no region')
    .description(
      'Marks the execution that is not over as given up, with the reason, so that another may begin. Both ' +
        'regions stay as they are: see `sensei dr status` for what that is.\n' +
        'Exit code: 0 given up, 1 there is none, or it is under way, 2 bad arguments, or --confirm is missing.',
    )
    .addHelpText(
      'after',
      '\nExample:\n' +
        `  sensei dr abandon ${files} \\\n    --reason "taken over by hand, ticket 4711" --confirm`,
    )
    .action(running(abandon, afterwards));
  const listing = withFiles(new Command('executions'))
    .argument('[id]', 'one of them, by its id or the beginning of it')
    .addOption(
      new Option('--limit <number>', 'how many, newest first')
        .argParser((text) => {
          const limit = Number(text);
          if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
            throw new InvalidArgumentError('expected a whole number from 1 to 1000');
          return limit;
        })
        .default(10),
    )
    .summary('failovers that were made: how long they took, what was lost')
    .description(
      'Shows executions of the journal, newest first; changes nothing, and may be asked while one is under way.\n' +
        'Exit code: 0, or 2 where there is none of that id, or the journal cannot be read.',
    )
    .addHelpText('after', `\nExample:\n  sensei dr executions 5b0f8a52 ${files} --json`)
    .action(running(executions, afterwards));
  return [failover, failback, resuming, abandoning, listing];
}
