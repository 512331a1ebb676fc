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

export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

const secretKey = /password|passwd|token|secret|authorization|credential|bearer/i;
const shownCharacters = 60;

/** A value as a message may show it: short, and never one that is or looks like a secret. */
export function showValue(value: unknown, path: readonly PropertyKey[]): string {
  if (path.some((part) => typeof part === 'string' && secretKey.test(part))) return '(hidden)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  const text = JSON.stringify(value)?.replace(/\/\/[^/@"]*@/, '//(hidden)@') ?? 'nothing';
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text;
}
