import { visibleText } from './visible-text.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
};

export function escapeHtml(text: string): string {
  return visibleText(text).replaceAll(/[&<>"'`=]/g, (character) => entities[character] ?? '');
}

/** HTML that was written here, with every foreign text in it escaped. */
export class Markup {
  constructor(readonly html: string) {}
}

type Insertion = string | Markup | readonly Markup[];

function inserted(value: Insertion): string {
  if (typeof value === 'string') return escapeHtml(value);
  return value instanceof Markup ? value.html : value.map(({ html }) => html).join('');
}

/** HTML in which every inserted text is escaped, be it in content or in a quoted attribute. */
export function markup(strings: TemplateStringsArray, ...values: readonly Insertion[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(inserted)));
}
