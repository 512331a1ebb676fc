import { describe, expect, it } from 'vitest';
import type { AnyCollector, Measurement } from '../../src/collectors/contract.js';
import { HeartbeatBook, heartbeatsKept } from '../../src/runner/heartbeat-book.js';
import type { Job, Outcome } from '../../src/runner/target-loop.js';
import type { Heartbeat } from '../../src/slo/heartbeat-ring.js';

function jobOf(name: string, writer: string | undefined, intervalMs = 100): Job {
  return {
    collector: { kind: 'postgres-canary' } as AnyCollector,
    target: {
      name,
      component: 'postgresql',
      region: 'a',
      zone: '',
      intervalMs,
      timeoutMs: 50,
      ...(writer !== undefined && { heartbeatWriter: writer }),
    },
  };
}

function heartbeatOf(number: number): Heartbeat {
  return { sequence: BigInt(number), begunMs: number, endedMs: number + 2 };
}

function spanTo(wallMs: number) {
  const at = { wallMs, monoMs: wallMs };
  return { startedAt: at, endedAt: at };
}

function good(number: number): Outcome {
  const measurement: Partial<Measurement<unknown>> = { heartbeat: heartbeatOf(number) };
  return { ok: true, measurement: measurement as Measurement<unknown>, span: spanTo(number + 3) };
}

function failed(atMs: number, heartbeat?: Heartbeat): Outcome {
  const measurement = heartbeat === undefined ? {} : { heartbeat };
  return { ok: false, reason: 'connect', message: 'refused', measurement, span: spanTo(atMs) };
}

const orders = jobOf('orders', 'shop');

function bookOf(...jobs: readonly Job[]): HeartbeatBook {
  const book = new HeartbeatBook();
  book.configure(jobs);
  return book;
}

describe('the book of heartbeats', () => {
  it('lists every canary from the start, and no target that commits no heartbeats', () => {
    const book = bookOf(orders, jobOf('members', undefined));
    expect(book.answer(undefined, { limit: 5 })).toEqual([
      {
        name: 'orders',
        region: 'a',
        writer: 'shop',
        intervalMs: 100,
        kept: { first: null, count: 0 },
        acknowledged: [],
        isTruncated: false,
        lastFailureMs: null,
        firstRefusal: null,
        failuresSinceAcknowledged: 0,
      },
    ]);
  });

  it('tells when writes failed last, and how often since the last acknowledged one', () => {
    const book = bookOf(orders);
    for (const outcome of [good(10), failed(20), failed(30)]) book.ended(orders, outcome);
    const [during] = book.answer('orders', { limit: 5 });
    expect(during).toMatchObject({
      lastFailureMs: 30,
      firstRefusal: { endedMs: 20 },
      failuresSinceAcknowledged: 2,
    });
    book.ended(orders, good(40));
    expect(book.answer('orders', { limit: 5 })[0]).toMatchObject({
      acknowledged: [
        ['10', 10, 12],
        ['40', 40, 42],
      ],
      lastFailureMs: 30,
      firstRefusal: null,
      failuresSinceAcknowledged: 0,
    });
  });

  it.each(['timeout', 'internal'] as const)(
    'takes no failure by %s for a refusal: it does not prove that others were refused',
    (reason) => {
      const book = bookOf(orders);
      book.ended(orders, { ...failed(20), reason } as Outcome);
      expect(book.answer('orders', { limit: 5 })[0]).toMatchObject({
        lastFailureMs: 20,
        firstRefusal: null,
        failuresSinceAcknowledged: 1,
      });
    },
  );

  it('lists a heartbeat that was acknowledged and then not read back, and counts its failure', () => {
    const book = bookOf(orders);
    book.ended(orders, failed(20, heartbeatOf(15)));
    expect(book.answer('orders', { limit: 5 })[0]).toMatchObject({
      acknowledged: [['15', 15, 17]],
      lastFailureMs: 20,
      failuresSinceAcknowledged: 1,
    });
  });

  it('holds as many as it says and no more, each cluster its own', () => {
    const docs = jobOf('docs', 'shop');
    const book = bookOf(orders, docs);
    for (let number = 1; number <= heartbeatsKept + 5; number += 1)
      book.ended(orders, good(number));
    book.ended(docs, good(1));
    const kept = book.answer(undefined, { limit: 1 }).map((cluster) => cluster.kept);
    expect(kept).toEqual([
      { first: '6', count: heartbeatsKept },
      { first: '1', count: 1 },
    ]);
    expect(book.answer('docs', { limit: 1 }).map(({ name }) => name)).toEqual(['docs']);
  });

  it('keeps what it holds when a canary is configured anew on the same row', () => {
    const book = bookOf(orders);
    book.ended(orders, good(10));
    const slower = jobOf('orders', 'shop', 1000);
    book.configure([slower]);
    book.ended(slower, good(20));
    expect(book.answer('orders', { limit: 5 })[0]).toMatchObject({
      intervalMs: 1000,
      acknowledged: [
        ['10', 10, 12],
        ['20', 20, 22],
      ],
    });
  });

  it('begins anew on another row, and forgets a canary that is configured no more', () => {
    const docs = jobOf('docs', 'shop');
    const book = bookOf(orders, docs);
    for (const job of [orders, docs]) book.ended(job, good(10));
    book.configure([jobOf('orders', 'shop-2')]);
    book.ended(docs, good(20));
    expect(book.clusters).toEqual(['orders']);
    expect(book.answer(undefined, { limit: 5 })).toMatchObject([
      { name: 'orders', writer: 'shop-2', acknowledged: [] },
    ]);
  });
});
