import type { z } from 'zod';
import { decodeUtf8, readAtMost } from './bounded-read.js';
import { crossCheck, type CrossFault } from './cross-check.js';
import { describeIssue } from './describe-issue.js';
import { formatPath, type Fault } from './fault.js';
import { configSchema, type Config } from './schema.js';
import { exposedSecrets } from './exposed-secrets.js';
import { warningsOf, type Warning } from './warnings.js';
import { YamlSource } from './yaml-source.js';

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly Warning[];
      /** The text behind it, to tell where something stands. */
      readonly source: YamlSource;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const maxBytes = 4 * 1024 * 1024;

function wholeFile(file: string, message: string): Fault {
  return { file, line: 0, column: 0, path: '', message };
}

function failed(...faults: readonly Fault[]): LoadResult {
  return { ok: false, faults };
}

/** Faults that one answer holds; what is wrong a thousand times over is one mistake. */
const shownFaults = 100;

/** One fault a path: a second complaint about one value helps nobody. */
function distinct(faults: readonly Fault[]): Fault[] {
  const seen = new Set<string>();
  return faults.filter(({ path }) => path === '' || (!seen.has(path) && seen.add(path)));
}

function byPosition(a: Fault, b: Fault): number {
  return a.line - b.line || a.column - b.column || a.path.localeCompare(b.path);
}

/** The first faults in the order of the file, and how many there are besides. */
function presented(file: string, faults: readonly Fault[], furtherCount: number): Fault[] {
  const sorted = distinct(faults).toSorted(byPosition);
  const further = furtherCount + Math.max(0, sorted.length - shownFaults);
  if (further === 0) return sorted;
  const remark = `${further} further faults are not shown; mend these first`;
  return [...sorted.slice(0, shownFaults), wholeFile(file, remark)];
}

/** An unknown key is an issue a map for zod, and here one a key. */
function oneKeyEach(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ ...issue, keys: [key] }))
    : [issue];
}

function schemaFaults(issues: readonly z.core.$ZodIssue[], source: YamlSource) {
  const single = issues.flatMap(oneKeyEach);
  const faults = single
    .slice(0, shownFaults)
    .flatMap((issue) => describeIssue(issue, configSchema, source));
  return { faults, furtherCount: Math.max(0, single.length - shownFaults) };
}

/** A fault at a path of the file, with its line and column. */
export function faultAt(source: YamlSource, { path, message }: CrossFault): Fault {
  return { file: source.file, ...source.positionOf(path), path: formatPath(path), message };
}

function crossFaults(source: YamlSource): Fault[] {
  return crossCheck(source.raw)
    .slice(0, shownFaults)
    .map((fault) => faultAt(source, fault));
}

/** Checks a configuration's text. Reports every fault there is, in the order of the file. */
export function parseConfig(file: string, text: string): LoadResult {
  const source = YamlSource.parse(file, text.replace(/^\uFEFF/, ''));
  if (!(source instanceof YamlSource)) return failed(...presented(file, source, 0));
  if (source.raw === null) {
    return failed(
      wholeFile(file, 'holds nothing; `sensei config example` prints a file to start from'),
    );
  }
  const parsed = configSchema.safeParse(source.raw);
  const { faults, furtherCount } = schemaFaults(parsed.error?.issues ?? [], source);
  const all = [...source.duplicateKeys(), ...faults, ...crossFaults(source)];
  if (!parsed.success || all.length > 0) return failed(...presented(file, all, furtherCount));
  return { ok: true, config: parsed.data, warnings: warningsOf(parsed.data), source };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'not readable by this user',
  EPERM: 'not readable by this user',
  EISDIR: 'is a directory, not a file',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8; save it as UTF-8',
};

function reasonFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    reasons[code] ?? `cannot be read (${error instanceof Error ? error.message : String(error)})`
  );
}

async function readText(file: string): Promise<string | Fault> {
  try {
    return decodeUtf8(await readAtMost(file, maxBytes));
  } catch (error) {
    return wholeFile(file, reasonFor(error));
  }
}

/**
 * Reads and checks a configuration file, and looks at who may read its secrets.
 * Never throws: what is wrong is in the result.
 */
export async function loadConfig(file: string): Promise<LoadResult> {
  const text = await readText(file);
  if (typeof text !== 'string') return failed(text);
  const result = parseConfig(file, text);
  if (!result.ok) return result;
  return { ...result, warnings: [...result.warnings, ...(await exposedSecrets(result.config))] };
}
