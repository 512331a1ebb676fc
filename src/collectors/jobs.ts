import type { Config } from '../config/schema.js';
import type { AnyCollector, Target } from './contract.js';

/** Every target of a configuration with the collector that it is for. Pure. */
export function jobsOf(
  collectors: readonly AnyCollector[],
  config: Config,
): { collector: AnyCollector; target: Target }[] {
  return collectors.flatMap((collector) =>
    collector.targets(config).map((target: Target) => ({ collector, target })),
  );
}
