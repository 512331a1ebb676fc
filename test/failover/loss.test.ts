import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PairRecord } from '../../src/failover/execution.js';
import { lossesOf } from '../../src/failover/loss.js';
import { executionOf, promotedAt, standingOf, start } from './execution-of.js';

const at = (ms: number) => start + ms;
const promoted = promotedAt(at(60_000), { lsn: '0/5000' });

type Beats = readonly (readonly [number: number, begun: number, ended: number])[];

const acknowledged = (
  beats: Beats,
  failed: readonly [number, number] | null = null,
  isTruncated = false,
): PairRecord['acknowledged'] => ({
  source: 'http://exporter',
  beats: beats.map(([number, begun, ended]) => [number, at(begun), at(ended)]),
  isTruncated,
  firstRefusal: failed === null ? null : [at(failed[0]), at(failed[1])],
});

const copyWith = (seq: number, writtenMs: number, rest: object = {}) =>
  standingOf({
    member: 'b1',
    lsn: '0/5000',
    heartbeat: { seq, writtenMs: at(writtenMs) },
    ...rest,
  });

/** Of a database that was promoted, and of which this is known. */
function lossOf(pair: Partial<PairRecord>) {
  const [loss] = lossesOf(executionOf({ pairs: [{ promoted, ...pair }] }));
  return loss!;
}

const beats: Beats = [
  [1, 0, 10],
  [2, 1000, 1010],
  [3, 2000, 2010],
  [4, 3000, 3010],
];

describe('what a failover lost', () => {
  it('is not told of a database that was not promoted', () => {
    expect(lossesOf(executionOf({ pairs: [{}, { promoted }] })).map(({ pair }) => pair)).toEqual([
      'p1',
    ]);
  });

  it('is nothing where the copy was proved to be whole', () => {
    expect(lossOf({ isProvedWhole: true, end: standingOf({ lsn: '0/9000' }) })).toMatchObject({
      heartbeats: 0,
      bytesAtMost: 0,
      lowMs: 0,
      highMs: 0,
      isProvisional: false,
      verdict: 'met',
      source: 'both regions, before the promotion',
    });
  });

  it('is every acknowledged heartbeat that the copy has not', () => {
    const known = { acknowledged: acknowledged(beats, [4000, 4100]), copy: copyWith(2, 1000) };
    expect(lossOf(known)).toMatchObject({
      heartbeats: 2,
      bytesAtMost: null,
      lowMs: 3000 - 2010,
      highMs: 4100 - 1000,
      isProvisional: true,
      verdict: 'met',
      source: 'heartbeats of http://exporter',
    });
  });

  it('may be something still where the copy has every heartbeat', () => {
    const known = { acknowledged: acknowledged(beats, [4000, 4100]), copy: copyWith(4, 3000) };
    expect(lossOf(known)).toMatchObject({ heartbeats: 0, lowMs: 0, highMs: 1100 });
  });

  it('has no upper bound where no write was seen to fail', () => {
    const known = { acknowledged: acknowledged(beats), copy: copyWith(2, 1000) };
    expect(lossOf(known)).toMatchObject({ highMs: null, verdict: 'indeterminate' });
  });

  it('of a list that is cut off is an unknown number of heartbeats, and no shorter time', () => {
    const cut = acknowledged(beats.slice(2), [4000, 4100], true);
    expect(lossOf({ acknowledged: cut, copy: copyWith(1, 0) })).toMatchObject({
      heartbeats: null,
      lowMs: 990,
      highMs: 4100,
    });
  });

  it.each([
    ['the copy has no heartbeat', { acknowledged: acknowledged(beats), copy: standingOf({}) }],
    ['the copy was not read', { acknowledged: acknowledged(beats), copy: null }],
    ['no exporter tells which were acknowledged', { acknowledged: null, copy: copyWith(2, 1000) }],
  ])('is unknown where %s', (_title, known) => {
    expect(lossOf(known)).toMatchObject({
      heartbeats: null,
      bytesAtMost: null,
      lowMs: 0,
      highMs: null,
      isProvisional: true,
      verdict: 'indeterminate',
    });
  });

  it('says that nothing tells where nothing does', () => {
    expect(lossOf({}).source).toBe('nothing tells');
  });
});

describe('what a failover lost, once the old region was read', () => {
  const end = standingOf({ lsn: '0/5FFF', heartbeat: { seq: 4, writtenMs: at(3000) } });

  it('is no longer provisional, and has bytes', () => {
    const known = { acknowledged: acknowledged(beats), copy: copyWith(2, 1000), end };
    expect(lossOf(known)).toMatchObject({
      heartbeats: 2,
      bytesAtMost: 0xfff,
      isProvisional: false,
      source: 'the log of a1, heartbeats of http://exporter',
    });
  });

  it('counts bytes from where the new timeline begins, else from what the copy had', () => {
    const unseen = promotedAt(at(60_000));
    const copy = copyWith(2, 1000, { lsn: '0/5F00' });
    expect(lossOf({ end, copy }).bytesAtMost).toBe(0xfff);
    expect(lossOf({ end, copy, promoted: unseen }).bytesAtMost).toBe(0xff);
  });

  it('is no byte where the old log ends before the new timeline', () => {
    expect(lossOf({ end: standingOf({ lsn: '0/4000' }) }).bytesAtMost).toBe(0);
  });

  it('is an unknown number of bytes where its log tells no position', () => {
    expect(lossOf({ end: standingOf({ lsn: null }) }).bytesAtMost).toBeNull();
  });

  it('lies between the last commits of both regions where no exporter tells', () => {
    const copy = copyWith(2, 1000, { lastCommitMs: at(1500) });
    expect(lossOf({ copy, end: { ...end, lastCommitMs: at(3200) } })).toMatchObject({
      lowMs: 1700,
      highMs: 1700,
    });
  });

  it('goes at least to the newest heartbeat of an old region that does not tell its last commit', () => {
    const copy = copyWith(2, 1000, { lastCommitMs: at(1500) });
    expect(lossOf({ copy, end })).toMatchObject({ lowMs: 1500, highMs: null });
  });

  it('has no lower bound by two heartbeats alone: what is kept may be as new as the next one', () => {
    expect(lossOf({ copy: copyWith(2, 1000), end })).toMatchObject({ lowMs: 0, highMs: null });
  });

  it('is over the target where its least is', () => {
    const copy = copyWith(2, 1000, { lastCommitMs: at(1500) });
    expect(lossOf({ copy, end: { ...end, lastCommitMs: at(9000) } }).verdict).toBe('breached');
  });
});

/** A life of a database: heartbeats that were committed within their time, and other commits. */
const life = fc
  .record({
    paces: fc.array(
      fc.record({
        waitMs: fc.integer({ min: 1, max: 1500 }),
        tookMs: fc.integer({ min: 0, max: 400 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    others: fc.array(fc.nat(400), { maxLength: 10 }),
    cut: fc.tuple(fc.nat(19), fc.nat(50)),
    afterMs: fc.integer({ min: 0, max: 900 }),
    dropped: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ paces, others, cut, afterMs, dropped }) => {
    let begun = 0;
    const all = paces.map(({ waitMs, tookMs, share }, index) => {
      begun += waitMs;
      const beat = {
        number: index + 1,
        begun,
        ended: begun + tookMs,
        at: begun + Math.round(tookMs * share),
      };
      begun += tookMs;
      return beat;
    });
    const [index, agoMs] = cut;
    const cutMs = all[index % all.length]!.at - agoMs;
    const lastMs = Math.max(...all.map((beat) => beat.at));
    const commits = [...all.map((beat) => beat.at), ...others.map((ms) => cutMs - ms)];
    return { all, commits, cutMs, endedMs: begun + afterMs, dropped, lastMs };
  });

describe('whatever was seen, the time that was lost', () => {
  it('lies within the bracket of the acknowledged heartbeats', () => {
    fc.assert(
      fc.property(life, ({ all, commits, cutMs, endedMs, dropped, lastMs }) => {
        const kept = all.findLast((beat) => beat.at <= cutMs);
        fc.pre(kept !== undefined);
        const newest = Math.max(...commits.filter((ms) => ms <= cutMs));
        const trueMs = Math.max(0, lastMs - newest);
        const seen = all.slice(Math.min(dropped, all.length - 1));
        const list = seen.map(({ number, begun, ended }) => [number, begun, ended] as const);
        const found = lossOf({
          acknowledged: acknowledged(list, [endedMs, endedMs], dropped > 0),
          copy: copyWith(kept.number, kept.begun),
        });
        expect(found.lowMs).toBeLessThanOrEqual(trueMs);
        expect(found.highMs ?? -1).toBeGreaterThanOrEqual(trueMs);
        const gone = all.filter((beat) => beat.at > cutMs).length;
        expect(found.heartbeats).toBe(dropped > 0 ? null : gone);
      }),
      { numRuns: 500 },
    );
  });

  it('lies within the bracket of what the old region has, whether it tells its last commit or not', () => {
    fc.assert(
      fc.property(life, fc.boolean(), ({ all, commits, cutMs, lastMs }, isTold) => {
        const keptCommits = commits.filter((ms) => ms <= cutMs);
        fc.pre(keptCommits.length > 0);
        const newest = Math.max(...keptCommits);
        const trueMs = Math.max(0, lastMs - newest);
        const last = all.at(-1)!;
        const found = lossOf({
          copy: copyWith(0, newest - 500, { lastCommitMs: at(newest) }),
          end: standingOf({
            heartbeat: { seq: last.number, writtenMs: at(last.begun) },
            lastCommitMs: isTold ? at(lastMs) : null,
          }),
        });
        expect(found.lowMs).toBeLessThanOrEqual(trueMs);
        expect(found.highMs ?? Infinity).toBeGreaterThanOrEqual(trueMs);
      }),
    );
  });
});
