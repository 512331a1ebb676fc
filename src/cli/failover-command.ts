import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { tiers } from '../slo/tiers.js';
import { configurationHash } from '../deployment/configuration-hash.js';
import { gateNames } from '../dr/gates.js';
import {
  abandonedBody,
  executionModes,
  knownExecutions,
  leftAs,
  newExecution,
  nextStep,
  parseExecution,
  type Execution,
  type ExecutionKind,
  type ExecutionMode,
} from '../failover/execution.js';
import {
  blockedBy,
  fencingGate,
  fencingName,
  overridesOf,
  type Allowed,
  type Blocker,
} from '../failover/overrides.js';
import { planOf, stepsOf, type PlanTerms } from '../failover/plan.js';
import { ExecutionContext, entryOf } from '../operator/context.js';
import { execute, renewProofs } from '../operator/engine.js';
import type { PairAccess } from '../operator/region-access.js';
import { TakenBack } from '../operator/step.js';
import type { Journal, JournalEntry, JournalReader } from '../store/journal.js';
import { parseUrl } from './exporter-client.js';
import {
  executionJson,
  executionText,
  failoverOutput,
  type FailoverOutput,
} from './failover-output.js';
import { drillEndedBy, recordDrill } from './failover-drill.js';
import {
  accessFor,
  acknowledgedBy,
  gatesNow,
  defaultTimeoutMs,
  incidentsFor,
  journalFor,
  journalReaderFor,
  lookAtPairs,
  modeOf,
  mustRejoin,
  planTerms,
  prepare,
  regionsAreKnown,
  whoAmI,
  type ExecutionOptions,
  type Prepared,
} from './failover-prepare.js';
import { interruption } from './interruption.js';
import { complain, exitCodes, goOnUnread, print } from './output.js';
import { timeoutBetween } from './timeout-option.js';

interface CommonOptions extends ExecutionOptions {
  readonly override: readonly Allowed[];
  readonly by?: string;
  readonly json?: true;
}

interface StartOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly mode?: ExecutionMode;
  readonly drill?: true;
  readonly confirm?: true;
  readonly dryRun?: true;
}

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

/** What keeps it from going on, with what to say to go on all the same. */
function refuse(blocked: readonly Blocker[]): void {
  const names = blocked.map(({ name, verdict }) => `${name} (${verdict})`);
  complain(`refused, nothing was changed: ${names.join(', ')}`);
  const never = blocked.filter(({ mayBeOverridden }) => !mayBeOverridden);
  if (never.length > 0)
    complain(`cannot be overridden: ${never.map(({ name }) => name).join(', ')}`);
  else
    complain(
      `to go on over them, once each was looked at: ${blocked.map(({ name }) => `--override ${name}=REASON`).join(' ')}`,
    );
}

const resumeWords = 'go on with: sensei dr resume, with the same -c and --operations';

async function carryOut(
  prepared: Prepared,
  journal: Journal,
  access: readonly PairAccess[],
  execution: Execution,
  output: FailoverOutput,
): Promise<number> {
  const { config, operations, env } = prepared;
  const { signal, release } = interruption();
  const context = new ExecutionContext({
    config,
    operations,
    execution,
    access,
    journal,
    env,
    signal,
    askGates: () => gatesNow(prepared, execution.to),
    acknowledged: (cluster, after) => acknowledgedBy(prepared, cluster, after),
    incidents: incidentsFor(prepared),
    progress: (words) => output.progress(words),
  });
  try {
    await execute(context, {
      begun: (step) => output.begun(execution, step),
      ended: (step) => output.ended(execution, step),
    });
    output.outcome(execution);
    return await keepDrill(prepared, execution, context);
  } catch (error) {
    output.outcome(execution);
    const words = error instanceof Error ? error.message : String(error);
    if (!(error instanceof TakenBack))
      complain(`stopped at ${nextStep(execution)?.name ?? 'the end'}: ${words}\n${resumeWords}`);
    return exitCodes.unhealthy;
  } finally {
    release();
    await context.close();
  }
}

/** The regions are as they should be, whatever becomes of the record. */
async function keepDrill(
  prepared: Prepared,
  execution: Execution,
  context: ExecutionContext,
): Promise<number> {
  try {
    const drill = drillEndedBy(execution, await context.lastOutOf(execution.to));
    if (drill !== undefined)
      complain(`evidence of the drill: ${await recordDrill(prepared, drill)}`);
    return exitCodes.ok;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    complain(
      `all is done; if it was a drill, it is not recorded: ${words}; record it with sensei drill record`,
    );
    return exitCodes.unhealthy;
  }
}

function unfinishedWords(execution: Execution): string {
  const { id, kind, from, to, startedMs } = execution;
  return (
    `${kind} ${id} from ${from} to ${to}, begun ${new Date(startedMs).toISOString()}, is not over ` +
    `(at ${nextStep(execution)?.name ?? 'its end'}): ${resumeWords}; or give it up with sensei dr abandon`
  );
}

function foreignWords({ id, startedMs }: JournalEntry): string {
  return (
    `${id}, begun ${new Date(startedMs).toISOString()} by another version of sensei, is not over: ` +
    'go on with it by that version, or give it up with sensei dr abandon'
  );
}

/** Opens the journal and takes the right to execute; closes it afterwards. */
async function withJournal(
  prepared: Prepared,
  work: (journal: Journal) => Promise<number>,
): Promise<number> {
  const journal = journalFor(prepared);
  try {
    await journal.open();
    if (await journal.lock()) return await work(journal);
    complain(`another execution is under way: ${journal.description} is locked by its process`);
    return exitCodes.unhealthy;
  } finally {
    await journal.close();
  }
}

function targetsOf({ config: { tier, objectives } }: Prepared) {
  return {
    rtoMs: objectives.rto ?? tiers[tier].rtoMs,
    rpoMs: objectives.rpo ?? tiers[tier].rpoMs,
  };
}

function beginningOf(
  prepared: Prepared,
  options: StartOptions,
  terms: PlanTerms,
  gates: readonly Blocker[],
  access: readonly PairAccess[],
): Execution {
  const { config, env } = prepared;
  return newExecution({
    id: randomUUID(),
    deployment: config.deployment,
    kind: terms.kind,
    mode: terms.mode,
    from: terms.from,
    to: terms.to,
    by: options.by ?? whoAmI(),
    isDrill: options.drill === true,
    configuration: configurationHash(config),
    ...targetsOf(prepared),
    startedMs: env.clock.now().wallMs,
    overrides: overridesOf(gates, options.override),
    mayOverride: [...options.override],
    gates: gates.map(({ name, verdict, figure, source }) => ({ name, verdict, figure, source })),
    steps: stepsOf(terms),
    pairs: access.map((pair) => ({ name: pair.name, old: pair.old.name, new: pair.new.name })),
  });
}

async function newestIn(journal: JournalReader): Promise<JournalEntry | undefined> {
  const [newest] = await journal.entries(1);
  return newest;
}

/** The newest execution, by its id, before the gates were asked: what they say holds as long as it is the newest. */
interface Before {
  readonly newest: string | undefined;
}

/** Undefined where the journal cannot be read, which is told when it is opened to be written to, or is not there. */
async function newestBefore(prepared: Prepared): Promise<Before | undefined> {
  const reader = journalReaderFor(prepared);
  try {
    await reader.open();
    return { newest: (await newestIn(reader))?.id };
  } catch {
    return undefined;
  } finally {
    await reader.close();
  }
}

async function startLocked(
  prepared: Prepared,
  journal: Journal,
  access: readonly PairAccess[],
  execution: Execution,
  before: Before | undefined,
  output: FailoverOutput,
): Promise<number> {
  const open = await journal.unfinished();
  if (open !== undefined) {
    const [unfinished] = knownExecutions([open.body]);
    complain(unfinished === undefined ? foreignWords(open) : unfinishedWords(unfinished));
    return exitCodes.unhealthy;
  }
  const newest = await newestIn(journal);
  if (before !== undefined && newest?.id !== before.newest) {
    complain(
      `refused, nothing was changed: while the gates were asked another execution (${newest?.id ?? 'none'}) was made; look again`,
    );
    return exitCodes.unhealthy;
  }
  await journal.put(entryOf(execution));
  return carryOut(prepared, journal, access, execution, output);
}

function sentenceOf({ kind, mode, from, to, mustRejoin: rejoins }: PlanTerms): string {
  const why =
    mode === 'planned'
      ? rejoins
        ? `${to} is let back in first`
        : `${from} serves, and is asked to stop: nothing is lost`
      : `${from} does not serve, or is not to be asked: what it did not send is lost`;
  const article = mode === 'planned' ? 'a' : 'an';
  return `plan of ${article} ${mode} ${kind} from ${from} to ${to}: ${why}`;
}

/** Gates that count before anything is done: on the way back they are asked once there is a copy again. */
async function gatesBefore(prepared: Prepared, terms: PlanTerms): Promise<Blocker[]> {
  if (terms.mustRejoin) return [];
  const gates = await gatesNow(prepared, terms.to);
  return terms.mode === 'planned'
    ? gates
    : [...gates, fencingGate(terms.from, terms.hooks.fence ?? [])];
}

async function start(kind: ExecutionKind, options: StartOptions): Promise<number> {
  if (options.confirm === true && options.dryRun !== true) goOnUnread();
  const prepared = await prepare(options);
  if (prepared === undefined || !regionsAreKnown(prepared, options)) return exitCodes.usage;
  if (options.drill === true && prepared.config.drills === undefined) {
    complain(`${options.config}: --drill needs drills.folder, where its evidence is kept`);
    return exitCodes.usage;
  }
  const access = accessFor(prepared, options);
  if (access === undefined) return exitCodes.usage;
  const before = await newestBefore(prepared);
  const looks = await lookAtPairs(prepared, access);
  const { from, to } = options;
  if (kind === 'failback' && modeOf(looks) !== 'planned') {
    complain(
      `${from} has not one primary that answers: a failback needs it; to give ${from} up: sensei dr failover`,
    );
    return exitCodes.unhealthy;
  }
  const mode = kind === 'failback' ? 'planned' : (options.mode ?? modeOf(looks));
  const rejoins = kind === 'failback' && mustRejoin(looks);
  const terms = planTerms(prepared, { kind, mode, from, to, rejoins }, access);
  const output = failoverOutput(options.json === true);
  const gates = await gatesBefore(prepared, terms);
  if (gates.length > 0) output.gates(gates, options.override);
  output.plan(planOf(terms), sentenceOf(terms));
  const blocked = blockedBy(gates, options.override);
  if (blocked.length > 0) {
    refuse(blocked);
    return exitCodes.unhealthy;
  }
  if (options.dryRun === true) return exitCodes.ok;
  if (options.confirm !== true) {
    complain('nothing was changed: add --confirm to do this, or --dry-run to see the plan alone');
    return exitCodes.usage;
  }
  const execution = beginningOf(prepared, options, terms, gates, access);
  return withJournal(prepared, (journal) =>
    startLocked(prepared, journal, access, execution, before, output),
  );
}

async function resume(options: CommonOptions): Promise<number> {
  goOnUnread();
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  return withJournal(prepared, async (journal) => {
    const open = await journal.unfinished();
    if (open === undefined) {
      complain(`there is nothing to go on with in ${journal.description}`);
      return exitCodes.unhealthy;
    }
    const execution = parseExecution(open.body);
    const access = accessFor(prepared, execution);
    if (access === undefined) return exitCodes.usage;
    execution.mayOverride.push(...options.override);
    if (execution.configuration !== configurationHash(prepared.config))
      complain(
        `${options.config} is not as it was when ${execution.id} was begun; going on with it as it is`,
      );
    renewProofs(execution);
    return carryOut(prepared, journal, access, execution, failoverOutput(options.json === true));
  });
}

async function abandon(
  options: CommonOptions & { readonly reason: string; readonly confirm?: true },
): Promise<number> {
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  return withJournal(prepared, async (journal) => {
    const open = await journal.unfinished();
    if (open === undefined) {
      complain(`there is nothing to give up in ${journal.description}`);
      return exitCodes.unhealthy;
    }
    const [execution] = knownExecutions([open.body]);
    if (options.confirm !== true) {
      const words = execution === undefined ? foreignWords(open) : unfinishedWords(execution);
      complain(`${words}\nadd --confirm to give it up; both regions stay as they are`);
      return exitCodes.usage;
    }
    const { wallMs } = prepared.env.clock.now();
    const body = abandonedBody(open.body, options.reason, wallMs);
    await journal.put({ ...open, endedMs: wallMs, body });
    if (execution === undefined) complain(`${open.id} is given up: ${options.reason}`);
    else {
      Object.assign(execution, { state: 'abandoned', reason: options.reason, endedMs: wallMs });
      failoverOutput(options.json === true).outcome(execution);
      for (const words of leftAs(execution)) complain(words);
    }
    return exitCodes.ok;
  });
}

async function executions(
  id: string | undefined,
  options: CommonOptions & { readonly limit: number },
): Promise<number> {
  const prepared = await prepare(options);
  if (prepared === undefined) return exitCodes.usage;
  const reader = journalReaderFor(prepared);
  try {
    await reader.open();
    const entry = id === undefined ? undefined : await reader.entry(id);
    if (id !== undefined && entry === undefined) {
      complain(`${id}: no such execution in ${reader.description}`);
      return exitCodes.usage;
    }
    const entries = entry === undefined ? await reader.entries(options.limit) : [entry];
    const found = knownExecutions(entries.map(({ body }) => body));
    if (found.length < entries.length)
      complain(`${entries.length - found.length} of another version of sensei: not shown`);
    if (options.json === true) print(JSON.stringify(found.map(executionJson), undefined, 2));
    else print(found.length === 0 ? 'no failover was made' : found.map(executionText).join('\n\n'));
    return exitCodes.ok;
  } finally {
    await reader.close();
  }
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
