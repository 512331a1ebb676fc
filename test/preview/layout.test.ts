import { describe, expect, it } from 'vitest';
import { axisFor } from '../../lab/preview/axis.js';
import { complaintsAbout } from '../../lab/preview/complaints.js';
import type { Panel } from '../../lab/preview/dashboard.js';
import type { Field } from '../../lab/preview/frame.js';
import { fittingFont, longest, textWidth } from '../../lab/preview/html.js';
import { columnsFor } from '../../lab/preview/panels/stat.js';
import { stretchesOf } from '../../lab/preview/panels/state-timeline.js';
import { columnWidths } from '../../lab/preview/panels/table.js';
import { boxOf } from '../../lab/preview/grid.js';
import { timeTicks } from '../../lab/preview/time-ticks.js';

const field = (values: Field['values'], config: Field['config'] = {}): Field => ({
  name: 'Value',
  type: 'number',
  labels: {},
  values,
  config,
});

describe('the grid', () => {
  it('a panel of all columns is as wide as the page without its margins', () => {
    const box = boxOf({ x: 0, y: 0, w: 24, h: 1 }, 1600);
    expect(box.width).toBeCloseTo(1568, 5);
  });
  it('a row is 30 px high and 8 px from the next', () => {
    const [first, second] = [0, 4].map((y) => boxOf({ x: 0, y, w: 4, h: 4 }, 1600));
    expect(first?.height).toBe(4 * 30 + 3 * 8);
    expect((second?.top ?? 0) - (first?.top ?? 0)).toBe((first?.height ?? 0) + 8);
  });
});

describe('stat boxes', () => {
  it.each([
    ['a single one takes all', { width: 240, height: 90 }, 1, 1],
    ['two stand beside each other in a wide panel', { width: 240, height: 90 }, 2, 2],
    ['two stand above each other in a high panel', { width: 90, height: 240 }, 2, 1],
    ['four are a square in a square', { width: 200, height: 200 }, 4, 2],
  ])('%s', (_, size, count, expected) => {
    expect(columnsFor(size, count)).toBe(expected);
  });
});

describe('letters', () => {
  // Measured in a browser with Inter at 14 px.
  it.each([
    ['orders-a-writes', 103.8],
    ['dashboard-region-b-availability', 209.8],
    ['-11136.0%', 66.6],
    ['127.50.1.21:9808', 106.7],
    ['Recovery time (RTO)', 137],
  ])('%s is as wide as it is drawn, to a sixth', (text, width) => {
    expect(Math.abs(textWidth(text, 14) / width - 1)).toBeLessThan(1 / 6);
  });
  it('a font is as large as the narrower side lets it be', () => {
    expect(fittingFont('Up', { width: 1000, height: 48 }, 1.2)).toBe(40);
    expect(fittingFont('Up', { width: 20, height: 1000 }, 1.2)).toBeLessThan(20);
    expect(fittingFont('Up', { width: 1000, height: 1000 }, 1.2, 30)).toBe(30);
  });
  it('the longest of no texts is empty', () => {
    expect(longest([])).toBe('');
    expect(longest(['a', 'bbb', 'cc'])).toBe('bbb');
  });
});

describe('table columns', () => {
  it('columns share the width', () => {
    expect(columnWidths([field([]), field([])], 600)).toEqual([300, 300]);
  });
  it('none is narrower than Grafana makes it: the table scrolls instead', () => {
    expect(columnWidths([field([]), field([]), field([])], 300)).toEqual([150, 150, 150]);
  });
  it('a narrower least width lets all be seen', () => {
    const narrow = field([], { custom: { minWidth: 60 } });
    expect(columnWidths([narrow, narrow, narrow], 300)).toEqual([100, 100, 100]);
  });
  it('a column with a width of its own leaves the rest to the others', () => {
    expect(columnWidths([field([], { custom: { width: 240 } }), field([])], 600)).toEqual([
      240, 360,
    ]);
  });
});

describe('value axes', () => {
  it('an axis of positive values near zero begins at zero', () => {
    expect(axisFor([0.5, 10], 300, {}).min).toBe(0);
  });
  it('an axis of values that differ little does not begin at zero', () => {
    expect(axisFor([0.999, 1], 300, {}).min).toBeGreaterThan(0.9);
  });
  it('a constant has room above and below', () => {
    const { min, max } = axisFor([5, 5], 300, {});
    expect(min).toBeLessThan(5);
    expect(max).toBeGreaterThan(5);
  });
  it('no value at all still makes an axis', () => {
    const { min, max, ticks } = axisFor([], 300, {});
    expect(max).toBeGreaterThan(min);
    expect(ticks.length).toBeGreaterThan(1);
  });
  it('limits that are set are kept', () => {
    expect(axisFor([0.2, 0.7], 300, { min: 0, max: 1 })).toMatchObject({ min: 0, max: 1 });
  });
  it('bytes step by powers of two', () => {
    const { ticks } = axisFor([0, 200 * 2 ** 20], 200, { unit: 'bytes', min: 0 });
    expect(ticks.map(({ text }) => text)).toContain('128 MiB');
  });
  it('a logarithmic axis has whole decades around the values, and takes no zero', () => {
    const custom = { scaleDistribution: { type: 'log', log: 10 } };
    expect(axisFor([0, 0.5, 40], 300, { custom })).toMatchObject({
      min: 0.1,
      max: 100,
      scale: 'log',
    });
  });
});

describe('symmetrical logarithmic axes', () => {
  const custom = { scaleDistribution: { type: 'symlog', log: 10, linearThreshold: 1 } };
  it('has zero and the powers up to the highest value', () => {
    const { min, max, ticks } = axisFor([0, 35], 300, { custom });
    expect([min, max]).toEqual([0, 100]);
    expect(ticks.map(({ at }) => at)).toEqual([0, 1, 10, 100]);
  });
  it('has negative powers only for negative values', () => {
    expect(axisFor([-5, 0.2], 300, { custom })).toMatchObject({ min: -10, max: 1 });
  });
});

describe('time axes', () => {
  it('ticks are round times, no more than there is room for', () => {
    const ticks = timeTicks({ start: 7, end: 607 }, 3);
    expect(ticks.map(({ atMs }) => atMs / 1000)).toEqual([300, 600]);
  });
});

describe('stretches of a state', () => {
  it('equal values are one stretch, and the last goes on to the end', () => {
    const row = { field: field([1, 1, 0, null, null, 1]), timesMs: [0, 10, 20, 30, 40, 50] };
    expect(stretchesOf(row, 60)).toEqual([
      { value: 1, fromMs: 0, toMs: 20 },
      { value: 0, fromMs: 20, toMs: 30 },
      { value: null, fromMs: 30, toMs: 50 },
      { value: 1, fromMs: 50, toMs: 60 },
    ]);
  });
});

describe('complaints', () => {
  const panel = (rest: Partial<Panel>): Panel => ({
    id: 1,
    type: 'stat',
    gridPos: { x: 0, y: 0, w: 4, h: 4 },
    ...rest,
  });
  it('a panel that is drawn as Grafana does has none', () => {
    expect(complaintsAbout(panel({ options: { colorMode: 'background' } }))).toEqual([]);
  });
  it.each([
    ['a panel type', { type: 'geomap' }, 'panel type geomap'],
    ['a value of an option', { options: { colorMode: 'glow' } }, 'colorMode = "glow"'],
    ['a unit', { fieldConfig: { defaults: { unit: 'parsec' } } }, 'unit parsec'],
    ['a calculation', { options: { reduceOptions: { calcs: ['median'] } } }, 'calculation median'],
    ['a transformation', { transformations: [{ id: 'groupBy' }] }, 'transformation groupBy'],
    ['a repeated panel', { repeat: 'region' }, 'repeat by region'],
    [
      'a setting of fields',
      { fieldConfig: { defaults: { custom: { axisPlacement: 'right' } } } },
      'custom.axisPlacement = "right"',
    ],
  ] as const)('%s that is not drawn is told of', (_, rest, complaint) => {
    expect(complaintsAbout(panel(rest as Partial<Panel>))).toEqual([complaint]);
  });
});
