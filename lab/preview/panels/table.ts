import { textOn } from '../color.js';
import { noData, type Drawing, type Drawn } from '../drawing.js';
import { shown, shownText, type Look } from '../display.js';
import { displayName, rowCount, type Field, type Frame } from '../frame.js';
import { escaped, style, textWidth } from '../html.js';
import { sortedBy } from '../transform.js';

const rowHeights: Readonly<Record<string, number>> = { sm: 36, md: 42, lg: 48 };
const headerHeight = 36;
/** Grafana squeezes a column no further, but has the table scrolled sideways. */
const narrowestColumn = 150;
const cellPadding = 12;

function visible({ fields }: Frame): readonly Field[] {
  return fields.filter(({ config }) => config.custom?.hidden !== true);
}

/** Columns without a width of their own share what is left, none below the narrowest. */
export function columnWidths(fields: readonly Field[], width: number): readonly number[] {
  const fixed = fields.map(({ config }) => config.custom?.width);
  const taken = fixed.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const sharing = fixed.filter((each) => each === undefined).length;
  const share = Math.floor((width - taken) / Math.max(1, sharing));
  return fields.map(
    ({ config: { custom = {} } }) =>
      custom.width ?? Math.max(share, custom.minWidth ?? narrowestColumn),
  );
}

function alignment({ type, config }: Field): string {
  const align = config.custom?.align ?? 'auto';
  if (align !== 'auto') return align;
  return type === 'number' ? 'right' : 'left';
}

function cell(field: Field, row: number, width: number, look: Look): string {
  const value = shown(field, field.values[row] ?? null, look);
  const kind = field.config.custom?.cellOptions?.type ?? 'auto';
  const isMissing = field.values[row] === null && value.text === '-';
  const css = {
    width,
    'text-align': alignment(field),
    ...(kind === 'color-background' &&
      !isMissing && { background: value.color, color: textOn(value.color) }),
    ...(kind === 'color-text' && { color: value.color }),
  };
  const text = isMissing ? '' : escaped(value.text + value.suffix);
  const isLink = (field.config.links?.length ?? 0) > 0;
  return `<td ${style(css)}>${isLink ? `<a>${text}</a>` : text}</td>`;
}

function header(fields: readonly Field[], widths: readonly number[]): string {
  const cells = fields.map((field, at) => {
    const css = style({ width: widths[at] ?? narrowestColumn, 'text-align': alignment(field) });
    return `<th ${css}>${escaped(displayName(field))}</th>`;
  });
  return `<tr class="head">${cells.join('')}</tr>`;
}

function sortedAsWished({ panel, frames }: Drawing): Frame | undefined {
  const [frame] = frames;
  const [wish] = panel.options?.sortBy ?? [];
  if (frame === undefined || wish === undefined) return frame;
  return sortedBy(frame, wish.displayName, wish.desc === true);
}

/** What a reader has to scroll for, and texts that are cut. */
function remarksOn(
  fields: readonly Field[],
  widths: readonly number[],
  rows: number,
  drawing: Drawing,
) {
  const { size, look, panel } = drawing;
  const total = widths.reduce((sum, width) => sum + width, 0);
  const rowHeight = rowHeights[panel.options?.cellHeight ?? 'sm'] ?? 36;
  const room = Math.floor((size.height - headerHeight) / rowHeight);
  const cut = fields.filter((field, at) => {
    const texts = [
      displayName(field),
      ...field.values.map((value) => shownText(field, value, look)),
    ];
    return texts.some((text) => textWidth(text, 14) > (widths[at] ?? 0) - cellPadding);
  });
  return [
    ...(total > size.width
      ? [`scrolls sideways: ${total} px of columns in ${size.width.toFixed(0)} px`]
      : []),
    ...(rows > room ? [`${rows} rows, room for ${room}`] : []),
    ...(cut.length > 0 ? [`text is cut in: ${cut.map(displayName).join(', ')}`] : []),
  ];
}

export function drawTable(drawing: Drawing): Drawn {
  const frame = sortedAsWished(drawing);
  if (frame === undefined || rowCount(frame) === 0) return noData(drawing);
  const fields = visible(frame);
  const widths = columnWidths(fields, drawing.size.width);
  const rows = Array.from({ length: rowCount(frame) }, (_, row) => {
    const cells = fields.map((field, at) =>
      cell(field, row, widths[at] ?? narrowestColumn, drawing.look),
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const total = widths.reduce((sum, width) => sum + width, 0);
  const head = drawing.panel.options?.showHeader === false ? '' : header(fields, widths);
  const html = `<table ${style({ width: total })}>${head}${rows.join('')}</table>`;
  return { html: scrolled(html), remarks: remarksOn(fields, widths, rows.length, drawing) };
}

function scrolled(html: string): string {
  return `<div class="scrolls">${html}</div>`;
}
