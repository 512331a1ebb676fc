import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { surfaces, type ThemeName } from './color.js';
import type { Dashboard } from './dashboard.js';
import { escaped } from './html.js';
import type { Span } from './source.js';

interface PageParts {
  readonly dashboard: Dashboard;
  readonly theme: ThemeName;
  readonly pickers: string;
  readonly span: Span;
  readonly body: string;
  readonly height: number;
}

const read = (url: string | URL) =>
  readFileSync(typeof url === 'string' ? fileURLToPath(url) : url);

/** Inter is what Grafana writes with; its widths decide what fits. */
const fonts = {
  400: import.meta.resolve('@fontsource/inter/files/inter-latin-400-normal.woff2'),
  500: import.meta.resolve('@fontsource/inter/files/inter-latin-500-normal.woff2'),
  600: import.meta.resolve('@fontsource/inter/files/inter-latin-600-normal.woff2'),
} as const;

function fontFaces(): string {
  const faces = Object.entries(fonts).map(([weight, url]) => {
    const data = read(url).toString('base64');
    return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${data})}`;
  });
  return faces.join('');
}

function themeVariables(theme: ThemeName): string {
  const pairs = Object.entries(surfaces[theme]).map(([name, color]) => `--${name}:${color}`);
  return `:root{${pairs.join(';')};color-scheme:${theme}}`;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleString('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'short',
  });
}

/** One HTML page with its fonts, styles and scripts inside. */
export function page({ dashboard, theme, pickers, span, body, height }: PageParts): string {
  const script = (text: string) => `<script>${text.replaceAll('</script', '<\\/script')}</script>`;
  const range = `${timeOf(span.start)} to ${timeOf(span.end)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(dashboard.title)}</title>
<style>${fontFaces()}${themeVariables(theme)}
${read(import.meta.resolve('uplot/dist/uPlot.min.css')).toString()}
${read(new URL('page/page.css', import.meta.url)).toString()}</style></head>
<body style="height:${height}px">
<header><h1>${escaped(dashboard.title)}</h1><span class="range">${range}</span></header>
<nav>${pickers}</nav>
${body}
${script(read(import.meta.resolve('uplot/dist/uPlot.iife.min.js')).toString())}
${script(read(new URL('page/charts.js', import.meta.url)).toString())}
</body></html>
`;
}
