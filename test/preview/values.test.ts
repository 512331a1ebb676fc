import { describe, expect, it } from 'vitest';
import { colorByName, contrast, cssColor, surfaces, textOn } from '../../lab/preview/color.js';
import type { Mapping, Thresholds } from '../../lab/preview/dashboard.js';
import type { Value } from '../../lab/preview/frame.js';
import { mapped, thresholdOf } from '../../lab/preview/mapping.js';
import { reduce } from '../../lab/preview/reduce.js';
import { formatNumber } from '../../lab/preview/unit.js';

describe('units', () => {
  const cases: readonly [
    title: string,
    value: number,
    unit: string,
    decimals: number | undefined,
    text: string,
  ][] = [
    ['seconds below a minute stay seconds', 35.86, 's', undefined, '35.9 s'],
    ['a fraction of a second is milliseconds', 0.734, 's', undefined, '734 ms'],
    ['a thousandth of that is microseconds', 0.000_25, 's', undefined, '250 µs'],
    ['no time at all is written in seconds', 0, 's', undefined, '0 s'],
    ['a minute is one', 60, 's', undefined, '1 min'],
    ['more than one minute is several', 90, 's', undefined, '1.5 mins'],
    ['a quarter of an hour is counted in minutes', 900, 's', undefined, '15 mins'],
    ['two hours are hours', 7200, 's', undefined, '2 hours'],
    ['ten days are weeks', 864_000, 's', undefined, '1.43 weeks'],
    ['a negative time keeps its sign', -90, 's', undefined, '-1.5 mins'],
    ['milliseconds become seconds', 1500, 'ms', undefined, '1.5 s'],
    ['bytes step by 1024', 1536, 'bytes', undefined, '1.5 KiB'],
    ['decimal bytes step by 1000', 1500, 'decbytes', undefined, '1.5 kB'],
    ['a share is a percentage', 0.877_14, 'percentunit', 2, '87.71%'],
    ['a percentage is left as it is', 12.5, 'percent', undefined, '12.5%'],
    ['a short number steps by 1000', 1_234_000, 'short', undefined, '1.23 Mil'],
    ['a whole number has no decimals', 42, 'short', undefined, '42'],
    ['operations are a rate', 1500, 'ops', undefined, '1.5K ops/s'],
    ['decimals that are wished for are kept though they are zero', 1, 'short', 2, '1.00'],
    ['zero is no', 0, 'bool_yes_no', undefined, 'No'],
    ['a unit that is not known is written after the value', 3, 'parsec', undefined, '3 parsec'],
    ['infinity is written as such', Infinity, 'none', undefined, 'Infinity'],
  ];
  it.each(cases)('%s', (_, value, unit, decimals, expected) => {
    const { text, suffix } = formatNumber(value, {
      unit,
      ...(decimals !== undefined && { decimals }),
    });
    expect(text + suffix).toBe(expected);
  });
  it('a time from now is counted from the end of the time shown', () => {
    const { text } = formatNumber(1000, { unit: 'dateTimeFromNow', atMs: 61_000 });
    expect(text).toBe('1 min ago');
  });
});

describe('calculations', () => {
  const cases: readonly [title: string, id: string, values: readonly Value[], expected: Value][] = [
    ['the last value that is one passes over gaps', 'lastNotNull', [1, 2, null, Number.NaN], 2],
    ['the last value may be a gap', 'last', [1, null], null],
    ['the first value that is one passes over gaps', 'firstNotNull', [null, 3, 4], 3],
    ['a mean leaves gaps out', 'mean', [1, null, 3], 2],
    ['a sum leaves NaN out', 'sum', [1, Number.NaN, 3], 4],
    ['the highest of none is missing', 'max', [null], null],
    ['the range is from lowest to highest', 'range', [3, -1, 2], 4],
    ['zero is a value', 'lastNotNull', [5, 0], 0],
    ['words can be last too', 'lastNotNull', ['a', 'b'], 'b'],
  ];
  it.each(cases)('%s', (_, id, values, expected) => {
    expect(reduce(id, values)).toBe(expected);
  });
  it('an unknown calculation is refused', () => {
    expect(() => reduce('median', [1])).toThrow('no calculation median');
  });
});

describe('value mappings', () => {
  const mappings: readonly Mapping[] = [
    { type: 'value', options: { '0': { text: 'Down' }, '1': { text: 'Up' } } },
    { type: 'range', options: { from: 10, to: null, result: { text: 'Many' } } },
    { type: 'regex', options: { pattern: '/^region-(.*)$/', result: { text: 'Region $1' } } },
    { type: 'special', options: { match: 'null+nan', result: { text: 'Unknown' } } },
  ];
  const cases: readonly [title: string, value: Value, expected: string | undefined][] = [
    ['zero has its word', 0, 'Down'],
    ['one has its word', 1, 'Up'],
    ['the end of a range belongs to it', 10, 'Many'],
    ['an open range has no upper end', 1e9, 'Many'],
    ['what nothing matches stays itself', 5, undefined],
    ['a word is rewritten by its pattern', 'region-a', 'Region a'],
    ['a gap is unknown, not down', null, 'Unknown'],
    ['NaN is unknown', Number.NaN, 'Unknown'],
  ];
  it.each(cases)('%s', (_, value, expected) => {
    expect(mapped(mappings, value)?.text).toBe(expected);
  });
});

describe('thresholds', () => {
  const thresholds: Thresholds = {
    mode: 'absolute',
    steps: [
      { value: null, color: 'blue' },
      { value: 0.5, color: 'yellow' },
      { value: 1, color: 'red' },
    ],
  };
  const cases: readonly [title: string, value: number, color: string][] = [
    ['below the first step the base applies', -3, 'blue'],
    ['just below a step it is not reached', 0.499, 'blue'],
    ['a step is reached at its value', 0.5, 'yellow'],
    ['the highest step that is reached wins', 7, 'red'],
  ];
  it.each(cases)('%s', (_, value, color) => {
    expect(thresholdOf(thresholds, value).color).toBe(color);
  });
  it('in percentages a step is a share of the way from min to max', () => {
    const shares: Thresholds = {
      mode: 'percentage',
      steps: [
        { value: null, color: 'blue' },
        { value: 80, color: 'red' },
      ],
    };
    expect(thresholdOf(shares, 15, { min: 0, max: 20 }).color).toBe('blue');
    expect(thresholdOf(shares, 16, { min: 0, max: 20 }).color).toBe('red');
  });
});

describe('colours', () => {
  it('a name means another shade in each theme', () => {
    expect(cssColor('semi-dark-blue', 'dark')).toBe('#3274D9');
    expect(cssColor('semi-dark-blue', 'light')).toBe('#1F60C4');
    expect(cssColor('text', 'light')).toBe(surfaces.light.text);
  });
  it('a colour by name is always the same and stands out from the panel', () => {
    const names = ['leader', 'replica', '5m', '1h', 'a1 region-a'];
    for (const theme of ['dark', 'light'] as const)
      for (const name of names) {
        expect(colorByName(name, theme)).toBe(colorByName(name, theme));
        expect(contrast(colorByName(name, theme), surfaces[theme].panel)).toBeGreaterThanOrEqual(3);
      }
  });
  it('white on black has the largest contrast there is', () => {
    expect(contrast('#000', '#ffffff')).toBeCloseTo(21, 5);
  });
  it('what is written on yellow is dark, on blue white', () => {
    expect(textOn('#FADE2A')).toBe('#111217');
    expect(textOn('#1F60C4')).toBe('#ffffff');
  });
});
