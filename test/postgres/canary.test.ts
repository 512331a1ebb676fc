import { afterEach, describe, expect, it } from 'vitest';
import { postgresCanaryCollector } from '../../src/collectors/postgres/index.js';
import { closeCanary, observeCanary, openCanary } from '../../src/collectors/postgres/canary.js';
import type { Secrets } from '../../src/collectors/contract.js';
import { configOf } from '../support/collect.js';
import {
  errorAnswer,
  ready,
  rowAnswer,
  startFakePostgres,
  warning,
} from '../support/fake-postgres.js';
import type { TcpServer } from '../support/faulty-tcp.js';
import { isWrite, keepRow, type Row } from './heartbeat-row.js';

const noPassword: Secrets = { read: () => Promise.reject(new Error('no secrets here')) };
const signal = () => new AbortController().signal;

describe('the write canary on its connection', () => {
  let server: TcpServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** A canary on a clock that the test sets, in milliseconds. */
  async function canaryOn(answer: (sql: string) => Buffer | undefined) {
    server = await startFakePostgres({ answer });
    const { port } = server;
    const config = configOf({
      postgres: [
        {
          name: 'orders',
          user: 'u',
          members: [{ name: 'a1', address: '127.0.0.1:1' }],
          canary: { address: `127.0.0.1:${port}`, user: 'c' },
        },
      ],
    });
    const [target] = postgresCanaryCollector.targets(config);
    const time = { ms: 5000 };
    const clock = { now: () => ({ wallMs: time.ms, monoMs: time.ms }) };
    const io = openCanary(target!, { clock, secrets: noPassword });
    const beat = (within: AbortSignal = signal()) => observeCanary(io, { signal: within });
    return { beat, time, target: target!, end: () => closeCanary(io) };
  }

  it('commits and reads back on one kept connection', async () => {
    const { beat, time, end } = await canaryOn(keepRow({ seq: undefined }));
    const first = await beat();
    time.ms = 6000;
    const second = await beat();
    expect([first, second].map(({ sequence, connections }) => [sequence, connections])).toEqual([
      [5000n, 1],
      [6000n, 0],
    ]);
    expect(server?.accepted()).toBe(1);
    await end();
  });

  it('never uses a number twice, whatever the clock does', async () => {
    const row: Row = { seq: 9000n };
    const { beat, time, end } = await canaryOn(keepRow(row));
    const used: bigint[] = [];
    for (const ms of [5000, 5000, 4000, 9500, 9000]) {
      time.ms = ms;
      used.push((await beat()).sequence);
    }
    expect(used).toEqual([9001n, 9002n, 9003n, 9500n, 9501n]);
    await end();
  });

  it('is content with a higher number of another exporter on the same row', async () => {
    const row: Row = { seq: 1000n };
    const { beat, end } = await canaryOn((sql) => {
      const reply = keepRow(row)(sql);
      if (isWrite(sql)) row.seq = (row.seq ?? 0n) + 1n;
      return reply;
    });
    expect((await beat()).sequence).toBe(5000n);
    await end();
  });

  it.each([
    ['an older number', () => rowAnswer({ seq: '4999', standby: false }), 'protocol'],
    ['a standby', () => rowAnswer({ seq: '5000', standby: true }), 'protocol'],
    ['no row', () => rowAnswer(undefined), 'body'],
    ['what is no number', () => rowAnswer({ seq: 'x', standby: false }), 'body'],
    ['a row without the number', () => rowAnswer({ standby: false }), 'body'],
  ])('fails where it reads back %s', async (_title, readBack, reason) => {
    const row: Row = { seq: undefined };
    const { beat, end } = await canaryOn((sql) => (isWrite(sql) ? keepRow(row)(sql) : readBack()));
    await expect(beat()).rejects.toMatchObject({ reason });
    await end();
  });

  it.each([
    ['a read-only server', '25006', 'protocol'],
    ['no right to write', '42501', 'auth'],
    ['no table', '42P01', 'protocol'],
    ['a statement that took too long', '57014', 'timeout'],
  ])('fails on %s, and makes its connection anew', async (_title, code, reason) => {
    let isBroken = true;
    const row: Row = { seq: undefined };
    const { beat, end } = await canaryOn((sql) =>
      isBroken ? Buffer.concat([errorAnswer(code, 'no'), ready]) : keepRow(row)(sql),
    );
    await expect(beat()).rejects.toMatchObject({ reason, partial: { connections: 1 } });
    isBroken = false;
    expect(await beat()).toMatchObject({ connections: 1 });
    expect(server?.accepted()).toBe(2);
    await end();
  });

  it('fails on a commit that no standby confirmed, whatever language the warning is in', async () => {
    const row: Row = { seq: undefined };
    const words = 'Warten auf synchrone Replikation wird storniert';
    const { beat, end } = await canaryOn((sql) =>
      Buffer.concat([warning(words, 'SyncRepWaitForLSN'), keepRow(row)(sql)]),
    );
    await expect(beat()).rejects.toMatchObject({
      reason: 'protocol',
      message: expect.stringContaining(words),
    });
    await expect(beat()).rejects.toHaveProperty('partial', { connections: 1 });
    await end();
  });

  it('takes another warning for what it is', async () => {
    const row: Row = { seq: undefined };
    const { beat, end } = await canaryOn((sql) =>
      Buffer.concat([warning('collation version mismatch', 'CheckMyDatabase'), keepRow(row)(sql)]),
    );
    expect((await beat()).sequence).toBe(5000n);
    await end();
  });

  it('a commit without an answer is ambiguous: timeout, and the next number is higher than what was committed', async () => {
    const row: Row = { seq: undefined };
    const deadline = new AbortController();
    const { beat, end } = await canaryOn((sql) => {
      const reply = keepRow(row)(sql);
      if (deadline.signal.aborted) return reply;
      deadline.abort();
      return undefined;
    });
    await expect(beat(deadline.signal)).rejects.toMatchObject({ reason: 'timeout' });
    const committed = row.seq;
    expect((await beat()).sequence).toBe(committed! + 1n);
    await end();
  });

  it.each([
    ['an older row', 4000n, '4000'],
    ['no row', undefined, 'no row'],
  ])(
    'tells once that an acknowledged heartbeat is gone, where a failover left %s',
    async (_title, left, words) => {
      const row: Row = { seq: undefined };
      const { beat, time, target, end } = await canaryOn(keepRow(row));
      await beat();
      row.seq = left;
      time.ms = 7000;
      const snapshot = await beat();
      expect(snapshot.lost).toEqual({ acknowledged: 5000n, found: left });
      const at = { wallMs: 0, monoMs: 0 };
      const span = { startedAt: at, endedAt: at };
      const { events, increments } = postgresCanaryCollector.measure(
        target,
        snapshot,
        undefined,
        span,
      );
      expect(events).toMatchObject([{ type: 'heartbeat_lost', subject: 'orders' }]);
      expect(events[0]?.detail).toContain(words);
      expect(increments).toContainEqual(
        expect.objectContaining({ metric: 'sensei_postgres_canary_lost_heartbeats_total', by: 1 }),
      );
      expect(await beat()).not.toHaveProperty('lost');
      await end();
    },
  );

  it('had its commit acknowledged where it only was not read back; one that failed before had not', async () => {
    const row: Row = { seq: undefined };
    let isWritable = true;
    const { beat, time, end } = await canaryOn((sql) => {
      if (!isWrite(sql)) return rowAnswer({ seq: String(row.seq), standby: true });
      return isWritable ? keepRow(row)(sql) : Buffer.concat([errorAnswer('25006', 'no'), ready]);
    });
    const acknowledged = { sequence: 5000n, begunMs: 5000, endedMs: 5000 };
    await expect(beat()).rejects.toMatchObject({ partial: { acknowledged } });
    time.ms = 6000;
    isWritable = false;
    await expect(beat()).rejects.toHaveProperty('partial', { connections: 1 });
    await end();
  });

  it('is missed where its commit was acknowledged, be it that it was not read back', async () => {
    const row: Row = { seq: undefined };
    let isReadable = false;
    const { beat, time, end } = await canaryOn((sql) =>
      isWrite(sql) || isReadable ? keepRow(row)(sql) : rowAnswer(undefined),
    );
    await expect(beat()).rejects.toMatchObject({ reason: 'body' });
    row.seq = 4000n;
    isReadable = true;
    time.ms = 6000;
    expect((await beat()).lost).toEqual({ acknowledged: 5000n, found: 4000n });
    await end();
  });

  it('is not acknowledged by a number of more than 64 bits', async () => {
    const tooHigh = rowAnswer({ seq: String(2n ** 63n), before: null });
    const { beat, end } = await canaryOn(() => tooHigh);
    await expect(beat()).rejects.toHaveProperty('partial', { connections: 1 });
    await end();
  });

  it('does not forget a lost heartbeat that was found by one that then failed', async () => {
    const row: Row = { seq: undefined };
    let isBroken = false;
    const { beat, end } = await canaryOn((sql) =>
      isBroken && !isWrite(sql) ? rowAnswer(undefined) : keepRow(row)(sql),
    );
    await beat();
    row.seq = 4000n;
    isBroken = true;
    await expect(beat()).rejects.toMatchObject({ reason: 'body' });
    isBroken = false;
    expect((await beat()).lost).toEqual({ acknowledged: 5000n, found: 4000n });
    await end();
  });
});
