import {
  MappingType,
  SpecialValueMatch,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { VerdictStatus } from '../slo/incident.js';
import { shades, stateColors, type Shade } from './palette.js';

/** What a number means, and how good that is; or another colour, where none is better than the others. */
export type Words = Readonly<Record<number, readonly [text: string, shade: Shade]>>;

export const upDown: Words = { 1: ['Up', 'good'], 0: ['Down', 'bad'] };
export const yesNo: Words = { 1: ['Yes', 'good'], 0: ['No', 'bad'] };
/** Yes is the bad news. */
export const noYes: Words = { 0: ['No', 'good'], 1: ['Yes', 'bad'] };
/** Yes is worth a look. */
export const noYesDoubtful: Words = { 0: ['No', 'good'], 1: ['Yes', 'doubtful'] };
/** Neither is better than the other. */
export const noYesPlain: Words = { 0: ['No', 'unknown'], 1: ['Yes', 'good'] };

/** Verdicts as numbers, the worst highest, so that the worst of several vantage points is their maximum. */
export const verdictCodes: Readonly<Record<VerdictStatus, number>> = {
  not_applicable: 0,
  no_evidence: 1,
  met: 2,
  indeterminate: 3,
  breached: 4,
};
export const verdictWords: Words = {
  0: ['Not applicable', 'unknown'],
  1: ['No evidence', 'unknown'],
  2: ['Met', 'good'],
  3: ['Indeterminate', 'doubtful'],
  4: ['Breached', 'bad'],
};

export const regionCodes = { up: 0, suspected: 1, down: 2 } as const;
export const regionWords: Words = {
  0: ['Up', 'good'],
  1: ['Suspected', 'doubtful'],
  2: ['Down', 'bad'],
};

/** What stands where there is no value: it must not look like a good one. */
export function unknownAs(text: string): ValueMapping {
  return {
    type: MappingType.SpecialValue,
    options: {
      match: SpecialValueMatch.NullAndNan,
      result: { text, color: stateColors.unknown, index: 99 },
    },
  };
}

/** `absent` is what no value is called; when it is empty a gap stays blank. */
export function mappingsOf(words: Words, absent = 'Unknown'): ValueMapping[] {
  const options = Object.fromEntries(
    Object.entries(words).map(([value, [text, shade]], index) => [
      value,
      { text, color: shades[shade], index },
    ]),
  );
  const known: ValueMapping[] =
    Object.keys(options).length === 0 ? [] : [{ type: MappingType.ValueToText, options }];
  return absent === '' ? known : [...known, unknownAs(absent)];
}
