import process from 'node:process';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DrillPlan } from '../config/drill-plans.js';
import type { Config } from '../config/schema.js';
import { parseDuration } from '../config/values.js';
import { configurationHash } from '../deployment/configuration-hash.js';
import type { DrillEvidence } from '../drills/evidence.js';
import { timedSlos, watchedSlos } from '../drills/plan.js';
import { rehearseDrill, runDrill, type RunSettings, type RunTools } from '../exercise/run.js';
import type { Slo } from '../slo/objective.js';
import {
  assertFree,
  drillsOf,
  evidenceFile,
  judgeNow,
  keepEvidence,
  pageFile,
  verdictCodes,
  withVerdict,
} from './drill-files.js';
import { accessOf, askerOf, mendInjection, prepareInjection } from './drill-tools.js';
import { parseUrl, urlOfServer } from './exporter-client.js';
import { complain, exitCodes, goOnUnread, print } from './output.js';
import { withConfig } from './with-config.js';

interface RunOptions {
  readonly config: string;
  readonly by: string;
  readonly confirm?: true;
  readonly dryRun?: true;
  readonly exporter?: string;
  readonly kubeconfig?: string;
  readonly timeout?: number;
  readonly output?: string;
  readonly json?: true;
}

function planNamed(config: Config, name: string): DrillPlan {
  const { plans } = drillsOf(config);
  const plan = plans.find((each) => each.name === name);
  if (plan !== undefined) return plan;
  const there = plans.map((each) => each.name).join(', ') || 'none';
  throw new Error(`${name}: no such plan under drills.plans; there are: ${there}`);
}

function settingsOf(
  plan: DrillPlan,
  config: Config,
  slos: readonly Slo[],
  { by, kubeconfig, timeout }: RunOptions,
): RunSettings {
  const { folder, environment } = drillsOf(config);
  const watched = watchedSlos(plan, config, slos);
  const { name, scenario, what } = plan;
  const configuration = configurationHash(config);
  return {
    plan,
    head: { plan: name, scenario, what, environment, by, configuration },
    folder,
    deployment: config.deployment,
    watched,
    timed: timedSlos(plan, watched),
    recoverWithinMs: timeout ?? plan.recoverWithin,
    access: plan.command === undefined ? accessOf(config, kubeconfig) : undefined,
  };
}

/** What ends a drill early, also a terminal that is gone; what it broke is mended all the same. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function interruption(): { signal: AbortSignal; end: () => void } {
  const stop = new AbortController();
  const onSignal = () => {
    complain(
      stop.signal.aborted
        ? 'still cleaning up; what is left undone would stay broken'
        : 'interrupted: cleaning up',
    );
    stop.abort();
  };
  for (const name of ending) process.on(name, onSignal);
  const end = () => {
    for (const name of ending) process.off(name, onSignal);
  };
  return { signal: stop.signal, end };
}

async function toolsOf(
  { plan, access, folder }: RunSettings,
  config: Config,
  { exporter, output }: RunOptions,
): Promise<RunTools> {
  return {
    ask: await askerOf(exporter ?? urlOfServer(config.server)),
    prepare: (id, signal) => prepareInjection(plan, config, access, id, signal),
    mend: (id, undo, signal) => mendInjection(plan, config, access, id, undo, signal),
    record: (evidence) =>
      keepEvidence(output ?? evidenceFile(folder, evidence), withVerdict(evidence, config), config),
    tell: (text) => complain(`${new Date().toISOString()} ${text}`),
  };
}

function printResult(
  evidence: DrillEvidence,
  config: Config,
  settings: RunSettings,
  options: RunOptions,
): number {
  const { verdict, reason } = judgeNow(evidence, config);
  const file = options.output ?? evidenceFile(settings.folder, evidence);
  if (options.json)
    print(JSON.stringify({ file, page: pageFile(file), verdict, reason, evidence }, undefined, 2));
  else print(`${file}: ${verdict}: ${reason}`);
  return verdictCodes[verdict];
}

async function rehearse(settings: RunSettings, tools: RunTools, signal: AbortSignal) {
  await rehearseDrill(settings, tools, signal);
  print(
    `${settings.plan.name}: nothing was done; with --confirm in place of --dry-run it would be`,
  );
  return exitCodes.ok;
}

function run(name: string, options: RunOptions): Promise<void> {
  if (options.confirm === true) goOnUnread();
  return withConfig(options.config, async (config, slos) => {
    const settings = settingsOf(planNamed(config, name), config, slos, options);
    const tools = await toolsOf(settings, config, options);
    const { signal, end } = interruption();
    try {
      if (options.dryRun) return await rehearse(settings, tools, signal);
      if (!options.confirm)
        throw new Error(
          `${name}: this breaks something on purpose (${settings.plan.what}); say --confirm, or --dry-run to see what it would do`,
        );
      if (options.output !== undefined) {
        await assertFree(options.output);
        await assertFree(pageFile(options.output));
      }
      return printResult(await runDrill(settings, tools, signal), config, settings, options);
    } catch (error) {
      if (error !== signal.reason) throw error;
      throw new Error('interrupted before anything was broken', { cause: error });
    } finally {
      end();
    }
  });
}

function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1000)
    throw new InvalidArgumentError('expected a duration of at least 1s, such as 10m');
  return ms;
}

/** What no reader of evidence would take is told before anything is broken. */
function nameOption(text: string): string {
  if (text.trim() === '' || text.length > 2000)
    throw new InvalidArgumentError('expected a name, of at most 2000 characters');
  return text;
}

/** `sensei drill run`. */
export function drillRunCommand(): Command {
  return new Command('run')
    .summary('break something on purpose, time it, mend it, and keep the evidence')
    .description(
      'Runs a plan of drills.plans: looks that all is well, makes the failure, sees what was really hit, waits ' +
        'until the exporter says that it is over, cleans up whatever happens, and writes the evidence and ' +
        'its page into drills.folder.\n' +
        'Exit code: 0 pass, 1 fail, 2 inconclusive or refused.',
    )
    .argument('<name>', 'plan of drills.plans')
    .requiredOption('-c, --config <file>', 'configuration file')
    .requiredOption('--by <name>', 'who does it and answers for the record', nameOption)
    .option('--confirm', 'really do it')
    .addOption(
      new Option('--dry-run', 'only look, and say what would be done').conflicts('confirm'),
    )
    .option(
      '--exporter <url>',
      'exporter that times it (default: that of the configuration)',
      parseUrl,
    )
    .option('--kubeconfig <file>', 'how Kubernetes is reached (default: drills.kubeconfig)')
    .option('--timeout <time>', 'how long recovery is waited for', durationOption)
    .option(
      '-o, --output <file>',
      'write the evidence there instead; a file that exists is left alone',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei drill run pod-kill -c sensei.yaml --by "A. Admin" --dry-run\n' +
        '  sensei drill run pod-kill -c sensei.yaml --by "A. Admin" --confirm --timeout 20m',
    )
    .action(run);
}
