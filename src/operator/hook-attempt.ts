import type { Secrets } from '../collectors/contract.js';
import type { Hook } from '../config/operations.js';
import type { SecretRef } from '../config/values.js';
import type { HookContext } from './hook-context.js';

/** One try of a hook, and what it needs. */
export interface HookAttempt {
  readonly hook: Hook;
  readonly context: HookContext;
  readonly secrets: Secrets;
  /** Time that is left, in milliseconds; at least 1. */
  leftMs(): number;
  /** Aborts when the execution is interrupted. */
  readonly interrupted: AbortSignal;
  /** Aborts then, and when the time is over. */
  readonly signal: AbortSignal;
}

/** What came of a try that was made. */
export interface Outcome {
  readonly ok: boolean;
  /** For example `exit code 1`. */
  readonly detail: string;
  /** Bounded; secrets may be in it. */
  readonly outputs: readonly string[];
}

/** Secrets by the names of what they are for. @throws Error naming the reference that cannot be read */
export async function readAll(
  refs: Readonly<Record<string, SecretRef>>,
  secrets: Secrets,
): Promise<[string, string][]> {
  const reading = Object.entries(refs).map(async ([name, ref]): Promise<[string, string]> => [
    name,
    await secrets.read(ref),
  ]);
  return Promise.all(reading);
}

/** Waits no longer than until the signal aborts. */
export function within<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(new Error('not done in time'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([work, aborted]);
}
