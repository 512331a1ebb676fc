import { cssColor, surfaces, textOn } from '../color.js';
import { shown } from '../display.js';
import { noData, type Drawing, type Drawn } from '../drawing.js';
import { displayName, type Field, type Frame, type Value } from '../frame.js';
import { escaped, textWidth } from '../html.js';
import { drawLegend, type LegendItem } from '../legend.js';
import { mappingResults } from '../mapping.js';
import { timeTicks } from '../time-ticks.js';

const axisHeight = 24;
const font = 12;
/** Half of a time's width: one nearer to the edge would be cut. */
const tickRoom = 28;
const largestShareOfNames = 0.35;

interface Row {
  readonly field: Field;
  readonly timesMs: readonly number[];
}

/** A stretch of one state; `to` is where the next begins. */
interface Stretch {
  readonly value: Value;
  readonly fromMs: number;
  readonly toMs: number;
}

function rowsOf(frames: readonly Frame[]): readonly Row[] {
  return frames.flatMap(({ fields }) => {
    const times = (fields.find(({ type }) => type === 'time')?.values ?? []).map(Number);
    return fields.filter(({ type }) => type !== 'time').map((field) => ({ field, timesMs: times }));
  });
}

/** Equal values in a row are one stretch; the last goes on to the end. */
export function stretchesOf({ field, timesMs }: Row, endMs: number): readonly Stretch[] {
  const changes = timesMs.flatMap((fromMs, at) => {
    const value = field.values[at] ?? null;
    return at > 0 && Object.is(value, field.values[at - 1] ?? null) ? [] : [{ value, fromMs }];
  });
  return changes.map(({ value, fromMs }, at) => ({
    value,
    fromMs,
    toMs: changes[at + 1]?.fromMs ?? endMs,
  }));
}

interface Geometry {
  readonly left: number;
  readonly x: (ms: number) => number;
  readonly pitch: number;
  readonly bar: number;
}

function geometryFor(
  { panel, span, size }: Drawing,
  rows: readonly Row[],
  height: number,
): Geometry {
  const names = rows.map(({ field }) => textWidth(displayName(field), font));
  const left = Math.min(Math.max(...names) * 1.05 + 16, size.width * largestShareOfNames);
  const share = (size.width - left - 8) / ((span.end - span.start) * 1000);
  const pitch = (height - axisHeight) / rows.length;
  return {
    left,
    x: (ms) => left + Math.max(0, ms - span.start * 1000) * share,
    pitch,
    bar: pitch * (panel.options?.rowHeight ?? 0.9),
  };
}

function stretchSvg(
  stretch: Stretch,
  field: Field,
  top: number,
  geometry: Geometry,
  drawing: Drawing,
): string {
  const { look, panel } = drawing;
  const { text, suffix, color } = shown(field, stretch.value, look);
  const isBlank = stretch.value === null && text === (field.config.noValue ?? '-');
  if (isBlank) return '';
  const [x, right] = [geometry.x(stretch.fromMs), geometry.x(stretch.toMs)];
  const opacity = (field.config.custom?.fillOpacity ?? 70) / 100;
  const rect = `<rect x="${x}" y="${top}" width="${Math.max(0.5, right - x)}" height="${geometry.bar}" fill="${color}" fill-opacity="${opacity}"/>`;
  const label = `${text}${suffix}`;
  const fits = textWidth(label, font) + 8 < right - x && geometry.bar >= font;
  if (panel.options?.showValue === 'never' || !fits) return rect;
  const ink = opacity > 0.5 ? textOn(color) : surfaces[look.theme].text;
  return `${rect}<text x="${x + 5}" y="${top + geometry.bar / 2 + 4}" fill="${ink}">${escaped(label)}</text>`;
}

function rowSvg(row: Row, index: number, geometry: Geometry, drawing: Drawing): string {
  const top = index * geometry.pitch + (geometry.pitch - geometry.bar) / 2;
  const name = `<text class="name" x="${geometry.left - 8}" y="${top + geometry.bar / 2 + 4}" text-anchor="end">${escaped(displayName(row.field))}</text>`;
  const stretches = stretchesOf(row, drawing.span.end * 1000);
  return (
    name + stretches.map((each) => stretchSvg(each, row.field, top, geometry, drawing)).join('')
  );
}

function axisSvg(geometry: Geometry, { span, size }: Drawing, height: number): string {
  const room = (size.width - geometry.left) / 70;
  return timeTicks(span, room)
    .filter(({ atMs }) => geometry.x(atMs) < size.width - tickRoom)
    .map(({ atMs, text }) => {
      const x = geometry.x(atMs);
      return `<text class="tick" x="${x}" y="${height - 6}" text-anchor="middle">${text}</text>`;
    })
    .join('');
}

/** What the states can be, as far as they are seen or named by a mapping. */
function legendItems(rows: readonly Row[], { look, panel }: Drawing): readonly LegendItem[] {
  const items = new Map<string, LegendItem>();
  for (const { text, color } of mappingResults(panel.fieldConfig?.defaults?.mappings))
    if (text !== undefined && color !== undefined)
      items.set(text, { name: text, color: cssColor(color, look.theme) });
  if (items.size > 0) return [...items.values()];
  for (const { field } of rows)
    for (const value of new Set(field.values)) {
      const { text, suffix, color } = shown(field, value, look);
      items.set(text + suffix, { name: text + suffix, color });
    }
  return [...items.values()];
}

function remarksOn(
  rows: readonly Row[],
  geometry: Geometry,
  { panel }: Drawing,
): readonly string[] {
  const perPage = panel.options?.perPage ?? 20;
  const cut = rows.filter(({ field }) => textWidth(displayName(field), font) > geometry.left - 8);
  return [
    ...(rows.length > perPage ? [`${rows.length} rows on pages of ${perPage}`] : []),
    ...(geometry.bar < font ? [`rows of ${geometry.bar.toFixed(0)} px`] : []),
    ...(cut.length > 0
      ? [`names are cut: ${cut.map(({ field }) => displayName(field)).join(', ')}`]
      : []),
  ];
}

/** States as coloured stretches of time, a row each. */
export function drawStateTimeline(drawing: Drawing): Drawn {
  const { frames, panel, size, look } = drawing;
  const all = rowsOf(frames);
  if (all.length === 0) return noData(drawing);
  const rows = all.slice(0, panel.options?.perPage ?? 20);
  const legend = drawLegend(legendItems(rows, drawing), panel.options?.legend ?? {}, size, look);
  const height = size.height - legend.height;
  const geometry = geometryFor(drawing, rows, height);
  const body = rows.map((row, at) => rowSvg(row, at, geometry, drawing)).join('');
  const svg = `<svg class="states" width="${size.width}" height="${height}">${body}${axisSvg(geometry, drawing, height)}</svg>`;
  return {
    html: `<div class="plot bottom">${svg}${legend.html}</div>`,
    remarks: [...legend.remarks, ...remarksOn(all, geometry, drawing)],
  };
}
