import { axisFor, type Axis } from '../axis.js';
import { cssColor, surfaces } from '../color.js';
import type { FieldConfig } from '../dashboard.js';
import { seriesColor, type Look } from '../display.js';
import { noData, type Drawing, type Drawn } from '../drawing.js';
import { displayName, type Field, type Frame, type Value } from '../frame.js';
import { escaped, textWidth, type Size } from '../html.js';
import { drawLegend, legendItem, type Legend } from '../legend.js';

/** A line as the page's script draws it; all of it plain data. */
interface Line {
  readonly title: string;
  readonly scale: string;
  readonly color: string;
  readonly fill: number;
  readonly width: number;
  readonly dash: readonly number[];
  readonly draw: string;
  readonly interpolation: string;
  readonly points: string;
  readonly pointSize: number;
  /** Points without a neighbour, which no line shows. */
  readonly lone: readonly number[];
  readonly spansGaps: boolean;
  readonly values: readonly (number | null)[];
}

interface Plot {
  readonly field: Field;
  readonly timesMs: readonly number[];
  readonly color: string;
}

const axisFont = 12;
const timeAxisHeight = 28;

function plotsOf(frames: readonly Frame[], look: Look): readonly Plot[] {
  const pairs = frames.flatMap(({ fields }) => {
    const times = fields.find(({ type }) => type === 'time')?.values ?? [];
    return fields.filter(({ type }) => type === 'number').map((field) => ({ field, times }));
  });
  return pairs.map(({ field, times }, index) => ({
    field,
    timesMs: times.map(Number),
    color: seriesColor(field, index, look),
  }));
}

function allTimes(plots: readonly Plot[]): readonly number[] {
  return [...new Set(plots.flatMap(({ timesMs }) => timesMs))].toSorted((a, b) => a - b);
}

function drawable(value: Value | undefined, isLog: boolean): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return isLog && value <= 0 ? null : value;
}

function aligned({ field, timesMs }: Plot, times: readonly number[]): readonly (number | null)[] {
  const isLog = field.config.custom?.scaleDistribution?.type === 'log';
  const byTime = new Map(timesMs.map((time, at) => [time, field.values[at]]));
  return times.map((time) => drawable(byTime.get(time), isLog));
}

/** Adds to each stacked series those below it, group by group. */
function stacked(
  plots: readonly Plot[],
  values: readonly (readonly (number | null)[])[],
): readonly (readonly (number | null)[])[] {
  const sums = new Map<string, (number | null)[]>();
  return values.map((row, index) => {
    const { mode = 'none', group = 'A' } = plots[index]?.field.config.custom?.stacking ?? {};
    if (mode === 'none') return row;
    const below = sums.get(group);
    const sum = row.map((value, at) =>
      value === null ? (below?.[at] ?? null) : value + (below?.[at] ?? 0),
    );
    sums.set(group, sum);
    return sum;
  });
}

function loners(values: readonly (number | null)[]): readonly number[] {
  const isGap = (at: number) => (values[at] ?? null) === null;
  return values.flatMap((value, at) =>
    value !== null && isGap(at - 1) && isGap(at + 1) ? [at] : [],
  );
}

function lineOf({ field, color }: Plot, values: readonly (number | null)[]): Line {
  const { custom = {} } = field.config;
  return {
    title: displayName(field),
    scale: scaleOf(field.config),
    color,
    fill: (custom.fillOpacity ?? 0) / 100,
    width: custom.lineWidth ?? 1,
    dash: custom.lineStyle?.fill === 'dash' ? (custom.lineStyle.dash ?? [10, 10]) : [],
    draw: custom.drawStyle ?? 'line',
    interpolation: custom.lineInterpolation ?? 'linear',
    points: custom.showPoints ?? 'auto',
    pointSize: custom.pointSize ?? 5,
    lone: loners(values),
    spansGaps: custom.spanNulls === true,
    values,
  };
}

/** Series of one unit and range share an axis. */
function scaleOf({ unit = 'none', min, max, custom }: FieldConfig): string {
  return [unit, min ?? '', max ?? '', custom?.scaleDistribution?.type ?? 'linear'].join('/');
}

function axesOf(
  plots: readonly Plot[],
  lines: readonly Line[],
  height: number,
): Readonly<Record<string, Axis>> {
  const axes: Record<string, Axis> = {};
  for (const { field } of plots) {
    const key = scaleOf(field.config);
    const values = lines.filter(({ scale }) => scale === key).flatMap(({ values }) => values);
    axes[key] ??= axisFor(
      values.filter((value) => value !== null),
      height,
      field.config,
    );
  }
  return axes;
}

function axisWidth({ ticks }: Axis): number {
  return Math.max(...ticks.map(({ text }) => textWidth(text, axisFont)), 16) + 16;
}

/** The space between two lines, filled; lines are counted from 1. */
interface Band {
  readonly upper: number;
  readonly lower: number;
  readonly fill: number;
}

const bracketFill = 0.2;

/** The line that a line is filled down to: named by its settings, or the one below in its stack. */
function lineBelow(plots: readonly Plot[], at: number): number {
  const { fillBelowTo, stacking } = plots[at]?.field.config.custom ?? {};
  if (fillBelowTo !== undefined)
    return plots.findIndex(({ field }) => displayName(field) === fillBelowTo);
  if ((stacking?.mode ?? 'none') === 'none') return -1;
  const group = ({ field }: Plot) => field.config.custom?.stacking;
  return plots.findLastIndex(
    (plot, index) =>
      index < at && group(plot)?.mode === stacking?.mode && group(plot)?.group === stacking?.group,
  );
}

function bands(plots: readonly Plot[]): readonly Band[] {
  return plots.flatMap(({ field }, at) => {
    const { fillOpacity = 0, fillBelowTo } = field.config.custom ?? {};
    const below = lineBelow(plots, at);
    const fill = fillOpacity > 0 || fillBelowTo === undefined ? fillOpacity / 100 : bracketFill;
    return below === -1 ? [] : [{ upper: at + 1, lower: below + 1, fill }];
  });
}

function thresholdsOf({ panel, look }: Drawing) {
  const { thresholds, custom } = panel.fieldConfig?.defaults ?? {};
  const mode = custom?.thresholdsStyle?.mode ?? 'off';
  const steps = (thresholds?.steps ?? []).map(({ value, color }) => ({
    value,
    color: cssColor(color, look.theme),
  }));
  return { mode, steps };
}

function zerosOnLog(plots: readonly Plot[]): number {
  const logs = plots.filter(({ field }) => field.config.custom?.scaleDistribution?.type === 'log');
  return logs
    .flatMap(({ field }) => field.values)
    .filter((value) => value !== null && Number(value) <= 0).length;
}

const manyLines = 12;

function remarksOn(plots: readonly Plot[]): readonly string[] {
  const zeros = zerosOnLog(plots);
  return [
    ...(plots.length > manyLines ? [`${plots.length} lines`] : []),
    ...(zeros > 0 ? [`${zeros} values of zero or less are not on the logarithmic scale`] : []),
  ];
}

function linesOf(plots: readonly Plot[], times: readonly number[]): readonly Line[] {
  const values = plots.map((plot) => aligned(plot, times));
  const heights = stacked(plots, values);
  return plots.map((plot, at) => lineOf(plot, heights[at] ?? []));
}

/** All that the page's script needs, as plain data. */
function chartOf(drawing: Drawing, plots: readonly Plot[], size: Size) {
  const { look, span, regions } = drawing;
  const times = allTimes(plots);
  const lines = linesOf(plots, times);
  const axes = Object.entries(axesOf(plots, lines, size.height - timeAxisHeight));
  return {
    ...size,
    span: [span.start, span.end],
    times: times.map((time) => time / 1000),
    lines,
    axes: axes.map(([key, axis]) => ({ key, ...axis, width: axisWidth(axis) })),
    bands: bands(plots),
    thresholds: thresholdsOf(drawing),
    regions: regions.map(({ fromMs, toMs, color }) => ({
      from: fromMs / 1000,
      to: toMs / 1000,
      color,
    })),
    ink: { text: surfaces[look.theme].text, grid: surfaces[look.theme].grid },
  };
}

function legendFor({ panel, size, look }: Drawing, plots: readonly Plot[]): Legend {
  const named = plots.filter(({ field }) => field.config.custom?.hideFrom?.legend !== true);
  const items = named.map(({ field, color }) => legendItem(field, color));
  return drawLegend(items, panel.options?.legend ?? {}, size, look);
}

export function drawTimeseries(drawing: Drawing): Drawn {
  const { frames, size, look, panel } = drawing;
  const plots = plotsOf(frames, look).filter(
    ({ field }) => field.config.custom?.hideFrom?.viz !== true,
  );
  if (plots.length === 0) return noData(drawing);
  const legend = legendFor(drawing, plots);
  const left = { width: size.width - legend.width, height: size.height - legend.height };
  const chart = escaped(JSON.stringify(chartOf(drawing, plots, left)));
  const html =
    `<div class="plot ${panel.options?.legend?.placement ?? 'bottom'}">` +
    `<div class="chart" data-chart="${chart}"></div>${legend.html}</div>`;
  return { html, remarks: [...legend.remarks, ...remarksOn(plots)] };
}
