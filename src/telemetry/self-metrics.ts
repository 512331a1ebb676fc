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

/** How late collections start, over all targets. Bounds in seconds. */
export function createStartDelayHistogram(registry: Registry): Histogram {
  return new Histogram({
    name: 'sensei_collector_start_delay_seconds',
    help: definitionOf('sensei_collector_start_delay_seconds').help,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
}
