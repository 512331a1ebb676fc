import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { queueLimits } from '../../src/store/queue.js';
import { Recorder, type RecorderListener } from '../../src/store/recorder.js';
import type { Batch, Store } from '../../src/store/store.js';
import { eventOf, incidentOf, nothing, retention, slice } from './rows.js';

/** A store that does as it is told. */
class ObedientStore implements Store {
  readonly description = 'memory';
  readonly written: Batch[] = [];
  failure: Error | undefined;
  isFree = true;
  isHung = false;
  pruned = 0;

  private async answer(): Promise<void> {
    if (this.isHung) await new Promise(() => {});
    if (this.failure !== undefined) throw this.failure;
  }

  open = () => this.answer();
  acquire = () => this.answer().then(() => this.isFree);
  write = async (batch: Batch) => {
    await this.answer();
    this.written.push(batch);
  };
  slices = () => Promise.resolve([]);
  exposures = () => Promise.resolve([]);
  incidents = () => Promise.resolve([]);
  incident = () => Promise.resolve(undefined);
  events = () => Promise.resolve([]);
  drills = () => Promise.resolve([]);
  prune = () => {
    this.pruned += 1;
    return Promise.resolve();
  };
  sizeBytes = () => Promise.resolve(1);
  close = () => Promise.resolve();
}

describe('the recorder', () => {
  let store: ObedientStore;
  let recorder: Recorder;
  let said: string[];
  let calls: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    store = new ObedientStore();
    said = [];
    calls = [];
    const listener: RecorderListener = {
      opened: () => Promise.resolve(void calls.push('opened')),
      takeover: () => Promise.resolve(void calls.push('takeover')),
      changed: (state, why) => void said.push(`${state}: ${why}`),
      wrote: ({ error }) => void calls.push(error === undefined ? 'wrote' : 'failed'),
    };
    const clock = { now: () => ({ wallMs: Date.now(), monoMs: performance.now() }) };
    recorder = new Recorder(store, clock, retention, listener);
  });

  afterEach(async () => {
    const stopped = recorder.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    const timersLeft = vi.getTimerCount();
    vi.useRealTimers();
    if (timersLeft > 0) throw new Error(`${timersLeft} timers left`);
  });

  it('writes an incident at once, other rows within a second', async () => {
    recorder.start();
    await vi.advanceTimersByTimeAsync(50);
    recorder.addEvent(eventOf());
    await vi.advanceTimersByTimeAsync(10);
    expect(store.written).toHaveLength(0);
    recorder.addIncident(incidentOf());
    await vi.advanceTimersByTimeAsync(1);
    expect(store.written).toHaveLength(1);
    expect(store.written[0]).toMatchObject({ events: [{}], incidents: [{}] });
    recorder.addSlices([slice()]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.written).toHaveLength(2);
  });

  it('of rows with one key the last one counts', async () => {
    recorder.addSlices([slice({ good: 1 })]);
    recorder.addSlices([slice({ good: 2 })]);
    recorder.start();
    await vi.advanceTimersByTimeAsync(100);
    expect(store.written).toEqual([{ ...nothing, slices: [slice({ good: 2 })] }]);
  });

  it('a dead store never fails the one who records: rows wait, the oldest are given up and counted', async () => {
    store.failure = new Error('store memory: dead');
    recorder.start();
    for (let count = 0; count < queueLimits.events + 7; count += 1) recorder.addEvent(eventOf());
    await vi.advanceTimersByTimeAsync(60_000);
    const { state, lastError, queued, losses, failures } = recorder.status;
    expect({ state, lastError, queued }).toEqual({
      state: 'failing',
      lastError: 'store memory: dead',
      queued: queueLimits.events,
    });
    expect(losses.events).toBe(7);
    expect(failures).toBeGreaterThan(10);
    expect(said).toEqual(['failing: store memory: dead']);
    store.failure = undefined;
    await vi.advanceTimersByTimeAsync(6000);
    expect(recorder.status).toMatchObject({ state: 'recorder', queued: 0, lastError: undefined });
    expect(store.written.flatMap(({ events }) => events)).toHaveLength(queueLimits.events);
  });

  it('a disk that is full, which opens and locks but takes no row, is told of once', async () => {
    const { write } = store;
    store.write = () => Promise.reject(new Error('store memory: the disk is full'));
    recorder.start();
    recorder.addIncident(incidentOf());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual(['failing: store memory: the disk is full']);
    expect(recorder.status.failures).toBeLessThan(20);
    store.write = write;
    await vi.advanceTimersByTimeAsync(6000);
    expect(said).toEqual([
      'failing: store memory: the disk is full',
      'recorder: records in memory',
    ]);
    expect(recorder.status.queued).toBe(0);
  });

  it('a store that hangs holds nothing up, and its end neither', async () => {
    store.isHung = true;
    recorder.start();
    await vi.advanceTimersByTimeAsync(30_000);
    recorder.addIncident(incidentOf());
    expect(recorder.status).toMatchObject({ state: 'opening', queued: 1 });
  });

  it('a standby keeps a short while in hand, and is asked before its first write', async () => {
    store.isFree = false;
    recorder.start();
    recorder.addEvent(eventOf({ subject: 'old' }));
    await vi.advanceTimersByTimeAsync(40_000);
    recorder.addEvent(eventOf({ subject: 'new' }));
    await vi.advanceTimersByTimeAsync(5000);
    expect(recorder.status.state).toBe('standby');
    expect(store.written).toHaveLength(0);
    store.isFree = true;
    await vi.advanceTimersByTimeAsync(2500);
    expect(calls).toEqual(['opened', 'takeover', 'wrote']);
    expect(store.written.flatMap(({ events }) => events)).toMatchObject([{ subject: 'new' }]);
  });

  it('prunes soon after its start and then now and again', async () => {
    recorder.start();
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.pruned).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(store.pruned).toBeGreaterThanOrEqual(6);
  });
});
