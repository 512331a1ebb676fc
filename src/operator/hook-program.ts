import process from 'node:process';
import { readAll, within, type HookAttempt, type Outcome } from './hook-attempt.js';
import { variablesOf } from './hook-context.js';
import { cleanEnvironment, runCommand } from './run-command.js';

/** Node's own complaint would quote the value. */
function requireNoNul([name, value]: readonly [string, string]): void {
  if (value.includes('\0'))
    throw new Error(`the secret ${name} has a NUL byte in it, which no environment variable can`);
}

/** The variables of a program: none of this process's own but those that are named. */
async function environmentOf({ hook, context, secrets }: HookAttempt) {
  const { PATH, HOME, LANG } = process.env;
  const read = await readAll(hook.secrets ?? {}, secrets);
  for (const each of read) requireNoNul(each);
  const own = { ...variablesOf(hook.name, context), ...Object.fromEntries(read) };
  return cleanEnvironment({ PATH, HOME, LANG }, own);
}

/** Runs the command of a hook. @throws Error naming the secret, or the program that cannot be started */
export async function runProgram(attempt: HookAttempt): Promise<Outcome> {
  const { hook, interrupted, signal } = attempt;
  const env = await within(signal, environmentOf(attempt));
  const { code, stdout, stderr, ...ended } = await runCommand({
    command: hook.command ?? [],
    env,
    timeoutMs: attempt.leftMs(),
    signal: interrupted,
  });
  return {
    ok: code === 0 && !ended.isTimedOut && !interrupted.aborted,
    detail: code === null ? `ended by ${ended.signal ?? 'a signal'}` : `exit code ${code}`,
    outputs: [stdout, stderr],
  };
}
