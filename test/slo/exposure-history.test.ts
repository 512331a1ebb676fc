import { describe, expect, it } from 'vitest';
import type { Exposure } from '../../src/slo/exposure.js';
import { ExposureHistory } from '../../src/slo/exposure-history.js';

const startMs = 1_795_000_020_000;

function exposed(exposureMs: number | null, dataset = 'orders'): Exposure {
  return {
    dataset,
    exposureMs,
    targetMs: 60_000,
    status: 'met',
    path: 'copy',
    source: '',
    unproved: null,
  };
}

describe('the history of exposure', () => {
  it('holds the worst of every ten seconds', () => {
    const history = new ExposureHistory();
    [100, 900, 300].forEach((ms, second) => history.take([exposed(ms)], startMs + second * 1000));
    history.take([exposed(50)], startMs + 10_000);
    expect(history.of('orders')).toEqual([
      { atMs: startMs, worstMs: 900 },
      { atMs: startMs + 10_000, worstMs: 50 },
    ]);
  });

  it('is unknown only where nothing was known throughout', () => {
    const history = new ExposureHistory();
    history.take([exposed(null)], startMs);
    expect(history.of('orders')).toEqual([{ atMs: startMs, worstMs: null }]);
    history.take([exposed(700)], startMs + 1000);
    history.take([exposed(null)], startMs + 2000);
    expect(history.of('orders')).toEqual([{ atMs: startMs, worstMs: 700 }]);
  });

  it('reaches back an hour and no further', () => {
    const history = new ExposureHistory();
    for (let second = 0; second < 5000; second += 1)
      history.take([exposed(second)], startMs + second * 1000);
    expect(history.of('orders')).toHaveLength(361);
  });

  it('takes back the minutes that were kept, and goes on from them', () => {
    const history = new ExposureHistory();
    history.restore([{ dataset: 'orders', startMs, worstMs: 400, targetMs: 60_000 }]);
    history.take([exposed(100)], startMs + 60_000);
    const points = history.of('orders');
    expect(points).toHaveLength(7);
    expect(points.map(({ worstMs }) => worstMs)).toEqual([400, 400, 400, 400, 400, 400, 100]);
  });

  it('does not let the past change what was seen since', () => {
    const history = new ExposureHistory();
    history.take([exposed(100)], startMs + 60_000);
    history.restore([{ dataset: 'orders', startMs, worstMs: 9000, targetMs: 60_000 }]);
    expect(history.of('orders')).toEqual([{ atMs: startMs + 60_000, worstMs: 100 }]);
  });

  it('forgets a dataset that is no longer followed', () => {
    const history = new ExposureHistory();
    history.take([exposed(100), exposed(100, 'documents')], startMs);
    history.take([exposed(100)], startMs + 1000);
    expect(history.of('documents')).toEqual([]);
  });
});
