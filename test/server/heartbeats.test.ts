import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { heartbeatsAnswer } from '../../src/cli/answer-schemas.js';
import type { AnyCollector, Measurement } from '../../src/collectors/contract.js';
import { HeartbeatBook } from '../../src/runner/heartbeat-book.js';
import type { Job } from '../../src/runner/target-loop.js';
import { heartbeatsRoute } from '../../src/server/heartbeats-route.js';

function canaryOf(name: string): Job {
  return {
    collector: { kind: 'postgres-canary' } as AnyCollector,
    target: {
      name,
      component: 'postgresql',
      region: 'a',
      zone: '',
      intervalMs: 100,
      timeoutMs: 50,
      heartbeatWriter: 'shop',
    },
  };
}

/** A book of two canaries: of the first, heartbeats of these numbers were acknowledged. */
function bookOf(numbers: readonly bigint[]): HeartbeatBook {
  const [orders, docs] = [canaryOf('orders'), canaryOf('docs & more')];
  const book = new HeartbeatBook();
  book.configure([orders, docs]);
  const at = { wallMs: 0, monoMs: 0 };
  for (const sequence of numbers) {
    const heartbeat = { sequence, begunMs: 1000, endedMs: 1004 };
    const measurement = { heartbeat } as Partial<Measurement<unknown>> as Measurement<unknown>;
    book.ended(orders, { ok: true, measurement, span: { startedAt: at, endedAt: at } });
  }
  return book;
}

function ask(book: HeartbeatBook, query: string) {
  const app = express().set('query parser', false);
  app.get(
    '/api/v1/heartbeats',
    heartbeatsRoute(book, () => 'shop'),
  );
  return request(app).get(`/api/v1/heartbeats?${query}`);
}

/** What the client makes of it. */
async function heartbeatsOf(book: HeartbeatBook, query: string) {
  const { body } = await ask(book, query).expect(200);
  return heartbeatsAnswer.parse(body);
}

const hundredAndFive = Array.from({ length: 105 }, (_each, index) => BigInt(index + 1));

describe('GET /api/v1/heartbeats', () => {
  it('lists the newest hundred of each cluster when nothing else is asked', async () => {
    const { deployment, clusters } = await heartbeatsOf(bookOf(hundredAndFive), '');
    expect([deployment, clusters.map(({ name }) => name)]).toEqual([
      'shop',
      ['orders', 'docs & more'],
    ]);
    const [orders, docs] = clusters;
    expect(orders?.acknowledged.map(([sequence]) => sequence)).toEqual(hundredAndFive.slice(5));
    expect(orders).toMatchObject({ kept: { first: 1n, count: 105 }, isTruncated: true });
    expect(docs).toMatchObject({ kept: { first: null, count: 0 }, acknowledged: [] });
  });

  it('lists those of one cluster after a number, and tells that more follow', async () => {
    const book = bookOf(hundredAndFive);
    const page = async (query: string) => {
      const { clusters } = await heartbeatsOf(book, query);
      return clusters.map(({ name, acknowledged, isTruncated }) => [
        name,
        acknowledged.map(([sequence]) => Number(sequence)),
        isTruncated,
      ]);
    };
    expect(await page('cluster=orders&after=101&limit=2')).toEqual([['orders', [102, 103], true]]);
    expect(await page('cluster=orders&after=103&limit=2')).toEqual([['orders', [104, 105], false]]);
    expect(await page('cluster=docs%20%26%20more&after=0')).toEqual([['docs & more', [], false]]);
  });

  it.each([2n ** 53n + 1n, 2n ** 63n - 1n])('keeps the number %s exactly', async (sequence) => {
    const query = `cluster=orders&after=${sequence - 1n}`;
    const { clusters } = await heartbeatsOf(bookOf([sequence - 1n, sequence]), query);
    expect(clusters[0]?.acknowledged).toEqual([[sequence, 1000, 1004]]);
  });

  it.each([
    ['limit=0', 'limit: expected a whole number from 1 to 6000'],
    ['limit=6001', 'limit: expected a whole number from 1 to 6000'],
    ['limit=many', 'limit: expected a whole number from 1 to 6000'],
    ['after=', 'after: expected the number of a heartbeat, such as 1795000020000'],
    ['after=1.5', 'after: expected the number of a heartbeat, such as 1795000020000'],
    [
      'after=12345678901234567890',
      'after: expected the number of a heartbeat, such as 1795000020000',
    ],
    ['cluster=order', 'cluster: expected one of orders, docs & more'],
    ['cluster=', 'cluster: expected one of orders, docs & more'],
    ['from=1h', 'from: unknown; expected cluster, after, limit'],
  ])('refuses %s and says what is expected', async (query, error) => {
    await ask(bookOf([]), query).expect(400, { error });
  });

  it('says that there is no canary where one is asked for and none is configured', async () => {
    const { body } = await ask(new HeartbeatBook(), 'cluster=orders').expect(400);
    expect((body as { error: string }).error).toContain('no cluster has a write canary');
    expect((await heartbeatsOf(new HeartbeatBook(), '')).clusters).toEqual([]);
  });
});
