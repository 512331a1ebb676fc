import { describe, expect, it } from 'vitest';
import { gridSection } from '../../src/status-page/sections/grid-section.js';
import { gridOf } from '../../src/status-page/grid.js';
import { instancesOf, type Instance } from '../../src/health/instances.js';
import type { ShownTarget } from '../../src/health/target.js';
import { outageModel, statusModelOf } from './status-model.js';

function shown({ component, zone, name, state, note }: Instance): string {
  return [component, zone, name, state, note].filter((part) => part !== '').join(' ');
}

function targetOf(kind: string): ShownTarget {
  const found = statusModelOf().targets.find((target) => target.kind === kind);
  if (found === undefined) throw new Error(`the model has no target of kind ${kind}`);
  return found;
}

describe('instances', () => {
  it('are the members of a Patroni cluster, in their zones, by role', () => {
    expect(instancesOf([targetOf('patroni')]).map(shown)).toEqual([
      'postgresql a pg1 good leader',
      'postgresql b pg2 good sync standby',
      'postgresql c pg3 good replica',
    ]);
  });

  it('are bad where a member does not answer', () => {
    const { targets } = outageModel();
    expect(instancesOf(targets).map(shown)).toContain('postgresql a pg1 bad no answer');
  });

  it('are unknown, never good, while facts are those of an earlier collection', () => {
    for (const kind of ['patroni', 'sentinel', 'replicas']) {
      const stale = instancesOf([{ ...targetOf(kind), status: 'failed', stale: true }]);
      expect(stale.length).toBeGreaterThan(0);
      expect(new Set(stale.map(({ state }) => state))).toEqual(new Set(['unknown']));
    }
  });

  it('are unknown before anything was collected', () => {
    const pending = { ...targetOf('lb'), status: 'pending', facts: [] } as const;
    expect(instancesOf([pending]).map(({ state }) => state)).toEqual(['unknown']);
  });

  it('of two collectors that watch one member, the worse counts', () => {
    const patroni = targetOf('patroni');
    const facts = ['pg1', 'pg2', 'pg3'].map((name) => ({
      name: `${name}.role`,
      value: name === 'pg2' ? null : 'primary',
    }));
    const postgres = { ...patroni, id: 'postgres/orders', kind: 'postgres', facts };
    expect(instancesOf([patroni, postgres]).map(shown)).toEqual([
      'postgresql a pg1 good leader',
      'postgresql b pg2 bad no answer',
      'postgresql c pg3 good replica',
    ]);
  });

  it.each([
    [6, 'good', 'of 6 serve, minimum 4'],
    [5, 'doubtful', 'of 6 serve, minimum 4'],
    [3, 'bad', 'of 6 serve, minimum 4'],
  ])('are short where %i of 6 wanted serve: %s', (serving, state, note) => {
    const workers = targetOf('replicas');
    const facts = workers.facts.map((fact) =>
      fact.name === 'workers.serving' ? { ...fact, value: serving } : fact,
    );
    expect(instancesOf([{ ...workers, facts }])[0]).toMatchObject({
      component: 'workers',
      name: String(serving),
      state,
      note,
    });
  });

  it('keep zones in which nothing serves, a fault only where some are wanted that do not serve', () => {
    const workers = targetOf('replicas');
    expect(instancesOf([workers]).map(shown)).toContain('workers c 0 doubtful serve');
    const facts = workers.facts.map((fact) =>
      fact.name === 'workers.serving' ? { ...fact, value: 6 } : fact,
    );
    expect(instancesOf([{ ...workers, facts }]).map(shown)).toContain('workers c 0 good serve');
  });
});

describe('the grid', () => {
  it('has a column for each zone, what has none first, and a row for each component', () => {
    const { places, rows } = gridOf(statusModelOf());
    expect(places.map(({ region, zone }) => `${region}/${zone}`)).toEqual([
      'eu/',
      'eu/a',
      'eu/b',
      'eu/c',
    ]);
    expect(rows.map(({ component }) => component)).toEqual([
      'api',
      'postgresql',
      'redis',
      'workers',
    ]);
  });

  it('has nothing in a cell where nothing of the component is', () => {
    const { rows } = gridOf(statusModelOf());
    expect(rows[0]!.cells.map(({ state }) => state)).toEqual(['good', 'good', 'good', undefined]);
  });

  it('is as bad as the worst of a component, and names the outage', () => {
    const { rows } = gridOf(outageModel());
    const postgresql = rows.find(({ component }) => component === 'postgresql')!;
    expect(postgresql.state).toBe('bad');
    expect(postgresql.outages.map(({ slo }) => slo)).toEqual(['orders-writes']);
  });

  it.each([
    ['unknown', 0, 'unknown'],
    ['bad', 0, 'doubtful'],
    ['bad', 3, 'planned'],
  ] as const)(
    'of an SLO that was %s last, with %i slices in maintenance, is %s',
    (now, excluded, state) => {
      const { slos } = statusModelOf();
      const counts = { burnRate: null, coverage: 0, good: 0, bad: 0, unknown: 0, excluded };
      const changed = slos.map((slo) => ({ ...slo, now, burnRates: { '5m': counts } }));
      const { rows } = gridOf(statusModelOf({ slos: changed }));
      expect(rows.find(({ component }) => component === 'redis')!.cells[0]!.state).toBe(state);
    },
  );

  it('stays the same while an outage lasts: it is large, and would be sent every second', () => {
    const { atMs } = outageModel();
    expect(gridSection(outageModel(atMs + 5000)).html).toBe(gridSection(outageModel(atMs)).html);
  });

  it('leaves budgets of data loss to the part about data', () => {
    const { rows } = gridOf(statusModelOf());
    expect(rows.map(({ component }) => component)).not.toContain('objects');
  });
});
