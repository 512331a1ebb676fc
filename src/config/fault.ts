/** One thing that is wrong with a configuration file. */
export interface Fault {
  readonly file: string;
  /** From 1; 0 when the fault is of the file as a whole. */
  readonly line: number;
  readonly column: number;
  /** For example `collectors.lb[0].url`; empty for the whole file. */
  readonly path: string;
  /** What is wrong and what is allowed, in one sentence. */
  readonly message: string;
}

/** `FILE:LINE:COLUMN: PATH: MESSAGE`, as editors and compilers have it. */
export function formatFault({ file, line, column, path, message }: Fault): string {
  const position = line === 0 ? file : `${file}:${line}:${column}`;
  return path === '' ? `${position}: ${message}` : `${position}: ${path}: ${message}`;
}

const secretWords = 'pass(?:word|wd|phrase)|token|secret|auth|credential|bearer|api[-_]?key|cookie';
const secretKey = new RegExp(secretWords, 'i');
const shownCharacters = 60;

/** Whether a key's name says that its value is a secret. */
export function namesSecret(key: PropertyKey): boolean {
  return typeof key === 'string' && secretKey.test(key);
}

const afterSecretKey = new RegExp(`((?:${secretWords})[\\w-]*["']?\\s*[=:]).*`, 'is');

/** Hides what stands after a key that names a secret, after `Bearer` or `Basic`, and before an `@`. */
function redact(text: string): string {
  return text
    .replace(afterSecretKey, '$1(hidden)')
    .replace(/\b(bearer|basic)\s.*/is, '$1 (hidden)')
    .replace(/^@.*/s, '(hidden)')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1(hidden)@');
}

function shorten(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}

/** A key as it stands in a path; one with other than word characters is quoted. */
function showKey(part: PropertyKey): string {
  const text = shorten(redact(String(part)));
  return /^[\w$<.()-]+$/.test(text) ? text : JSON.stringify(text);
}

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${showKey(part)}`,
    )
    .join('');
}

/** A value as a message may show it: short, and never one that is or looks like a secret. */
export function showValue(value: unknown, path: readonly PropertyKey[]): string {
  if (value === null || value === undefined) return 'nothing';
  if (path.some(namesSecret)) return '(hidden)';
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return JSON.stringify(shorten(redact(value)));
  return typeof value === 'number' ? `${value}` : JSON.stringify(value);
}
