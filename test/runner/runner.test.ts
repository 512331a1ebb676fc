import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyCollector, Collector, Target } from '../../src/collectors/contract.js';
import { CollectionError } from '../../src/collectors/failure.js';
import { systemClock } from '../../src/runner/clock.js';
import { Runner } from '../../src/runner/runner.js';
import { jobId, type Job, type Outcome } from '../../src/runner/target-loop.js';

const secrets = { read: () => Promise.reject(new Error('no secrets here')) };

function target(name: string, overrides: Partial<Target> = {}): Target {
  return {
    name,
    component: 'c',
    region: 'r',
    zone: 'z',
    intervalMs: 1000,
    timeoutMs: 500,
    ...overrides,
  };
}

type Behaviour = (signal: AbortSignal, call: number) => Promise<string>;

function collectorOf(behaviour: Behaviour) {
  const opened: string[] = [];
  const closed: string[] = [];
  let calls = 0;
  const collector: Collector<Target, string, string, string[]> = {
    kind: 'fake',
    targets: () => [],
    counters: () => [],
    open: (each) => {
      opened.push(each.name);
      return each.name;
    },
    observe: (_io, { signal }) => behaviour(signal, (calls += 1)),
    measure: (_target, snapshot, memory = []) => ({
      samples: [],
      increments: [],
      observations: [],
      events: [],
      facts: [],
      memory: [...memory, snapshot],
    }),
    close: (io) => {
      closed.push(io);
      return Promise.resolve();
    },
  };
  return { collector: collector as AnyCollector, opened, closed, calls: () => calls };
}

class Recorder {
  readonly begins = new Map<string, number[]>();
  readonly outcomes = new Map<string, Outcome[]>();
  readonly changes: string[] = [];
  added = (job: Job) => void this.changes.push(`+${jobId(job)}`);
  removed = (job: Job) => void this.changes.push(`-${jobId(job)}`);
  begun = (job: Job) => push(this.begins, jobId(job), performance.now());
  ended = (job: Job, outcome: Outcome) => push(this.outcomes, jobId(job), outcome);
  of = (id: string) => this.outcomes.get(id) ?? [];
}

function push<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => Math.round(time - times[index]!));
}

describe('the runner', () => {
  let recorder: Recorder;
  let runner: Runner;
  beforeEach(() => {
    vi.useFakeTimers();
    recorder = new Recorder();
    runner = new Runner({ clock: systemClock, secrets }, recorder);
  });
  afterEach(async () => {
    const stopping = runner.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await stopping;
    vi.useRealTimers();
  });

  it('keeps a fixed cadence and hands the memory on', async () => {
    const { collector } = collectorOf((_signal, call) => Promise.resolve(`s${call}`));
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(new Set(gaps(recorder.begins.get('fake/a')!))).toEqual(new Set([1000]));
    const last = recorder.of('fake/a').at(-1)!;
    expect(last.ok && (last.measurement.memory as string[]).slice(0, 3)).toEqual([
      's1',
      's2',
      's3',
    ]);
  });

  it.each([
    ['done', () => Promise.resolve()],
    ['failed', () => Promise.reject(new Error('it cannot be loaded'))],
  ])('loads what a kind needs once, before its first collection: %s', async (_name, end) => {
    const told: string[] = [];
    const { collector } = collectorOf(() => {
      told.push('collected');
      return Promise.resolve('s');
    });
    const prepare = async () => {
      told.push('prepared');
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return end();
    };
    const prepared = { ...collector, prepare };
    const jobs = ['a', 'b'].map((name) => ({ collector: prepared, target: target(name) }));
    const applied = runner.apply(jobs);
    await vi.advanceTimersByTimeAsync(2999);
    expect(told).toEqual(['prepared']);
    await vi.advanceTimersByTimeAsync(1500);
    await applied;
    expect(told.slice(1, 3)).toEqual(['collected', 'collected']);
  });

  it('spreads the first collections of many targets over their interval', async () => {
    const { collector } = collectorOf(() => Promise.resolve('s'));
    await runner.apply(
      Array.from({ length: 200 }, (_, index) => ({ collector, target: target(`t${index}`) })),
    );
    await vi.advanceTimersByTimeAsync(1000);
    const firsts = [...recorder.begins.values()].map((times) => times[0]! % 1000);
    const tenths = new Set(firsts.map((first) => Math.floor(first / 100)));
    expect(tenths.size).toBe(10);
  });

  it('ends a collection at its deadline, and a hung one that ignores its signal delays nobody', async () => {
    const hung = collectorOf(() => new Promise(() => {}));
    const fine = collectorOf(() => Promise.resolve('s'));
    await runner.apply([
      { collector: { ...hung.collector, kind: 'hung' } as AnyCollector, target: target('h') },
      { collector: fine.collector, target: target('f') },
    ]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(
      recorder.of('hung/h').every((outcome) => !outcome.ok && outcome.reason === 'timeout'),
    ).toBe(true);
    expect(recorder.of('hung/h').length).toBeGreaterThanOrEqual(3);
    expect(hung.calls()).toBe(1);
    expect(new Set(gaps(recorder.begins.get('fake/f')!))).toEqual(new Set([1000]));
    expect(recorder.of('fake/f').every(({ ok }) => ok)).toBe(true);
  });

  it('gives a hung collector new connections after some rounds', async () => {
    const { collector, opened, closed } = collectorOf((_signal, call) =>
      call === 1 ? new Promise(() => {}) : Promise.resolve('s'),
    );
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(opened).toEqual(['a', 'a']);
    expect(closed).toEqual(['a']);
    expect(recorder.of('fake/a').at(-1)!.ok).toBe(true);
  });

  it.each([
    ['a CollectionError keeps its reason', () => new CollectionError('auth', 'no'), 'auth'],
    [
      'a socket error is classified',
      () => Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      'connect',
    ],
    ['anything else is internal', () => new TypeError('bug'), 'internal'],
  ])('%s', async (_title, fault, reason) => {
    const { collector } = collectorOf(() => Promise.reject(fault()));
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(recorder.of('fake/a')[0]).toMatchObject({ ok: false, reason });
  });

  it('calls a failure after the abort a timeout', async () => {
    const { collector } = collectorOf(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('socket destroyed')));
        }),
    );
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(recorder.of('fake/a')[0]).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('keeps the memory of before across a failed collection', async () => {
    const { collector } = collectorOf((_signal, call) =>
      call === 2 ? Promise.reject(new Error('x')) : Promise.resolve(`s${call}`),
    );
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(3500);
    expect(recorder.of('fake/a').findLast(({ ok }) => ok)!.measurement.memory).toContain('s1');
  });

  it('leaves out the slots that a pause of the process swallowed', async () => {
    const { collector, calls } = collectorOf(() => Promise.resolve('s'));
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(2000);
    const before = calls();
    const paused = performance.now() + 60_500;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => paused);
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls() - before).toBeLessThanOrEqual(2);
    clock.mockRestore();
  });

  it('on a new configuration leaves what did not change alone, and ends what is gone', async () => {
    const { collector, closed } = collectorOf((_signal, call) => Promise.resolve(`s${call}`));
    await runner.apply([
      { collector, target: target('same') },
      { collector, target: target('changed') },
      { collector, target: target('gone') },
    ]);
    await vi.advanceTimersByTimeAsync(3000);
    await runner.apply([
      { collector, target: target('same') },
      { collector, target: target('changed', { intervalMs: 2000 }) },
      { collector, target: target('new') },
    ]);
    expect(recorder.changes.slice(3).toSorted()).toEqual(
      ['+fake/changed', '+fake/new', '-fake/changed', '-fake/gone'].toSorted(),
    );
    expect(closed.toSorted()).toEqual(['changed', 'gone']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(new Set(gaps(recorder.begins.get('fake/same')!))).toEqual(new Set([1000]));
  });

  it('reports nothing after it was stopped', async () => {
    const { collector } = collectorOf(() => Promise.resolve('s'));
    await runner.apply([{ collector, target: target('a') }]);
    await vi.advanceTimersByTimeAsync(2000);
    const stopping = runner.stop();
    await vi.advanceTimersByTimeAsync(1000);
    await stopping;
    const count = recorder.of('fake/a').length;
    await vi.advanceTimersByTimeAsync(5000);
    expect(recorder.of('fake/a').length).toBe(count);
  });
});
