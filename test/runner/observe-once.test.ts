import { describe, expect, it } from 'vitest';
import type { Collector, Target } from '../../src/collectors/contract.js';
import { CollectionError } from '../../src/collectors/failure.js';
import { systemClock } from '../../src/runner/clock.js';
import { observeOnce } from '../../src/runner/observe-once.js';
import { noSecrets } from '../support/collect.js';

const target: Target = {
  name: 'one',
  component: 'c',
  region: 'r',
  zone: '',
  intervalMs: 1000,
  timeoutMs: 1000,
};

/** A collector that behaves so when it is asked; tells what was done with it. */
function collectorOf(observe: (signal: AbortSignal) => Promise<string>) {
  const done: string[] = [];
  const collector: Collector<Target, string, string, undefined> = {
    kind: 'fake',
    targets: () => [],
    counters: () => [],
    prepare: async () => void done.push('prepared'),
    open: () => {
      done.push('opened');
      return 'io';
    },
    observe: (_io, { signal }) => observe(signal),
    measure: () => {
      throw new Error('nothing is measured');
    },
    close: async (io) => void done.push(`closed ${io}`),
  };
  const look = (signal: AbortSignal = new AbortController().signal) =>
    observeOnce(collector, target, { clock: systemClock, secrets: noSecrets }, signal);
  return { done, look };
}

const hung = () => new Promise<string>(() => {});

describe('observing a target once', () => {
  it('opens it, answers with what was seen and when, and closes it', async () => {
    const { done, look } = collectorOf(() => Promise.resolve('seen'));
    const found = await look();
    expect(found).toMatchObject({ ok: true, snapshot: 'seen' });
    expect(found.span.endedAt.monoMs).toBeGreaterThanOrEqual(found.span.startedAt.monoMs);
    expect(done).toEqual(['prepared', 'opened', 'closed io']);
  });

  it('keeps the reason, the words and what is known all the same of one that fails', async () => {
    const error = new CollectionError('auth', 'one refuses', undefined, ['half']);
    const { done, look } = collectorOf(() => Promise.reject(error));
    expect(await look()).toMatchObject({
      ok: false,
      reason: 'auth',
      message: 'one refuses',
      partial: ['half'],
    });
    expect(done.at(-1)).toBe('closed io');
  });

  it('gives up one that does not obey its signal, and closes it', async () => {
    const { done, look } = collectorOf(hung);
    const found = await look(AbortSignal.timeout(20));
    expect(found).toMatchObject({ ok: false, reason: 'timeout', message: 'no answer in time' });
    expect(done.at(-1)).toBe('closed io');
  });

  it('hears out one that says at the deadline what it has', async () => {
    const { look } = collectorOf(
      (signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve('partly'))),
    );
    expect(await look(AbortSignal.timeout(20))).toMatchObject({ ok: true, snapshot: 'partly' });
  });

  it('asks nothing for long where the time is over already', async () => {
    const { look } = collectorOf(hung);
    expect(await look(AbortSignal.abort())).toMatchObject({ ok: false, reason: 'timeout' });
  });
});
