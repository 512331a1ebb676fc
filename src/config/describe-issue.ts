import { z } from 'zod';
import { formatPath, showValue, type Fault } from './fault.js';
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

function suggestion(word: unknown, valid: readonly string[]): string {
  const near = typeof word === 'string' ? nearest(word, valid) : undefined;
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** What a bare zod issue allows, in the words of this file's reader. */
function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return (
        {
          object: 'a map',
          array: 'a list',
          int: 'a whole number',
          boolean: 'true or false',
          string: 'text',
          number: 'a number',
        }[issue.expected as string] ?? issue.expected
      );
    case 'too_small':
      return issue.origin === 'array'
        ? `a list of at least ${issue.minimum}`
        : issue.origin === 'string'
          ? `text of at least ${issue.minimum} characters`
          : `a number of at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array'
        ? `a list of at most ${issue.maximum}`
        : issue.origin === 'string'
          ? `text of at most ${issue.maximum} characters`
          : `a number of at most ${issue.maximum}`;
    case 'invalid_value':
      return issue.values.length === 1 ? quoted(issue.values) : `one of ${quoted(issue.values)}`;
    default:
      return issue.message;
  }
}

/** Messages of the schema's own begin without zod's standard words. */
function isOwnMessage(issue: Issue): boolean {
  return !/^(?:Invalid|Too |Unrecognized|Expected)/.test(issue.message);
}

function expectation(issue: Issue, found: unknown): string {
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return `one of ${quoted(issue.options)}${suggestion(found, issue.options.map(String))}`;
  }
  const allowed = isOwnMessage(issue) ? issue.message : allowedBy(issue);
  return issue.code === 'invalid_value'
    ? `${allowed}${suggestion(found, issue.values.map(String))}`
    : allowed;
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
    return {
      file: source.file,
      ...source.positionOf(path),
      path: formatPath(path),
      message: `unknown key${near === '' ? ';' : near} allowed here: ${allowed.join(', ')}`,
    };
  });
}

/** A zod issue in the words of the file: where, what was found, what is allowed. */
export function describeIssue(issue: Issue, schema: z.ZodType, source: YamlSource): Fault[] {
  if (issue.code === 'unrecognized_keys') return unknownKeyFaults(issue, schema, source);
  const found = valueAt(source.raw, issue.path);
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
