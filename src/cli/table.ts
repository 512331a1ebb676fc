import Table from 'cli-table3';
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

/** Rows under titles; a title that ends with `#` is of a column of figures. */
export function tableText(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  colours: Colours,
): string {
  const table = new Table({
    head: titles.map((title) => colours.bold(title.replace(/#$/, ''))),
    colAligns: titles.map((title) => (title.endsWith('#') ? 'right' : 'left')),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows)
    table.push(row.map(({ text, tone }) => toned(visibleText(text), tone, colours)));
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
