import type { Hook } from '../../config/operations.js';
import { runHook } from '../hooks.js';
import { done, skipped, StepError, type StepContext, type StepOutcome } from '../step.js';
import { requireRunning } from '../waiting.js';

/** Those of an occasion that are for the region, or for every one. */
export function hooksOn(
  { hooks }: StepContext['operations'],
  occasion: Hook['on'],
  region: string,
): Hook[] {
  return hooks.filter(({ on, region: own }) => on === occasion && (own ?? region) === region);
}

async function runOne(context: StepContext, hook: Hook): Promise<{ said: string; ok: boolean }> {
  const { execution, env, signal } = context;
  const { id, kind, mode, from, to, deployment, isDrill } = execution;
  context.progress(`hook ${hook.name} ...`);
  const result = await runHook(
    hook,
    { execution: id, kind, mode, from, to, deployment, isDrill },
    { ...env, signal },
  );
  const said = `${hook.name}: ${result.detail}`;
  if (!result.ok) requireRunning(signal);
  if (result.ok || !hook.required) return { said, ok: result.ok };
  const output = result.output === '' ? '' : `; it said: ${result.output.trim().slice(-300)}`;
  throw new StepError(`hook ${said}${output}`);
}

/** Runs the hooks of an occasion, one after the other, as they stand in the file. */
export async function runHooks(
  context: StepContext,
  occasion: Hook['on'],
  region: string,
): Promise<StepOutcome> {
  const hooks = hooksOn(context.operations, occasion, region);
  if (hooks.length === 0) return skipped('no hook');
  const results: { said: string; ok: boolean }[] = [];
  for (const hook of hooks) results.push(await runOne(context, hook));
  const failed = results.filter(({ ok }) => !ok).map(({ said }) => `it did not succeed: ${said}`);
  return done(results.map(({ said }) => said).join('; '), failed);
}
