import { configJsonSchema } from '../src/config/json-schema.js';

/** The parts of a JSON Schema that the table reads. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** The pattern that durations have, taken from a key that is one. */
const durationPattern = (configJsonSchema() as JsonSchema).properties?.['objectives']?.properties?.[
  'rpo'
]?.pattern;

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'map',
};

function code(text: unknown): string {
  return `\`${String(text)}\``;
}

function isSecret({ anyOf }: JsonSchema): boolean {
  return anyOf?.some(({ properties }) => properties?.['env'] !== undefined) === true;
}

/** What a key may hold, in few words. */
function allowedIn(schema: JsonSchema): string {
  const { type, enum: words, minimum, maximum, pattern, anyOf, items } = schema;
  if (isSecret(schema)) return '`{file: PATH}` or `{env: NAME}`';
  if (words !== undefined) return words.map(code).join(', ');
  if (anyOf !== undefined) return [...new Set(anyOf.map(allowedIn))].join(' or ');
  if (items !== undefined) return `list of ${allowedIn(items)}`;
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (pattern !== undefined && pattern === durationPattern) return 'duration';
  return typeNames[type ?? ''] ?? type ?? 'map';
}

interface Key {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly held: string;
}

function defaultOf({ default: value }: JsonSchema): string {
  const isShown = value !== undefined && !/^(?:\{\}|\[\])$/.test(JSON.stringify(value));
  return isShown ? code(JSON.stringify(value)) : '';
}

function keysOf({ properties = {}, required = [] }: JsonSchema, condition: string): Key[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    held: required.includes(name) ? `**required**${condition}` : defaultOf(schema),
  }));
}

/** The keys of one object, whichever of its modes they belong to; those of one mode say so. */
function keysOfAll(schema: JsonSchema): Key[] {
  const { oneOf } = schema;
  if (oneOf === undefined) return keysOf(schema, '');
  const isShared = (name: string) => oneOf.every(({ properties }) => properties?.[name]);
  const modes = oneOf.map((option) => option.properties?.['mode']?.const ?? '');
  const mode = { type: 'string', enum: modes };
  const described = { ...oneOf[0]?.properties?.['mode'], ...mode };
  const others = oneOf.flatMap((option, index) =>
    keysOf(option, ` with \`mode: ${modes[index]}\``).filter(
      ({ name }) => name !== 'mode' && (index === 0 || !isShared(name)),
    ),
  );
  return [{ name: 'mode', schema: described, held: '**required**' }, ...others];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function rowsOf(parent: JsonSchema, path: string): string[] {
  return keysOfAll(parent).flatMap(({ name, schema, held }) => {
    const inner = schema.items ?? schema;
    const here = `${path}${name}${schema.items === undefined ? '' : '[]'}`;
    const row = `| ${code(here)} | ${cell(allowedIn(schema))} | ${held} | ${cell(schema.description ?? '')} |`;
    return [row, ...rowsOf(inner, `${here}.`)];
  });
}

/** Every key of a JSON Schema as rows of a Markdown table. */
export function configurationTable(schema: object): string[] {
  return ['| Key | Allowed | Default | Meaning |', '|---|---|---|---|', ...rowsOf(schema, '')];
}
