import type { Block, Cell, Column, Tone } from './blocks.js';
import type { Report } from './build.js';
import { documentOf } from './document.js';
import { Markup, markup } from './markup.js';

const style = new Markup(`
:root { color-scheme: light dark; --good: #15803d; --bad: #b91c1c; --doubtful: #a16207; --line: #8886; font: 16px/1.5 system-ui, sans-serif }
@media (prefers-color-scheme: dark) { :root { --good: #4ade80; --bad: #f87171; --doubtful: #facc15 } }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
h2 { margin-top: 2.5rem; border-bottom: 2px solid var(--line) }
h3 { margin-top: 2rem }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .35rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
thead th { vertical-align: bottom; overflow-wrap: normal }
tbody th { font-weight: 600 }
.figure { text-align: right; white-space: nowrap }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
.good { color: var(--good) }
.bad { color: var(--bad); font-weight: 700 }
.doubtful { color: var(--doubtful) }
.good::before { content: "\\2714\\00a0" }
.bad::before { content: "\\2716\\00a0" }
.doubtful::before { content: "?\\00a0" }
@media print {
  :root { color-scheme: light; --good: #14532d; --bad: #7f1d1d; --doubtful: #713f12; font-size: 10pt }
  body { margin: 0; max-width: none; padding: 0 }
  .table { overflow: visible }
  h2, h3, h4, caption { break-after: avoid }
  tr, dl { break-inside: avoid }
}
`);

function toned(text: string, tone: Tone | undefined): Markup {
  return tone === undefined ? markup`${text}` : markup`<span class="${tone}">${text}</span>`;
}

function bodyCell({ text, tone }: Cell, column: Column | undefined): Markup {
  const content = toned(text, tone);
  return column?.isFigure === true
    ? markup`<td class="figure">${content}</td>`
    : markup`<td>${content}</td>`;
}

function headCell({ title, isFigure }: Column): Markup {
  return isFigure === true
    ? markup`<th scope="col" class="figure">${title}</th>`
    : markup`<th scope="col">${title}</th>`;
}

function tableRow([first, ...rest]: readonly Cell[], columns: readonly Column[]): Markup {
  const head = markup`<th scope="row">${toned(first?.text ?? '', first?.tone)}</th>`;
  const cells = rest.map((cell, index) => bodyCell(cell, columns[index + 1]));
  return markup`<tr>${head}${cells}</tr>\n`;
}

/** One that is too wide scrolls, by keyboard also: that is what the region and tabindex are for. */
function tableMarkup({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): Markup {
  const head = columns.map(headCell);
  const body = rows.map((row) => tableRow(row, columns));
  return markup`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

function headingMarkup(level: 1 | 2 | 3 | 4, text: string): Markup {
  const tag = new Markup(`h${level}`);
  return markup`<${tag}>${text}</${tag}>`;
}

function blockMarkup(block: Block): Markup {
  switch (block.kind) {
    case 'heading':
      return headingMarkup(block.level, block.text);
    case 'paragraph':
      return markup`<p>${toned(block.text, block.tone)}</p>`;
    case 'facts': {
      const facts = block.facts.map(
        ([name, { text, tone }]) => markup`<dt>${name}</dt><dd>${toned(text, tone)}</dd>\n`,
      );
      return markup`<dl>\n${facts}</dl>`;
    }
    case 'list':
      return markup`<ul>\n${block.items.map((item) => markup`<li>${item}</li>\n`)}</ul>`;
  }
  return tableMarkup(block);
}

/**
 * The report as one HTML file that asks for nothing else and runs nothing: its own policy forbids it.
 */
export function renderHtml(report: Report): string {
  const blocks = documentOf(report).map((block) => markup`${blockMarkup(block)}\n`);
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Service levels of ${report.deployment}</title>
<style>${style}</style></head>
<body><main>
${blocks}</main></body></html>
`.html;
}
