import type { LegendOptions } from './dashboard.js';
import { shownText, type Look } from './display.js';
import { displayName, type Field } from './frame.js';
import { escaped, textWidth, type Size } from './html.js';
import { reduce, reducerTitle } from './reduce.js';

export interface LegendItem {
  readonly name: string;
  /** CSS. */
  readonly color: string;
  readonly field?: Field;
  readonly isDashed?: boolean;
}

export interface Legend {
  readonly html: string;
  /** What it takes from the plot. */
  readonly width: number;
  readonly height: number;
  readonly remarks: readonly string[];
}

const none: Legend = { html: '', width: 0, height: 0, remarks: [] };
const lineHeight = 22;
const itemExtra = 34;
const fontSize = 12;

/** How much of a panel a legend may take before it scrolls. */
const largestShare = { bottom: 0.35, right: 0.4 };

function mark({ color, isDashed = false }: LegendItem): string {
  const background = isDashed
    ? `repeating-linear-gradient(90deg, ${color} 0 4px, transparent 4px 7px)`
    : color;
  return `<i style="background:${background}"></i>`;
}

function listItem(item: LegendItem, calcs: readonly string[], look: Look): string {
  const { field } = item;
  const values =
    field === undefined
      ? []
      : calcs.map((calc) => `${reducerTitle(calc)}: ${calculated(field, calc, look)}`);
  return `<span class="item">${mark(item)}${escaped([item.name, ...values].join('  '))}</span>`;
}

function calculated(field: Field, calc: string, look: Look): string {
  return shownText(field, reduce(calc, field.values), look);
}

/** Rows that items of these widths take when they flow. */
function flowRows(items: readonly LegendItem[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const { name } of items) {
    const needed = textWidth(name, fontSize) + itemExtra;
    if (used > 0 && used + needed > width) {
      rows += 1;
      used = 0;
    }
    used += needed;
  }
  return rows;
}

function table(items: readonly LegendItem[], calcs: readonly string[], look: Look): string {
  const heads = ['Name', ...calcs.map(reducerTitle)].map((title) => `<th>${title}</th>`).join('');
  const rows = items.map((item) => {
    const { field } = item;
    const values = calcs.map(
      (calc) => `<td>${field === undefined ? '' : escaped(calculated(field, calc, look))}</td>`,
    );
    return `<tr><td>${mark(item)}${escaped(item.name)}</td>${values.join('')}</tr>`;
  });
  return `<table><tr>${heads}</tr>${rows.join('')}</table>`;
}

function contentHeight(
  items: readonly LegendItem[],
  options: LegendOptions,
  width: number,
): number {
  if (options.displayMode === 'table') return (items.length + 1) * lineHeight;
  return (options.placement === 'right' ? items.length : flowRows(items, width)) * lineHeight;
}

function remarksOn(needed: number, room: number, items: readonly LegendItem[]): readonly string[] {
  return needed > room + 1 ? [`the legend of ${items.length} scrolls`] : [];
}

function rightWidth(items: readonly LegendItem[], options: LegendOptions, size: Size): number {
  const columns = options.displayMode === 'table' ? (options.calcs?.length ?? 0) * 70 : 0;
  const names = items.map(({ name }) => textWidth(name, fontSize) + itemExtra);
  return Math.min(
    options.width ?? Math.max(0, ...names) + columns,
    size.width * largestShare.right,
  );
}

/** A legend below or right of a plot, as a list or a table with calculations. */
export function drawLegend(
  items: readonly LegendItem[],
  options: LegendOptions,
  size: Size,
  look: Look,
): Legend {
  if (options.showLegend === false || options.displayMode === 'hidden' || items.length === 0)
    return none;
  const calcs = options.calcs ?? [];
  const isRight = options.placement === 'right';
  const needed = contentHeight(items, options, size.width);
  const height = isRight ? size.height : Math.min(needed, size.height * largestShare.bottom);
  const width = isRight ? rightWidth(items, options, size) : size.width;
  const body =
    options.displayMode === 'table'
      ? table(items, calcs, look)
      : items.map((item) => listItem(item, calcs, look)).join('');
  return {
    html: `<div class="legend ${isRight ? 'right' : 'bottom'}" style="width:${width}px;height:${height}px">${body}</div>`,
    width: isRight ? width : 0,
    height: isRight ? 0 : height,
    remarks: remarksOn(needed, height, items),
  };
}

export function legendItem(field: Field, color: string): LegendItem {
  return {
    name: displayName(field),
    color,
    field,
    isDashed: field.config.custom?.lineStyle?.fill === 'dash',
  };
}
