import type { FieldConfig } from './dashboard.js';
import { formatNumber } from './unit.js';

/** A value axis: what it spans, and its ticks with their words. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly scale: 'linear' | 'log' | 'symlog';
  /** Of a symmetrical logarithmic scale: within this distance of zero it is linear. */
  readonly linearWithin?: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Pixels between two ticks, at least. */
const spacing = 34;
const padding = 0.1;

function niceSteps(unit: string | undefined): (magnitude: number) => readonly number[] {
  if (unit !== undefined && /^bytes|^binBps/.test(unit))
    return (span) => Array.from({ length: 4 }, (_, at) => 2 ** (Math.floor(Math.log2(span)) + at));
  return (span) => {
    const decade = 10 ** Math.floor(Math.log10(span));
    return [1, 2, 2.5, 5, 10].map((each) => each * decade);
  };
}

/** The smallest round step of at least the span. */
function stepOf(atLeast: number, unit: string | undefined): number {
  const steps = niceSteps(unit)(atLeast);
  return steps.find((step) => step >= atLeast * (1 - 1e-9)) ?? atLeast;
}

/** The range a little wider than the values; from or to zero when that is no farther. */
function padded(low: number, high: number): readonly [number, number] {
  const extra = (high - low || Math.abs(high) || 1) * padding;
  const from = low >= 0 && low <= extra ? 0 : low - extra;
  const to = high <= 0 && high >= -extra ? 0 : high + extra;
  return [from, from === to ? from + 1 : to];
}

function tick(at: number, { unit, decimals }: FieldConfig) {
  const rounded = Number(at.toPrecision(12));
  const { text, suffix } = formatNumber(rounded, {
    ...(unit !== undefined && { unit }),
    ...(decimals !== undefined && { decimals }),
  });
  return { at: rounded, text: `${text}${suffix}` };
}

function linear(low: number, high: number, height: number, config: FieldConfig): Axis {
  const [from, to] = padded(low, high);
  const [min, max] = [config.min ?? from, Math.max(config.max ?? to, (config.min ?? from) + 1e-9)];
  const step = stepOf((max - min) / Math.max(1, Math.floor(height / spacing)), config.unit);
  // Plus zero: what is rounded up to zero may be a negative one.
  const first = Math.ceil(min / step - 1e-9) + 0;
  const last =
    config.max === undefined ? Math.ceil(max / step - 1e-9) : Math.floor(max / step + 1e-9);
  const ticks = Array.from({ length: Math.max(0, last - first) + 1 }, (_, at) =>
    tick((first + at) * step, config),
  );
  const top = config.max === undefined ? last * step : max;
  return { min: config.min ?? Math.min(min, first * step), max: top, scale: 'linear', ticks };
}

/** Whole powers of the base around the values. */
function logarithmic(
  low: number,
  high: number,
  height: number,
  config: FieldConfig,
  base: number,
): Axis {
  const exponent = (value: number) => Math.log(value) / Math.log(base);
  const first = Math.floor(
    exponent(config.min !== undefined && config.min > 0 ? config.min : low) + 1e-9,
  );
  const last = Math.max(first + 1, Math.ceil(exponent(config.max ?? high) - 1e-9));
  const stride = Math.max(1, Math.ceil(((last - first) * spacing) / height));
  const ticks = Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, at) =>
    tick(base ** (first + at * stride), config),
  );
  return { min: base ** first, max: base ** last, scale: 'log', ticks };
}

/** Zero, and whole powers of the base on both sides as far as there are values. */
function symmetrical(
  [low, high]: Extent,
  height: number,
  config: FieldConfig,
  base: number,
  linearWithin: number,
): Axis {
  const first = Math.round(Math.log(linearWithin) / Math.log(base));
  const powersTo = (value: number) =>
    Array.from(
      { length: Math.max(1, Math.ceil(Math.log(value) / Math.log(base) - 1e-9) - first + 1) },
      (_, at) => base ** (first + at),
    );
  const up = high > 0 ? powersTo(Math.max(high, linearWithin)) : [];
  const down = low < 0 ? powersTo(Math.max(-low, linearWithin)).map((power) => -power) : [];
  const stride = Math.max(1, Math.ceil(((up.length + down.length) * spacing) / height));
  const every = (powers: readonly number[]) => powers.filter((_, at) => at % stride === 0);
  const ticks = [...every(down).toReversed(), 0, ...every(up)].map((at) => tick(at, config));
  const [min, max] = [down.at(-1) ?? 0, up.at(-1) ?? 0];
  return { min, max, scale: 'symlog', linearWithin, ticks };
}

type Extent = readonly [low: number, high: number];

function extentOf(values: readonly number[], isLog: boolean): Extent {
  const drawn = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  if (drawn.length === 0) return [isLog ? 1 : 0, 1];
  return [Math.min(...drawn), Math.max(...drawn)];
}

/** The axis for values that are drawn so many pixels high. */
export function axisFor(values: readonly number[], height: number, config: FieldConfig): Axis {
  const { type = 'linear', log = 10, linearThreshold = 1 } = config.custom?.scaleDistribution ?? {};
  const extent = extentOf(values, type === 'log');
  if (type === 'symlog') return symmetrical(extent, height, config, log, linearThreshold);
  return type === 'log'
    ? logarithmic(...extent, height, config, log)
    : linear(...extent, height, config);
}
