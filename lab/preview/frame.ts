import type { FieldConfig } from './dashboard.js';

export type Value = number | string | null;
export type Labels = Readonly<Record<string, string>>;

/** A column. Times are milliseconds since 1970. */
export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string';
  readonly labels: Labels;
  readonly values: readonly Value[];
  /** The legend, made by the query's own template. */
  readonly legend?: string;
  readonly config: FieldConfig;
}

export interface Frame {
  readonly refId: string;
  readonly fields: readonly Field[];
}

/** What a reader sees as the field's name. */
export function displayName(field: Field): string {
  return field.config.displayName ?? field.legend ?? field.name;
}

export function rowCount({ fields }: Frame): number {
  return Math.max(0, ...fields.map(({ values }) => values.length));
}

export function numberFields(frames: readonly Frame[]): readonly Field[] {
  return frames.flatMap(({ fields }) => fields.filter(({ type }) => type === 'number'));
}

/** The column with its values in another order, or fewer of them. */
export function pickRows(field: Field, rows: readonly number[]): Field {
  return { ...field, values: rows.map((row) => field.values[row] ?? null) };
}
