import { describe, expect, it } from 'vitest';
import {
  formatBracket,
  formatDuration,
  formatShare,
  formatShareDown,
  formatSmallShare,
  formatBytes,
} from '../../src/report/figures.js';
import { visibleText } from '../../src/report/visible-text.js';

describe('durations for people', () => {
  it.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [450, '450 ms'],
    [999.6, '1 s'],
    [1000, '1 s'],
    [41_300, '41.3 s'],
    [41_340, '41.3 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min'],
    [60_000, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_700, '1 h'],
    [3_600_000, '1 h'],
    [12_000_000, '3 h 20 min'],
    [86_399_000, '1 d'],
    [90_000_000, '1 d 1 h'],
    [30 * 86_400_000, '30 d'],
    [-125_000, '-2 min 5 s'],
    [Number.NaN, 'unknown'],
    [Infinity, 'unknown'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('recovery times', () => {
  const over = { firstOkMs: 1 };
  it.each([
    ['a bracket', { lowMs: 10_100, highMs: 10_400, ...over }, '10.1 s to 10.4 s'],
    ['rounded outwards', { lowMs: 10_190, highMs: 10_310, ...over }, '10.1 s to 10.4 s'],
    [
      'not widened by the error of a clock',
      { lowMs: 10_099.9999, highMs: 10_400.0001, ...over },
      '10.1 s to 10.4 s',
    ],
    ['one figure where both are the same', { lowMs: 2000, highMs: 2000, ...over }, '2 s'],
    ['at least, where nothing bounds it', { lowMs: 2000, highMs: null, ...over }, 'at least 2 s'],
    ['so far, while it is open', { lowMs: 2000, highMs: null, firstOkMs: null }, '2 s so far'],
  ])('are %s', (_title, bracket, text) => expect(formatBracket(bracket)).toBe(text));
});

describe('shares', () => {
  it.each([
    [0.999, '99.9 %'],
    [0.9995, '99.95 %'],
    [0.07, '7 %'],
  ])('an objective of %d is %s', (share, text) => expect(formatShare(share)).toBe(text));

  it.each([
    [1, '100.0 %'],
    [0.99999, '99.9 %'],
    [0.8996, '89.9 %'],
    [0.9, '90.0 %'],
    [0.29, '29.0 %'],
    [-0.0001, '-0.1 %'],
    [0, '0.0 %'],
    [null, 'unknown'],
    [Number.NaN, 'unknown'],
  ])('%d never looks better than it is: %s', (share, text) =>
    expect(formatShareDown(share)).toBe(text),
  );

  it.each([
    [0, '0 %'],
    [0.0000000001, 'below 0.0001 %'],
    [0.00012345, '0.0123 %'],
    [1, '100 %'],
    [null, 'unknown'],
  ])('%d is never shown as nothing: %s', (share, text) =>
    expect(formatSmallShare(share)).toBe(text),
  );
});

describe('amounts of bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [16_384, '16.4 kB'],
    [16_777_216, '16.8 MB'],
    [2e15, '2000 TB'],
    [Number.NaN, 'unknown'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('text of other systems', () => {
  it.each([
    ['a\u001b[2Jb', String.raw`a\u{1b}[2Jb`],
    ['a\r\nb\u0000', String.raw`a\u{d}\u{a}b\u{0}`],
    ['user\u202egnp.exe', String.raw`user\u{202e}gnp.exe`],
    ['half \ud800', String.raw`half \u{d800}`],
    ['Bücher 日本 🐘', 'Bücher 日本 🐘'],
  ])('%j is shown as %s', (text, shown) => expect(visibleText(text)).toBe(shown));
});
