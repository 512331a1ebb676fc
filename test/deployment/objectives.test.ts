import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import { objectivesOf, type Objectives } from '../../src/deployment/objectives.js';
import { importOpenSlo } from '../../src/deployment/openslo.js';

const api = {
  name: 'api',
  url: 'http://api/healthz',
  component: 'api',
  region: 'eu',
  interval: '1s',
  timeout: '900ms',
};
const member = { name: 'a1', address: 'a1:5432' };
const postgres = { name: 'orders', user: 'u', members: [member], region: 'eu' };
const canary = { address: 'write:5000', user: 'c', interval: '100ms', timeout: '500ms' };
const patroni = { name: 'orders', members: [{ name: 'a1', url: 'http://a1:8008' }] };
const sentinel = { name: 'cache', sentinels: [{ name: 's1', address: 's1:26379' }] };

function configOf(collectors: object, slo: object = {}): Config {
  const text = JSON.stringify({ deployment: 'd', slo, collectors });
  const result = parseConfig('t.yaml', text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.config;
}

function made(collectors: object, slo: object = {}): Objectives {
  return objectivesOf(configOf(collectors, slo), []);
}

function shown({ slos }: Objectives): string[] {
  return slos.map(
    ({ name, sli, type, objective, recoveryTargetMs }) =>
      `${name}: ${type} of ${sli}, ${objective}${recoveryTargetMs === undefined ? '' : `, back in ${recoveryTargetMs / 1000} s`}`,
  );
}

function messages({ faults }: Objectives): string[] {
  return faults.map((fault) =>
    'path' in fault ? `${fault.path.join('.')}: ${fault.message}` : fault.message,
  );
}

describe('the SLOs that are made by default', () => {
  it('cover everything that is collected, by what is closest to the user', () => {
    const all = {
      lb: [api],
      patroni: [patroni],
      postgres: [{ ...postgres, canary }],
      sentinel: [{ ...sentinel, canary: { interval: '1s' } }],
    };
    expect(shown(made(all))).toEqual([
      'api-availability: availability of lb/api/availability, 0.999, back in 1 s',
      'orders-writes: availability of postgres-canary/orders/write, 0.999, back in 60 s',
      'orders-redundancy: redundancy of patroni/orders/redundancy, 0.99',
      'cache-writes: availability of sentinel-canary/cache/write, 0.999, back in 30 s',
      'cache-redundancy: redundancy of sentinel/cache/redundancy, 0.99',
      'orders-rpo: rpo of rpo/orders, 0.999',
    ]);
  });

  it('without canaries go by the lock and by what the Sentinels agree on', () => {
    const all = { patroni: [patroni], postgres: [postgres], sentinel: [sentinel] };
    expect(shown(made(all))).toEqual([
      'orders-leader: availability of patroni/orders/leader, 0.999, back in 60 s',
      'orders-redundancy: redundancy of patroni/orders/redundancy, 0.99',
      'cache-agreement: availability of sentinel/cache/agreement, 0.999, back in 30 s',
      'cache-redundancy: redundancy of sentinel/cache/redundancy, 0.99',
    ]);
  });

  it('a standby region has no outages of its own writes', () => {
    const standby = { patroni: [{ ...patroni, role: 'standby' }] };
    expect(shown(made(standby))).toEqual([
      'orders-redundancy: redundancy of patroni/orders/redundancy, 0.99',
    ]);
  });

  it('names that two kinds would share get their kind', () => {
    const all = { patroni: [patroni], sentinel: [{ ...sentinel, name: 'orders' }] };
    expect(made(all).slos.map(({ name }) => name)).toEqual([
      'orders-leader',
      'patroni-orders-redundancy',
      'orders-agreement',
      'sentinel-orders-redundancy',
    ]);
  });

  it('promise less where probes are too few for more, and say so where they are too few for anything', () => {
    const slow = { ...api, interval: '1m', timeout: '1s' };
    expect(shown(made({ lb: [slow] }))).toEqual([
      'api-availability: availability of lb/api/availability, 0.995, back in 1 s',
    ]);
    const { slos, warnings } = made({ lb: [{ ...api, interval: '1h', timeout: '1s' }] });
    expect(slos).toEqual([]);
    expect(warnings).toMatchObject([{ title: 'no SLO for lb/api/availability' }]);
  });

  it('are off where they are not wanted', () => {
    expect(made({ lb: [api] }, { defaults: false }).slos).toEqual([]);
    const without = { objectives: [{ name: 'api-availability', enabled: false }] };
    expect(made({ lb: [api] }, without).slos).toEqual([]);
  });
});

describe('an objective in the configuration', () => {
  const with1 = (objective: object, slo: object = {}) =>
    made({ lb: [api], postgres: [{ ...postgres, canary }] }, { ...slo, objectives: [objective] });

  it('takes the place of the default of its name, and what it leaves open from it', () => {
    const found = with1({ name: 'api-availability', objective: 0.995, recoveryTarget: '5s' });
    expect(shown(found)[0]).toBe(
      'api-availability: availability of lb/api/availability, 0.995, back in 5 s',
    );
  });

  it('may be one more on the same SLI: outages are timed once', () => {
    const fast = {
      name: 'api-fast',
      sli: 'lb/api/availability',
      type: 'latency',
      latencyThreshold: '250ms',
      objective: 0.99,
      period: 'quarter',
    };
    const { slos } = with1(fast, { timeZone: 'Europe/Berlin' });
    expect(slos.find(({ name }) => name === 'api-fast')).toMatchObject({
      type: 'latency',
      latencyThresholdMs: 250,
      period: { kind: 'calendar', unit: 'quarter', timeZone: 'Europe/Berlin' },
    });
    expect(slos.filter(({ recoveryTargetMs }) => recoveryTargetMs !== undefined)).toHaveLength(2);
  });

  it.each([
    [{ name: 'x' }, /^slo\.objectives\.0\.name: found without sli/],
    [
      { name: 'x', sli: 'lb/apo/availability' },
      /^slo\.objectives\.0\.sli: found "lb\/apo\/availability".*did you mean "lb\/api\/availability"\?/,
    ],
    [
      { name: 'x', sli: 'rpo/orders', type: 'latency' },
      /objectives\.0\.type: found latency; rpo\/orders has no latency/,
    ],
    [
      { name: 'x', sli: 'rpo/orders', type: 'availability' },
      /type: found availability; rpo\/orders is rpo/,
    ],
    [
      { name: 'x', sli: 'lb/api/availability', type: 'latency' },
      /found latency without latencyThreshold/,
    ],
    [
      { name: 'x', sli: 'lb/api/availability', latencyThreshold: '1s' },
      /latencyThreshold: found with type availability/,
    ],
    [{ name: 'x', sli: 'rpo/orders', recoveryTarget: '1s' }, /recoveryTarget: found with type rpo/],
    [
      { name: 'x', sli: 'lb/api/availability', objective: 0.9 },
      /objective: found 0\.9: the page over 1h fires at a burn rate of 14\.4, which 0\.9 can never reach/,
    ],
    [
      { name: 'x', sli: 'lb/api/availability', objective: 0.99999 },
      /objective: found 0\.99999: the page over 1h would fire at 0\.5 failed probes/,
    ],
  ])('%j is refused by its key', (objective, message) => {
    const [fault] = messages(with1(objective));
    expect(fault).toMatch(message);
  });
});

describe('maintenance windows', () => {
  const windowOf = (entry: object) =>
    made({ lb: [api] }, { maintenance: [{ name: 'm', ...entry }] }).slos[0]!.maintenance[0]!;
  const at = (text: string) => Date.parse(text);
  const iso = (span: { startMs: number; endMs: number } | undefined) =>
    span === undefined
      ? undefined
      : [span.startMs, span.endMs].map((ms) => new Date(ms).toISOString().slice(0, 16));

  it('that come once hold from their beginning up to their end', () => {
    const window = windowOf({ from: '2026-12-01T22:00:00+01:00', to: '2026-12-02T00:00:00+01:00' });
    expect(iso(window.occurrenceAt(at('2026-12-01T20:00:00Z')))).toEqual([
      '2026-12-01T21:00',
      '2026-12-01T23:00',
    ]);
    expect(window.occurrenceAt(at('2026-12-01T23:00:00Z'))).toBeUndefined();
  });

  it.each([
    [
      'weekly, in the middle',
      '0 2 * * SUN',
      '2h',
      'UTC',
      '2026-11-22T03:00:00Z',
      ['2026-11-22T02:00', '2026-11-22T04:00'],
    ],
    [
      'weekly, just over',
      '0 2 * * SUN',
      '2h',
      'UTC',
      '2026-11-22T04:00:00Z',
      ['2026-11-29T02:00', '2026-11-29T04:00'],
    ],
    [
      'monthly',
      '0 2 1 * *',
      '1h',
      'UTC',
      '2026-11-22T04:00:00Z',
      ['2026-12-01T02:00', '2026-12-01T03:00'],
    ],
    [
      'before clocks go forward',
      '0 1 * * *',
      '30m',
      'Europe/Berlin',
      '2026-03-29T00:10:00Z',
      ['2026-03-29T00:00', '2026-03-29T00:30'],
    ],
    [
      'on the day they go back',
      '0 5 * * *',
      '1h',
      'Europe/Berlin',
      '2026-10-25T00:00:00Z',
      ['2026-10-25T04:00', '2026-10-25T05:00'],
    ],
    [
      'the day before they go back',
      '0 5 * * *',
      '1h',
      'Europe/Berlin',
      '2026-10-24T00:00:00Z',
      ['2026-10-24T03:00', '2026-10-24T04:00'],
    ],
  ])('%s', (_, cron, duration, timeZone, when, expected) => {
    expect(iso(windowOf({ cron, duration, timeZone }).occurrenceAt(at(when)))).toEqual(expected);
  });

  it('are for the components they name', () => {
    const entry = { name: 'm', cron: '0 2 * * *', duration: '1h', components: ['postgresql'] };
    const { slos } = made(
      { lb: [api], postgres: [{ ...postgres, canary }] },
      { maintenance: [entry] },
    );
    expect(
      slos.filter(({ maintenance }) => maintenance.length > 0).map(({ name }) => name),
    ).toEqual(['orders-writes', 'orders-replication', 'orders-rpo']);
  });

  it.each([
    [{}, /name: found without times/],
    [{ from: '2026-12-01T22:00:00Z' }, /name: found without times/],
    [
      { from: '2026-12-01T22:00:00Z', to: '2026-12-01T21:00:00Z' },
      /to: found an instant not after from/,
    ],
    [{ cron: '0 2 * * SUN' }, /cron: found without duration/],
    [{ cron: 'sunday', duration: '1h' }, /cron: found "sunday"; expected the five fields of cron/],
    [{ cron: '0 0 31 2 *', duration: '1h' }, /cron: found "0 0 31 2 \*"/],
    [
      { cron: '0 * * * *', duration: '1h' },
      /duration: found 60 min; expected less than the 60 min/,
    ],
    [{ duration: '1h' }, /duration: found without cron/],
    [
      { cron: '0 2 * * *', duration: '1h', from: '2026-12-01T22:00:00Z' },
      /cron: found beside from and to/,
    ],
  ])('%j is refused', (entry, message) => {
    const found = made({ lb: [api] }, { maintenance: [{ name: 'm', ...entry }] });
    expect(messages(found)).toHaveLength(1);
    expect(messages(found)[0]).toMatch(message);
  });
});

const example = readFileSync(
  fileURLToPath(new URL('../../examples/openslo/api.yaml', import.meta.url)),
  'utf8',
);

describe('OpenSLO', () => {
  const read = (text: string) => importOpenSlo([{ file: 'slo.yaml', text }]);

  it('imports ratio and threshold metrics, rolling and calendar windows, several objectives', () => {
    const { wanted, faults } = read(example);
    expect(faults).toEqual([]);
    const found = objectivesOf(configOf({ lb: [api] }), wanted);
    expect(messages(found)).toEqual([]);
    expect(
      found.slos.slice(1).map(({ name, type, objective, period, latencyThresholdMs, source }) => ({
        name,
        type,
        objective,
        period,
        latencyThresholdMs,
        source,
      })),
    ).toEqual([
      {
        name: 'api-quarter',
        type: 'availability',
        objective: 0.999,
        period: { kind: 'calendar', unit: 'quarter', timeZone: 'Europe/Berlin' },
        latencyThresholdMs: undefined,
        source: 'slo.yaml',
      },
      ...[
        ['api-fast-1', 0.99, 250],
        ['api-fast-2', 0.999, 1000],
      ].map(([name, objective, latencyThresholdMs]) => ({
        name,
        type: 'latency',
        objective,
        period: { kind: 'rolling', ms: 28 * 86_400_000 },
        latencyThresholdMs,
        source: 'slo.yaml',
      })),
    ]);
  });

  it.each([
    [
      'budgetingMethod: Occurrences',
      'budgetingMethod: Timeslices',
      /:\d+:\d+: spec\.budgetingMethod: expected Occurrences: .*cannot be expressed here/,
    ],
    [
      'type: sensei, spec: { sli: lb/api/availability } } }\n  timeWindow',
      'type: prometheus, spec: { query: up } } }\n  timeWindow',
      /thresholdMetric\.metricSource.*: expected a metric source of type sensei/,
    ],
    [
      'op: lte\n      value: 0.25',
      'op: gt\n      value: 0.25',
      /objectives\.0\.op: expected lte or lt/,
    ],
    ['duration: 28d', 'duration: 1d', /timeWindow\.0: expected a rolling duration of 7d to 90d/],
    [
      'duration: 1Q',
      'duration: 1Y',
      /timeWindow\.0: expected a rolling duration of 7d to 90d, or 1M or 1Q/,
    ],
    [
      'indicatorRef: api-answers',
      'indicatorRef: nobody',
      /indicatorRef: expected an indicator here, or the name of an SLI/,
    ],
    ['kind: SLI', 'kind: AlertPolicy', /kind: expected SLO, or SLI/],
    [
      'apiVersion: openslo/v1\nkind: SLO',
      'apiVersion: openslo/v2\nkind: SLO',
      /apiVersion: expected openslo\/v1/,
    ],
    [
      '  service: api\n  indicatorRef',
      '  colour: red\n  indicatorRef',
      /spec\.colour: unknown here/,
    ],
    [
      'total: { metricSource: { type: sensei, spec: { sli: lb/api/availability } } }',
      'total: { metricSource: { type: sensei, spec: { sli: lb/web/availability } } }',
      /expected good and total of one SLI; found lb\/api\/availability and lb\/web\/availability/,
    ],
    [
      '      target: 0.999\n---',
      '      timeSliceTarget: 0.9\n      target: 0.999\n---',
      /timeSliceTarget: expected none: every slice is good or bad by itself here/,
    ],
    ['apiVersion', 'apiVersion: [', /^slo\.yaml/],
  ])('refuses %j made %j, by its place', (from, to, message) => {
    const { faults } = read(example.replace(from, to));
    expect(faults.map((fault) => fault.message).join('\n')).toMatch(message);
    expect(faults[0]!.message).toMatch(/^slo\.yaml/);
  });

  it('an SLI that nothing observes is a fault in its file', () => {
    const { wanted } = read(example);
    const found = messages(objectivesOf(configOf({ lb: [{ ...api, name: 'web' }] }), wanted));
    expect(found[0]).toMatch(
      /^slo\.yaml:\d+:\d+: spec\.objectives\.0: found "lb\/api\/availability"/,
    );
  });
});
