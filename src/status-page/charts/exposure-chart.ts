import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatDuration } from '../../report/figures.js';
import type { Markup } from '../../report/markup.js';
import type { Exposure } from '../../slo/exposure.js';
import type { ExposurePoint } from '../../slo/exposure-history.js';
import { plotMarkup, side, type Level } from './plot.js';

const hourMs = 3_600_000;
/** Everything below looks alike: heartbeats come ten times a second. */
const leastMs = 100;

interface Known {
  readonly atMs: number;
  readonly worstMs: number | null;
}

function levelsOf(yOf: (ms: number) => number, mostMs: number, targetMs: number): Level[] {
  const grid = [1000, 60_000, hourMs, 24 * hourMs].filter(
    (ms) => ms < mostMs && (ms < targetMs / 3 || ms > targetMs * 3),
  );
  return [
    ...grid.map((ms) => ({ y: yOf(ms), text: formatDuration(ms), kind: 'grid' as const })),
    { y: yOf(targetMs), text: `target ${formatDuration(targetMs)}`, kind: 'target' },
  ];
}

function summaryOf({ dataset, targetMs }: Exposure, points: readonly Known[]): string {
  const known = points.flatMap(({ worstMs }) => (worstMs === null ? [] : [worstMs]));
  const target = `the target is ${formatDuration(targetMs)}`;
  if (known.length === 0) return `Exposure of ${dataset} over the last hour: unknown; ${target}`;
  const worst = formatDuration(Math.max(...known));
  return `Exposure of ${dataset} over the last hour: ${worst} at worst; ${target}`;
}

/** What would have been lost at every moment of the last hour, on a logarithmic scale. */
export function exposureChart(
  exposure: Exposure,
  history: readonly ExposurePoint[],
  nowMs: number,
): Markup {
  const points = [...history, { atMs: nowMs, worstMs: exposure.exposureMs }];
  const { targetMs } = exposure;
  const mostMs = Math.max(targetMs * 4, ...points.map(({ worstMs }) => (worstMs ?? 0) * 1.5));
  const x = scaleLinear([nowMs - hourMs, nowMs], [0, side]).clamp(true);
  const y = scaleLog([leastMs, mostMs], [side, 0]).clamp(true);
  const xOf = ({ atMs }: Known) => x(atMs);
  const yOf = ({ worstMs }: Known) => y(Math.max(leastMs, worstMs ?? leastMs));
  const isKnown = ({ worstMs }: Known) => worstMs !== null;
  const below = area<Known>(xOf, side, yOf).defined(isKnown).digits(0);
  const above = line<Known>(xOf, yOf).defined(isKnown).digits(0);
  return plotMarkup({
    summary: summaryOf(exposure, points),
    traces: [
      { path: below(points) ?? '', kind: 'area' },
      { path: above(points) ?? '', kind: 'line' },
    ],
    levels: levelsOf((ms) => y(ms), mostMs, targetMs),
    times: ['1 h ago', '45 min', '30 min', '15 min', 'now'],
  });
}
