import { fileURLToPath } from 'node:url';
import { createServer as createTlsServer } from 'node:tls';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresCanaryCollector, postgresCollector } from '../../src/collectors/postgres/index.js';
import { memberQuery } from '../../src/collectors/postgres/queries.js';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { collect, configOf, noSecrets, reasonOfOutcome } from '../support/collect.js';
import { errorAnswer, jsonAnswer, ready, startFakePostgres } from '../support/fake-postgres.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { recordedMember } from './recorded.js';

const collector = postgresCollector as AnyCollector;
const tlsFolder = fileURLToPath(new URL('../fixtures/tls', import.meta.url));

function configFor(address: string, extra: object = {}) {
  return configOf({
    postgres: [
      {
        name: 'orders',
        user: 'u',
        interval: '1s',
        timeout: '400ms',
        members: [{ name: 'a1', address }],
        ...extra,
      },
    ],
  });
}

function targetFor(port: number, extra: object = {}) {
  return collector.targets(configFor(`127.0.0.1:${port}`, extra))[0]!;
}

const recorded = recordedMember('a-healthy', 'a1');
const answer = recorded.ok ? recorded.answer : undefined;
const twice = Buffer.concat([jsonAnswer(answer), ready]);

describe('a broken PostgreSQL', () => {
  let server: TcpServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const reasonFrom = async (treat: (socket: Socket) => void) => {
    server = await startTcp(treat);
    return reasonOfOutcome(await collect(collector, targetFor(server.port)));
  };
  const reasonTo = async (
    script: (sql: string, socket: Socket) => Buffer | undefined,
    greeting?: Buffer,
  ) => {
    server = await startFakePostgres({
      answer: script,
      ...(greeting !== undefined && { greeting }),
    });
    return reasonOfOutcome(await collect(collector, targetFor(server.port)));
  };

  it('that is not broken is read (the fake server itself works)', async () => {
    expect(await reasonTo(() => jsonAnswer(answer))).toBe('ok');
  });

  it('refused connection: connect', async () => {
    expect(reasonOfOutcome(await collect(collector, targetFor(await refusedPort())))).toBe(
      'connect',
    );
  });

  it('that says nothing: timeout', async () => {
    expect(await reasonFrom(tcpFaults.hang)).toBe('timeout');
  });

  it('that resets at once: connect', async () => {
    expect(await reasonFrom(tcpFaults.reset)).toBe('connect');
  });

  it('that resets half-way through an answer: connect', async () => {
    expect(
      await reasonTo((_sql, socket) => {
        socket.write(jsonAnswer(answer).subarray(0, 200));
        setTimeout(() => socket.resetAndDestroy(), 20);
        return undefined;
      }),
    ).toBe('connect');
  });

  it('that drips a byte at a time: timeout', async () => {
    expect(
      await reasonTo((_sql, socket) => {
        tcpFaults.slowDrip(socket);
        return undefined;
      }),
    ).toBe('timeout');
  });

  it('that hangs after the log-in: timeout, and the connection is gone', async () => {
    expect(await reasonTo(() => undefined)).toBe('timeout');
    await expect.poll(() => server?.open()).toBe(0);
  });

  it('that floods: ends, and most of it is never read', async () => {
    const reason = await reasonTo((_sql, socket) => {
      // A row description and then a data row that claims a gigabyte.
      const head = Buffer.from('D\u003f\u00ff\u00ff\u00ff', 'latin1');
      socket.write(head);
      tcpFaults.flood(socket);
      return undefined;
    });
    expect(reason).toBe('too_large');
    expect(server!.written()).toBeLessThan(100 * 1024 * 1024);
  });

  it('that answers what is no protocol: timeout, as its first bytes read as a length of a gigabyte', async () => {
    expect(await reasonFrom(tcpFaults.garbage)).toBe('timeout');
  });

  it.each([
    ['malformed JSON', '{"version":', 'protocol'],
    ['wrong types', { ...answer, inRecovery: 'no' }, 'body'],
    ['missing fields', { version: '15' }, 'body'],
    ['a list', [], 'body'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('latin1'), 'body'],
  ])('that answers %s', async (_title, value, reason) => {
    expect([reason, 'body']).toContain(await reasonTo(() => jsonAnswer(value)));
  });

  it.each([
    ['28P01', 'password authentication failed for user "u"', 'auth'],
    ['28000', 'no pg_hba.conf entry', 'auth'],
    ['3D000', 'database "x" does not exist', 'auth'],
    ['57P03', 'the database system is starting up', 'connect'],
    ['53300', 'too many connections', 'connect'],
  ])('that refuses the log-in with %s: its reason', async (code, words, reason) => {
    expect(await reasonTo(() => undefined, errorAnswer(code, words))).toBe(reason);
  });

  it.each([
    ['42501', 'permission denied', 'auth'],
    ['57014', 'canceling statement due to statement timeout', 'timeout'],
    ['55P03', 'lock not available', 'timeout'],
    ['XX000', 'internal error', 'protocol'],
  ])('that fails the query with %s: its reason', async (code, words, reason) => {
    expect(await reasonTo(() => Buffer.concat([errorAnswer(code, words), ready]))).toBe(reason);
  });

  it('with a name that does not resolve: dns', async () => {
    const target = collector.targets(configFor('nowhere.invalid:5432'))[0]!;
    expect(reasonOfOutcome(await collect(collector, target))).toBe('dns');
  });

  it('without TLS where it is asked for: tls', async () => {
    server = await startTcp((socket) => socket.on('data', () => socket.write('N')));
    const target = targetFor(server.port, { tls: {} });
    expect(reasonOfOutcome(await collect(collector, target))).toBe('tls');
  });

  it('with the wrong certificate: tls', async () => {
    const tls = createTlsServer({
      cert: readFileSync(`${tlsFolder}/wrong-host.crt`),
      key: readFileSync(`${tlsFolder}/wrong-host.key`),
    });
    server = await startTcp((socket) =>
      socket.once('data', () => {
        socket.write('S');
        tls.emit('connection', socket);
      }),
    );
    const target = targetFor(server.port, { tls: { caFile: `${tlsFolder}/ca.crt` } });
    expect(reasonOfOutcome(await collect(collector, target))).toBe('tls');
    tls.listen(0);
    await once(tls, 'listening');
    expect((tls.address() as AddressInfo).port).toBeGreaterThan(0);
    tls.close();
  });

  it('with a password that cannot be read: the collection fails and names the file, not a secret', async () => {
    server = await startFakePostgres({ answer: () => twice });
    const target = targetFor(server.port, { password: { file: '/nonexistent/pw' } });
    const secrets = {
      read: () => Promise.reject(new Error('cannot read the secret in /nonexistent/pw (ENOENT)')),
    };
    const outcome = await collect(collector, target, secrets);
    expect(outcome).toMatchObject({
      ok: false,
      message: expect.stringContaining('/nonexistent/pw'),
    });
  });

  it('pitfall: one connection a target, re-used: ten collections, one connection', async () => {
    server = await startFakePostgres({ answer: () => jsonAnswer(answer) });
    await collect(collector, targetFor(server.port), noSecrets, 10);
    expect(server.accepted()).toBe(1);
  });

  it('pitfall: a dead server does not pile connections up: each collection leaves none behind', async () => {
    server = await startTcp(tcpFaults.hang);
    await collect(collector, targetFor(server.port, { timeout: '100ms' }), noSecrets, 4);
    await expect.poll(() => server?.open()).toBe(0);
    expect(server.accepted()).toBe(4);
  });

  it('pitfall: connect, statement and lock timeouts are always set, and the session is read-only', async () => {
    let startup = '';
    server = await startTcp((socket) =>
      socket.once('data', (data) => void (startup = data.toString('latin1'))),
    );
    await collect(collector, targetFor(server.port));
    for (const setting of [
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'default_transaction_read_only=on',
      'sensei',
    ]) {
      expect(startup).toContain(setting);
    }
  });

  it('is asked everything in one query, and once', async () => {
    const asked: string[] = [];
    server = await startFakePostgres({
      answer: (sql) => {
        asked.push(sql);
        return jsonAnswer(answer);
      },
    });
    await collect(collector, targetFor(server.port));
    expect(asked).toEqual([memberQuery]);
  });
});

describe('a broken write path', () => {
  let server: TcpServer | undefined;
  afterEach(async () => server?.close());
  const canary = postgresCanaryCollector as AnyCollector;
  const canaryFor = (port: number) =>
    canary.targets(
      configFor('127.0.0.1:1', {
        canary: { address: `127.0.0.1:${port}`, user: 'c', timeout: '300ms' },
      }),
    )[0]!;

  it.each([
    ['refused', undefined, 'connect'],
    ['silent', tcpFaults.hang, 'timeout'],
    ['reset', tcpFaults.reset, 'connect'],
  ] as const)('%s: a bad observation with its reason', async (_title, treat, reason) => {
    const port = treat === undefined ? await refusedPort() : (server = await startTcp(treat)).port;
    const outcome = await collect(canary, canaryFor(port));
    expect(outcome.measurement.observations?.[0]).toMatchObject({ outcome: 'bad', reason });
    expect(outcome.measurement.increments).toContainEqual(
      expect.objectContaining({
        metric: 'sensei_postgres_canary_failures_total',
        labels: expect.objectContaining({ reason }),
      }),
    );
  });
});
