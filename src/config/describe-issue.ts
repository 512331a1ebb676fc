import type { z } from 'zod';
import { formatPath, namesSecret, showValue, type Fault } from './fault.js';
import { keysOf, schemaAt } from './introspect.js';
import { nearest } from './nearest.js';
import type { YamlSource } from './yaml-source.js';

type Issue = z.core.$ZodIssue;

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    raw,
  );
}

function quoted(words: readonly unknown[]): string {
  return words.map((word) => JSON.stringify(word)).join(', ');
}

function oneOf(words: readonly unknown[]): string {
  return words.length === 1 ? quoted(words) : `one of ${quoted(words)}`;
}

function suggestion(word: unknown, valid: readonly string[]): string {
  const near = typeof word === 'string' ? nearest(word, valid) : undefined;
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

const typeWords: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  int: 'a whole number',
  boolean: 'true or false',
  string: 'text',
  number: 'a number',
};

/** A limit of a number, of a list's items or of a text's characters. */
function limitWords(origin: string, limit: string): string {
  if (origin === 'array') return `a list of ${limit}`;
  if (origin === 'string') return `text of ${limit} characters`;
  return `a number of ${limit}`;
}

/** Messages of the schema's own begin without zod's standard words. */
function isOwnMessage({ message }: { readonly message: string }): boolean {
  return !/^(?:Invalid|Too |Unrecognized|Expected)/.test(message);
}

/** What any of a union's options allows, each from its first issue. */
function eitherOf(errors: readonly (readonly Issue[])[]): string {
  return [...new Set(errors.flatMap(([first]) => (first === undefined ? [] : allowedBy(first))))]
    .toSorted()
    .join(' or ');
}

/** What an issue allows, in the words of the file's reader. */
function allowedBy(issue: Issue): string {
  if (isOwnMessage(issue)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return typeWords[issue.expected] ?? issue.expected;
    case 'too_small':
      return limitWords(issue.origin, `at least ${issue.minimum}`);
    case 'too_big':
      return limitWords(issue.origin, `at most ${issue.maximum}`);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options)
        ? oneOf(issue.options)
        : eitherOf(issue.errors);
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.map(allowedBy).join(' and ');
    case 'invalid_format':
      return issue.pattern === undefined ? `text as ${issue.format}` : `text like ${issue.pattern}`;
    default:
      return issue.message;
  }
}

/** The words a value was to be one of. */
function choices(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)
    ? issue.options.map(String)
    : [];
}

/** Why a value that looks right is not: quotes make text of a number, and only quotes do. */
function quotingAdvice(issue: Issue, found: unknown): string {
  if (issue.code !== 'invalid_type') return '';
  const { expected } = issue;
  if (typeof found === 'string' && found.trim() !== '') {
    const isNumber = /^(?:number|int)$/.test(expected) && Number.isFinite(Number(found));
    const isBoolean = expected === 'boolean' && /^(?:true|false)$/.test(found);
    return isNumber || isBoolean ? ', without quotes' : '';
  }
  const isPlain = typeof found === 'number' || typeof found === 'boolean';
  return isPlain && expected === 'string' && !/such as/.test(issue.message) ? ', in quotes' : '';
}

function expectation(issue: Issue, found: unknown): string {
  return `${allowedBy(issue)}${quotingAdvice(issue, found)}${suggestion(found, choices(issue))}`;
}

function unknownKeyFaults(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  schema: z.ZodType,
  source: YamlSource,
): Fault[] {
  const owner = schemaAt(schema, issue.path, source.raw);
  const allowed =
    owner === undefined ? [] : Object.keys(keysOf(owner, valueAt(source.raw, issue.path)));
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const near = suggestion(key, allowed);
    // Where a secret belongs, a key that resembles no other may be the secret itself.
    const isShown = near !== '' || !issue.path.some(namesSecret);
    return {
      file: source.file,
      ...source.positionOf(path),
      path: isShown ? formatPath(path) : `${formatPath(issue.path)}.(hidden)`,
      message: `unknown key${near === '' ? ';' : near} allowed here: ${allowed.join(', ')}`,
    };
  });
}

/** A zod issue in the words of the file: where, what was found, what is allowed. */
export function describeIssue(issue: Issue, schema: z.ZodType, source: YamlSource): Fault[] {
  if (issue.code === 'unrecognized_keys') return unknownKeyFaults(issue, schema, source);
  const found = issue.code === 'invalid_key' ? issue.path.at(-1) : valueAt(source.raw, issue.path);
  const what = found === undefined ? 'is missing' : `found ${showValue(found, issue.path)}`;
  return [
    {
      file: source.file,
      ...source.positionOf(issue.path),
      path: formatPath(issue.path),
      message: `${what}; expected ${expectation(issue, found)}`,
    },
  ];
}
