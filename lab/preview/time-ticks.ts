import type { Span } from './source.js';

const steps = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

const pad = (value: number) => String(value).padStart(2, '0');

function clock(atMs: number, hasSeconds: boolean): string {
  const at = new Date(atMs);
  const text = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  return hasSeconds ? `${text}:${pad(at.getSeconds())}` : text;
}

/** Round times of a span, no more than there is room for. */
export function timeTicks(
  { start, end }: Span,
  room: number,
): readonly { readonly atMs: number; readonly text: string }[] {
  const step = steps.find((each) => (end - start) / each <= room) ?? 86_400;
  const first = Math.ceil(start / step);
  const count = Math.max(0, Math.floor(end / step) - first + 1);
  return Array.from({ length: count }, (_, at) => {
    const atMs = (first + at) * step * 1000;
    return { atMs, text: clock(atMs, step < 60) };
  });
}
