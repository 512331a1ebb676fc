import type { z } from 'zod';
import { decodeUtf8, readAtMost } from './bounded-read.js';
import type { CrossFault } from './checks.js';
import { describeIssue } from './describe-issue.js';
import { formatPath, type Fault } from './fault.js';
import { YamlSource } from './yaml-source.js';

/** A kind of YAML file: what it may hold. */
export interface DocumentKind<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Faults between keys, found in the raw input, so that they show beside those of single keys. */
  readonly crossCheck: (raw: unknown) => readonly CrossFault[];
  /** What to do about a file that holds nothing. */
  readonly emptyAdvice: string;
}

export type Parsed<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      /** The text behind it, to tell where something stands. */
      readonly source: YamlSource;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const maxBytes = 4 * 1024 * 1024;

function wholeFile(file: string, message: string): Fault {
  return { file, line: 0, column: 0, path: '', message };
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

function schemaFaults(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, source: YamlSource) {
  const single = issues.flatMap(oneKeyEach);
  const faults = single
    .slice(0, shownFaults)
    .flatMap((issue) => describeIssue(issue, schema, source));
  return { faults, furtherCount: Math.max(0, single.length - shownFaults) };
}

/** A fault at a path of the file, with its line and column. */
export function faultAt(source: YamlSource, { path, message }: CrossFault): Fault {
  return { file: source.file, ...source.positionOf(path), path: formatPath(path), message };
}

function crossFaults(faults: readonly CrossFault[], source: YamlSource): Fault[] {
  return faults.slice(0, shownFaults).map((fault) => faultAt(source, fault));
}

function parseSource<Schema extends z.ZodType>(
  { schema, crossCheck }: DocumentKind<Schema>,
  source: YamlSource,
): Parsed<z.output<Schema>> {
  const parsed = schema.safeParse(source.raw);
  const { faults, furtherCount } = schemaFaults(parsed.error?.issues ?? [], schema, source);
  const all = [
    ...source.duplicateKeys(),
    ...faults,
    ...crossFaults(crossCheck(source.raw), source),
  ];
  return parsed.success && all.length === 0
    ? { ok: true, value: parsed.data, source }
    : { ok: false, faults: presented(source.file, all, furtherCount) };
}

/** Checks a file's text. Reports every fault there is, in the order of the file. */
export function parseDocument<Schema extends z.ZodType>(
  kind: DocumentKind<Schema>,
  file: string,
  text: string,
): Parsed<z.output<Schema>> {
  const source = YamlSource.parse(file, text.replace(/^\uFEFF/, ''));
  if (!(source instanceof YamlSource)) return { ok: false, faults: presented(file, source, 0) };
  if (source.raw !== null) return parseSource(kind, source);
  return { ok: false, faults: [wholeFile(file, `holds nothing; ${kind.emptyAdvice}`)] };
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

/** Reads and checks a file. Never throws: what is wrong is in the result. */
export async function readDocument<Schema extends z.ZodType>(
  kind: DocumentKind<Schema>,
  file: string,
): Promise<Parsed<z.output<Schema>>> {
  const text = await readText(file);
  return typeof text === 'string' ? parseDocument(kind, file, text) : { ok: false, faults: [text] };
}
