import { describe, expect, it } from 'vitest';
import { lbCollector } from '../../src/collectors/lb/index.js';
import {
  lbReasons,
  type AddressResult,
  type LbSnapshot,
} from '../../src/collectors/lb/snapshot.js';
import type { LbMemory } from '../../src/collectors/lb/measure.js';
import { configOf, failuresOf, span, targetOf, valueOf } from './harness.js';

const target = targetOf({
  url: 'https://api.test/health?token=t',
  region: 'eu-1',
  zone: 'a',
  threshold: 3,
});

function result(address: string, overrides: Partial<AddressResult> = {}): AddressResult {
  return {
    address,
    failure: undefined,
    durationMs: 12,
    phases: { resolve: 1, connect: 2, tls: 3, processing: 4, transfer: 0.5 },
    status: 200,
    redirects: 0,
    bodyBytes: 5,
    tls: undefined,
    ...overrides,
  };
}

function down(address: string): AddressResult {
  return result(address, {
    failure: { reason: 'connect', message: 'the connection failed: ECONNREFUSED' },
    phases: { resolve: 1, connect: NaN, tls: NaN, processing: NaN, transfer: NaN },
    status: undefined,
    bodyBytes: undefined,
  });
}

function snapshot(...addresses: AddressResult[]): LbSnapshot {
  return { resolved: addresses.length, failure: undefined, addresses };
}

const unresolved: LbSnapshot = {
  resolved: undefined,
  failure: { reason: 'dns', message: 'cannot resolve api.test: ENOTFOUND' },
  addresses: [],
};

/** Measures one snapshot after the other, as the runner does. */
function fold(snapshots: readonly LbSnapshot[]) {
  let memory: LbMemory | undefined;
  return snapshots.map((each) => {
    const measurement = lbCollector.measure(target, each, memory, span);
    memory = measurement.memory;
    return measurement;
  });
}

function upOf(snapshots: readonly LbSnapshot[]) {
  return fold(snapshots).map((measurement) => valueOf(measurement, 'sensei_lb_up'));
}

function eventsOf(snapshots: readonly LbSnapshot[]) {
  return fold(snapshots).map(({ events }) =>
    events.map(({ type, subject }) => `${type} ${subject}`),
  );
}

const good = snapshot(result('10.0.0.1'));
const bad = snapshot(down('10.0.0.1'));

describe('what a probe means', () => {
  it('every gauge of an address carries its place and the address', () => {
    const [measurement] = fold([good]);
    const labels = {
      target: 'api',
      component: 'api',
      region: 'eu-1',
      zone: 'a',
      address: '10.0.0.1',
    };
    const success = measurement?.samples.find(({ metric }) => metric === 'sensei_lb_probe_success');
    expect(success).toEqual({ metric: 'sensei_lb_probe_success', labels, value: 1 });
    expect(valueOf(measurement!, 'sensei_lb_probe_phase_seconds', { phase: 'connect' })).toBe(
      0.002,
    );
    expect(valueOf(measurement!, 'sensei_lb_probe_duration_seconds')).toBe(0.012);
  });

  it('a failed address keeps its duration, and loses all that has no value', () => {
    const [measurement] = fold([bad]);
    expect(measurement?.samples.map(({ metric }) => metric)).toEqual([
      'sensei_lb_addresses_resolved',
      'sensei_lb_addresses_probed',
      'sensei_lb_addresses_healthy',
      'sensei_lb_probe_success',
      'sensei_lb_probe_duration_seconds',
      'sensei_lb_probe_phase_seconds',
    ]);
  });

  it('no series has a value that is not a number', () => {
    const tls = {
      verified: false,
      fault: 'x',
      version: 'TLSv1.2',
      leafNotAfterMs: NaN,
      chainNotAfterMs: NaN,
    };
    const [measurement] = fold([snapshot(down('10.0.0.1'), result('10.0.0.2', { tls }))]);
    expect(measurement?.samples.filter(({ value }) => Number.isNaN(value))).toEqual([]);
  });

  it('one dead address of two makes the observation bad: it is an outage for those sent to it', () => {
    const [measurement] = fold([snapshot(result('10.0.0.1'), down('10.0.0.2'))]);
    expect(measurement?.observations).toEqual([
      {
        sli: 'lb/api/availability',
        outcome: 'bad',
        reason: 'connect',
        at: span.startedAt,
        endedAt: span.endedAt,
      },
    ]);
    expect(valueOf(measurement!, 'sensei_lb_addresses_healthy')).toBe(1);
  });

  it('a good observation has no reason', () => {
    expect(fold([good])[0]?.observations).toEqual([
      {
        sli: 'lb/api/availability',
        outcome: 'good',
        at: span.startedAt,
        endedAt: span.endedAt,
      },
    ]);
  });

  it('probes and failures are counted by address', () => {
    const [measurement] = fold([snapshot(result('10.0.0.1'), down('10.0.0.2'), down('10.0.0.3'))]);
    const probes = measurement?.increments.find(
      ({ metric }) => metric === 'sensei_lb_probes_total',
    );
    expect(probes?.by).toBe(3);
    expect(failuresOf(measurement!)).toEqual({ connect: 2 });
  });

  it('a name that does not resolve counts as one probe', () => {
    const [measurement] = fold([unresolved]);
    expect(measurement?.increments.map(({ metric, by }) => [metric, by])).toEqual([
      ['sensei_lb_probes_total', 1],
      ['sensei_lb_probe_failures_total', 1],
    ]);
  });

  it('a probe that could not be made is unknown, never bad and never good', () => {
    const measurement = lbCollector.failed?.(target, 'auth', undefined, span);
    expect(measurement?.observations).toMatchObject([{ outcome: 'unknown', reason: 'auth' }]);
    expect(measurement).not.toHaveProperty('memory');
  });

  it('facts tell what is believed and where it was read, without the query', () => {
    const facts = fold([snapshot(result('10.0.0.1'), down('10.0.0.2'))])[0]?.facts;
    expect(facts).toContainEqual({
      name: 'address.10.0.0.2.result',
      value: 'connect',
      source: 'GET https://api.test/health at 10.0.0.2',
    });
    expect(JSON.stringify(facts)).not.toContain('token');
  });
});

describe('up and down', () => {
  it.each([
    ['is up from the first success', [good], [1]],
    ['is absent until failures have decided it', [bad, bad, bad], [undefined, undefined, 0]],
    ['stays up below the threshold', [good, bad, bad, good], [1, 1, 1, 1]],
    ['goes down at the threshold', [good, bad, bad, bad, bad], [1, 1, 1, 0, 0]],
    ['goes up at the first success', [bad, bad, bad, good], [undefined, undefined, 0, 1]],
    ['counts from anew after a success', [good, bad, bad, good, bad, bad], [1, 1, 1, 1, 1, 1]],
    [
      'goes down when the name does not resolve',
      [good, unresolved, unresolved, unresolved],
      [1, 1, 1, 0],
    ],
  ] as const)('sensei_lb_up %s', (_title, snapshots, expected) => {
    expect(upOf(snapshots)).toEqual(expected);
  });

  it('an address is told down once at the threshold, and up once at the first success', () => {
    expect(eventsOf([good, bad, bad, bad, bad, good, good])).toEqual([
      [],
      [],
      [],
      ['endpoint_down 10.0.0.1'],
      [],
      ['endpoint_up 10.0.0.1'],
      [],
    ]);
  });

  it('the event tells the number of failures and the last reason', () => {
    const event = fold([good, bad, bad, bad]).at(-1)?.events[0];
    expect(event).toEqual({
      type: 'endpoint_down',
      at: span.endedAt,
      subject: '10.0.0.1',
      detail:
        '10.0.0.1 failed 3 times in a row, the last time: connect (the connection failed: ECONNREFUSED)',
    });
  });

  it('the first success of an endpoint is no event', () => {
    expect(eventsOf([good])).toEqual([[]]);
  });

  it('one address goes down while the other stays up', () => {
    const half = snapshot(result('10.0.0.1'), down('10.0.0.2'));
    const last = fold([half, half, half]).at(-1)!;
    expect(valueOf(last, 'sensei_lb_address_up', { address: '10.0.0.1' })).toBe(1);
    expect(valueOf(last, 'sensei_lb_address_up', { address: '10.0.0.2' })).toBe(0);
    expect(last.events.map(({ subject }) => subject)).toEqual(['10.0.0.2']);
  });

  it('a name that stops resolving is told under its host', () => {
    expect(eventsOf([good, unresolved, unresolved, unresolved, good])).toEqual([
      [],
      [],
      [],
      ['endpoint_down api.test'],
      ['endpoint_up api.test'],
    ]);
  });

  it('what is known of an address outlives a gap in its resolution', () => {
    expect(eventsOf([good, bad, bad, unresolved, bad]).at(-1)).toEqual(['endpoint_down 10.0.0.1']);
  });
});

describe('series known from the configuration', () => {
  it('every reason is a counter at 0 from the start', () => {
    const counters = lbCollector.counters(target);
    expect(counters.every(({ by }) => by === 0)).toBe(true);
    expect(counters.map(({ labels }) => labels['reason'])).toEqual([undefined, ...lbReasons]);
  });

  it('pitfall: the failure reason is bounded: dns, connect, tls, timeout, status, body, redirect, too_large', () => {
    expect(lbReasons).toEqual([
      'dns',
      'connect',
      'tls',
      'timeout',
      'status',
      'body',
      'redirect',
      'too_large',
    ]);
  });
});

const dr = (healthCheck: object) => ({
  disasterRecovery: {
    mode: 'standby',
    primaryRegion: 'eu-1',
    drRegion: 'eu-2',
    routing: { healthCheck },
  },
});

describe('cadence and place', () => {
  const url = 'http://api.test/';

  it.each([
    ['10 s and 3 when nobody says', {}, {}, 10_000, 3],
    [
      "the platform's health check where the target says nothing",
      {},
      dr({ interval: '30s', threshold: 5 }),
      30_000,
      5,
    ],
    [
      "the target's own before the platform's",
      { interval: '1s', threshold: 2 },
      dr({ interval: '30s', threshold: 5 }),
      1000,
      2,
    ],
    ['each of the two by itself', { interval: '1s' }, dr({ threshold: 5 }), 1000, 5],
  ])('%s', (_title, settings, rest, intervalMs, threshold) => {
    expect(targetOf({ url, ...settings }, rest)).toMatchObject({ intervalMs, threshold });
  });

  it('the deadline is at most the interval', () => {
    expect(targetOf({ url, interval: '1s', timeout: '5s' }).timeoutMs).toBe(1000);
    expect(targetOf({ url, interval: '30s' }).timeoutMs).toBe(5000);
  });

  it('the component is the name of the target where none is given', () => {
    expect(targetOf({ url })).toMatchObject({ component: 'api', region: '', zone: '' });
  });

  it.each([
    ['an expression that is none', { expectBody: '(' }, 'a regular expression'],
    ['an expression that is too long', { rejectBody: 'x'.repeat(1001) }, '1000'],
    ['a header with a line break', { headers: { 'X-A': 'a\r\nb: c' } }, 'on one line'],
    ['a URL with a password', { url: 'http://u:p@api.test/' }, 'without credentials'],
  ])('the configuration refuses %s', (_title, settings, expected) => {
    expect(() => configOf({ url, ...settings })).toThrow(expected);
  });
});
