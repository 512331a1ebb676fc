import { Markup, markup } from '../../report/markup.js';

/** Paths are drawn on a square of this side and stretched to whatever size the page gives the plot. */
export const side = 1000;

/** A level that is told by a line across the plot. */
export interface Level {
  /** From the top, 0 to `side`. */
  readonly y: number;
  readonly text: string;
  readonly kind: 'grid' | 'target';
}

/** A path and what it is drawn as: a class of the style sheet. */
export interface Trace {
  readonly path: string;
  readonly kind: string;
}

export interface Plot {
  /** What is to be seen, in words, for those who do not see it. */
  readonly summary: string;
  readonly traces: readonly Trace[];
  readonly levels: readonly Level[];
  /** Below it, from left to right. */
  readonly times: readonly string[];
}

function percent(y: number): string {
  return `${Number(((100 * y) / side).toFixed(2))}%`;
}

function levelMarkup({ y, text, kind }: Level): Markup {
  const at = percent(y);
  const below = y < side / 5 ? '1.1em' : '-.35em';
  return markup`<line class="${kind}" x1="0" x2="100%" y1="${at}" y2="${at}"/><text class="${kind}" x="4" y="${at}" dy="${below}">${text}</text>`;
}

function traceMarkup({ path, kind }: Trace): Markup {
  return markup`<path class="${kind}" d="${new Markup(path)}"/>`;
}

/** The traces alone, for a table's cell. */
export function sparkline(summary: string, traces: readonly Trace[]): Markup {
  return markup`<svg class="spark" role="img" aria-label="${summary}" viewBox="0 0 ${String(side)} ${String(side)}" preserveAspectRatio="none">${traces.map(traceMarkup)}</svg>`;
}

/** A plot as wide as what it stands in: its lines stretch, its letters do not. */
export function plotMarkup({ summary, traces, levels, times }: Plot): Markup {
  const inner = markup`<svg viewBox="0 0 ${String(side)} ${String(side)}" preserveAspectRatio="none" width="100%" height="100%">${traces.map(traceMarkup)}</svg>`;
  return markup`<figure class="plot"><svg role="img" aria-label="${summary}" width="100%" height="100%">${inner}${levels.map(levelMarkup)}</svg>
<figcaption aria-hidden="true">${times.map((time) => markup`<span>${time}</span>`)}</figcaption></figure>`;
}
