import { visibleText } from '../report/visible-text.js';

/** Lines of a secret that are shorter are too common to be taken out. */
const shortestLine = 8;

/** Shorter pieces of a secret say nothing of it. */
const shortestPiece = 4;

/**
 * What base64 makes of the secret wherever in a longer text it begins, as the password does behind a user
 * name: without the characters at its edges that its neighbours have a part in.
 */
function base64Of(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    const encoded = bytes.toString('base64').replace(/=+$/, '');
    const end = bytes.length % 3 === 0 ? encoded.length : encoded.length - 1;
    const inner = encoded.slice(Math.ceil((offset * 8) / 6), end);
    return inner.length < shortestPiece
      ? []
      : [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The ways in which a program or server commonly writes a secret that it was given, the longest first. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    ...secret.split(/\r?\n/).filter((line) => line.length >= shortestLine),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    ...base64Of(secret),
  ]);
  return [...new Set(forms)].filter((form) => form !== '').toSorted((a, b) => b.length - a.length);
}

/** Texts of this size may have been cut where they were read, in bytes. */
export const cutFromBytes = 64 * 1024;
/** A text that was cut, without the beginning of a secret that its end may be. */
function withoutBeginning(cut: string, forms: readonly string[]): string {
  // A cut through the bytes of a character leaves a replacement character.
  const text = cut.replace(/\uFFFD+$/, '');
  const isBeginning = (length: number) =>
    forms.some((form) => length < form.length && text.endsWith(form.slice(0, length)));
  for (let length = forms[0]?.length ?? 0; length >= shortestPiece; length -= 1)
    if (isBeginning(length)) return text.slice(0, -length);
  return text;
}

/** Takes secrets out of a text, as they are and in their common encodings. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = formsOf(secrets);
  const whole = Buffer.byteLength(text) < cutFromBytes ? text : withoutBeginning(text, forms);
  return forms.reduce((rest, form) => rest.replaceAll(form, '(hidden)'), whole);
}

/** The beginning and the end of a text of several lines, everything in it visible. */
export function excerpt(text: string, maxBytes: number): string {
  const shown = text.trimEnd().split('\n').map(visibleText).join('\n');
  const bytes = Buffer.from(shown);
  if (bytes.length <= maxBytes) return shown;
  const remark = '\n(...)\n';
  const half = Math.floor((maxBytes - remark.length) / 2);
  const begin = bytes
    .subarray(0, half)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  const end = bytes
    .subarray(-half)
    .toString('utf8')
    .replace(/^\uFFFD+/, '');
  return `${begin}${remark}${end}`;
}
