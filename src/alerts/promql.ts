import type { MetricName } from '../metrics/catalogue.js';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** A duration as Prometheus writes it, in the largest unit that it is a whole number of: 90m, 30d. */
export function promDuration(ms: number): string {
  const [unit, unitMs] = units.find(([, length]) => ms % length === 0) ?? ['ms', 1];
  return `${Math.round(ms / unitMs)}${unit}`;
}

/** A string as PromQL and YAML's double quotes both read it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A regular expression that matches any of these texts, and nothing else. */
export function anyOf(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
}

/** A selector of one of the exporter's own metrics. */
export type Series = (name: MetricName, ...matchers: readonly string[]) => string;

/** Selectors of what the exporters of one job say. */
export function seriesOf(job: string): Series {
  return (name, ...matchers) => `${name}{${[`job=${quoted(job)}`, ...matchers].join(', ')}}`;
}

/** The highest value that any vantage point tells. */
export function highest(labels: readonly string[], expr: string): string {
  return `max by (${labels.join(', ')}) (${expr})`;
}

export function lowest(labels: readonly string[], expr: string): string {
  return `min by (${labels.join(', ')}) (${expr})`;
}

/** A number without an exponent or a tail of rounding. */
export function number(value: number): string {
  return String(Number(value.toPrecision(12)));
}
