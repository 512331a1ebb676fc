import type { AnyCollector, Secrets, Target } from '../../src/collectors/contract.js';
import { configSchema, type Config } from '../../src/config/schema.js';
import { systemClock } from '../../src/runner/clock.js';
import { TargetLoop, type Outcome } from '../../src/runner/target-loop.js';

export const noSecrets: Secrets = {
  read: () => Promise.reject(new Error('no secrets in this test')),
};

/** A configuration with these collectors and nothing else. */
export function configOf(collectors: object, rest: object = {}): Config {
  return configSchema.parse({ deployment: 'test', ...rest, collectors });
}

/** Runs collections of a target in turn, as the runner does; ends it when done. */
export async function collect(
  collector: AnyCollector,
  target: Target,
  secrets = noSecrets,
  times = 1,
): Promise<Outcome> {
  const loop = new TargetLoop(
    { collector, target },
    { clock: systemClock, secrets },
    { begun: () => {}, ended: () => {} },
  );
  let outcome = await loop.collectOnce();
  for (let round = 1; round < times; round += 1) outcome = await loop.collectOnce();
  await loop.stop();
  return outcome;
}

export function reasonOfOutcome(outcome: Outcome): string {
  return outcome.ok ? 'ok' : outcome.reason;
}
