import { describe, expect, it } from 'vitest';
import { objectsCollector } from '../../src/collectors/objects/index.js';
import type { ObjectsSnapshot, Outstanding } from '../../src/collectors/objects/snapshot.js';
import { targetFor } from './stores.js';

const start = Date.UTC(2026, 10, 1);
const target = targetFor({ source: 'http://a.test', destination: 'http://b.test' });
const ok = { ok: true, seconds: 0.01 } as const;
const failed = { ok: false, reason: 'connect', message: 'refused' } as const;

function waiting(atMs: number, state: Outstanding['state'] = 'missing'): Outstanding {
  return { key: `c-${atMs}`, atMs: start + atMs, state };
}

function measured(change: Partial<ObjectsSnapshot>) {
  const snapshot: ObjectsSnapshot = {
    source: ok,
    isPut: true,
    destination: ok,
    removalError: undefined,
    waitingForRemoval: 0,
    replicated: [],
    outstanding: [],
    newestReplicatedMs: undefined,
    isSearched: true,
    hasLeftovers: false,
    accepted: 0,
    ...change,
  };
  const at = (ms: number) => ({ wallMs: start + ms, monoMs: ms });
  const span = { startedAt: at(10_000), endedAt: at(10_050) };
  const found = objectsCollector.measure(target, snapshot, undefined, span);
  const [point] = found.restorePoints ?? [];
  const [{ outcome, reason } = { outcome: 'none', reason: undefined }] = found.observations;
  return {
    found,
    point,
    newestMs: point?.newestMs == null ? undefined : point.newestMs - start,
    outcome: reason === undefined ? outcome : `${outcome}: ${reason}`,
  };
}

describe('the point that objects could be brought back to', () => {
  it.each([
    ['nothing was seen yet', {}, undefined],
    ['the newest canary has its copy', { newestReplicatedMs: start + 9000 }, 9000],
    [
      'a newer canary is on its way',
      { newestReplicatedMs: start + 7000, outstanding: [waiting(9500)] },
      7000,
    ],
    [
      'an older canary was overtaken',
      { newestReplicatedMs: start + 9000, outstanding: [waiting(5000)] },
      5000,
    ],
    [
      'an older canary differs',
      { newestReplicatedMs: start + 9000, outstanding: [waiting(3000, 'corrupt')] },
      3000,
    ],
    [
      'the first canary is on its way: no copy was ever seen',
      { outstanding: [waiting(9500)] },
      undefined,
    ],
    [
      'the source was not searched yet: older ones may be there',
      { newestReplicatedMs: start + 9000, isSearched: false },
      undefined,
    ],
  ] satisfies [string, Partial<ObjectsSnapshot>, number | undefined][])(
    'when %s',
    (_title, change, newestMs) => {
      expect(measured(change).newestMs).toBe(newestMs);
    },
  );

  it('is no evidence while this process has seen no copy, and an earlier one left canaries', () => {
    const { point, newestMs } = measured({ hasLeftovers: true, outstanding: [waiting(2000)] });
    expect(newestMs).toBe(2000);
    expect(point?.unproved).toBeDefined();
  });
});

describe('the replication counts as', () => {
  it.each([
    ['good when both sides work and nothing waits long', { outstanding: [waiting(9500)] }, 'good'],
    [
      'stalled when a canary waits for longer than staleAfter',
      { outstanding: [waiting(8000)] },
      'bad: stalled',
    ],
    [
      'corrupt before all else',
      { outstanding: [waiting(9900, 'corrupt')], source: failed },
      'bad: corrupt',
    ],
    ['bad when nothing can be put', { source: failed }, 'bad: source_connect'],
    ['bad when copies cannot be read', { destination: failed }, 'bad: destination_connect'],
  ] satisfies [string, Partial<ObjectsSnapshot>, string][])('%s', (_title, change, outcome) => {
    expect(measured(change).outcome).toBe(outcome);
  });
});

it('pitfall: provider replication metrics are delayed and best-effort: a canary of our own is timed on one clock', () => {
  const { found } = measured({
    newestReplicatedMs: start + 9000,
    replicated: [{ key: 'c', seenMs: 640 }],
  });
  expect(found.samples).toContainEqual({
    metric: 'sensei_objects_replication_delay_seconds',
    labels: { replication: 'documents' },
    value: 0.64,
  });
});
