import { readFile, stat } from 'node:fs/promises';
import { crossCheck } from './cross-check.js';
import { describeIssue } from './describe-issue.js';
import { formatPath, type Fault } from './fault.js';
import { configSchema, type Config } from './schema.js';
import { formatWarning, warningsOf } from './warnings.js';
import { YamlSource } from './yaml-source.js';

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const maxBytes = 4 * 1024 * 1024;

function wholeFile(file: string, message: string): Fault {
  return { file, line: 0, column: 0, path: '', message };
}

function failed(...faults: readonly Fault[]): LoadResult {
  return { ok: false, faults };
}

/** One fault a path, except for unknown keys: a second complaint about one value helps nobody. */
function distinct(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ path }) => path === '' || (!seen.has(path) && seen.add(path)));
}

function byPosition(a: Fault, b: Fault): number {
  return a.line - b.line || a.column - b.column || a.path.localeCompare(b.path);
}

/** Checks a configuration's text. Reports every fault there is, in the order of the file. */
export function parseConfig(file: string, text: string): LoadResult {
  if (text.trim() === '') {
    return failed(
      wholeFile(file, 'the file is empty; `sensei config example` prints one to start from'),
    );
  }
  const source = YamlSource.parse(file, text);
  if (Array.isArray(source)) return failed(...source);
  const parsed = configSchema.safeParse(source.raw);
  const faults = (parsed.error?.issues ?? []).flatMap((issue) =>
    describeIssue(issue, configSchema, source),
  );
  const crossed = crossCheck(source.raw).map(({ path, message }) => ({
    file,
    ...source.positionOf(path),
    path: formatPath(path),
    message,
  }));
  const all = distinct([...faults, ...crossed]).toSorted(byPosition);
  if (!parsed.success || all.length > 0) return failed(...all);
  return { ok: true, config: parsed.data, warnings: warningsOf(parsed.data).map(formatWarning) };
}

function reasonFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'not readable by this user';
  if (code === 'EISDIR') return 'is a directory, not a file';
  return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

async function readText(file: string): Promise<string | Fault> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) return wholeFile(file, `has ${size} bytes; expected at most ${maxBytes}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (
      error instanceof TypeError &&
      'code' in error &&
      error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    ) {
      return wholeFile(file, 'is not UTF-8; save it as UTF-8');
    }
    return wholeFile(file, reasonFor(error));
  }
}

/** Reads and checks a configuration file. Never throws: what is wrong is in the result. */
export async function loadConfig(file: string): Promise<LoadResult> {
  const text = await readText(file);
  return typeof text === 'string' ? parseConfig(file, text) : failed(text);
}
