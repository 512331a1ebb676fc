import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatShareDown } from '../../report/figures.js';
import type { Markup } from '../../report/markup.js';
import type { BurnDownPoint } from '../../slo/burn-down.js';
import { plotMarkup, side, sparkline, type Level, type Trace } from './plot.js';

/** Time that the plot is about, in Unix milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Below this an overspent budget looks the same. */
const least = -1;

function lowest(points: readonly BurnDownPoint[]): number {
  return Math.max(least, Math.min(0, ...points.map(({ remaining }) => remaining)));
}

function scaleOf(points: readonly BurnDownPoint[]): (remaining: number) => number {
  return scaleLinear([lowest(points), 1], [side, 0]).clamp(true);
}

function tracesOf(points: readonly BurnDownPoint[], { fromMs, toMs }: Span): Trace[] {
  const x = scaleLinear([fromMs, toMs], [0, side]).clamp(true);
  const y = scaleOf(points);
  const xOf = ({ atMs }: BurnDownPoint) => x(atMs);
  const yOf = ({ remaining }: BurnDownPoint) => y(remaining);
  const kind = (points.at(-1)?.remaining ?? 1) < 0 ? 'overspent' : '';
  return [
    { path: area<BurnDownPoint>(xOf, y(0), yOf).digits(0)(points) ?? '', kind: `area ${kind}` },
    { path: line<BurnDownPoint>(xOf, yOf).digits(0)(points) ?? '', kind: `line ${kind}` },
  ];
}

/** Points that would be drawn at the same place, or on the line between two others, are left out. */
function withoutFlat(points: readonly BurnDownPoint[]): BurnDownPoint[] {
  return points.filter(({ remaining }, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    return before?.remaining !== remaining || after?.remaining !== remaining;
  });
}

function summaryOf(slo: string, points: readonly BurnDownPoint[], period: string): string {
  const last = points.at(-1);
  const left =
    last === undefined ? 'nothing was observed' : `${formatShareDown(last.remaining)} is left`;
  return `Error budget of ${slo} over ${period}: ${left}`;
}

/** How a budget went, small enough for a table. */
export function burnDownSparkline(
  slo: string,
  points: readonly BurnDownPoint[],
  span: Span,
  period: string,
): Markup {
  return sparkline(summaryOf(slo, points, period), tracesOf(withoutFlat(points), span));
}

function levelsOf(points: readonly BurnDownPoint[]): Level[] {
  const y = scaleOf(points);
  const half: Level = { y: y(0.5), text: '50 %', kind: 'grid' };
  const spent: Level = { y: y(0), text: 'all of it spent', kind: 'target' };
  return [{ y: y(1), text: '100 %', kind: 'grid' }, half, spent];
}

/** How a budget went over its period. */
export function burnDownChart(
  slo: string,
  points: readonly BurnDownPoint[],
  span: Span,
  period: string,
  times: readonly string[],
): Markup {
  return plotMarkup({
    summary: summaryOf(slo, points, period),
    traces: tracesOf(withoutFlat(points), span),
    levels: levelsOf(points),
    times,
  });
}
