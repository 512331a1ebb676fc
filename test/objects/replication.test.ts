import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buckets, Pair, Process, ShiftedClock, targetFor } from './stores.js';

/** Several collections of a second or two each. */
vi.setConfig({ testTimeout: 90_000 });

const missing = /^canary sensei-canary\/test\/documents\/\S+ of \S+ is missing in the destination/;
const differs = /differs? (?:in the destination )?from what was written/;

let pair: Pair;
let open: Process[];

beforeEach(async () => {
  pair = await Pair.start();
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  await pair.close();
});

function processOf(clock?: ShiftedClock, extra: object = {}): Process {
  const made = new Process(targetFor(pair.sides, extra), clock);
  open.push(made);
  return made;
}

/** Collects until it holds, with the time of an interval between. */
async function collectUntil(
  collecting: Process,
  holds: (found: Awaited<ReturnType<Process['collect']>>) => boolean,
  mostRounds = 40,
) {
  for (let round = 0; round < mostRounds; round += 1) {
    const found = await collecting.collect();
    if (holds(found)) return found;
    collecting.clock.pass(collecting.target.intervalMs);
  }
  throw new Error(`not within ${mostRounds} collections`);
}

const isGood = ({ outcome, value }: Awaited<ReturnType<Process['collect']>>) =>
  outcome === 'good' && value('sensei_objects_canaries_outstanding', { state: 'missing' }) === 0;

describe('the replication of objects', () => {
  it('that works is seen within the collection, compared byte by byte, and leaves nothing behind', async () => {
    const collecting = processOf();
    const found = await collectUntil(collecting, isGood);
    expect(found.exposureMs).toBeLessThan(collecting.target.timeoutMs + 1000);
    expect(found.point).toMatchObject({ dataset: 'documents', path: 'copy' });
    expect(found.point?.unproved).toBeUndefined();
    expect(found.value('sensei_objects_replication_delay_seconds')).toBeGreaterThan(0);
    await collectUntil(collecting, isGood);
    expect((await pair.keys('source')).length).toBeLessThanOrEqual(2);
    expect((await pair.keys('destination')).length).toBeLessThanOrEqual(2);
  });

  it('leaves nothing behind where it is looked at once and no more', async () => {
    const once = processOf();
    await collectUntil(once, isGood);
    await once.close();
    expect([await pair.keys('source'), await pair.keys('destination')]).toEqual([[], []]);
  });

  it('that is stopped lets exposure grow from the last copy, never to 0, and says what is missing', async () => {
    const collecting = processOf();
    const before = await collectUntil(collecting, isGood);
    pair.replicator.isStopped = true;
    const stopped = await collecting.collect();
    expect(stopped.point?.newestMs).toBeLessThanOrEqual(before.point!.newestMs! + 3000);
    const points: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      collecting.clock.pass(2000);
      const found = await collecting.collect();
      points.push(Math.round(found.point!.newestMs!));
      expect(found.exposureMs).toBeGreaterThan(2000 * (round + 1));
      expect(found.point?.source).toMatch(missing);
    }
    expect(Math.max(...points) - Math.min(...points)).toBeLessThanOrEqual(1);
    const found = await collecting.collect();
    expect(found.outcome).toBe('bad: stalled');
    expect(found.value('sensei_objects_stalled')).toBe(1);
  });

  it('that is resumed is caught up with, and told once each way', async () => {
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    pair.replicator.isStopped = true;
    const stalled = await collectUntil(collecting, ({ outcome }) => outcome === 'bad: stalled');
    expect(stalled.eventTypes).toEqual(['replication_stalled']);
    collecting.clock.pass(2000);
    expect((await collecting.collect()).eventTypes).toEqual([]);
    pair.replicator.mend();
    const told: string[] = [];
    const resumed = await collectUntil(collecting, (found) => {
      told.push(...found.eventTypes);
      return isGood(found);
    });
    expect(told).toEqual(['replication_resumed']);
    expect(resumed.exposureMs).toBeLessThan(3000);
  });

  it('that is slowed by 5 s shows an exposure of 5 s and more, and no stall', async () => {
    const collecting = processOf(undefined, { staleAfter: '60s' });
    await collectUntil(collecting, isGood);
    pair.replicator.delayMs = 5000;
    const startedMs = performance.now();
    const exposures: number[] = [];
    while (performance.now() - startedMs < 12_000) {
      const found = await collecting.collect();
      expect(found.outcome).toBe('good');
      if (performance.now() - startedMs > 6000) exposures.push(found.exposureMs!);
    }
    expect(Math.min(...exposures)).toBeGreaterThan(5000);
    expect(Math.max(...exposures)).toBeLessThan(5000 + 5 * collecting.target.timeoutMs);
  });

  it('that corrupts is seen with its reason; a later true copy does not hide it; a repair ends it', async () => {
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    pair.replicator.isCorrupting = true;
    const corrupt = await collectUntil(collecting, ({ outcome }) => outcome === 'bad: corrupt');
    expect(corrupt.point?.source).toMatch(differs);
    expect(corrupt.eventTypes).toContain('object_corrupt');
    const stuckMs = Number(/\/(\d{13})-/.exec(corrupt.point!.source)![1]);
    pair.replicator.isCorrupting = false;
    for (let round = 0; round < 3; round += 1) {
      collecting.clock.pass(2000);
      const found = await collecting.collect();
      expect(found.outcome).toBe('bad: corrupt');
      expect(found.point!.newestMs).toBeLessThanOrEqual(stuckMs + 1);
    }
    pair.replicator.mend();
    const repaired = await collectUntil(collecting, isGood);
    expect(repaired.exposureMs).toBeLessThan(3000);
  });

  it('agrees with an independent reader of both buckets to within a collection', async () => {
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    const oldestWithoutCopy = async () => {
      const copies = new Set(await pair.keys('destination'));
      const lacking = (await pair.keys('source'))
        .filter((key) => !copies.has(key))
        .toSorted((a, b) => a.localeCompare(b));
      return lacking[0] === undefined ? undefined : Number(/(\d{13})-/.exec(lacking[0])![1]);
    };
    const clock = new ShiftedClock();
    let beforeMs = performance.now();
    for (const isStopped of [false, true, true, false]) {
      pair.replicator.isStopped = isStopped;
      for (let round = 0; round < 3; round += 1) {
        const beganMs = performance.now();
        const found = await collecting.collect();
        const oldestMs = await oldestWithoutCopy();
        const trueMs = oldestMs === undefined ? 0 : clock.now().wallMs - oldestMs;
        const toldMs = found.exposureMs!;
        // What changes while one of the two looks is seen by the other alone.
        const lookedMs = performance.now() - beforeMs;
        expect(toldMs - trueMs).toBeLessThan(2 * collecting.target.intervalMs + lookedMs);
        expect(trueMs - toldMs).toBeLessThan(1000 + lookedMs);
        beforeMs = beganMs;
      }
    }
  });
});

describe('a process that is started again', () => {
  it('goes on with what the one before left outstanding, and claims no more than it saw', async () => {
    const clock = new ShiftedClock();
    const first = processOf(clock);
    await collectUntil(first, isGood);
    pair.replicator.isStopped = true;
    for (let round = 0; round < 3; round += 1) {
      await first.collect();
      clock.pass(2000);
    }
    const last = await first.collect();
    await first.close();
    const second = processOf(clock);
    const found = await second.collect();
    expect(found.value('sensei_objects_canaries_outstanding', { state: 'missing' })).toBe(5);
    expect(found.point?.newestMs).toBeGreaterThanOrEqual(Math.floor(last.point!.newestMs!));
    expect(found.exposureMs).toBeGreaterThan(6000);
    expect(found.point?.unproved).toContain('no canary was seen to be replicated');
    pair.replicator.mend();
    const resumed = await collectUntil(second, isGood);
    expect(resumed.point?.unproved).toBeUndefined();
    clock.pass(61_000);
    await collectUntil(second, isGood);
    await second.collect();
    expect((await pair.keys('source')).length).toBeLessThanOrEqual(2);
  });

  it('finds a corrupt copy of the one before', async () => {
    const clock = new ShiftedClock();
    const first = processOf(clock);
    await collectUntil(first, isGood);
    pair.replicator.isCorrupting = true;
    await collectUntil(first, ({ outcome }) => outcome === 'bad: corrupt');
    await first.close();
    const second = processOf(clock);
    const found = await collectUntil(second, ({ outcome }) => outcome === 'bad: corrupt');
    expect(found.point?.source).toMatch(differs);
  });
});

describe('what is found in the buckets', () => {
  it('of others under the prefix is left alone', async () => {
    const key = 'sensei-canary/test/documents/readme.txt';
    await pair.s3.send(new PutObjectCommand({ Bucket: buckets.source, Key: key, Body: 'mine' }));
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    collecting.clock.pass(61_000);
    await collecting.collect();
    expect(await pair.keys('source')).toContain(key);
    expect(await pair.keys('destination')).toContain(key);
  });

  it('as a copy without its original is removed', async () => {
    const orphan = 'sensei-canary/test/documents/1700000000000-0123abcd';
    await pair.s3.send(
      new PutObjectCommand({ Bucket: buckets.destination, Key: orphan, Body: 'old' }),
    );
    const collecting = processOf();
    await collecting.collect();
    collecting.clock.pass(61_000);
    await collecting.collect();
    await collecting.collect();
    expect(await pair.keys('destination')).not.toContain(orphan);
  });

  it('is no longer waited for when somebody removed it from the source: its gap is accepted', async () => {
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    pair.replicator.isStopped = true;
    const stalled = await collectUntil(collecting, ({ outcome }) => outcome === 'bad: stalled');
    for (const key of await pair.keys('source'))
      await pair.s3.send(new DeleteObjectCommand({ Bucket: buckets.source, Key: key }));
    collecting.clock.pass(61_000);
    const accepted = await collecting.collect();
    expect(accepted.counted('sensei_objects_canaries_accepted_total')).toBeGreaterThan(0);
    pair.replicator.mend();
    const found = await collectUntil(collecting, isGood);
    expect(found.point!.newestMs).toBeGreaterThan(stalled.point!.newestMs!);
  });
});

describe('clocks', () => {
  it('set back by an hour do not make the copy any newer', async () => {
    const collecting = processOf();
    await collectUntil(collecting, isGood);
    pair.replicator.isStopped = true;
    await collecting.collect();
    collecting.clock.wallShiftMs -= 3_600_000;
    collecting.clock.pass(10_000);
    expect((await collecting.collect()).exposureMs).toBeGreaterThan(10_000);
  });
});
