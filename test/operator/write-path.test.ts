import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresCanaryCollector } from '../../src/collectors/postgres/index.js';
import { attemptWrite } from '../../src/operator/write-path.js';
import { systemClock } from '../../src/runner/clock.js';
import { configOf, noSecrets } from '../support/collect.js';
import { errorAnswer, ready, startFakePostgres } from '../support/fake-postgres.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { FakeCluster } from './fake-cluster.js';

const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function kept(server: TcpServer): string {
  servers.push(server);
  return `127.0.0.1:${server.port}`;
}

async function attempt(address: string) {
  const canary = { address, user: 'c', timeout: '2s' };
  const members = [{ name: 'a1', address: '127.0.0.1:1' }];
  const config = configOf({ postgres: [{ name: 'orders', user: 'u', members, canary }] });
  const [target] = postgresCanaryCollector.targets(config);
  const env = { clock: systemClock, secrets: noSecrets };
  return attemptWrite(target!, env, new AbortController().signal);
}

/** A server that answers a write so, and begins and ends transactions. */
async function answering(answer: (sql: string, socket: Socket) => Buffer | undefined) {
  return kept(await startFakePostgres({ answer }));
}

async function cluster(): Promise<FakeCluster> {
  const made = await new FakeCluster('east', 'a1', () => {}).start();
  servers.push(made);
  return made;
}

const refusing = (state: string) => () => Buffer.concat([errorAnswer(state, 'no'), ready]);

describe('an attempt to write', () => {
  it('is accepted by a primary, and names the way', async () => {
    const { address } = await cluster();
    expect(await attempt(address)).toMatchObject({
      outcome: 'accepted',
      detail: `orders (${address}) takes writes`,
    });
  });

  it.each([
    ['end', (socket: Socket) => void socket.destroy()],
    ['silence', () => undefined],
  ])('is accepted where the write was, though the way back met %s', async (_title, treat) => {
    const east = await cluster();
    const address = await answering((sql, socket) =>
      sql.startsWith('ROLLBACK') ? treat(socket) : east.answerSql(sql, socket),
    );
    expect((await attempt(address)).outcome).toBe('accepted');
  });

  it.each([
    ['25006', 'refused', 'read-only, or in recovery'],
    ['57P01', 'refused', 'being shut down'],
    ['57P03', 'refused', 'not up'],
    ['53300', 'unknown', 'too many connections: others have theirs'],
    ['42P01', 'unknown', 'the table is missing'],
    ['42501', 'unknown', 'the login may not write there'],
    ['28P01', 'unknown', 'the password is wrong'],
    ['3D000', 'unknown', 'the database is missing'],
    ['57014', 'unknown', 'it was waiting for something'],
    ['55P03', 'unknown', 'somebody else has the row'],
    ['53100', 'unknown', 'the disk is full'],
    ['XX000', 'unknown', 'anything else'],
    ['08P01', 'silent', 'a pooler without a server'],
  ])('that is answered with %s is %s: %s', async (state, outcome) => {
    expect(await attempt(await answering(refusing(state)))).toMatchObject({ outcome });
  });

  it.each([
    ['a closed port', refusedPort, 'refused'],
    ['a proxy that resets', () => startTcp(tcpFaults.reset).then(portOf), 'refused'],
    [
      'a proxy that hangs up',
      () => startTcp((socket) => void socket.end()).then(portOf),
      'refused',
    ],
    ['a server that is silent', () => startTcp(tcpFaults.hang).then(portOf), 'silent'],
    ['something that is no PostgreSQL', () => startTcp(tcpFaults.garbage).then(portOf), 'unknown'],
  ])('at %s is judged', async (_title, port, outcome) => {
    expect(await attempt(`127.0.0.1:${await port()}`)).toMatchObject({ outcome });
  });
});

function portOf(server: TcpServer): number {
  servers.push(server);
  return server.port;
}
