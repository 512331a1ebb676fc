import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { timeoutBetween } from '../../src/cli/timeout-option.js';

describe('a --timeout', () => {
  const read = timeoutBetween('500ms', '5m');

  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
  ])('may be %s', (text, ms) => expect(read(text)).toBe(ms));

  // A timer of more than 24.8 days goes off at once.
  it.each(['499ms', '6m', '30d', '0s', '10', '-1s', 'soon', ''])('is refused as "%s"', (text) => {
    expect(() => read(text)).toThrow(InvalidArgumentError);
    expect(() => read(text)).toThrow('expected a duration from 500ms to 5m, such as 10s');
  });
});
