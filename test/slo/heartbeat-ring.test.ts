import { describe, expect, it } from 'vitest';
import { HeartbeatRing, type HeartbeatSelection } from '../../src/slo/heartbeat-ring.js';

function ringOf(size: number, ...numbers: readonly number[]): HeartbeatRing {
  const ring = new HeartbeatRing(size);
  for (const number of numbers) {
    ring.add({ sequence: BigInt(number), begunMs: number * 10, endedMs: number * 10 + 3 });
  }
  return ring;
}

function numbersOf({ heartbeats, isTruncated }: HeartbeatSelection) {
  return [heartbeats.map(({ sequence }) => Number(sequence)), isTruncated];
}

describe('the ring of heartbeats', () => {
  it('holds nothing before the first', () => {
    const ring = ringOf(3);
    expect([ring.count, ring.first]).toEqual([0, undefined]);
    expect(numbersOf(ring.select({ limit: 10 }))).toEqual([[], false]);
    expect(numbersOf(ring.select({ after: 0n, limit: 10 }))).toEqual([[], false]);
  });

  it('holds the newest alone, each with its own times, once it has gone round', () => {
    const ring = ringOf(3, 1, 2, 3, 4, 5, 6, 7);
    expect(ring.count).toBe(3);
    expect(ring.first).toEqual({ sequence: 5n, begunMs: 50, endedMs: 53 });
    expect(ring.select({ limit: 10 }).heartbeats).toEqual(
      [5, 6, 7].map((each) => ({
        sequence: BigInt(each),
        begunMs: each * 10,
        endedMs: each * 10 + 3,
      })),
    );
  });

  it.each([
    ['the newest, oldest of them first', undefined, 2, [4, 5], true],
    ['all of them where the limit is just enough', undefined, 5, [1, 2, 3, 4, 5], false],
    ['those above a number, from the oldest on', 2n, 2, [3, 4], true],
    ['the rest where the limit is just enough', 2n, 3, [3, 4, 5], false],
    ['none above the newest', 5n, 2, [], false],
    ['all above a number that was never held', -1n, 9, [1, 2, 3, 4, 5], false],
  ])('gives %s', (_title, after, limit, numbers, isTruncated) => {
    const selection = ringOf(8, 1, 2, 3, 4, 5).select({
      ...(after !== undefined && { after }),
      limit,
    });
    expect(numbersOf(selection)).toEqual([numbers, isTruncated]);
  });

  it('finds those above a number in the order of their acknowledgement, where numbers went back', () => {
    const ring = ringOf(8, 10, 11, 12, 9, 13);
    expect(numbersOf(ring.select({ after: 10n, limit: 8 }))).toEqual([[11, 12, 13], false]);
  });

  it.each([2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'keeps the number %s exactly',
    (sequence) => {
      const ring = new HeartbeatRing(2);
      ring.add({ sequence, begunMs: 1, endedMs: 2 });
      expect(ring.first?.sequence).toBe(sequence);
      expect(ring.select({ after: sequence - 1n, limit: 1 }).heartbeats).toHaveLength(1);
      expect(ring.select({ after: sequence, limit: 1 }).heartbeats).toHaveLength(0);
    },
  );
});
