import type { CounterName, GaugeName, LabelsOf } from './catalogue.js';

/** A gauge's value now. Series that a later collection does not repeat disappear. */
export interface Sample {
  readonly metric: GaugeName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A step of a counter. `by: 0` makes the series exist before anything was counted. */
export interface Increment {
  readonly metric: CounterName;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: number;
}

/** A gauge sample; a name or label that the catalogue lacks does not compile. */
export function gauge<Name extends GaugeName>(
  metric: Name,
  labels: LabelsOf<Name>,
  value: number | boolean,
): Sample {
  return { metric, labels, value: Number(value) };
}

/** A gauge that is left out where its value is unknown: unknown is never zero. */
export function optional<Value>(
  make: (value: Value) => Sample,
  value: Value | null | undefined,
): Sample[] {
  return value === undefined || value === null ? [] : [make(value)];
}

/** A counter step; a name or label that the catalogue lacks does not compile. */
export function count<Name extends CounterName>(
  metric: Name,
  labels: LabelsOf<Name>,
  by = 1,
): Increment {
  return { metric, labels, by };
}
