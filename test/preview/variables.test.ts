import { describe, expect, it } from 'vitest';
import type { Dashboard } from '../../lab/preview/dashboard.js';
import type { Source } from '../../lab/preview/source.js';
import {
  alternatives,
  labelValuesQuery,
  macros,
  resolveVariables,
  substitute,
} from '../../lab/preview/variables.js';

function sourceOf(
  values: Readonly<Record<string, readonly string[]>>,
): Source & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    span: { start: 0, end: 3600 },
    stepSeconds: 18,
    answer: () => Promise.resolve([]),
    labelValues: ({ label, selector }) => {
      asked.push(`${label} of ${selector}`);
      return Promise.resolve(values[label] ?? []);
    },
  };
}

describe('substitution', () => {
  const values = { job: 'sensei', region: '.*', __rate_interval: '1m' };
  const cases: readonly [title: string, text: string, expected: string][] = [
    ['a bare name is filled in', 'up{job=~"$job"}', 'up{job=~"sensei"}'],
    ['a name in braces is filled in', '${job}-x', 'sensei-x'],
    ['a name in braces with a format is filled in', '${job:regex}', 'sensei'],
    ['a name in double brackets is filled in', '[[region]]', '.*'],
    ['a macro is filled in like a variable', 'rate(x[$__rate_interval])', 'rate(x[1m])'],
    ['a name that only begins like a variable is left alone', '$jobs', '$jobs'],
    ['an unknown name is left alone', '${other}', '${other}'],
    ['a backreference of a regular expression is left alone', 'a$1b', 'a$1b'],
  ];
  it.each(cases)('%s', (_, text, expected) => {
    expect(substitute(text, values)).toBe(expected);
  });
});

describe('macros', () => {
  it('the rate interval is four scrapes when the step is short', () => {
    expect(macros(sourceOf({}), 15)['__rate_interval']).toBe('60s');
  });
  it('the rate interval is a step and a scrape when the step is long', () => {
    expect(macros({ ...sourceOf({}), stepSeconds: 300 }, 15)['__rate_interval']).toBe('315s');
  });
  it('the range is the time shown', () => {
    expect(macros(sourceOf({}))).toMatchObject({ __range: '3600s', __range_ms: '3600000' });
  });
});

describe('label_values', () => {
  it('a selector with commas is told from the label', () => {
    expect(labelValuesQuery('label_values(up{a="1", b="2"}, job)')).toEqual({
      label: 'job',
      selector: 'up{a="1", b="2"}',
    });
  });
  it('a label alone has no selector', () => {
    expect(labelValuesQuery('label_values(job)')).toEqual({ label: 'job', selector: undefined });
  });
  it('another function is not understood', () => {
    expect(labelValuesQuery('query_result(up)')).toBeUndefined();
  });
});

describe('several values', () => {
  it('one value stands alone', () => {
    expect(alternatives(['a'])).toBe('a');
  });
  it('several are alternatives, and dots are no wildcards', () => {
    expect(alternatives(['127.0.0.1:9808', 'b'])).toBe('(127\\\\.0\\\\.0\\\\.1:9808|b)');
  });
});

describe('resolution', () => {
  const list = [
    { name: 'deployment', type: 'query', query: { query: 'label_values(info, deployment)' } },
    {
      name: 'job',
      type: 'query',
      hide: 2,
      includeAll: true,
      query: { query: 'label_values(info{deployment=~"$deployment"}, job)' },
    },
    {
      name: 'region',
      type: 'query',
      includeAll: true,
      allValue: '.*',
      query: 'label_values(up, region)',
    },
  ];
  const dashboard: Dashboard = { uid: 'd', title: 'D', panels: [], templating: { list } };

  it('a later variable is asked for with the value of an earlier one', async () => {
    const source = sourceOf({ deployment: ['orders', 'users'], job: ['sensei'] });
    await resolveVariables(dashboard, source, {});
    expect(source.asked[1]).toBe('job of info{deployment=~"orders"}');
  });
  it('a variable with All stands for all its values, or for the value that is set for All', async () => {
    const source = sourceOf({ deployment: ['orders'], job: ['a', 'b'], region: ['r1'] });
    const [, job, region] = await resolveVariables(dashboard, source, {});
    expect(job).toMatchObject({ value: '(a|b)', shown: 'All', isHidden: true });
    expect(region).toMatchObject({ value: '.*', shown: 'All', isHidden: false });
  });
  it('a wish comes before the first value', async () => {
    const source = sourceOf({ deployment: ['orders', 'users'] });
    const [deployment] = await resolveVariables(dashboard, source, { deployment: 'users' });
    expect(deployment?.value).toBe('users');
  });
});
