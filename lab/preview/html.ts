export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Text made safe within HTML. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Shares of the font's size, roughly those of Inter. */
const letterWidths: readonly (readonly [letters: RegExp, share: number])[] = [
  [/[il.,:;'|! ]/, 0.28],
  [/[j()[\]tfr/-]/, 0.38],
  [/[%@mwMW]/, 0.88],
  [/[A-Z]/, 0.67],
  [/[0-9]/, 0.61],
  [/./, 0.58],
];

function letterWidth(letter: string): number {
  return letterWidths.find(([letters]) => letters.test(letter))?.[1] ?? 0.58;
}

/** About as wide as Inter draws it, in pixels: what is laid out here is not measured by a browser. */
export function textWidth(text: string, fontSize: number): number {
  let shares = 0;
  for (const letter of text) shares += letterWidth(letter);
  return shares * fontSize;
}

/** The largest font with which a text fits into a box, as Grafana chooses it. */
export function fittingFont(
  text: string,
  { width, height }: Size,
  lineHeight: number,
  largest = Infinity,
): number {
  const byWidth = (width / (textWidth(text, 14) + 2)) * 14;
  return Math.min(byWidth, height / lineHeight, largest);
}

/** Inline CSS. */
export function style(properties: Readonly<Record<string, string | number>>): string {
  const css = Object.entries(properties).map(([name, value]) =>
    typeof value === 'number' ? `${name}:${Math.round(value * 100) / 100}px` : `${name}:${value}`,
  );
  return `style="${escaped(css.join(';'))}"`;
}

/** The longest of several texts, by which all are sized. */
export function longest(texts: readonly string[]): string {
  return texts.reduce((so, text) => (text.length > so.length ? text : so), '');
}
