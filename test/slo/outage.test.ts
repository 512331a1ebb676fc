import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bracketOf, judgeBracket, OutageMachine, type Seen } from '../../src/slo/outage.js';

const rules = { threshold: 3, stabilisationMs: 1000 };

interface Found {
  readonly lastOkBefore: number | null;
  readonly firstFail: number;
  readonly lastFail: number;
  readonly firstOk: number | null;
  readonly isClosed: boolean;
}

function seen(
  outcome: Seen['outcome'],
  startMs: number,
  tookMs: number,
  isMaintenance = false,
): Seen {
  const at = { wallMs: startMs, monoMs: startMs };
  const endedAt = { wallMs: startMs + tookMs, monoMs: startMs + tookMs };
  return { outcome, at, endedAt, isMaintenance, ...(outcome === 'bad' && { reason: 'connect' }) };
}

/** All outages of a stream, by the machine. */
function byMachine(stream: readonly Seen[]): Found[] {
  const machine = new OutageMachine(rules);
  const outages = new Set<NonNullable<OutageMachine['current']>>();
  for (const each of stream) {
    machine.observe(each);
    if (machine.current !== undefined) outages.add(machine.current);
  }
  return [...outages].map(({ lastOkBefore, firstFail, lastFail, firstOk, closedAt }) => ({
    lastOkBefore: lastOkBefore?.monoMs ?? null,
    firstFail: firstFail.at.monoMs,
    lastFail: lastFail.at.monoMs,
    firstOk: closedAt === undefined ? null : (firstOk?.endedAt.monoMs ?? null),
    isClosed: closedAt !== undefined,
  }));
}

/**
 * The same from the definitions, with the whole stream in hand: an outage begins at the first failure
 * of `threshold` in a row; it ends at the first success of the first run of successes, without a hole,
 * that lasts the stabilisation time.
 */
function byDefinition(stream: readonly Seen[]): Found[] {
  const known = stream.filter(({ outcome }) => outcome !== 'unknown');
  const found: Found[] = [];
  let from = 0;
  for (;;) {
    const first = known.findIndex(
      (_, index) =>
        index >= from &&
        known.slice(index, index + rules.threshold).length === rules.threshold &&
        known.slice(index, index + rules.threshold).every(({ outcome }) => outcome === 'bad'),
    );
    if (first === -1) return found;
    const before = known.slice(0, first).findLast(({ outcome }) => outcome === 'good');
    const end = endOf(known, first + rules.threshold);
    const last = known
      .slice(first, end === undefined ? undefined : end.firstIndex)
      .findLast(({ outcome }) => outcome === 'bad')!;
    found.push({
      lastOkBefore: before?.at.monoMs ?? null,
      firstFail: known[first]!.at.monoMs,
      lastFail: last.at.monoMs,
      firstOk: end === undefined ? null : known[end.firstIndex]!.endedAt.monoMs,
      isClosed: end !== undefined,
    });
    if (end === undefined) return found;
    from = end.closedIndex + 1;
  }
}

function endOf(
  known: readonly Seen[],
  from: number,
): { firstIndex: number; closedIndex: number } | undefined {
  for (let firstIndex = from; firstIndex < known.length; firstIndex += 1) {
    if (known[firstIndex]!.outcome !== 'good') continue;
    for (let index = firstIndex; index < known.length; index += 1) {
      const each = known[index]!;
      const hole =
        index > firstIndex &&
        each.at.monoMs - known[index - 1]!.endedAt.monoMs > rules.stabilisationMs;
      if (each.outcome !== 'good' || hole) break;
      if (each.endedAt.monoMs - known[firstIndex]!.at.monoMs >= rules.stabilisationMs) {
        return { firstIndex, closedIndex: index };
      }
    }
  }
  return undefined;
}

const streams = fc
  .array(
    fc.record({
      outcome: fc.oneof(
        { weight: 6, arbitrary: fc.constant('good' as const) },
        { weight: 5, arbitrary: fc.constant('bad' as const) },
        { weight: 1, arbitrary: fc.constant('unknown' as const) },
      ),
      repeat: fc.integer({ min: 1, max: 14 }),
      tookMs: fc.integer({ min: 0, max: 250 }),
      waitMs: fc.oneof(
        { weight: 12, arbitrary: fc.constant(100) },
        { weight: 1, arbitrary: fc.integer({ min: 100, max: 5000 }) },
      ),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((runs) => {
    const stream: Seen[] = [];
    let atMs = 0;
    for (const { outcome, repeat, tookMs, waitMs } of runs) {
      for (let count = 0; count < repeat; count += 1) {
        stream.push(seen(outcome, atMs, tookMs));
        atMs += Math.max(waitMs, tookMs);
      }
    }
    return stream;
  });

describe('the outage machine', () => {
  it('finds the outages that the definitions give with the whole stream in hand', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        expect(byMachine(stream)).toEqual(byDefinition(stream));
      }),
      { numRuns: 2000 },
    );
  });

  it('its bracket holds the true outage, whenever within the probes that began and ended', () => {
    const outages = fc.record({
      downAtMs: fc.integer({ min: 1000, max: 3000 }),
      lengthMs: fc.integer({ min: 450, max: 30_000 }),
      phaseMs: fc.integer({ min: 0, max: 99 }),
      goodTookMs: fc.integer({ min: 0, max: 60 }),
      badTookMs: fc.integer({ min: 0, max: 600 }),
    });
    fc.assert(
      fc.property(outages, ({ downAtMs, lengthMs, phaseMs, goodTookMs, badTookMs }) => {
        const upAtMs = downAtMs + lengthMs;
        const machine = new OutageMachine(rules);
        let startMs = phaseMs;
        while (startMs < upAtMs + 3000) {
          // The service answers at the end of what a good probe takes; a bad one may hang.
          const answersAtMs = startMs + goodTookMs;
          const isUp = answersAtMs < downAtMs || startMs >= upAtMs;
          // One that was begun while it was up cannot fail before it is down.
          const tookMs = isUp ? goodTookMs : Math.max(badTookMs, downAtMs - startMs);
          machine.observe(seen(isUp ? 'good' : 'bad', startMs, tookMs));
          startMs += Math.max(100, Math.ceil(tookMs / 100) * 100);
        }
        const outage = machine.current;
        if (outage === undefined) return;
        const { lowMs, highMs } = bracketOf(outage);
        expect(lowMs).toBeLessThanOrEqual(lengthMs);
        expect(highMs).toBeGreaterThanOrEqual(lengthMs);
      }),
      { numRuns: 3000 },
    );
  });

  const play = (outcomes: string, stepMs = 100) => {
    const machine = new OutageMachine(rules);
    const names = { g: 'good', b: 'bad', u: 'unknown' } as const;
    Array.from(outcomes).forEach((letter, index) =>
      machine.observe(
        seen(
          names[letter.toLowerCase() as 'g'],
          index * stepMs,
          0,
          letter !== letter.toLowerCase(),
        ),
      ),
    );
    return machine.current;
  };

  it('two failures are none; the third opens it, back-dated to the first', () => {
    expect(play('ggbbg')).toBeUndefined();
    expect(play('ggbbb')?.firstFail.at.monoMs).toBe(200);
    expect(play('ggbbb')?.lastOkBefore?.monoMs).toBe(100);
  });

  it('what nobody observed neither opens nor closes it', () => {
    expect(play('gbbuuuuuuu')).toBeUndefined();
    expect(play('gbbubgggg')?.closedAt).toBeUndefined();
    expect(play('gbbbuuuuuuuuuuuuuuuuuuuu')?.closedAt).toBeUndefined();
  });

  it('flaps within the stabilisation time are one outage', () => {
    const outage = play(`gbbb${'g'.repeat(9)}b${'g'.repeat(12)}`)!;
    expect(outage.firstFail.at.monoMs).toBe(100);
    expect(outage.lastFail.at.monoMs).toBe(1300);
    expect(outage.firstOk?.at.monoMs).toBe(1400);
    expect(outage.closedAt?.monoMs).toBe(2400);
  });

  it('a run of successes with a hole in it is not known to have lasted', () => {
    const machine = new OutageMachine(rules);
    ['good', 'bad', 'bad', 'bad', 'good'].forEach((outcome, index) =>
      machine.observe(seen(outcome as 'good', index * 100, 0)),
    );
    machine.observe(seen('good', 5000, 0));
    expect(machine.current?.closedAt).toBeUndefined();
    for (let ms = 5100; ms <= 6000; ms += 100) machine.observe(seen('good', ms, 0));
    expect(machine.current?.firstOk?.at.monoMs).toBe(5000);
  });

  it('one that began in maintenance is of maintenance, until it outlasts that', () => {
    expect(play('gBBBG')?.isMaintenance).toBe(true);
    const outage = play('gBBBbb')!;
    expect(outage.isMaintenance).toBe(false);
    expect(outage.firstFail.at.monoMs).toBe(400);
    expect(outage.lastOkBefore?.monoMs).toBe(300);
  });

  it.each([
    [{ lowMs: 900, highMs: 1000 }, 'met', 'all of it within the target'],
    [{ lowMs: 900, highMs: 1001 }, 'indeterminate', 'the target within the bracket'],
    [{ lowMs: 1000, highMs: 1200 }, 'indeterminate', 'exactly the target at least'],
    [{ lowMs: 1001, highMs: 1200 }, 'breached', 'more than the target at least'],
    [{ lowMs: 0, highMs: null }, 'indeterminate', 'nothing that bounds it'],
  ] as const)('%j against 1 s is %s: %s', (bracket, verdict, _why) => {
    expect(judgeBracket(bracket, 1000)).toBe(verdict);
  });
});
