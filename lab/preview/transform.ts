import type { Transformation } from './dashboard.js';
import { displayName, pickRows, rowCount, type Field, type Frame, type Value } from './frame.js';
import { merged } from './merge.js';
import { patternOf } from './regex.js';

type Options = Readonly<Record<string, unknown>>;
type Transform = (frames: readonly Frame[], options: Options) => readonly Frame[];

/** Does the same to every frame. */
const each =
  (change: (frame: Frame, options: Options) => Frame): Transform =>
  (frames, options) =>
    frames.map((frame) => change(frame, options));

function organize(frame: Frame, options: Options): Frame {
  const {
    excludeByName = {},
    indexByName = {},
    renameByName = {},
  } = options as {
    excludeByName?: Readonly<Record<string, boolean>>;
    indexByName?: Readonly<Record<string, number>>;
    renameByName?: Readonly<Record<string, string>>;
  };
  const place = (field: Field) => indexByName[displayName(field)] ?? Infinity;
  const fields = frame.fields
    .filter((field) => excludeByName[displayName(field)] !== true)
    .toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
    .map((field) => renamed(field, renameByName[displayName(field)]));
  return { ...frame, fields };
}

function renamed(field: Field, name: string | undefined): Field {
  return name === undefined || name === '' ? field : { ...field, name, legend: name };
}

function renameByRegex(frame: Frame, options: Options): Frame {
  const { regex, renamePattern } = options as { regex: string; renamePattern: string };
  const fields = frame.fields.map((field) =>
    renamed(field, displayName(field).replace(patternOf(regex), renamePattern)),
  );
  return { ...frame, fields };
}

/** Numbers by size, words by the alphabet; what is missing comes first. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** Puts the rows in the order of a column; leaves them when there is no such column. */
export function sortedBy(frame: Frame, name: string, isDescending: boolean): Frame {
  const key = frame.fields.find((field) => displayName(field) === name);
  if (key === undefined) return frame;
  const sign = isDescending ? -1 : 1;
  const rows = key.values
    .map((_, row) => row)
    .toSorted((a, b) => sign * compareValues(key.values[a] ?? null, key.values[b] ?? null));
  return { ...frame, fields: frame.fields.map((field) => pickRows(field, rows)) };
}

function sortBy(frame: Frame, options: Options): Frame {
  const [first] = (options as { sort?: readonly { field: string; desc?: boolean }[] }).sort ?? [];
  return first === undefined ? frame : sortedBy(frame, first.field, first.desc === true);
}

type Test = (value: Value, wanted: Value) => boolean;

const tests: Readonly<Record<string, Test>> = {
  equal: (value, wanted) => String(value) === String(wanted),
  notEqual: (value, wanted) => String(value) !== String(wanted),
  greater: (value, wanted) => value !== null && Number(value) > Number(wanted),
  greaterOrEqual: (value, wanted) => value !== null && Number(value) >= Number(wanted),
  lower: (value, wanted) => value !== null && Number(value) < Number(wanted),
  lowerOrEqual: (value, wanted) => value !== null && Number(value) <= Number(wanted),
  isNull: (value) => value === null,
  isNotNull: (value) => value !== null,
  regex: (value, wanted) => new RegExp(String(wanted)).test(String(value)),
};

interface Filter {
  readonly fieldName: string;
  readonly config: { readonly id: string; readonly options?: { readonly value?: Value } };
}

function filterByValue(frame: Frame, options: Options): Frame {
  const { filters, match, type } = options as {
    filters: readonly Filter[];
    match: 'all' | 'any';
    type: 'include' | 'exclude';
  };
  const fits = (row: number) => {
    const one = ({ fieldName, config }: Filter) => {
      const field = frame.fields.find((each) => displayName(each) === fieldName);
      return tests[config.id]?.(field?.values[row] ?? null, config.options?.value ?? null) === true;
    };
    return match === 'all' ? filters.every(one) : filters.some(one);
  };
  const rows = Array.from({ length: rowCount(frame) }, (_, row) => row).filter(
    (row) => fits(row) === (type === 'include'),
  );
  return { ...frame, fields: frame.fields.map((field) => pickRows(field, rows)) };
}

const transforms: Readonly<Record<string, Transform>> = {
  merge: merged,
  organize: each(organize),
  renameByRegex: each(renameByRegex),
  sortBy: each(sortBy),
  filterByValue: each(filterByValue),
};

export function isKnownTransformation(id: string): boolean {
  return id in transforms;
}

/** Applies the transformations in turn; one that is not known changes nothing. */
export function transformed(
  frames: readonly Frame[],
  transformations: readonly Transformation[],
): readonly Frame[] {
  return transformations
    .filter(({ disabled }) => disabled !== true)
    .reduce((so, { id, options = {} }) => transforms[id]?.(so, options) ?? so, frames);
}
