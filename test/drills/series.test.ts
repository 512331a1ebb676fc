import { describe, expect, it } from 'vitest';
import { mostChanges, mostSeries, SeriesRecorder, timeIn } from '../../src/drills/series.js';

describe('the series of SLIs', () => {
  it('keeps changes alone, and what was not told is unknown', () => {
    const recorder = new SeriesRecorder(['a']);
    recorder.add(1000, new Map([['a', 'good']]));
    recorder.add(2000, new Map([['a', 'good']]));
    recorder.add(3000, undefined);
    recorder.add(4000, new Map([['a', 'bad']]));
    recorder.add(6000, new Map([['b', 'good']]));
    const changes = [
      [1000, 'good'],
      [3000, 'unknown'],
      [4000, 'bad'],
      [6000, 'unknown'],
    ];
    const series = recorder.series();
    expect(series).toEqual([{ slo: 'a', changes, toMs: 6000, isComplete: true }]);
    expect((['good', 'bad', 'unknown'] as const).map((state) => timeIn(series[0]!, state))).toEqual(
      [2000, 2000, 1000],
    );
  });

  it('is bounded, and says where it left something out', () => {
    const recorder = new SeriesRecorder(
      Array.from({ length: mostSeries + 1 }, (_, index) => `s${index}`),
    );
    for (let at = 0; at <= mostChanges; at += 1)
      recorder.add(at, new Map([['s0', at % 2 === 0 ? 'good' : 'bad']]));
    const series = recorder.series();
    expect(series).toHaveLength(mostSeries);
    expect([series[0]?.changes.length, series[0]?.isComplete]).toEqual([mostChanges, false]);
    expect(series[1]?.isComplete).toBe(true);
  });

  it('has nothing of what was never looked at', () => {
    expect(new SeriesRecorder(['a']).series()).toEqual([]);
  });
});
