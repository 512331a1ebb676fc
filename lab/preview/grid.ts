import type { GridPosition } from './dashboard.js';
import type { Size } from './html.js';

/** Grafana's grid: 24 columns, rows of 30 px, gaps of 8 px. */
const grid = { columns: 24, row: 30, gap: 8 } as const;
/** Around the page, in pixels. */
export const margin = 16;
/** What is above the first panel: title and variables. */
export const top = 96;
const chrome = { header: 32, padding: 8, border: 1 } as const;

export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** Where a panel is on the page. */
export function boxOf({ x, y, w, h }: GridPosition, pageWidth: number): Box {
  const inner = pageWidth - 2 * margin;
  const column = (inner - (grid.columns - 1) * grid.gap) / grid.columns;
  return {
    left: margin + x * (column + grid.gap),
    top: top + y * (grid.row + grid.gap),
    width: w * column + (w - 1) * grid.gap,
    height: h * grid.row + (h - 1) * grid.gap,
  };
}

/** What a panel's border, padding and title leave. */
export function contentSize({ width, height }: Box, hasHeader: boolean): Size {
  const around = 2 * (chrome.padding + chrome.border);
  return { width: width - around, height: height - around - (hasHeader ? chrome.header : 0) };
}
