import { describe, expect, it } from 'vitest';
import { executionModes, stepNames } from '../../src/failover/execution.js';
import { planOf, stepsOf, type PlanTerms } from '../../src/failover/plan.js';

const back = ['rejoin', 'salvage', 'restrain', 'unfence', 'gates'];

const terms: PlanTerms = {
  kind: 'failover',
  mode: 'unplanned',
  from: 'east',
  to: 'west',
  mustRejoin: false,
  pairs: [
    { old: 'orders-a', new: 'orders-b' },
    { old: 'users-a', new: 'users-b' },
  ],
  hooks: {},
};

function wordsOf(name: string, given: Partial<PlanTerms> = {}): string | undefined {
  return planOf({ ...terms, ...given }).find((step) => step.name === name)?.words;
}

describe('the steps of a plan', () => {
  it('of a planned failover stop the old region before the new one is promoted', () => {
    expect(stepsOf({ mode: 'planned', mustRejoin: false }).join(' ')).toBe(
      'freeze prepare hold demote promote verify redis traffic follow recheck notify',
    );
  });

  it('of an unplanned one fence, and prove that nothing writes, before the promotion', () => {
    expect(stepsOf({ mode: 'unplanned', mustRejoin: false }).join(' ')).toBe(
      'freeze fence prove promote verify scale redis traffic recheck notify',
    );
  });

  it.each(executionModes)(
    'of a way back let the region in first, and are then those of %s',
    (mode) => {
      expect(stepsOf({ mode, mustRejoin: true })).toEqual([
        ...back,
        ...stepsOf({ mode, mustRejoin: false }),
      ]);
    },
  );

  it.each(executionModes)('are in one order, whatever the mode (%s)', (mode) => {
    const steps = stepsOf({ mode, mustRejoin: true });
    const places = steps.map((name) => stepNames.indexOf(name));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(steps).size).toBe(steps.length);
  });

  it('each have words', () => {
    const plans = executionModes.flatMap((mode) => planOf({ ...terms, mode, mustRejoin: true }));
    expect(plans.filter(({ words }) => words.length < 10)).toEqual([]);
  });
});

describe('the words of a plan', () => {
  it.each([
    ['restrain', /make orders-b, users-b follow orders-a, users-a/],
    ['hold', /in orders-a, users-a .* until orders-b, users-b has all/],
    ['demote', /make orders-a, users-a a standby cluster/],
    ['prove', /no write succeeds in orders-a, users-a/],
    ['promote', /promote orders-b, users-b/],
    ['verify', /verify orders-b, users-b/],
    ['follow', /orders-a, users-a streams from orders-b, users-b/],
    ['recheck', /of orders-b, users-b/],
  ])('name the clusters of %s', (name, expected) => {
    const modes = executionModes.map((mode) => wordsOf(name, { mode, mustRejoin: true }));
    expect(modes.find((words) => words !== undefined)).toMatch(expected);
  });

  it.each([
    [
      'fence',
      'unplanned',
      { fence: ['stop-east', 'cut-east'] },
      /fence east: run stop-east, cut-east/,
    ],
    ['prepare', 'planned', { scale: ['grow'] }, /make west ready .*: run grow/],
    ['scale', 'unplanned', { scale: ['grow'] }, /run grow/],
    ['redis', 'planned', { redis: ['promote-redis'] }, /run promote-redis/],
    ['traffic', 'planned', { traffic: ['dns'] }, /run dns/],
    ['notify', 'planned', { notify: ['mail'] }, /run mail/],
    ['rejoin', 'planned', { rejoin: ['start-west'] }, /start west .*: run start-west/],
    ['unfence', 'planned', { unfence: ['open-west'] }, /let west back in: run open-west/],
  ] as const)('name the hooks of %s', (name, mode, hooks, expected) => {
    expect(wordsOf(name, { mode, hooks, mustRejoin: true })).toMatch(expected);
  });

  it('say whose word it is on where nothing fences', () => {
    expect(wordsOf('fence')).toBe('fence east: no hook; that nothing writes there is on your word');
  });

  it.each(['scale', 'redis', 'traffic', 'notify'])(
    'say that %s has nothing to do without a hook',
    (name) => {
      expect(wordsOf(name, { hooks: { [name]: [] } })).toContain('no hook, nothing to do');
    },
  );
});
