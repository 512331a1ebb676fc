import type { Value } from '../frame.js';
import type { Size } from '../html.js';

const shareOfBox = 0.5;

/** The course of a value behind it, in the lower half of its box. */
export function sparkline(
  values: readonly Value[],
  { width, height }: Size,
  color: string,
): string {
  const numbers = values.filter((value): value is number => Number.isFinite(value));
  if (numbers.length < 2) return '';
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const top = height * (1 - shareOfBox);
  const x = (at: number) => (at / (values.length - 1)) * width;
  const y = (value: number) => height - ((value - low) / (high - low || 1)) * (height - top - 4);
  const points = values.flatMap((value, at) =>
    typeof value === 'number' && Number.isFinite(value)
      ? [`${x(at).toFixed(1)},${y(value).toFixed(1)}`]
      : [],
  );
  const area = `0,${height} ${points.join(' ')} ${width},${height}`;
  return (
    `<svg class="spark" width="${width}" height="${height}">` +
    `<polygon points="${area}" fill="${color}" fill-opacity="0.2"/>` +
    `<polyline points="${points.join(' ')}" fill="none" stroke="${color}"/></svg>`
  );
}
