import type { Drawing } from './drawing.js';
import { shown, type Shown } from './display.js';
import { displayName, numberFields, type Field, type Value } from './frame.js';
import { reduce } from './reduce.js';

/** A series as one value: what stat and bar gauge show. */
export interface Reduced {
  readonly title: string;
  readonly value: Value;
  readonly shown: Shown;
  readonly field: Field;
}

/** Reduces every series. None at all is one value that is missing, if the panel has a word for that. */
export function reducedOf({ panel, frames, look }: Drawing): readonly Reduced[] {
  const calculation = panel.options?.reduceOptions?.calcs?.[0] ?? 'lastNotNull';
  const reduced = numberFields(frames).map((field, index) => {
    const value = reduce(calculation, field.values);
    return { title: displayName(field), value, shown: shown(field, value, look, index), field };
  });
  return reduced.length > 0 ? reduced : missing(panel.fieldConfig?.defaults ?? {}, look);
}

function missing(config: Field['config'], look: Drawing['look']): readonly Reduced[] {
  if (config.noValue === undefined) return [];
  const field: Field = { name: '', type: 'number', labels: {}, values: [], config };
  return [{ title: '', value: null, shown: shown(field, null, look), field }];
}
