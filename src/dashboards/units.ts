import { definitionOf, type MetricName } from '../metrics/catalogue.js';

const units = {
  seconds: 's',
  bytes: 'bytes',
  ratio: 'percentunit',
  /** Instants are shown as how long ago they were. */
  timestamp: 's',
  none: 'short',
} as const;
export type Unit = (typeof units)[keyof typeof units] | 'ops' | 'percent' | 'none';

/** Grafana's unit for a metric of the catalogue. */
export function unitOf(name: MetricName): Unit {
  return units[definitionOf(name).unit];
}
