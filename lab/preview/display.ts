import { colorByIndex, colorByName, cssColor, type ThemeName } from './color.js';
import type { FieldConfig } from './dashboard.js';
import { displayName, type Field, type Value } from './frame.js';
import { mapped, thresholdOf } from './mapping.js';
import { formatNumber } from './unit.js';

/** A value as it is shown. */
export interface Shown {
  readonly text: string;
  readonly suffix: string;
  /** CSS. */
  readonly color: string;
}

/** What a value's look depends on, apart from the value. */
export interface Look {
  readonly theme: ThemeName;
  /** What relative times count from. */
  readonly atMs: number;
}

/** The colour of a series by its settings, were there no value. */
export function seriesColor(field: Field, index: number, { theme }: Look): string {
  const { mode, fixedColor } = field.config.color ?? { mode: 'palette-classic' };
  if (mode === 'fixed') return cssColor(fixedColor ?? 'text', theme);
  if (mode === 'palette-classic-by-name') return colorByName(displayName(field), theme);
  return colorByIndex(index, theme);
}

function colorOf(field: Field, value: Value, index: number, look: Look): string {
  const mode = field.config.color?.mode ?? 'thresholds';
  if (mode !== 'thresholds') return seriesColor(field, index, look);
  const number = typeof value === 'number' && !Number.isNaN(value) ? value : -Infinity;
  return cssColor(thresholdOf(field.config.thresholds, number, field.config).color, look.theme);
}

function textOf(config: FieldConfig, value: Value, atMs: number): Pick<Shown, 'text' | 'suffix'> {
  if (value === null) return { text: config.noValue ?? '-', suffix: '' };
  if (typeof value === 'string') return { text: value, suffix: '' };
  if (Number.isNaN(value)) return { text: 'NaN', suffix: '' };
  const { unit, decimals } = config;
  return formatNumber(value, {
    ...(unit !== undefined && { unit }),
    ...(decimals !== undefined && { decimals }),
    atMs,
  });
}

/** A value by its unit, mappings and thresholds. */
export function shown(field: Field, value: Value, look: Look, index = 0): Shown {
  const plain = {
    ...textOf(field.config, value, look.atMs),
    color: colorOf(field, value, index, look),
  };
  const result = mapped(field.config.mappings, value);
  if (result === undefined) return plain;
  return {
    text: result.text ?? plain.text,
    suffix: result.text === undefined ? plain.suffix : '',
    color: result.color === undefined ? plain.color : cssColor(result.color, look.theme),
  };
}

export function shownText(field: Field, value: Value, look: Look): string {
  const { text, suffix } = shown(field, value, look);
  return `${text}${suffix}`;
}
