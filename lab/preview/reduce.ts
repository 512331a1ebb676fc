import type { Value } from './frame.js';

type Reducer = (values: readonly Value[]) => Value;

/** What can be counted with: no gaps, no NaN. */
function numbers(values: readonly Value[]): readonly number[] {
  return values.filter((value) => typeof value === 'number' && !Number.isNaN(value)) as number[];
}

const present = (value: Value) => value !== null && !Number.isNaN(value);
const sum = (values: readonly Value[]) => numbers(values).reduce((total, each) => total + each, 0);

/** A reducer of numbers that has no answer when there are none. */
function ofNumbers(reduce: (values: readonly number[]) => number): Reducer {
  return (values) => {
    const given = numbers(values);
    return given.length === 0 ? null : reduce(given);
  };
}

const reducers: Readonly<Record<string, Reducer>> = {
  lastNotNull: (values) => values.findLast(present) ?? null,
  last: (values) => values.at(-1) ?? null,
  firstNotNull: (values) => values.find(present) ?? null,
  first: (values) => values[0] ?? null,
  min: ofNumbers((values) => Math.min(...values)),
  max: ofNumbers((values) => Math.max(...values)),
  mean: ofNumbers((values) => sum(values) / values.length),
  sum: ofNumbers((values) => sum(values)),
  range: ofNumbers((values) => Math.max(...values) - Math.min(...values)),
  count: (values) => values.length,
};

const titles: Readonly<Record<string, string>> = {
  lastNotNull: 'Last *',
  last: 'Last',
  firstNotNull: 'First *',
  first: 'First',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  sum: 'Total',
  range: 'Range',
  count: 'Count',
};

export function isKnownReducer(id: string): boolean {
  return id in reducers;
}

/** @throws Error when there is no such calculation */
export function reduce(id: string, values: readonly Value[]): Value {
  const reducer = reducers[id];
  if (reducer === undefined) throw new Error(`no calculation ${id}`);
  return reducer(values);
}

/** The heading of a calculation in a legend. */
export function reducerTitle(id: string): string {
  return titles[id] ?? id;
}
