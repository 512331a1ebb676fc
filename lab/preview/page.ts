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

const fileOf = (specifier: string) => fileURLToPath(import.meta.resolve(specifier));
const textOf = (specifier: string) => readFileSync(fileOf(specifier), 'utf8');

/** Inter is what Grafana writes with; its widths decide what fits. */
function fontFace(weight: number): string {
  const file = fileOf(`@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
  const data = readFileSync(file).toString('base64');
  return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/woff2;base64,${data})}`;
}

function themeVariables(theme: ThemeName): string {
  const pairs = Object.entries(surfaces[theme]).map(([name, color]) => `--${name}:${color}`);
  return `:root{${pairs.join(';')};color-scheme:${theme}}`;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** One HTML page with its fonts, styles and scripts inside. */
export function page({ dashboard, theme, pickers, span, body, height }: PageParts): string {
  const script = (text: string) => `<script>${text.replaceAll('</script', '<\\/script')}</script>`;
  const range = `${timeOf(span.start)} to ${timeOf(span.end)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(dashboard.title)}</title>
<style>${[400, 500, 600].map(fontFace).join('')}${themeVariables(theme)}
${textOf('uplot/dist/uPlot.min.css')}
${readFileSync(new URL('page/page.css', import.meta.url), 'utf8')}</style></head>
<body style="height:${height}px">
<header><h1>${escaped(dashboard.title)}</h1><span class="range">${range}</span></header>
<nav>${pickers}</nav>
${body}
${script(textOf('uplot/dist/uPlot.iife.min.js'))}
${script(readFileSync(new URL('page/charts.js', import.meta.url), 'utf8'))}
</body></html>
`;
}
