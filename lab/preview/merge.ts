import type { Field, Frame, Value } from './frame.js';
import { rowCount } from './frame.js';

type Row = ReadonlyMap<string, Value>;

function rowsOf(frame: Frame): readonly Row[] {
  return Array.from(
    { length: rowCount(frame) },
    (_, at) => new Map(frame.fields.map(({ name, values }) => [name, values[at] ?? null])),
  );
}

/** Names of the columns that every frame has: rows that agree in these are one. */
function sharedNames(frames: readonly Frame[]): readonly string[] {
  const [first, ...rest] = frames.map(({ fields }) => fields.map(({ name }) => name));
  return (first ?? []).filter((name) => rest.every((names) => names.includes(name)));
}

function firstFields(frames: readonly Frame[]): readonly Field[] {
  const byName = new Map<string, Field>();
  for (const field of frames.flatMap(({ fields }) => fields))
    if (!byName.has(field.name)) byName.set(field.name, field);
  return [...byName.values()];
}

function combined(rows: readonly Row[], keys: readonly string[]): readonly Row[] {
  const byKey = new Map<string, Map<string, Value>>();
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row.get(name)));
    const known = byKey.get(key) ?? new Map<string, Value>();
    for (const [name, value] of row) known.set(name, value);
    byKey.set(key, known);
  }
  return [...byKey.values()];
}

/** Grafana's `merge`: one table of several, a row for all that share the values of the common columns. */
export function merged(frames: readonly Frame[]): readonly Frame[] {
  const [first] = frames;
  if (first === undefined || frames.length === 1) return frames;
  const rows = combined(frames.flatMap(rowsOf), sharedNames(frames));
  const fields = firstFields(frames).map((field) => ({
    ...field,
    values: rows.map((row) => row.get(field.name) ?? null),
  }));
  return [{ refId: first.refId, fields }];
}
