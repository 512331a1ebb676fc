import type { Attributes, HrTime } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { catalogue, type MetricName } from '../../metrics/catalogue.js';
import type { MetricDefinition } from '../../metrics/definition.js';
import type { PromValues } from '../metrics-page.js';

/** Enumerations of the SDK, by value: the SDK itself is loaded only when it is used. */
export interface SdkConstants {
  readonly gauge: MetricData['dataPointType'];
  readonly sum: MetricData['dataPointType'];
  readonly histogram: MetricData['dataPointType'];
  readonly cumulative: MetricData['aggregationTemporality'];
  readonly double: MetricData['descriptor']['valueType'];
}

export interface Moments {
  readonly start: HrTime;
  readonly end: HrTime;
}

/** Catalogue units as UCUM has them, which OTLP uses. */
const units: Readonly<Record<MetricDefinition['unit'], string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  timestamp: 's',
  none: '',
};

type Row = PromValues['values'][number] & { readonly metricName?: string };

function attributesOf(labels: Readonly<Record<string, string | number | undefined>>): Attributes {
  const { le: _bound, ...rest } = labels;
  return Object.fromEntries(
    Object.entries(rest).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/** Unix milliseconds as OTLP has instants: whole seconds, and nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

/** JSON, which is what is sent, has no NaN: such a point is left out, as one that is unknown. */
function numberPoints({ values }: PromValues, { start, end }: Moments): DataPoint<number>[] {
  const known = values.filter(({ value }) => Number.isFinite(value));
  return known.map(({ labels, value }) => ({
    startTime: start,
    endTime: end,
    attributes: attributesOf(labels),
    value,
  }));
}

/** Rows of one histogram series: cumulative buckets, sum and count. */
function histogramOf(rows: readonly Row[], name: string): Histogram {
  const buckets = rows
    .filter(({ metricName }) => metricName === `${name}_bucket`)
    .map(({ labels, value }) => ({
      bound: Number(labels['le'] === '+Inf' ? Infinity : labels['le']),
      value,
    }))
    .toSorted((a, b) => a.bound - b.bound);
  const valueOf = (suffix: string) =>
    rows.find(({ metricName }) => metricName === `${name}_${suffix}`)?.value ?? 0;
  return {
    buckets: {
      boundaries: buckets.slice(0, -1).map(({ bound }) => bound),
      counts: buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0)),
    },
    sum: valueOf('sum'),
    count: valueOf('count'),
  };
}

function histogramPoints(family: PromValues, { start, end }: Moments): DataPoint<Histogram>[] {
  const series = new Map<string, Row[]>();
  for (const row of family.values as readonly Row[]) {
    const key = JSON.stringify(attributesOf(row.labels));
    const rows = series.get(key) ?? [];
    rows.push(row);
    series.set(key, rows);
  }
  return [...series.values()].map((rows) => ({
    startTime: start,
    endTime: end,
    attributes: attributesOf(rows[0]!.labels),
    value: histogramOf(rows, family.name),
  }));
}

/** A family of `/metrics` as OTLP has it: the same name, labels and values. */
export function metricData(family: PromValues, sdk: SdkConstants, moments: Moments): MetricData {
  const unit = family.name in catalogue ? units[catalogue[family.name as MetricName].unit] : '';
  const descriptor = { name: family.name, description: family.help, unit, valueType: sdk.double };
  const base = { descriptor, aggregationTemporality: sdk.cumulative };
  const type = String(family.type);
  if (type === 'histogram') {
    const dataPoints = histogramPoints(family, moments);
    return { ...base, dataPointType: sdk.histogram, dataPoints } as MetricData;
  }
  const dataPoints = numberPoints(family, moments);
  return type === 'counter'
    ? ({ ...base, dataPointType: sdk.sum, isMonotonic: true, dataPoints } as MetricData)
    : ({ ...base, dataPointType: sdk.gauge, dataPoints } as MetricData);
}
