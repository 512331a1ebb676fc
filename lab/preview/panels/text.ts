import type { Drawing, Drawn } from '../drawing.js';
import { escaped } from '../html.js';

function inline(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '<a>$1</a>');
}

function block(text: string): string {
  const heading = /^(#{1,3}) (.*)$/.exec(text);
  if (heading !== null) return `<h3>${inline(heading[2] ?? '')}</h3>`;
  if (!text.startsWith('- ')) return `<p>${inline(text)}</p>`;
  const items = text.split(/\n?- /).filter((item) => item !== '');
  return `<ul>${items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
}

/** The little of Markdown that a note on a dashboard has: headings, lists, code, bold, links. */
export function drawText({ panel }: Drawing): Drawn {
  const blocks = (panel.options?.content ?? '').trim().split(/\n{2,}/);
  return { html: `<div class="text">${blocks.map(block).join('')}</div>`, remarks: [] };
}
