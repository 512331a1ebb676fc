import type { Target } from './dashboard.js';
import type { Field, Frame, Labels, Value } from './frame.js';
import type { Series, Span } from './source.js';

/** `NaN` stays NaN: a stat maps it, a line has a gap. */
function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function labelsOf(metric: Labels): Labels {
  return Object.fromEntries(Object.entries(metric).filter(([name]) => name !== '__name__'));
}

/** A series as Prometheus would write it. */
function selector(metric: Labels): string {
  const pairs = Object.entries(labelsOf(metric)).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0
    ? (metric['__name__'] ?? '')
    : `${metric['__name__'] ?? ''}{${pairs.join(', ')}}`;
}

/** `{{label}}` of a legend filled in. */
export function legendOf({ legendFormat, expr }: Target, metric: Labels): string {
  if (legendFormat === undefined || legendFormat === '' || legendFormat === '__auto')
    return selector(metric) || expr;
  return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => metric[name] ?? '');
}

function column(name: string, type: Field['type'], values: readonly Value[]): Field {
  return { name, type, labels: {}, values, config: {} };
}

/** Where a series has no value there is a gap. */
function onGrid({ values }: Series, gridMs: readonly number[]): readonly Value[] {
  const byTime = new Map(values.map(([time, text]) => [Math.round(time * 1000), numberOf(text)]));
  return gridMs.map((time) => byTime.get(time) ?? null);
}

/** What answers are laid out on: each step of the time shown, so that a step without a value is a gap. */
export interface Steps {
  readonly span: Span;
  readonly stepSeconds: number;
}

function gridOf({ span, stepSeconds }: Steps): readonly number[] {
  const stepMs = Math.round(stepSeconds * 1000);
  const firstMs = Math.round(span.start * 1000);
  const count = Math.floor((span.end * 1000 - firstMs) / stepMs + 1e-6) + 1;
  return Array.from({ length: count }, (_, at) => firstMs + at * stepMs);
}

/** Of an instant query: the one time that it was asked for. */
function instantOf(answer: readonly Series[]): readonly number[] {
  const times = answer.flatMap(({ values }) => values.map(([time]) => Math.round(time * 1000)));
  return [...new Set(times)].toSorted((a, b) => a - b);
}

/** One frame a series, all on the same times. */
function seriesFrames(target: Target, answer: readonly Series[], steps: Steps): readonly Frame[] {
  if (answer.length === 0) return [];
  const grid = target.instant === true ? instantOf(answer) : gridOf(steps);
  const time = column('Time', 'time', grid);
  return answer.map((series) => ({
    refId: target.refId,
    fields: [
      time,
      {
        ...column('Value', 'number', onGrid(series, grid)),
        labels: labelsOf(series.metric),
        legend: legendOf(target, series.metric),
      },
    ],
  }));
}

/** One frame with a column a label: a table. `valueName` tells several queries apart. */
function tableFrame(target: Target, answer: readonly Series[], valueName: string): Frame {
  const rows = answer.flatMap(({ metric, values }) =>
    values.map(([time, text]) => ({ metric, time: time * 1000, value: numberOf(text) })),
  );
  const names = new Set(answer.flatMap(({ metric }) => Object.keys(metric)));
  const labels = [...names].toSorted().map((name) =>
    column(
      name,
      'string',
      rows.map(({ metric }) => metric[name] ?? ''),
    ),
  );
  const time = column(
    'Time',
    'time',
    rows.map(({ time }) => time),
  );
  const value = column(
    valueName,
    'number',
    rows.map(({ value }) => value),
  );
  return { refId: target.refId, fields: [time, ...labels, value] };
}

/** What Grafana's Prometheus data source makes of an answer. */
export function framesOf(
  target: Target,
  answer: readonly Series[],
  hasSeveralQueries: boolean,
  steps: Steps,
): readonly Frame[] {
  if (target.format === 'heatmap') return bucketsApart(seriesFrames(target, answer, steps));
  if (target.format !== 'table') return seriesFrames(target, answer, steps);
  if (answer.length === 0) return [];
  return [tableFrame(target, answer, hasSeveralQueries ? `Value #${target.refId}` : 'Value')];
}

/** Buckets from the lowest up, each with what fell into it alone: Prometheus counts the lower ones in. */
function bucketsApart(frames: readonly Frame[]): readonly Frame[] {
  const bound = (frame: Frame) => numberOf(frame.fields[1]?.labels['le'] ?? '+Inf');
  const sorted = frames.toSorted((a, b) => bound(a) - bound(b));
  return sorted.map((frame, index) => ({
    ...frame,
    fields: frame.fields.map((field) => apart(field, sorted[index - 1]?.fields[1])),
  }));
}

function apart(field: Field, below: Field | undefined): Field {
  if (field.type !== 'number' || below === undefined) return field;
  const less = (value: Value, at: number) =>
    value === null ? null : Math.max(0, Number(value) - Number(below.values[at] ?? 0));
  return { ...field, values: field.values.map(less) };
}
