import { describe, expect, it } from 'vitest';
import { holds, scrapeBracket, truthAfter, type Attempt } from '../../bench/failover-truth.js';

function attempts(outcomes: string): Attempt[] {
  return Array.from(outcomes).map((letter, index) => ({
    startMs: index * 10,
    endMs: index * 10 + 3,
    ok: letter === 'g',
  }));
}

describe('the truth of a failover', () => {
  it('lasts from the first failed write to the end of the first that lasted', () => {
    expect(truthAfter(attempts('ggbbbggg'), 0, 1000)).toEqual({
      firstFailMs: 20,
      firstOkMs: 53,
      lengthMs: 33,
    });
  });

  it('has flaps in it', () => {
    expect(truthAfter(attempts('gbggbgg'), 0, 1000)?.lengthMs).toBe(43);
  });

  it('is not known before it is over, nor where nothing failed', () => {
    expect(truthAfter(attempts('gggg'), 0, 1000)).toBeUndefined();
    expect(truthAfter(attempts('ggbb'), 0, 1000)).toBeUndefined();
  });

  it('is missed by a scraper that it falls between, and bracketed by 30 s otherwise', () => {
    const truth = { firstFailMs: 1000, firstOkMs: 6000, lengthMs: 5000 };
    expect(scrapeBracket(truth, 7000, 15_000)).toBeUndefined();
    expect(scrapeBracket(truth, 3000, 15_000)).toEqual({ lowMs: 0, highMs: 30_000 });
  });

  it.each([
    [{ lowMs: 10, highMs: 20 }, 15, 0, true],
    [{ lowMs: 10, highMs: 20 }, 21, 0, false],
    [{ lowMs: 10, highMs: 20 }, 21, 2, true],
  ])('a bracket %j and a length of %d, with a slack of %d: %s', (bracket, length, slack, held) => {
    expect(holds(bracket, length, slack)).toBe(held);
  });
});
