import { catalogue, definitionOf, type MetricName } from '../metrics/catalogue.js';

const units = {
  seconds: 's',
  bytes: 'bytes',
  ratio: 'percentunit',
  /** Instants are shown as how long ago they were. */
  timestamp: 's',
  none: 'short',
} as const;
export type Unit = (typeof units)[keyof typeof units] | 'ops' | 'none';

function isOfCatalogue(name: string): name is MetricName {
  return name in catalogue;
}

/**
 * Grafana's unit for what is asked, by the catalogue. What is reckoned from several units, or changes
 * the unit, as a rate or a share does, must say its own.
 */
export function unitOf(exprs: readonly string[]): Unit {
  const names = exprs.flatMap((expr) => expr.match(/\bsensei_[a-z0-9_]+/g) ?? []);
  const found = new Set(
    names
      .map((name) => name.replace(/_bucket$/, ''))
      .filter(isOfCatalogue)
      .map((name) => units[definitionOf(name).unit]),
  );
  const [only, ...others] = [...found];
  return only === undefined || others.length > 0 ? 'short' : only;
}
