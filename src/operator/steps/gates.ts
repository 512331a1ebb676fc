import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from '../../dr/gates.js';
import type { Override } from '../../failover/execution.js';
import { blockedBy, overridesOf } from '../../failover/overrides.js';
import { done, StepError, type StepContext, type StepOutcome } from '../step.js';
import { requireRunning } from '../waiting.js';

/** Between two looks, in milliseconds. */
const pauseMs = 1000;

/** What has only just come back needs a moment until every gate sees it so. */
async function askUntilOpen(context: StepContext): Promise<readonly Gate[]> {
  const allowed = context.execution.mayOverride;
  const { clock } = context.env;
  const endMs = clock.now().monoMs + context.operations.limits.gates;
  for (;;) {
    const gates = await context.askGates();
    const blocked = blockedBy(gates, allowed);
    if (blocked.length === 0 || clock.now().monoMs > endMs) return gates;
    requireRunning(context.signal);
    context.progress(`not yet: ${blocked.map(({ name }) => name).join(', ')}`);
    await sleep(pauseMs, undefined, { signal: context.signal }).catch(() => undefined);
  }
}

/** The gates of the way back, asked once there is something to go back to. */
export async function gates(context: StepContext): Promise<StepOutcome> {
  const { execution } = context;
  const found = await askUntilOpen(context);
  const blocked = blockedBy(found, execution.mayOverride);
  if (blocked.length > 0)
    throw new StepError(
      `${blocked.map(({ name, verdict, figure }) => `${name} is ${verdict} (${figure})`).join('; ')}; mend it and resume, or resume with --override ${blocked[0]?.name}`,
    );
  const overrides: Override[] = overridesOf(found, execution.mayOverride);
  const isNew = ({ name }: Override) => overrides.every((each) => each.name !== name);
  execution.overrides = [...execution.overrides.filter(isNew), ...overrides];
  execution.gates = found.map(({ name, verdict, figure, source }) => ({
    name,
    verdict,
    figure,
    source,
  }));
  await context.save();
  return done(
    overrides.length === 0
      ? 'all pass'
      : `overridden: ${overrides.map(({ name }) => name).join(', ')}`,
  );
}
