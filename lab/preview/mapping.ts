import type { Mapping, MappingResult, Threshold, Thresholds } from './dashboard.js';
import type { Value } from './frame.js';
import { patternOf } from './regex.js';

type Special = (value: Value) => boolean;

const isMissing: Special = (value) => value === null;
const isNotNumber: Special = (value) => typeof value === 'number' && Number.isNaN(value);

const specials: Readonly<Record<string, Special>> = {
  null: isMissing,
  nan: isNotNumber,
  'null+nan': (value) => isMissing(value) || isNotNumber(value),
  empty: (value) => value === '',
  true: (value) => value === 'true',
  false: (value) => value === 'false',
};

function isWithin(value: Value, from: number | null, to: number | null): boolean {
  const number = typeof value === 'string' ? Number(value) : value;
  if (number === null || Number.isNaN(number)) return false;
  return number >= (from ?? -Infinity) && number <= (to ?? Infinity);
}

function byPattern(value: Value, pattern: string, result: MappingResult) {
  if (typeof value !== 'string') return undefined;
  const regex = patternOf(pattern);
  if (!regex.test(value)) return undefined;
  return result.text === undefined
    ? result
    : { ...result, text: value.replace(regex, result.text) };
}

function resultOf(mapping: Mapping, value: Value): MappingResult | undefined {
  switch (mapping.type) {
    case 'value':
      return value === null ? undefined : mapping.options[String(value)];
    case 'range': {
      const { from, to, result } = mapping.options;
      return isWithin(value, from, to) ? result : undefined;
    }
    case 'regex':
      return byPattern(value, mapping.options.pattern, mapping.options.result);
    case 'special':
      return specials[mapping.options.match]?.(value) === true ? mapping.options.result : undefined;
    default:
      return undefined;
  }
}

/** What the first mapping that matches makes of a value. */
export function mapped(
  mappings: readonly Mapping[] | undefined,
  value: Value,
): MappingResult | undefined {
  for (const mapping of mappings ?? []) {
    const result = resultOf(mapping, value);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** All that mappings can say, in their order: the legend of a state timeline. */
export function mappingResults(mappings: readonly Mapping[] | undefined): readonly MappingResult[] {
  return (mappings ?? []).flatMap((mapping) =>
    mapping.type === 'value' ? Object.values(mapping.options) : [mapping.options.result],
  );
}

const fallback: Threshold = { value: null, color: 'green' };

/** The highest step that the value has reached. In percentage mode the steps are shares of min to max. */
export function thresholdOf(
  thresholds: Thresholds | undefined,
  value: number,
  { min = 0, max = 100 }: { min?: number; max?: number } = {},
): Threshold {
  const steps = thresholds?.steps ?? [];
  const reached = thresholds?.mode === 'percentage' ? ((value - min) / (max - min)) * 100 : value;
  return (
    steps.findLast((step) => step.value === null || reached >= step.value) ?? steps[0] ?? fallback
  );
}
