import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { definitionOf } from '../metrics/catalogue.js';

/** prom-client gauges that end in `_total`, which is for counters alone. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Node's own process metrics. Reading them touches /proc, so they are read on a timer, not on a scrape. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
  return registry;
}

/** From a load balancer's second to the four hours of the Standard tier; bounds in seconds. */
const recoveryBounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600, 14_400];

/** Recovery times, by component and scenario. */
export function createRecoveryHistogram(
  registry: Registry,
  name: 'sensei_recovery_time_low_seconds' | 'sensei_recovery_time_high_seconds',
): Histogram<'component' | 'scenario'> {
  const { help } = definitionOf(name);
  const labelNames = ['component', 'scenario'] as const;
  return new Histogram({ name, help, labelNames, buckets: recoveryBounds, registers: [registry] });
}

/** How late collections start, over all targets. Bounds in seconds. */
export function createStartDelayHistogram(registry: Registry): Histogram {
  return new Histogram({
    name: 'sensei_collector_start_delay_seconds',
    help: definitionOf('sensei_collector_start_delay_seconds').help,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
}
