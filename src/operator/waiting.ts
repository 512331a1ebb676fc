import { setTimeout as sleep } from 'node:timers/promises';
import { limitedSignal } from '../collectors/limited-signal.js';
import { StepError } from './step.js';

/** What a look found: enough, or what is still missing, in words. */
export type Look<Value> = { readonly found: Value } | { readonly missing: string };

/** @throws StepError when the command is to end */
export function requireRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new StepError('it was interrupted');
}

/**
 * Looks again and again until it is so. @throws StepError with what was missing last, when the time is over
 * or the command is to end
 */
export async function until<Value>(
  parent: AbortSignal,
  { limitMs, everyMs }: { readonly limitMs: number; readonly everyMs: number },
  look: (signal: AbortSignal) => Promise<Look<Value>>,
): Promise<Value> {
  const signal = limitedSignal(parent, limitMs);
  let missing = 'nothing answered';
  while (!signal.aborted) {
    const seen = await look(signal);
    if ('found' in seen) return seen.found;
    if (!signal.aborted) ({ missing } = seen);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  requireRunning(parent);
  throw new StepError(`not within ${limitMs / 1000} s: ${missing}`);
}
