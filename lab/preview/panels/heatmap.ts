import { cssColor } from '../color.js';
import { noData, type Drawing, type Drawn } from '../drawing.js';
import { displayName, numberFields, type Field } from '../frame.js';
import { escaped } from '../html.js';
import { timeTicks } from '../time-ticks.js';
import { formatNumber } from '../unit.js';

const left = 64;
const axisHeight = 24;
/** Grafana's own for an opacity scale. */
const exponent = 0.5;

/** The upper bound of a bucket with its unit. */
function boundOf(field: Field): string {
  const bound = Number(displayName(field));
  if (Number.isNaN(bound)) return displayName(field);
  const { text, suffix } = formatNumber(bound, { unit: field.config.unit ?? 'none' });
  return `${text}${suffix}`;
}

interface Layout {
  readonly timesMs: readonly number[];
  readonly x: (ms: number) => number;
  readonly cellWidth: number;
  readonly rowHeight: number;
  readonly bottom: number;
  /** The count that is drawn opaque. */
  readonly most: number;
  /** CSS. */
  readonly fill: string;
}

function layoutFor({ frames, size, panel, look, span }: Drawing, fields: readonly Field[]): Layout {
  const timesMs = (frames[0]?.fields[0]?.values ?? []).map(Number);
  const share = (size.width - left - 8) / (span.end - span.start) / 1000;
  const bottom = size.height - axisHeight;
  const counts = fields.flatMap(({ values }) => values.map(Number)).filter(Number.isFinite);
  return {
    timesMs,
    x: (ms) => left + (ms - span.start * 1000) * share,
    cellWidth: Math.max(1, ((timesMs[1] ?? 0) - (timesMs[0] ?? 0)) * share - 1),
    rowHeight: bottom / fields.length,
    bottom,
    most: Math.max(...counts, 1e-9),
    fill: cssColor(panel.options?.color?.fill ?? 'dark-orange', look.theme),
  };
}

function rowSvg(field: Field, at: number, layout: Layout): string {
  const { timesMs, x, cellWidth, rowHeight, bottom, most, fill } = layout;
  const top = bottom - (at + 1) * rowHeight;
  const cells = field.values.map((value, index) => {
    const share = (Number(value) / most) ** exponent;
    if (value === null || !(share > 0)) return '';
    return `<rect x="${x(timesMs[index] ?? 0)}" y="${top}" width="${cellWidth}" height="${rowHeight - 1}" fill="${fill}" fill-opacity="${share.toFixed(2)}"/>`;
  });
  const hasRoom = rowHeight >= 12 || at % 2 === 0;
  const name = hasRoom ? escaped(boundOf(field)) : '';
  return `<text class="tick" x="${left - 6}" y="${top + rowHeight / 2 + 4}" text-anchor="end">${name}</text>${cells.join('')}`;
}

/** Counts by bucket and time; the more, the less transparent. */
export function drawHeatmap(drawing: Drawing): Drawn {
  const fields = numberFields(drawing.frames);
  if (fields.length === 0) return noData(drawing);
  const { width, height } = drawing.size;
  const layout = layoutFor(drawing, fields);
  const rows = fields.map((field, at) => rowSvg(field, at, layout));
  const ticks = timeTicks(drawing.span, (width - left) / 70).map(
    ({ atMs, text }) =>
      `<text class="tick" x="${layout.x(atMs)}" y="${height - 6}" text-anchor="middle">${text}</text>`,
  );
  const html = `<svg class="states" width="${width}" height="${height}">${rows.join('')}${ticks.join('')}</svg>`;
  return { html, remarks: [] };
}
