import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresCanaryCollector, postgresCollector } from '../../src/collectors/postgres/index.js';
import { memberQuery } from '../../src/collectors/sql/queries.js';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { collect, configOf, noSecrets, reasonOfOutcome } from '../support/collect.js';
import {
  dataRow,
  errorAnswer,
  jsonAnswer,
  jsonDescription,
  message,
  ready,
  startFakePostgres,
} from '../support/fake-postgres.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { recordedMember } from './recorded.js';

const collector = postgresCollector as AnyCollector;
const tlsFolder = fileURLToPath(new URL('../fixtures/tls', import.meta.url));

function certificateOf(name: string) {
  return {
    cert: readFileSync(`${tlsFolder}/${name}.crt`),
    key: readFileSync(`${tlsFolder}/${name}.key`),
  };
}

function configFor(address: string, extra: object = {}) {
  return configOf({
    postgres: [
      {
        name: 'orders',
        user: 'u',
        interval: '3s',
        timeout: '2s',
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

  it('that drips a good answer a byte at a time: timeout', async () => {
    expect(
      await reasonTo((_sql, socket) => {
        const bytes = jsonAnswer(answer);
        let at = 0;
        const timer = setInterval(() => socket.write(bytes.subarray(at, (at += 1))), 5);
        socket.on('close', () => clearInterval(timer));
        return undefined;
      }),
    ).toBe('timeout');
  });

  it('that hangs after the log-in: timeout, and the connection is gone', async () => {
    expect(await reasonTo(() => undefined)).toBe('timeout');
    await expect.poll(() => server?.open()).toBe(0);
  });

  const megabyte = dataRow(Buffer.from(`"${'x'.repeat(1024 * 1024)}"`));
  it.each([
    ['a row that says it has a gigabyte', Buffer.from('D\u003f\u00ff\u00ff\u00ff', 'latin1')],
    ['rows without end', Buffer.concat([jsonDescription, megabyte])],
  ])('that floods with %s: too_large, and most of it is never read', async (_title, head) => {
    const reason = await reasonTo((_sql, socket) => {
      socket.write(head);
      tcpFaults.flood(socket, megabyte);
      return undefined;
    });
    expect(reason).toBe('too_large');
    expect(server!.written()).toBeLessThan(100 * 1024 * 1024);
    await expect.poll(() => server?.open()).toBe(0);
  });

  it('that floods through TLS: too_large', async () => {
    server = await startFakePostgres({
      tls: certificateOf('server'),
      answer: (_sql, socket) => {
        socket.write(jsonDescription);
        tcpFaults.flood(socket, megabyte);
        return undefined;
      },
    });
    const target = targetFor(server.port, { tls: { caFile: `${tlsFolder}/ca.crt` } });
    expect(reasonOfOutcome(await collect(collector, target))).toBe('too_large');
  });

  it('that is an HTTP server: protocol, at once', async () => {
    expect(await reasonFrom(tcpFaults.garbage)).toBe('protocol');
  });

  it.each([
    ['a description of nothing', message('T', Buffer.alloc(0))],
    ['a row shorter than it says', message('D', Buffer.from([0, 5]))],
    ['an error without an end', message('E', Buffer.from('MHello'))],
    ['an error of no fields and no end', message('E', Buffer.alloc(0))],
    ['a message of length 0', Buffer.from('Z\0\0\0\0')],
    ['a message of negative length', Buffer.from([0x54, 0xff, 0xff, 0xff, 0xff, 1])],
    ['a log-in method that nobody knows', message('R', Buffer.from([0, 0, 0, 99]))],
    ['the beginning of a COPY', message('H', Buffer.from([0, 0, 0]))],
  ])(
    'that sends %s, at log-in or as an answer: protocol, and the process lives',
    async (_title, bytes) => {
      expect(await reasonTo(() => undefined, bytes)).toBe('protocol');
      await server?.close();
      expect(await reasonTo(() => bytes)).toBe('protocol');
    },
  );

  it.each([
    ['malformed JSON', '{"version":', 'body'],
    ['truncated JSON', JSON.stringify(answer).slice(0, 300), 'body'],
    ['wrong types', { ...answer, inRecovery: 'no' }, 'body'],
    ['missing fields', { version: '15' }, 'body'],
    ['a list', [], 'body'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('latin1'), 'body'],
  ])('that answers %s', async (_title, value, reason) => {
    expect(await reasonTo(() => jsonAnswer(value))).toBe(reason);
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

  it('that ends the session is asked again on a new connection', async () => {
    let asked = 0;
    server = await startFakePostgres({
      answer: (_sql, socket) => {
        asked += 1;
        if (asked === 1) socket.end(errorAnswer('57P01', 'terminating connection'));
        return asked === 1 ? undefined : jsonAnswer(answer);
      },
    });
    const outcome = await collect(collector, targetFor(server.port), noSecrets, 2);
    expect([reasonOfOutcome(outcome), server.accepted()]).toEqual(['ok', 2]);
  });

  it('without the heartbeat table keeps its one connection', async () => {
    server = await startFakePostgres({
      answer: (sql) =>
        sql.includes('FROM sensei.heartbeat')
          ? Buffer.concat([errorAnswer('42P01', 'relation does not exist'), ready])
          : jsonAnswer(answer),
    });
    const canary = { address: '127.0.0.1:1', user: 'c' };
    const target = targetFor(server.port, { canary });
    const outcome = await collect(collector, target, noSecrets, 5);
    expect([reasonOfOutcome(outcome), server.accepted()]).toEqual(['ok', 1]);
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

  it.each([
    ['another host', 'wrong-host', {}, 'tls'],
    [
      'another host, and that is the one expected',
      'wrong-host',
      { serverName: 'elsewhere.test' },
      'ok',
    ],
    ['its own name', 'server', {}, 'ok'],
    ['its own name where another is expected', 'server', { serverName: 'elsewhere.test' }, 'tls'],
  ])('with a certificate of %s', async (_title, certificate, settings, reason) => {
    server = await startFakePostgres({
      tls: certificateOf(certificate),
      answer: () => jsonAnswer(answer),
    });
    const target = collector.targets(
      configFor(`localhost:${server.port}`, {
        tls: { caFile: `${tlsFolder}/ca.crt`, ...settings },
      }),
    )[0]!;
    expect(reasonOfOutcome(await collect(collector, target))).toBe(reason);
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
      reason: 'internal',
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
        canary: { address: `127.0.0.1:${port}`, user: 'c', timeout: '2s' },
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
