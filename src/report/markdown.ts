import type { Block, Cell, Column } from './blocks.js';
import type { Report } from './build.js';
import { documentOf } from './document.js';
import { visibleText } from './visible-text.js';

/** Characters that mean something within a line of GitHub's Markdown. */
const special = /[\\`*_[\]<>|~&$]/g;

/** Text of other systems as text: no markup, no link, no HTML, no end of a cell or line. */
export function escapeMarkdown(text: string): string {
  return visibleText(text)
    .replaceAll(special, String.raw`\$&`)
    .replace(/^(\s*)([#+\-=:])/, String.raw`$1\$2`)
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, String.raw`$1\$2`);
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function ruleOf({ isFigure }: Column): string {
  return isFigure === true ? '---:' : '---';
}

/** What is not well stands out without colour. */
function cellText({ text, tone }: Cell): string {
  return tone === 'bad' ? `**${escapeMarkdown(text)}**` : escapeMarkdown(text);
}

function tableText({ caption, columns, rows }: Extract<Block, { kind: 'table' }>): string {
  return [
    `${escapeMarkdown(caption)}:`,
    '',
    tableLine(columns.map(({ title }) => escapeMarkdown(title))),
    tableLine(columns.map(ruleOf)),
    ...rows.map((row) => tableLine(row.map(cellText))),
  ].join('\n');
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapeMarkdown(block.text)}`;
    case 'paragraph':
      return cellText(block);
    case 'facts':
      return block.facts
        .map(([name, cell]) => `- ${escapeMarkdown(name)}: ${cellText(cell)}`)
        .join('\n');
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
  }
  return tableText(block);
}

/** Blocks in GitHub's Markdown. */
export function markdownOf(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`;
}

/** The report in GitHub's Markdown. */
export function renderMarkdown(report: Report): string {
  return markdownOf(documentOf(report));
}
