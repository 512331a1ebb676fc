import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Secrets } from '../collectors/contract.js';
import type { Hook } from '../config/operations.js';
import { formatDuration } from '../report/figures.js';
import { visibleText } from '../report/visible-text.js';
import type { HookAttempt, Outcome } from './hook-attempt.js';
import type { HookContext } from './hook-context.js';
import { runProgram } from './hook-program.js';
import { makeRequest } from './hook-request.js';
import { excerpt, withoutSecrets } from './redact.js';

export type { HookContext } from './hook-context.js';

export interface HookResult {
  readonly ok: boolean;
  /** One sentence: what came of it, after how long; never a secret. */
  readonly detail: string;
  /** What it printed or answered: at most 4 KiB, secrets taken out. */
  readonly output: string;
  readonly tookMs: number;
  /** Tries that were made. */
  readonly attempts: number;
}

export interface HookEnv {
  readonly secrets: Secrets;
  readonly clock: Clock;
  /** Aborts when the execution is interrupted: what runs is ended. */
  readonly signal: AbortSignal;
}

const maxOutputBytes = 4096;
const betweenTriesMs = 1000;

type Tried = Pick<HookResult, 'ok' | 'detail' | 'output'>;

/** Secrets that were read remember themselves, to be taken out of what is told. */
function remembering(secrets: Secrets, values: string[]): Secrets {
  return {
    read: async (ref) => {
      const value = await secrets.read(ref);
      values.push(value);
      return value;
    },
  };
}

/** Aborts with the outer signal, and when the time is over. */
function deadlineOf(timeoutMs: number, outer: AbortSignal) {
  const deadline = new AbortController();
  const abort = () => deadline.abort();
  const timer = setTimeout(abort, timeoutMs);
  outer.addEventListener('abort', abort, { once: true });
  const end = () => {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  };
  return { signal: deadline.signal, end };
}

const reasonsOfStart: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such program',
  EACCES: 'this user may not execute it',
};

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = error.message.startsWith('cannot run ') ? reasonsOfStart[code] : undefined;
  if (reason !== undefined) return `${error.message}: ${reason}`;
  // The URL of a hook may have a key in it.
  return error.message.replace(/^request to \S+ failed, reason: /, 'no answer: ');
}

function untold(error: unknown): Outcome {
  return { ok: false, detail: messageOf(error), outputs: [] };
}

/** What came of a try, and after how long. */
function sentenceOf({ ok, detail }: Outcome, attempt: HookAttempt, tookMs: number): string {
  const { hook, interrupted, signal } = attempt;
  if (!ok && interrupted.aborted) return `interrupted after ${formatDuration(tookMs)}`;
  if (ok || !signal.aborted) return `${detail}, after ${formatDuration(tookMs)}`;
  const what = hook.http === undefined ? 'did not end' : 'gave no complete answer';
  return `${what} within ${formatDuration(hook.timeout)}`;
}

async function tryOnce(hook: Hook, context: HookContext, env: HookEnv): Promise<Tried> {
  const begunMs = env.clock.now().monoMs;
  const tookMs = () => env.clock.now().monoMs - begunMs;
  const values: string[] = [];
  const { signal, end } = deadlineOf(hook.timeout, env.signal);
  const attempt: HookAttempt = {
    hook,
    context,
    secrets: remembering(env.secrets, values),
    leftMs: () => Math.max(1, hook.timeout - tookMs()),
    interrupted: env.signal,
    signal,
  };
  const making = hook.http === undefined ? runProgram(attempt) : makeRequest(hook.http, attempt);
  const outcome = await making.catch(untold);
  end();
  const outputs = outcome.outputs.map((text) => withoutSecrets(text, values).trimEnd());
  const detail = withoutSecrets(sentenceOf(outcome, attempt, tookMs()), values);
  return {
    ok: outcome.ok,
    detail: visibleText(detail),
    output: excerpt(outputs.filter((text) => text !== '').join('\n'), maxOutputBytes),
  };
}

/** Whether there is a next try: after a pause, and not of what was interrupted. */
async function waited(attempts: number, signal: AbortSignal): Promise<boolean> {
  if (attempts === 0) return !signal.aborted;
  return sleep(betweenTriesMs, undefined, { signal }).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a hook: its command, or its request. Never throws: what went wrong is in the result. A hook that was
 * run may be run again, after an interruption for example, and must be safe to.
 */
export async function runHook(hook: Hook, context: HookContext, env: HookEnv): Promise<HookResult> {
  const begunMs = env.clock.now().monoMs;
  let tried: Tried = {
    ok: false,
    detail: 'not run, for the execution was interrupted',
    output: '',
  };
  let attempts = 0;
  while (!tried.ok && attempts < hook.attempts && (await waited(attempts, env.signal))) {
    attempts += 1;
    tried = await tryOnce(hook, context, env);
  }
  const which = hook.attempts > 1 && attempts > 0 ? `, in try ${attempts} of ${hook.attempts}` : '';
  const tookMs = Math.round(env.clock.now().monoMs - begunMs);
  return { ...tried, detail: `${tried.detail}${which}`, tookMs, attempts };
}
