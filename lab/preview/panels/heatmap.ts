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

/** Counts by bucket and time; the more, the less transparent. */
export function drawHeatmap(drawing: Drawing): Drawn {
  const { frames, size, panel, look, span } = drawing;
  const fields = numberFields(frames);
  const times = (frames[0]?.fields[0]?.values ?? []).map(Number);
  if (fields.length === 0) return noData(drawing);
  const most = Math.max(
    ...fields.flatMap(({ values }) => values.map(Number)).filter(Number.isFinite),
    1e-9,
  );
  const rowHeight = (size.height - axisHeight) / fields.length;
  const x = (ms: number) =>
    left + ((ms / 1000 - span.start) / (span.end - span.start)) * (size.width - left - 8);
  const width = x(times[1] ?? 0) - x(times[0] ?? 0) - 1;
  const fill = cssColor(panel.options?.color?.fill ?? 'dark-orange', look.theme);
  const rows = fields.map((field, at) => {
    const top = size.height - axisHeight - (at + 1) * rowHeight;
    const cells = field.values.map((value, index) => {
      const share = (Number(value) / most) ** exponent;
      if (value === null || !(share > 0)) return '';
      return `<rect x="${x(times[index] ?? 0)}" y="${top}" width="${Math.max(1, width)}" height="${rowHeight - 1}" fill="${fill}" fill-opacity="${share.toFixed(2)}"/>`;
    });
    const name = rowHeight >= 12 || at % 2 === 0 ? escaped(boundOf(field)) : '';
    return `<text class="tick" x="${left - 6}" y="${top + 5}" text-anchor="end">${name}</text>${cells.join('')}`;
  });
  const ticks = timeTicks(span, (size.width - left) / 70).map(
    ({ atMs, text }) =>
      `<text class="tick" x="${x(atMs)}" y="${size.height - 6}" text-anchor="middle">${text}</text>`,
  );
  return {
    html: `<svg class="states" width="${size.width}" height="${size.height}">${rows.join('')}${ticks.join('')}</svg>`,
    remarks: [],
  };
}
