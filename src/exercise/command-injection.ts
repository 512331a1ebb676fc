import type { OwnCommand } from '../drills/plan.js';
import { runCommand, type CommandResult } from '../operator/run-command.js';
import { messageOf, step, type CleanupStep, type Hit, type Injection } from './injection.js';

const mostTargets = 1000;

type Env = Readonly<Record<string, string>>;

/** Lines such as `target: pg1`. */
function targetsIn(stdout: string): string[] {
  const named = [...stdout.matchAll(/^target:[ \t]*(\S.{0,252}?)[ \t]*\r?$/gm)];
  return [...new Set(named.map(([, target = '']) => target))].slice(0, mostTargets);
}

function endOf({ code, signal, isTimedOut }: CommandResult, limitMs: number): string {
  if (isTimedOut) return `did not end within ${limitMs / 1000} s`;
  return code === null ? `was ended by ${String(signal)}` : `ended with exit code ${code}`;
}

function lastLine(text: string): string {
  return (text.trimEnd().split('\n').at(-1) ?? '').slice(0, 300);
}

function hitOf(command: OwnCommand, result: CommandResult): Hit {
  const printed = targetsIn(result.stdout);
  const isWell = result.code === 0 && !result.isTimedOut;
  const targets = printed.length === 0 && isWell ? (command.targets ?? []) : printed;
  if (isWell) return { targets };
  return { targets, problem: `the command ${endOf(result, command.timeout)}` };
}

/** A failure by a program of the operator's. */
export function commandInjection(command: OwnCommand, env: Env): Injection {
  return {
    undo: { kind: 'command' },
    lines: [
      `run ${JSON.stringify(command.inject)}`,
      `at the end run ${JSON.stringify(command.cleanup)}`,
    ],
    inject: async (signal, tell) => {
      const run = { command: command.inject, env, timeoutMs: command.timeout, signal };
      const result = await runCommand(run);
      // What it complains of is for the operator's eyes: it may name what no file should.
      const complaint = lastLine(result.stderr);
      if (complaint !== '') tell(`the command says: ${complaint}`);
      return hitOf(command, result);
    },
  };
}

export async function mendCommand(
  { cleanup, timeout }: OwnCommand,
  env: Env,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  const what = `run ${cleanup[0] ?? ''}`;
  try {
    const result = await runCommand({ command: cleanup, env, timeoutMs: timeout, signal });
    const isDone = result.code === 0 && !result.isTimedOut;
    return [step(what, isDone, `it ${endOf(result, timeout)}`)];
  } catch (error) {
    return [step(what, false, messageOf(error))];
  }
}
