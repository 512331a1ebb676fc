import type { z } from 'zod';
import { isRaw } from './checks.js';

/** The parts of zod's definitions that are walked here; each kind has some of them. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly discriminator?: string;
  readonly defaultValue?: unknown;
}

export function definition(schema: z.ZodType): Definition {
  return schema.def;
}

/** The schema inside optional, default and transform wrappers. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType, in: input, type } = definition(schema);
  if (innerType !== undefined) return unwrap(innerType);
  return type === 'pipe' && input !== undefined ? unwrap(input) : schema;
}

/** The description of a key, whichever wrapper carries it. */
export function descriptionOf(schema: z.ZodType): string | undefined {
  if (schema.description !== undefined) return schema.description;
  const { innerType, in: input } = definition(schema);
  const inner = innerType ?? input;
  return inner === undefined ? undefined : descriptionOf(inner);
}

/** Whether a file may leave the key out, and what then holds. */
export function defaultOf(schema: z.ZodType): { optional: boolean; value?: unknown } {
  const { type, innerType, defaultValue } = definition(schema);
  if (type === 'prefault' || type === 'default') return { optional: true, value: defaultValue };
  if (type === 'optional') return { optional: true };
  return innerType === undefined ? { optional: false } : defaultOf(innerType);
}

/** The options of a union that a raw value can mean: by its discriminator, or all. */
function candidates(schema: z.ZodType, raw: unknown): readonly z.ZodType[] {
  const { options, discriminator } = definition(schema);
  if (options === undefined) return [schema];
  if (discriminator === undefined || !isRaw(raw)) return options;
  const matching = options.filter((option) => {
    const key = definition(option).shape?.[discriminator];
    return key?.safeParse(raw[discriminator]).success;
  });
  return matching.length > 0 ? matching : options;
}

/** What an object may hold: keys with their schemas, those of all candidates of a union together. */
export function keysOf(schema: z.ZodType, raw?: unknown): Readonly<Record<string, z.ZodType>> {
  const inner = unwrap(schema);
  return Object.assign(
    {},
    ...candidates(inner, raw).map((option) => definition(unwrap(option)).shape ?? {}),
  ) as Record<string, z.ZodType>;
}

/** The schema at a path of the raw input; undefined where the path leaves the schema. */
export function schemaAt(
  schema: z.ZodType,
  path: readonly PropertyKey[],
  raw: unknown,
): z.ZodType | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return schema;
  const { element, valueType } = definition(unwrap(schema));
  const keys = keysOf(schema, raw);
  const named = Object.hasOwn(keys, head) ? keys[String(head)] : valueType;
  const child = typeof head === 'number' ? element : named;
  const below = (raw as Record<PropertyKey, unknown> | undefined | null)?.[head];
  return child === undefined ? undefined : schemaAt(child, rest, below);
}
