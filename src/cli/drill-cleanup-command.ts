import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Config } from '../config/schema.js';
import { composeEvidence } from '../drills/compose.js';
import { messageOf, step, type CleanupStep } from '../exercise/injection.js';
import {
  breakLock,
  isRunning,
  leftovers,
  removeRunning,
  type RunningDrill,
} from '../exercise/journal.js';
import { endLeft } from '../exercise/left-processes.js';
import { drillsOf, evidenceFile, keepEvidence, withVerdict } from './drill-files.js';
import { accessOf, mendInjection } from './drill-tools.js';
import { complain, exitCodes, print } from './output.js';
import { withConfig } from './with-config.js';

interface CleanupOptions {
  readonly config: string;
  readonly kubeconfig?: string;
  readonly force?: true;
}

/** What is said of a drill that was not ended. */
export function leftoverText(running: RunningDrill): string {
  const { plan, by, startedAt, pid, host } = running;
  const who = `${plan}: a drill was begun at ${startedAt} by ${by} (process ${pid} on ${host})`;
  const runs = isRunning(running);
  if (runs === true) return `${who} and is under way`;
  return runs === false
    ? `${who} and not ended; run \`sensei drill cleanup\``
    : `${who}; where it has ended, run \`sensei drill cleanup\` there, or with --force where that machine is gone`;
}

async function mended(
  running: RunningDrill,
  config: Config,
  kubeconfig: string | undefined,
): Promise<CleanupStep[]> {
  const plan = drillsOf(config).plans.find(({ name }) => name === running.plan);
  if (plan === undefined)
    return [
      step(
        running.plan,
        false,
        'it is no plan of the configuration any more; put it back under drills.plans first',
      ),
    ];
  const { access, id, undo } = running;
  const used =
    access === null
      ? undefined
      : kubeconfig === undefined
        ? { file: access.file ?? undefined, context: access.context ?? undefined }
        : accessOf(config, kubeconfig);
  try {
    const limitMs = plan.cleanupWithin + (plan.command?.timeout ?? 0) + 60_000;
    // What was recorded has ended by itself: what its command left in the background is its own.
    const isCutOff = undo.kind === 'command' && !running.isRecorded;
    const ended = isCutOff ? await endLeft(id) : [];
    const signal = AbortSignal.timeout(limitMs);
    return [...ended, ...(await mendInjection(plan, config, used, id, undo, signal))];
  } catch (error) {
    return [step(`mend ${plan.name}`, false, messageOf(error))];
  }
}

async function recordEnd(
  running: RunningDrill,
  cleanup: CleanupStep[],
  config: Config,
  folder: string,
): Promise<void> {
  const { id, plan, scenario, environment, by, what, configuration, targets } = running;
  const head = { id, plan, scenario, environment, by, what, configuration };
  const injectedMs = Date.parse(running.injectedAt);
  const notes = ['the process that ran it ended in the middle; it was cleaned up later'];
  const course = { targets, injectedMs, cleanup, notes, recordedMs: Date.now() };
  const evidence = withVerdict(composeEvidence(head, course, undefined), config);
  const file = evidenceFile(folder, evidence);
  // It was killed between the two: what it wrote is the better evidence.
  if (existsSync(file)) return print(`${file}: there already`);
  await keepEvidence(file, evidence, config);
  print(`${file}: ${evidence.verdict?.verdict ?? ''}: ${evidence.verdict?.reason ?? ''}`);
}

/** Whether it is mended, and nothing of it is left. */
async function endOne(
  running: RunningDrill,
  config: Config,
  { kubeconfig, force }: CleanupOptions,
): Promise<boolean> {
  const runs = isRunning(running);
  if (runs === true || (runs === undefined && !force)) {
    complain(leftoverText(running));
    return false;
  }
  const steps = await mended(running, config, kubeconfig);
  for (const { what, isDone, proof } of steps)
    complain(`${what}: ${isDone ? 'done' : 'NOT DONE'}: ${proof}`);
  if (!steps.every(({ isDone }) => isDone)) return false;
  const { folder } = drillsOf(config);
  if (!running.isRecorded) await recordEnd(running, steps, config, folder);
  await removeRunning(folder, running.plan);
  return true;
}

function cleanup(options: CleanupOptions): Promise<void> {
  return withConfig(options.config, async (config) => {
    const { folder } = drillsOf(config);
    const { running, faults } = await leftovers(folder);
    for (const fault of faults) complain(fault);
    let isDone = faults.length === 0;
    for (const each of running) isDone = (await endOne(each, config, options)) && isDone;
    if (!isDone) return exitCodes.usage;
    await breakLock(folder, options.force);
    if (running.length === 0) print('there is nothing to clean up');
    return exitCodes.ok;
  });
}

/** `sensei drill cleanup`. */
export function drillCleanupCommand(): Command {
  return new Command('cleanup')
    .summary('end what a drill left whose process was killed')
    .description(
      'Mends what `sensei drill run` broke and could not mend, and records that drill as inconclusive.\n' +
        'Exit code: 0 nothing is left, 2 something is, or a drill is under way.',
    )
    .requiredOption('-c, --config <file>', 'configuration file')
    .option('--kubeconfig <file>', 'how Kubernetes is reached (default: as the drill did)')
    .option('--force', 'also what another machine began, where that is known to have ended')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  sensei drill cleanup -c sensei.yaml\n' +
        '  sensei drill cleanup -c sensei.yaml --kubeconfig ~/.kube/drills --force',
    )
    .action(cleanup);
}
