import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { heartbeatsAnswer } from '../../src/cli/answer-schemas.js';
import { Exporter } from '../../src/cli/exporter.js';
import { openConfig } from '../../src/cli/open-config.js';
import { systemClock } from '../../src/runner/clock.js';
import { isWrite, keepRow } from '../postgres/heartbeat-row.js';
import { errorAnswer, ready, rowAnswer, startFakePostgres } from '../support/fake-postgres.js';
import { runSensei } from '../support/run-sensei.js';

/** The smallest number that a double has not. */
const pastDoubles = 2n ** 53n + 1n;
const refused = Buffer.concat([errorAnswer('25006', 'read only'), ready]);

/** A server on which every other commit fails, each in another way; it writes down what it acknowledged. */
function unsteadyServer(acknowledgements: number) {
  const row = { seq: pastDoubles };
  const keep = keepRow(row);
  const acknowledged: bigint[] = [];
  let writes = 0;
  let isReadable = true;
  const acknowledge = (sql: string) => {
    const reply = keep(sql);
    acknowledged.push(row.seq);
    return reply;
  };
  const write = (sql: string, socket: Socket): Buffer | undefined => {
    if (acknowledged.length === acknowledgements) return refused;
    writes += 1;
    isReadable = writes % 6 !== 5;
    if (writes % 6 === 2) return refused;
    if (writes % 6 !== 4) return acknowledge(sql);
    // Committed, and the connection dies before the answer.
    keep(sql);
    socket.destroy();
    return undefined;
  };
  const answer = (sql: string, socket: Socket) => {
    if (isWrite(sql)) return write(sql, socket);
    return isReadable ? keep(sql) : rowAnswer({ seq: String(row.seq), standby: true });
  };
  return { acknowledged, answer };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe('the heartbeats of a running exporter', () => {
  const closers: (() => unknown)[] = [];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-heartbeats-'));
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function configOn(answer: (sql: string, socket: Socket) => Buffer | undefined) {
    const server = await startFakePostgres({ answer });
    closers.push(() => server.close());
    const canary = {
      address: `127.0.0.1:${server.port}`,
      user: 'c',
      interval: '100ms',
      timeout: '10s',
    };
    const member = { name: 'a1', address: '127.0.0.1:1' };
    const orders = { name: 'orders', region: 'a', user: 'u', members: [member], canary };
    const file = join(folder, 'sensei.yaml');
    const settings = {
      deployment: 'shop',
      server: { port: await freePort() },
      store: { file: join(folder, 'sensei.db') },
      collectors: { postgres: [orders] },
    };
    writeFileSync(file, JSON.stringify(settings));
    return file;
  }

  async function startExporter(file: string): Promise<string> {
    const { reloader, secrets } = (await openConfig(file))!;
    const env = { clock: systemClock, secrets };
    const exporter = new Exporter(reloader, env, pino({ level: 'silent' }));
    closers.push(() => exporter.stop());
    return exporter.start();
  }

  async function ordersOf(url: string, query = '') {
    const response = await fetch(`${url}/api/v1/heartbeats?cluster=orders${query}`);
    const { clusters } = heartbeatsAnswer.parse(await response.json());
    return clusters[0]!;
  }

  it('are those that the server acknowledged, in order, and no others', async () => {
    const { acknowledged, answer } = unsteadyServer(9);
    const url = await startExporter(await configOn(answer));
    const orders = await vi.waitFor(
      async () => {
        const found = await ordersOf(url);
        expect(found.failuresSinceAcknowledged).toBeGreaterThan(2);
        return found;
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(acknowledged).toHaveLength(9);
    expect(orders.acknowledged.map(([sequence]) => sequence)).toEqual(acknowledged);
    expect(orders.kept).toEqual({ first: acknowledged[0], count: 9 });
    expect(orders.writer).toBe('shop');
    const times = orders.acknowledged.flatMap(([, begunMs, endedMs]) => [begunMs, endedMs]);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(orders.lastFailureMs).toBeGreaterThanOrEqual(times.at(-1)!);
    const later = await ordersOf(url, `&after=${acknowledged[6]!}`);
    expect(later.acknowledged.map(([sequence]) => sequence)).toEqual(acknowledged.slice(7));
  });

  it('are shown by one probe too, with all of their digits', async () => {
    const file = await configOn(keepRow({ seq: pastDoubles }));
    const { stdout, code } = await runSensei(
      'probe',
      'postgres-canary/orders',
      '-c',
      file,
      '--json',
    );
    expect(code).toBe(0);
    const { measurement } = JSON.parse(stdout) as { measurement: { heartbeat: object } };
    expect(measurement.heartbeat).toMatchObject({ sequence: String(pastDoubles + 1n) });
  });
});
