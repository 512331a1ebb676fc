import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The data source that the reader chose; no other is named anywhere. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' } as const;

export interface Query {
  readonly expr: string;
  /** Name of the line; Grafana fills in labels between double braces. */
  readonly legend?: string;
}

/** A, B, C and so on: by these Grafana tells the queries of a panel apart. */
export function refIdOf(index: number): string {
  return String.fromCodePoint('A'.codePointAt(0)! + index);
}

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  const builder = new DataqueryBuilder().datasource(dataSource).refId(refIdOf(index)).expr(expr);
  return legend === undefined ? builder : builder.legendFormat(legend);
}

/** Values over the time that is shown. */
export function rangeTarget(query: Query, index: number): DataqueryBuilder {
  return target(query, index).range();
}

/** Values as they are now. */
export function instantTarget(query: Query, index: number): DataqueryBuilder {
  return target(query, index).instant();
}

export function tableTarget(query: Query, index: number): DataqueryBuilder {
  return instantTarget(query, index).format(PromQueryFormat.Table);
}

/** Buckets as they are now, each without those below it. */
export function bucketTarget(query: Query, index: number): DataqueryBuilder {
  return instantTarget(query, index).format(PromQueryFormat.Heatmap);
}

export function heatmapTarget(query: Query, index: number): DataqueryBuilder {
  return rangeTarget(query, index).format(PromQueryFormat.Heatmap);
}
