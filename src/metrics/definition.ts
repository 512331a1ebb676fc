/** What a metric is before it has a value: the one place its name, labels and meaning are written. */
export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** Base unit of the value, as Prometheus' naming rules use it; `none` for flags, states and counts. */
  readonly unit: 'seconds' | 'bytes' | 'timestamp' | 'ratio' | 'none';
  readonly labels: readonly string[];
  readonly help: string;
}

export type MetricBlock = Readonly<Record<`sensei_${string}`, MetricDefinition>>;

/** Keeps the literal names and labels in the type, so that a misspelt one does not compile. */
export function defineMetrics<const Block extends MetricBlock>(block: Block): Block {
  return block;
}
