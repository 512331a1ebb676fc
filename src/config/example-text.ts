import { stringify } from 'yaml';
import type { z } from 'zod';
import { isRaw } from './checks.js';
import { defaultOf, definition, descriptionOf, keysOf, unwrap } from './introspect.js';

const marginColumns = 100;

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (`${indent}# ${line} ${word}`.length > marginColumns && line !== '') {
      lines.push(`${indent}# ${line}`);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, `${indent}# ${line}`];
}

/** A value on one line: maps and lists in brackets. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (!isRaw(value)) return stringify(value, { lineWidth: 0 }).trimEnd();
  const pairs = Object.entries(value).map(([key, each]) => `${key}: ${inline(each)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** What is shown of one place in the configuration, and how. */
interface Shown {
  /** In force. */
  readonly given: unknown;
  /** Behind a `#`, where nothing is given. */
  readonly suggested: unknown;
  readonly indent: string;
  /** Off where the same keys were explained just before. */
  readonly explain: boolean;
}

function below(value: unknown, key: string | number): unknown {
  return isRaw(value) || Array.isArray(value)
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

function mapLines(schema: z.ZodType, { given, suggested, indent, explain }: Shown): string[] {
  return Object.entries(keysOf(schema, given)).flatMap(([key, child]) => {
    const here = {
      given: below(given, key),
      suggested: below(suggested, key) ?? defaultOf(child).value,
      indent,
      explain,
    };
    if (here.given === undefined && !explain) return [];
    const remarks = explain ? wrap(descriptionOf(child) ?? '', indent) : [];
    return [...remarks, ...entryLines(key, child, here)];
  });
}

function entryLines(key: string, schema: z.ZodType, shown: Shown): string[] {
  const { given, suggested, indent } = shown;
  const start = `${indent}${given === undefined ? '#' : ''}${key}:`;
  const { type, element } = definition(unwrap(schema));
  const deeper = { ...shown, indent: `${indent}  ` };
  if (Array.isArray(given) && element !== undefined)
    return [start, ...listLines(element, given, deeper)];
  const isBlock = type !== 'record' && Object.keys(keysOf(schema, given)).length > 0;
  // A reference to a secret is either of two keys: on one line it shows as the value that it is.
  if (isBlock && !isReference(given ?? suggested)) return [start, ...mapLines(schema, deeper)];
  const value = given ?? suggested;
  if (value === undefined) throw new Error(`the example has no value to show for ${key}`);
  return [`${start} ${inline(value)}`];
}

function isReference(value: unknown): boolean {
  if (!isRaw(value) || Object.keys(value).length !== 1) return false;
  return Object.hasOwn(value, 'file') || Object.hasOwn(value, 'env');
}

function listLines(element: z.ZodType, list: readonly unknown[], shown: Shown): string[] {
  const { indent } = shown;
  return list.flatMap((given, index) => {
    if (!isRaw(given)) return [`${indent}- ${inline(given)}`];
    const body = mapLines(element, {
      given,
      suggested: below(shown.suggested, index),
      indent: `${indent}  `,
      explain: shown.explain && index === 0,
    });
    const first = body.findIndex((line) => !line.trimStart().startsWith('#'));
    return body.map((line, at) => {
      if (at > first) return line;
      return `${indent}${at === first ? '- ' : ''}${line.trimStart()}`;
    });
  });
}

/** What an example is made of. */
export interface Example {
  /** The command that prints it. */
  readonly command: string;
  readonly schema: z.ZodType;
  /** In force. */
  readonly content: unknown;
  /** Values to put in, shown behind a `#`; keys that have a default show that without being here. */
  readonly suggestions: unknown;
}

/** A complete, commented file, made from the schema. */
export function exampleText({ command, schema, content, suggestions }: Example): string {
  const header = `# Generated from the schema by \`${command}\`: every key, with what it means.
# Lines with #KEY: show a default, or a value to put in; take the # away to use it.
`;
  const shown = { given: content, suggested: suggestions, indent: '', explain: true };
  return `${header}\n${mapLines(schema, shown).join('\n')}\n`;
}
