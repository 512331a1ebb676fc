import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PairRecord } from '../../src/failover/execution.js';
import { recoveryOf } from '../../src/failover/recovery.js';
import { executionOf, promotedAt, standingOf, start, type Given } from './execution-of.js';

/** So many milliseconds after the execution's start. */
const at = (ms: number) => start + ms;

const acknowledged = (
  beats: readonly (readonly [number, number])[],
  failed: readonly [number, number] | null,
): PairRecord['acknowledged'] => ({
  source: 'http://exporter',
  beats: beats.map(([begun, ended], index) => [index + 1, at(begun), at(ended)]),
  isTruncated: false,
  firstRefusal: failed === null ? null : [at(failed[0]), at(failed[1])],
});

const written = (begunMs: number, endedMs: number, lastFailedMs: number | null = null) => ({
  begunMs: at(begunMs),
  endedMs: at(endedMs),
  lastFailedMs: lastFailedMs === null ? null : at(lastFailedMs),
});

function recovered(given: Given) {
  const found = recoveryOf(executionOf(given));
  if (found === undefined) return undefined;
  const { lowMs, highMs, verdict, phases } = found;
  const took = Object.fromEntries(phases.map(({ name, tookMs }) => [name, tookMs]));
  return { lowMs, highMs, verdict, took };
}

const lost = {
  acknowledged: acknowledged([[-20_000, -19_990]], [-19_000, -18_900]),
  promoted: promotedAt(at(5000), { seenMs: at(6000) }),
  written: written(6500, 6600, 6200),
};

describe('the time without writes', () => {
  it('is not told before the new region was written to', () => {
    expect(recovered({ pairs: [{ ...lost, written: null }] })).toBeUndefined();
  });

  it('is not told while one of two databases has no write', () => {
    expect(recovered({ pairs: [lost, { ...lost, written: null }] })).toBeUndefined();
  });

  it('of a lost region lies between its heartbeats and those of the new one', () => {
    expect(recovered({ pairs: [lost] })).toMatchObject({
      lowMs: 6200 + 18_900,
      highMs: 6600 + 20_000,
      verdict: 'met',
    });
  });

  it('has no upper bound where nobody knows a write of the old region', () => {
    const pair = { ...lost, acknowledged: null };
    const steps = { prove: { endedMs: at(4000) } };
    expect(recovered({ pairs: [pair], steps })).toMatchObject({
      lowMs: 2200,
      highMs: null,
      verdict: 'indeterminate',
    });
  });

  it('with nothing known of the old region is at least 0', () => {
    expect(recovered({ pairs: [{ ...lost, acknowledged: null }] })).toMatchObject({
      lowMs: 0,
      highMs: null,
    });
  });

  it('begins at the heartbeat that the copy had, where no exporter tells of others', () => {
    const heartbeat = { seq: 1, writtenMs: at(-30_000) };
    const before = { old: null, new: standingOf({ heartbeat }) };
    const pair = { ...lost, acknowledged: null, before };
    expect(recovered({ pairs: [pair] })?.highMs).toBe(36_600);
  });

  it('begins no earlier than the last success of the outage', () => {
    const outage = { lastOkBeforeMs: at(-19_500) };
    expect(recovered({ pairs: [lost], outage })?.highMs).toBe(6600 + 19_500);
  });

  it('of two databases begins with the first that is lost and ends with the last that is back', () => {
    const other = {
      acknowledged: acknowledged([[-9000, -8990]], [-8000, -7900]),
      promoted: promotedAt(at(5000)),
      written: written(9000, 9100, 8800),
    };
    expect(recovered({ pairs: [lost, other] })).toMatchObject({
      lowMs: 8800 + 18_900,
      highMs: 9100 + 20_000,
    });
  });

  it('has no upper bound where of one of two databases no write is known', () => {
    expect(recovered({ pairs: [lost, { ...lost, acknowledged: null }] })?.highMs).toBeNull();
  });

  it('is breached where even its least is longer than the target', () => {
    expect(recovered({ pairs: [lost], rtoMs: 25_099 })?.verdict).toBe('breached');
    expect(recovered({ pairs: [lost], rtoMs: 25_100 })?.verdict).toBe('indeterminate');
  });
});

describe('the time without writes of a planned failover', () => {
  const pair = {
    promoted: promotedAt(at(3000), { seenMs: at(3500) }),
    written: written(3600, 3700, 3400),
  };
  const steps = { hold: { begunMs: at(1000), endedMs: at(1500) } };

  it('begins while writes were stopped', () => {
    expect(recovered({ mode: 'planned', pairs: [pair], steps })).toMatchObject({
      lowMs: 3400 - 1500,
      highMs: 3700 - 1000,
    });
  });

  it('begins later where somebody wrote past the hold', () => {
    const end = standingOf({ lastCommitMs: at(2000) });
    expect(recovered({ mode: 'planned', pairs: [{ ...pair, end }], steps })?.lowMs).toBe(1400);
  });

  it('was resumed: the hold of the first time counts', () => {
    const again = { hold: { begunMs: at(1000), endedMs: at(2500), attempts: 2 } };
    expect(recovered({ mode: 'planned', pairs: [pair], steps: again })).toMatchObject({
      lowMs: 900,
      highMs: 2700,
    });
  });

  it('is decided and detected in no time', () => {
    expect(recovered({ mode: 'planned', pairs: [pair], steps })?.took).toEqual({
      detect: 0,
      decide: 0,
      execute: 2500,
      verify: 200,
    });
  });
});

describe('the phases of an unplanned failover', () => {
  const outage = { firstFailMs: at(-19_000), detectedMs: at(-15_000) };

  it('follow one another', () => {
    expect(recovered({ pairs: [lost], outage })?.took).toEqual({
      detect: 4000,
      decide: 15_000,
      execute: 6000,
      verify: 600,
    });
  });

  it('are unknown where no exporter detected anything', () => {
    expect(recovered({ pairs: [lost] })?.took).toEqual({
      detect: null,
      decide: null,
      execute: 6000,
      verify: 600,
    });
  });

  it('end at the first write where the role was seen after it', () => {
    const late = { ...lost, promoted: promotedAt(at(5000), { seenMs: at(9000) }) };
    expect(recovered({ pairs: [late], outage })?.took).toMatchObject({
      execute: 6500,
      verify: 100,
    });
  });

  it('are never negative: somebody may have begun before it was detected', () => {
    const late = { ...outage, detectedMs: at(2000) };
    expect(recovered({ pairs: [lost], outage: late })?.took).toMatchObject({ decide: 0 });
  });
});

const span = (max: number) => fc.integer({ min: 0, max });

/** One database: when it was last and first written to in truth, and what was seen of that. */
const lived = fc
  .record({
    stoppedMs: span(60_000),
    ackAgoMs: fc.option(fc.tuple(span(5000), span(500)), { nil: null }),
    failLaterMs: fc.option(span(3000), { nil: null }),
    askedMs: fc.integer({ min: 70_000, max: 90_000 }),
    promotedMs: span(5000),
    failedAgoMs: fc.option(span(4000), { nil: null }),
    okLaterMs: fc.tuple(span(300), span(300)),
  })
  .map((drawn) => {
    const { stoppedMs, ackAgoMs, failLaterMs, askedMs, failedAgoMs, okLaterMs } = drawn;
    const firstMs = askedMs + drawn.promotedMs;
    const beats = ackAgoMs === null ? [] : [[stoppedMs - ackAgoMs[0], stoppedMs] as const];
    const failed =
      failLaterMs === null ? null : ([stoppedMs - 100, stoppedMs + failLaterMs] as const);
    const pair = {
      acknowledged: acknowledged(beats, failed),
      promoted: promotedAt(at(askedMs)),
      written: written(
        firstMs + okLaterMs[0],
        firstMs + okLaterMs[0] + okLaterMs[1],
        failedAgoMs === null ? null : firstMs - failedAgoMs,
      ),
    };
    return { stoppedMs, firstMs, pair };
  });

describe('whatever was seen, the bracket', () => {
  it('of a lost region holds the true time without writes', () => {
    const lives = fc.array(lived, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lives, span(2000), (databases, afterMs) => {
        const trueMs =
          Math.max(...databases.map(({ firstMs }) => firstMs)) -
          Math.min(...databases.map(({ stoppedMs }) => stoppedMs));
        const steps = { prove: { endedMs: at(60_000 + afterMs) } };
        const found = recovered({ pairs: databases.map(({ pair }) => pair), steps });
        expect(found?.lowMs).toBeLessThanOrEqual(trueMs);
        expect(found?.highMs ?? Infinity).toBeGreaterThanOrEqual(trueMs);
      }),
    );
  });

  it('of a planned failover holds the true time without writes, and ends', () => {
    fc.assert(
      fc.property(
        lived,
        span(2000),
        span(2000),
        fc.boolean(),
        (life, beforeMs, afterMs, isSeen) => {
          const { stoppedMs, firstMs, pair } = life;
          const end = isSeen ? standingOf({ lastCommitMs: at(stoppedMs) }) : null;
          // Somebody who wrote past the hold is seen in the log.
          const heldMs = isSeen ? stoppedMs - beforeMs : stoppedMs + afterMs;
          const hold = { begunMs: at(Math.min(heldMs, stoppedMs) - beforeMs), endedMs: at(heldMs) };
          const found = recovered({ mode: 'planned', pairs: [{ ...pair, end }], steps: { hold } });
          expect(found?.lowMs).toBeLessThanOrEqual(firstMs - stoppedMs);
          expect(found?.highMs ?? -1).toBeGreaterThanOrEqual(firstMs - stoppedMs);
        },
      ),
    );
  });
});
