import process from 'node:process';
import Table from 'cli-table3';
import wrapAnsi from 'wrap-ansi';
import type { Cell } from '../report/blocks.js';
import { visibleText } from '../report/visible-text.js';
import { toned, type Colours } from './colours.js';

/** No lines: columns apart by two spaces, for people and for awk. */
const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

const gap = noLines.middle.length;
/** Of a terminal that does not tell its width. */
const usualWidth = 100;
/** Narrower columns are not to be read, whatever the terminal. */
const leastColumn = 8;

/**
 * Characters in which a line has to fit, `usual` where a terminal does not tell; a pipe takes a line however
 * long.
 */
export function widthOf(
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
  usual = usualWidth,
): number {
  if (isTTY !== true) return Infinity;
  return columns === undefined || columns === 0 ? usual : columns;
}

/** The widest that a column may be, so that all of them fit: those that are narrower stay as they are. */
function widestColumn(natural: readonly number[], width: number): number {
  let left = width - gap * (natural.length - 1);
  let open = natural.length;
  for (const each of natural.toSorted((a, b) => a - b)) {
    if (each * open > left) return Math.max(leastColumn, Math.floor(left / open));
    left -= each;
    open -= 1;
  }
  return Infinity;
}

/**
 * Rows under titles; a title that ends with `#` is of a column of figures. Where that is wider than
 * `width`, the widest columns have several lines.
 */
export function tableText(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: Colours,
  width = widthOf(process.stdout),
): string {
  const names = titles.map((title) => title.replace(/#$/, ''));
  const shown = rows.map((row) => row.map(({ text, tone }) => ({ text: visibleText(text), tone })));
  const natural = names.map((name, index) =>
    Math.max(name.length, ...shown.map((row) => row[index]?.text.length ?? 0)),
  );
  const widest = widestColumn(natural, width);
  const lines = (text: string, paint: (line: string) => string) =>
    wrapAnsi(text, widest, { hard: true }).split('\n').map(paint).join('\n');
  const table = new Table({
    head: names.map((name) => lines(name, colours.bold)),
    colAligns: titles.map((title) => (title.endsWith('#') ? 'right' : 'left')),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of shown)
    table.push(row.map(({ text, tone }) => lines(text, (line) => toned(line, tone, colours))));
  return table.toString().replaceAll(/ +$/gm, '');
}

/** Names and what they are, one a line. */
export function factsText(facts: readonly (readonly [string, Cell])[], colours: Colours): string {
  const width = Math.max(0, ...facts.map(([name]) => name.length));
  return facts
    .map(([name, { text, tone }]) => {
      const value = toned(visibleText(text), tone, colours);
      return `${colours.dim(name.padEnd(width))}  ${value}`;
    })
    .join('\n');
}
