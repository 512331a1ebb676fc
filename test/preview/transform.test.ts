import { describe, expect, it } from 'vitest';
import { framesOf, legendOf } from '../../lab/preview/answer-frames.js';
import type { Panel, Transformation } from '../../lab/preview/dashboard.js';
import { configured } from '../../lab/preview/field-config.js';
import { displayName, type Frame } from '../../lab/preview/frame.js';
import { transformed } from '../../lab/preview/transform.js';

const at = 1_700_000_000;
const steps = { span: { start: at, end: at + 60 }, stepSeconds: 15 };

/** A table as an instant query gives it: a row for each SLO. */
function table(refId: string, rows: Readonly<Record<string, string>>): readonly Frame[] {
  const answer = Object.entries(rows).map(([slo, value]) => ({
    metric: { slo },
    values: [[at, value] as const],
  }));
  return framesOf({ refId, expr: 'x', format: 'table', instant: true }, answer, true, steps);
}

function rows(frames: readonly Frame[]): readonly (readonly unknown[])[] {
  const fields = frames[0]?.fields.filter(({ type }) => type !== 'time') ?? [];
  return [
    fields.map(displayName),
    ...(fields[0]?.values ?? []).map((_, row) => fields.map(({ values }) => values[row])),
  ];
}

describe('answers as frames', () => {
  it('a table has a column a label, and the value named by its query', () => {
    expect(rows(table('A', { writes: '1.5' }))).toEqual([
      ['slo', 'Value #A'],
      ['writes', 1.5],
    ]);
  });
  it('a step without a value is a gap, not zero', () => {
    const answer = [
      {
        metric: {},
        values: [
          [at, '1'],
          [at + 45, '2'],
        ] as const,
      },
    ];
    const [frame] = framesOf({ refId: 'A', expr: 'x' }, answer, true, steps);
    expect(frame?.fields[1]?.values).toEqual([1, null, null, 2, null]);
  });
  it('buckets are sorted by their bound and each has its own count', () => {
    const bucket = (le: string, value: string) => ({
      metric: { le },
      values: [[at, value] as const],
    });
    const answer = [bucket('+Inf', '7'), bucket('10', '5'), bucket('2', '1')];
    const target = {
      refId: 'A',
      expr: 'x',
      format: 'heatmap',
      instant: true,
      legendFormat: '{{le}}',
    };
    const frames = framesOf(target, answer, true, steps);
    expect(frames.map(({ fields }) => fields[1]?.legend)).toEqual(['2', '10', '+Inf']);
    expect(frames.map(({ fields }) => fields[1]?.values)).toEqual([[1], [4], [2]]);
  });
  it('a legend takes labels, and nothing for a label that is absent', () => {
    const target = { refId: 'A', expr: 'x', legendFormat: '{{slo}} {{ zone }}!' };
    expect(legendOf(target, { slo: 'writes' })).toBe('writes !');
  });
  it('without a legend the series is written as Prometheus would', () => {
    expect(legendOf({ refId: 'A', expr: 'x' }, { __name__: 'up', job: 'a' })).toBe('up{job="a"}');
  });
});

describe('transformations', () => {
  const merge: Transformation = { id: 'merge', options: {} };
  const organize: Transformation = {
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      indexByName: { slo: 1, 'Value #A': 0 },
      renameByName: { slo: 'SLO', 'Value #A': 'For' },
    },
  };
  const both = [
    ...table('A', { writes: '1', reads: '2' }),
    ...table('B', { writes: '10', other: '30' }),
  ];

  it('merge makes one row of what shares its labels, and leaves gaps where a query has none', () => {
    expect(rows(transformed(both, [merge]))).toEqual([
      ['slo', 'Value #A', 'Value #B'],
      ['writes', 1, 10],
      ['reads', 2, null],
      ['other', null, 30],
    ]);
  });
  it('merge leaves a single table as it is', () => {
    const single = table('A', { writes: '1' });
    expect(transformed(single, [merge])).toBe(single);
  });
  it('organize leaves columns out, orders and renames them; the others keep their order at the end', () => {
    expect(rows(transformed(both, [merge, organize]))[0]).toEqual(['For', 'SLO', 'Value #B']);
  });
  it('sortBy orders numbers by size', () => {
    const sort = { id: 'sortBy', options: { sort: [{ field: 'Value #A', desc: true }] } };
    const sorted = transformed(table('A', { a: '9', b: '10', c: '-1' }), [sort]);
    expect(rows(sorted).slice(1)).toEqual([
      ['b', 10],
      ['a', 9],
      ['c', -1],
    ]);
  });
  it('filterByValue keeps the rows that pass', () => {
    const filters = [{ fieldName: 'Value #A', config: { id: 'greater', options: { value: 1 } } }];
    const filter = { id: 'filterByValue', options: { filters, type: 'include', match: 'all' } };
    expect(rows(transformed(table('A', { a: '1', b: '2' }), [filter])).slice(1)).toEqual([
      ['b', 2],
    ]);
  });
  it('renameByRegex rewrites the names of columns', () => {
    const rename = {
      id: 'renameByRegex',
      options: { regex: '^Value #(.*)$', renamePattern: 'Query $1' },
    };
    expect(rows(transformed(table('A', { a: '1' }), [rename]))[0]).toEqual(['slo', 'Query A']);
  });
  it('a pattern without slashes has to fit the whole name', () => {
    const part = { id: 'renameByRegex', options: { regex: 'Value', renamePattern: 'X' } };
    const anywhere = { id: 'renameByRegex', options: { regex: '/Value/', renamePattern: 'X' } };
    expect(rows(transformed(table('A', { a: '1' }), [part]))[0]).toEqual(['slo', 'Value #A']);
    expect(rows(transformed(table('A', { a: '1' }), [anywhere]))[0]).toEqual(['slo', 'X #A']);
  });
  it('a transformation that is switched off does nothing', () => {
    expect(transformed(both, [{ ...merge, disabled: true }])).toHaveLength(2);
  });
});

describe('settings of fields', () => {
  const panel = (
    overrides: NonNullable<NonNullable<Panel['fieldConfig']>['overrides']>,
  ): Panel => ({
    id: 1,
    type: 'table',
    gridPos: { x: 0, y: 0, w: 1, h: 1 },
    fieldConfig: { defaults: { unit: 'short', custom: { lineWidth: 2 } }, overrides },
  });
  const unitsWith = (matcher: { id: string; options: unknown }) => {
    const properties = [{ id: 'unit', value: 's' }];
    const [frame] = configured(panel([{ matcher, properties }]), table('A', { writes: '1' }));
    return frame?.fields.map(({ config }) => config.unit);
  };

  it.each([
    ['by its name', { id: 'byName', options: 'Value #A' }],
    ['by a pattern', { id: 'byRegexp', options: '/^Value/' }],
    ['by its type', { id: 'byType', options: 'number' }],
  ])('an override meets a field %s and no other', (_, matcher) => {
    expect(unitsWith(matcher)).toEqual(['short', 'short', 's']);
  });
  it('an override by query meets all its fields', () => {
    expect(unitsWith({ id: 'byFrameRefID', options: 'A' })).toEqual(['s', 's', 's']);
  });
  it('a setting of the panel type is set beside its neighbours', () => {
    const properties = [{ id: 'custom.fillOpacity', value: 30 }];
    const overrides = [{ matcher: { id: 'byName', options: 'slo' }, properties }];
    const [frame] = configured(panel(overrides), table('A', { writes: '1' }));
    expect(frame?.fields[1]?.config.custom).toEqual({ lineWidth: 2, fillOpacity: 30 });
  });
});
