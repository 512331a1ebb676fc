import { darken, textOn } from '../color.js';
import { noData, type Drawing, type Drawn } from '../drawing.js';
import { displayName, numberFields } from '../frame.js';
import { escaped, fittingFont, longest, style, type Size } from '../html.js';
import { reducedOf, type Reduced } from '../reduced.js';
import { sparkline } from './sparkline.js';

const lineHeight = 1.2;
const largestTitle = 30;
const gap = 8;

function largestSquare(width: number, height: number, count: number): number {
  const parts = Math.ceil(Math.sqrt((count * width) / height));
  const rows = (parts * height) / width;
  return Math.floor(rows) * parts < count ? height / Math.ceil(rows) : width / parts;
}

/** How many columns let so many boxes be as square as can be. */
export function columnsFor({ width, height }: Size, count: number): number {
  const square = Math.max(largestSquare(width, height, count), largestSquare(height, width, count));
  return Math.min(count, Math.max(1, Math.floor(width / square + 1e-9)));
}

function columns({ panel, size }: Drawing, count: number): number {
  const orientation = panel.options?.orientation ?? 'auto';
  if (orientation === 'horizontal') return 1;
  return orientation === 'vertical' ? count : columnsFor(size, count);
}

interface Fonts {
  readonly title: number;
  readonly value: number;
  readonly isWide: boolean;
  readonly padding: number;
}

/** Sizes that fit the longest title and the longest value, so that all boxes look alike. */
function fontsFor(size: Size, title: string, value: string): Fonts {
  const padding = size.height > 100 ? 12 : 8;
  const box = { width: size.width - 2 * padding, height: size.height - 2 * padding };
  const isWide = size.width / size.height > 2.5;
  if (title === '')
    return { title: 0, value: fittingFont(value, box, lineHeight), isWide, padding };
  return isWide ? wideFonts(box, title, value, padding) : stackedFonts(box, title, value, padding);
}

function wideFonts(box: Size, title: string, value: string, padding: number): Fonts {
  const valueFont = fittingFont(value, { ...box, width: box.width * 0.3 }, lineHeight);
  const titleBox = { ...box, width: box.width * 0.6 };
  const titleFont = fittingFont(title, titleBox, lineHeight, largestTitle);
  return { title: Math.min(valueFont * 0.7, titleFont), value: valueFont, isWide: true, padding };
}

function stackedFonts(box: Size, title: string, value: string, padding: number): Fonts {
  const titleBox = { ...box, height: (box.height + 2 * padding) * 0.15 };
  const titleFont = fittingFont(title, titleBox, lineHeight, largestTitle);
  const left = { ...box, height: box.height - titleFont * lineHeight };
  const valueFont = fittingFont(value, left, lineHeight);
  return { title: Math.min(valueFont * 0.7, titleFont), value: valueFont, isWide: false, padding };
}

/** Title and value of a box, by the panel's text mode. */
function words(drawing: Drawing, { title, shown: { text, suffix } }: Reduced, count: number) {
  const mode = drawing.panel.options?.textMode ?? 'auto';
  if (mode === 'name') return { title: '', text: title, suffix: '' };
  if (mode === 'none') return { title: '', text: '', suffix: '' };
  const hasTitle = mode === 'value_and_name' || (mode === 'auto' && count > 1);
  return { title: hasTitle ? title : '', text, suffix };
}

function paint(mode: string, color: string, theme: Drawing['look']['theme']) {
  if (mode === 'background_solid') return { background: color, color: textOn(color) };
  if (mode === 'background' && color.startsWith('#')) {
    const sign = theme === 'dark' ? 1 : -0.7;
    const [from, to] = [darken(color, 15 * sign), darken(color, 5 * sign)];
    return { background: `linear-gradient(120deg, ${from}, ${to})`, color: textOn(color) };
  }
  return { background: 'transparent', color: mode === 'value' ? color : 'inherit' };
}

function box(
  drawing: Drawing,
  reduced: Reduced,
  size: Size,
  fonts: Fonts,
  text: ReturnType<typeof words>,
): string {
  const { options = {} } = drawing.panel;
  const isCentred = text.title === '' || options.justifyMode === 'center';
  const css = style({
    ...paint(options.colorMode ?? 'value', reduced.shown.color, drawing.look.theme),
    width: size.width,
    height: size.height,
    padding: fonts.padding,
    'flex-direction': fonts.isWide ? 'row' : 'column',
    'justify-content': isCentred || !fonts.isWide ? 'center' : 'space-between',
    'align-items': 'center',
  });
  const spark =
    options.graphMode === 'area' ? sparkline(reduced.field.values, size, reduced.shown.color) : '';
  return `<div class="stat" ${css}>${spark}${letters(text, fonts)}</div>`;
}

function letters({ title, text, suffix }: ReturnType<typeof words>, fonts: Fonts): string {
  const unit = `<span ${style({ 'font-size': fonts.value * 0.6 })}>${escaped(suffix)}</span>`;
  const value = `<span class="value" ${style({ 'font-size': fonts.value })}>${escaped(text)}${unit}</span>`;
  return title === ''
    ? value
    : `<span ${style({ 'font-size': fonts.title })}>${escaped(title)}</span>${value}`;
}

/** Big numbers, in a grid when there are several. */
export function drawStat(drawing: Drawing): Drawn {
  const all = reducedOf(drawing);
  if (all.length === 0) return noData(drawing);
  const texts = all.map((each) => words(drawing, each, all.length));
  const across = columns(drawing, all.length);
  const down = Math.ceil(all.length / across);
  const size = {
    width: (drawing.size.width - (across - 1) * gap) / across,
    height: (drawing.size.height - (down - 1) * gap) / down,
  };
  const fonts = fontsFor(
    size,
    longest(texts.map(({ title }) => title)),
    longest(texts.map(({ text, suffix }) => text + suffix)),
  );
  const boxes = all.map((each, at) =>
    box(drawing, each, size, fonts, texts[at] ?? words(drawing, each, 1)),
  );
  return {
    html: `<div class="stats">${boxes.join('')}</div>`,
    remarks: [...remarksOn(fonts, drawing), ...unknowns(all)],
  };
}

const smallestLegible = 10;

function remarksOn(fonts: Fonts, { frames }: Drawing): readonly string[] {
  const smallest = fonts.title > 0 ? Math.min(fonts.title, fonts.value) : fonts.value;
  if (smallest >= smallestLegible) return [];
  const names = numberFields(frames).map(displayName);
  return [`letters of ${smallest.toFixed(0)} px; the longest name is "${longest(names)}"`];
}

function unknowns(all: readonly Reduced[]): readonly string[] {
  const missing = all.filter(({ value }) => value === null);
  return missing.map(
    ({ title, shown: { text } }) => `no value${title === '' ? '' : ` of ${title}`}: ${text}`,
  );
}
