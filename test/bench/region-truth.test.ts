import { describe, expect, it } from 'vitest';
import {
  acceptancesOf,
  gapsOf,
  movesOf,
  reignsOf,
  twoAtOnce,
  type Acknowledged,
  type WayAttempt,
} from '../../lab/region-truth.js';

const acked = (seq: number, region: 'a' | 'b', ackedMs: number): Acknowledged => ({
  seq,
  region,
  begunMs: ackedMs - 2,
  ackedMs,
});

describe('the true unavailability', () => {
  const written = [
    acked(1, 'a', 100),
    acked(2, 'a', 110),
    acked(9, 'b', 2110),
    acked(10, 'b', 2115),
    acked(20, 'b', 2415),
    acked(30, 'a', 2420),
  ];

  it('is from the last acknowledgement to the first, each gap for itself', () => {
    const found = gapsOf(written, 300);
    expect(found.map(({ last, first, lengthMs }) => [last.seq, first.seq, lengthMs])).toEqual([
      [2, 9, 2000],
      [10, 20, 300],
    ]);
  });

  it('of a failover is the gap between two regions, however short', () => {
    const moves = movesOf(written).map(({ last, first, lengthMs }) => [
      last.region,
      first.region,
      lengthMs,
    ]);
    expect(moves).toEqual([
      ['a', 'b', 2000],
      ['b', 'a', 5],
    ]);
  });

  it('of nothing, or of one write, is none', () => {
    expect(gapsOf([], 0)).toEqual([]);
    expect(movesOf([acked(1, 'a', 5)])).toEqual([]);
  });
});

const attempt = (
  way: string,
  begunMs: number,
  accepted: boolean,
  region: 'a' | 'b' = way.endsWith('a') ? 'a' : 'b',
): WayAttempt => ({ way, region, begunMs, endedMs: begunMs + 10, accepted });

describe('two writable regions', () => {
  it('are none where one accepted before the other did', () => {
    const attempts = [
      attempt('haproxy-a', 0, true),
      attempt('haproxy-a', 50, true),
      attempt('haproxy-b', 50, false),
      attempt('haproxy-a', 100, false),
      attempt('haproxy-b', 100, true),
      attempt('haproxy-b', 150, true),
    ];
    expect(acceptancesOf(attempts)).toEqual([
      { way: 'haproxy-a', region: 'a', fromMs: 0, toMs: 60, attempts: 2 },
      { way: 'haproxy-b', region: 'b', fromMs: 100, toMs: 160, attempts: 2 },
    ]);
    expect(twoAtOnce(acceptancesOf(attempts))).toEqual([]);
    expect(reignsOf(attempts).map(({ region }) => region)).toEqual(['a', 'b']);
  });

  it('are found where two attempts overlap', () => {
    const attempts = [attempt('haproxy-a', 0, true), attempt('haproxy-b', 9, true)];
    expect(twoAtOnce(acceptancesOf(attempts))).toHaveLength(1);
  });

  it('are found where one accepts between two writes of the other, none refused between', () => {
    const attempts = [
      attempt('haproxy-b', 0, true),
      attempt('haproxy-a', 20, true),
      attempt('haproxy-b', 40, true),
    ];
    const [[inA, inB]] = twoAtOnce(acceptancesOf(attempts)) as [[unknown, unknown]];
    expect(inA).toMatchObject({ region: 'a', fromMs: 20, toMs: 30 });
    expect(inB).toMatchObject({ region: 'b', fromMs: 0, toMs: 50, attempts: 2 });
  });

  it('are found by one member behind a write path that refuses', () => {
    const attempts = [
      attempt('haproxy-a', 0, false),
      attempt('a1', 0, true, 'a'),
      attempt('haproxy-b', 5, true),
    ];
    expect(twoAtOnce(acceptancesOf(attempts))).toMatchObject([[{ way: 'a1' }, { region: 'b' }]]);
  });

  it('that are never seen at one moment show as a region that comes back', () => {
    const attempts = [
      attempt('haproxy-a', 0, true),
      attempt('haproxy-a', 45, false),
      attempt('haproxy-b', 50, true),
      attempt('haproxy-b', 65, false),
      attempt('haproxy-a', 100, true),
    ];
    expect(twoAtOnce(acceptancesOf(attempts))).toEqual([]);
    expect(reignsOf(attempts)).toEqual([
      { region: 'a', fromMs: 0, toMs: 10 },
      { region: 'b', fromMs: 50, toMs: 60 },
      { region: 'a', fromMs: 100, toMs: 110 },
    ]);
  });

  it('are not looked for where nothing was accepted', () => {
    expect(acceptancesOf([attempt('haproxy-a', 0, false)])).toEqual([]);
    expect(reignsOf([])).toEqual([]);
  });
});
