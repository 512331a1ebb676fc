import { backupsMetrics } from './backups.js';
import type { MetricDefinition } from './definition.js';
import { exporterMetrics } from './exporter.js';
import { lagMetrics } from './lag.js';
import { lbMetrics } from './lb.js';
import { objectsMetrics } from './objects.js';
import { patroniMetrics } from './patroni.js';
import { postgresMetrics } from './postgres.js';
import { replicasMetrics } from './replicas.js';
import { sentinelMetrics } from './sentinel.js';
import { sloMetrics } from './slo.js';

/** Every metric the exporter can show, once. Code, rules, dashboards and docs derive from it. */
export const catalogue = {
  ...exporterMetrics,
  ...lagMetrics,
  ...lbMetrics,
  ...objectsMetrics,
  ...patroniMetrics,
  ...postgresMetrics,
  ...replicasMetrics,
  ...sentinelMetrics,
  ...sloMetrics,
  ...backupsMetrics,
} as const;

export type Catalogue = typeof catalogue;
export type MetricName = keyof Catalogue;
export type LabelsOf<Name extends MetricName> = Readonly<
  Record<Catalogue[Name]['labels'][number], string>
>;

type NamesOfType<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: Catalogue[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type GaugeName = NamesOfType<'gauge'>;
export type CounterName = NamesOfType<'counter'>;

/** The definition without its literal types, for code that treats all metrics alike. */
export function definitionOf(name: MetricName): MetricDefinition {
  return catalogue[name];
}
