import { noData, type Drawing, type Drawn } from '../drawing.js';
import { escaped, fittingFont, longest, style, textWidth } from '../html.js';
import { reducedOf, type Reduced } from '../reduced.js';

const gap = 8;
/** Below this height the name stands left of its bar, else above it. */
const nameBesideBelow = 40;
const shareOfNames = 0.4;
const largestFont = 16;

/** The ends of the bars: of the field, or of all values. */
function extent(all: readonly Reduced[]): readonly [number, number] {
  const values = all.flatMap(({ value }) =>
    typeof value === 'number' && Number.isFinite(value) ? [value] : [],
  );
  const { min, max } = all[0]?.field.config ?? {};
  return [min ?? Math.min(0, ...values), max ?? Math.max(0, ...values)];
}

interface Layout {
  readonly height: number;
  readonly nameWidth: number;
  readonly valueWidth: number;
  readonly barWidth: number;
  readonly nameFont: number;
  readonly valueFont: number;
}

function layoutFor({ size, panel }: Drawing, all: readonly Reduced[]): Layout {
  const share = (size.height - gap * (all.length - 1)) / all.length;
  const height = Math.max(16, Math.min(share, panel.options?.maxVizHeight ?? 300));
  const isBeside = height < nameBesideBelow || panel.options?.namePlacement === 'left';
  const nameFont = Math.min(largestFont, height * 0.65);
  const name = longest(all.map(({ title }) => title));
  const nameWidth = isBeside
    ? Math.min(textWidth(name, nameFont) + 8, size.width * shareOfNames)
    : 0;
  const value = longest(all.map(({ shown: { text, suffix } }) => text + suffix));
  const valueFont = fittingFont(value, { width: size.width * 0.2, height: height * 0.8 }, 1.2, 30);
  const valueWidth = textWidth(value, valueFont) + 10;
  return {
    height,
    nameWidth,
    valueWidth,
    barWidth: size.width - nameWidth - valueWidth,
    nameFont,
    valueFont,
  };
}

function bar(
  { title, value, shown }: Reduced,
  [low, high]: readonly [number, number],
  layout: Layout,
): string {
  const { height, nameWidth, barWidth, nameFont, valueFont, valueWidth } = layout;
  const number = typeof value === 'number' && Number.isFinite(value) ? value : low;
  const share = Math.min(1, Math.max(0, (number - low) / (high - low || 1)));
  const name = style({ 'font-size': nameFont, ...(nameWidth > 0 && { width: nameWidth }) });
  const barHeight = nameWidth > 0 ? height : height - nameFont * 1.3;
  const filled = style({ width: barWidth * share, height: barHeight, background: shown.color });
  const unfilled = style({ width: barWidth, height: barHeight });
  const text = style({ color: shown.color, 'font-size': valueFont, width: valueWidth });
  return (
    `<div class="bar ${nameWidth > 0 ? 'beside' : 'above'}"><span class="name" ${name}>${escaped(title)}</span>` +
    `<div class="line"><div class="unfilled" ${unfilled}><div ${filled}></div></div>` +
    `<span class="value" ${text}>${escaped(shown.text + shown.suffix)}</span></div></div>`
  );
}

export function drawBarGauge(drawing: Drawing): Drawn {
  const all = reducedOf(drawing);
  if (all.length === 0) return noData(drawing);
  const layout = layoutFor(drawing, all);
  const bars = all.map((each) => bar(each, extent(all), layout));
  const names = all.filter(
    ({ title }) => layout.nameWidth > 0 && textWidth(title, layout.nameFont) > layout.nameWidth,
  );
  const needed = all.length * (layout.height + gap) - gap;
  return {
    html: `<div class="bars scrolls">${bars.join('')}</div>`,
    remarks: [
      ...(names.length > 0 ? [`names are cut: ${names.map(({ title }) => title).join(', ')}`] : []),
      ...(needed > drawing.size.height + 1 ? [`${all.length} bars do not fit`] : []),
    ],
  };
}
