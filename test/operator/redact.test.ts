import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutFromBytes, excerpt, withoutSecrets } from '../../src/operator/redact.js';

const secret = 'hunter2/of?the+fence';

const base64 = (before: string, encoding: 'base64' | 'base64url') =>
  Buffer.from(before + secret).toString(encoding);

describe('what is told of a hook', () => {
  it.each([
    ['as it is', `token=${secret};`, 'token=(hidden);'],
    ['twice on a line', `${secret}${secret}`, '(hidden)(hidden)'],
    ['percent-encoded', encodeURIComponent(secret), '(hidden)'],
    ['in base64', base64('', 'base64'), '(hidden)U='],
    ['in base64 behind one character', base64(':', 'base64'), 'Om(hidden)'],
    ['in base64 behind a name', base64('ops:', 'base64'), 'b3BzOm(hidden)'],
    ['in base64url', base64('', 'base64url'), '(hidden)U'],
  ])('has no secret in it: %s', (_title, text, expected) => {
    expect(withoutSecrets(text, [secret])).toBe(expected);
  });

  it('has no line of a secret in it that is of several', () => {
    const key = 'BEGIN\nMIIEvQIBADAN\nBgkqhkiG9w0B\nEND';
    expect(withoutSecrets('the key BgkqhkiG9w0B is not known', [key])).toBe(
      'the key (hidden) is not known',
    );
  });

  it('has the longer of two secrets taken out whole', () => {
    expect(withoutSecrets('hunter2-long hunter2', ['hunter2', 'hunter2-long'])).toBe(
      '(hidden) (hidden)',
    );
  });

  it('is as it was without secrets, and with an empty one', () => {
    expect(withoutSecrets('fenced', [])).toBe('fenced');
    expect(withoutSecrets('fenced', [''])).toBe('fenced');
  });

  it('has no beginning of a secret at its end where it was cut', () => {
    const filling = '.'.repeat(cutFromBytes);
    expect(withoutSecrets(`${filling}hunter2/of`, [secret])).toBe(filling);
    expect(withoutSecrets('short: hunter2/of', [secret])).toBe('short: hunter2/of');
  });

  it('never has a secret in it, wherever that stands', () => {
    const words = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, words, words, (before, hidden, after) => {
        const found = withoutSecrets(`${before}${hidden}${after}`, [hidden]);
        return !found.replaceAll('(hidden)', '\0').includes(hidden);
      }),
    );
  });

  it('is never longer than allowed, and is whole where it fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        const found = excerpt(text, 100);
        expect(Buffer.byteLength(found)).toBeLessThanOrEqual(100);
        expect(found).not.toContain('\uFFFD');
      }),
    );
    expect(excerpt('two\nlines\n', 100)).toBe('two\nlines');
    expect(excerpt(`begun ${'é'.repeat(100)} ended`, 60)).toMatch(
      /^begun é+\n\(\.\.\.\)\né+ ended$/,
    );
  });
});
