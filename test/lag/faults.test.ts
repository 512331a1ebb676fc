import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { lagCollector } from '../../src/collectors/lag/index.js';
import { collect, configOf, noSecrets, reasonOfOutcome } from '../support/collect.js';
import { errorAnswer, jsonAnswer, startFakePostgres } from '../support/fake-postgres.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { recordedMember } from '../postgres/recorded.js';

const collector = lagCollector as AnyCollector;
const servers: TcpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const answerOf = (member: string) => {
  const recorded = recordedMember('ab-healthy', member);
  if (!recorded.ok) throw new Error(`${member} was recorded without an answer`);
  return recorded.answer;
};

async function serving(member: string): Promise<number> {
  const server = await startFakePostgres({ answer: () => jsonAnswer(answerOf(member)) });
  servers.push(server);
  return server.port;
}

async function broken(treat: (socket: Socket) => void): Promise<number> {
  const server = await startTcp(treat);
  servers.push(server);
  return server.port;
}

function targetFor(a: number, b: number) {
  const cluster = (name: string, member: string, port: number) => ({
    name,
    user: 'u',
    region: name,
    members: [{ name: member, address: `127.0.0.1:${port}` }],
  });
  const config = configOf({
    postgres: [cluster('a', 'a1', a), cluster('b', 'b1', b)],
    lag: [{ name: 'orders', primary: 'a', standby: 'b', interval: '3s', timeout: '2s' }],
  });
  return collector.targets(config)[0]!;
}

const faults: readonly (readonly [string, () => Promise<number>, string])[] = [
  ['refuses', refusedPort, 'connect'],
  ['resets', () => broken(tcpFaults.reset), 'connect'],
  ['hangs', () => broken(tcpFaults.hang), 'timeout'],
  ['drips bytes that are no answer', () => broken(tcpFaults.slowDrip), 'protocol'],
  ['speaks another protocol', () => broken(tcpFaults.garbage), 'protocol'],
  ['floods', () => broken((socket) => tcpFaults.flood(socket)), 'protocol'],
  [
    'refuses the statement',
    async () => {
      const server = await startFakePostgres({ answer: () => errorAnswer('42501', 'denied') });
      servers.push(server);
      return server.port;
    },
    'auth',
  ],
];

describe('the lag between two regions', () => {
  it('is read from two servers (the fake ones work)', async () => {
    const target = targetFor(await serving('a1'), await serving('b1'));
    expect(reasonOfOutcome(await collect(collector, target))).toBe('ok');
  });

  it.each(faults)('with a primary that %s still tells of the copy', async (_title, port) => {
    const outcome = await collect(collector, targetFor(await port(), await serving('b1')));
    const { samples = [] } = outcome.measurement;
    const up = samples.filter(({ metric }) => metric === 'sensei_lag_cluster_up');
    expect(outcome.ok).toBe(true);
    expect(up.map(({ labels, value }) => [labels['cluster'], value])).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect(samples.filter(({ metric }) => metric === 'sensei_lag_bytes')).toEqual([]);
  });

  it.each(faults)('with a copy that %s still tells of the primary', async (_title, port) => {
    const outcome = await collect(collector, targetFor(await serving('a1'), await port()));
    const { samples = [], observations = [], restorePoints } = outcome.measurement;
    const writers = samples.find(({ metric }) => metric === 'sensei_lag_writers');
    expect(writers?.value).toBe(1);
    expect(observations.map(({ reason }) => reason)).toContain('no_copy_answered');
    expect(restorePoints).toEqual([]);
  });

  it.each(faults)('with both sides such that each %s fails: %s', async (_title, port, reason) => {
    const outcome = await collect(collector, targetFor(await port(), await port()));
    expect(reasonOfOutcome(outcome)).toBe(reason);
    expect(outcome.measurement).toEqual({});
  });

  it('pitfall: a dead server must not pile connections up: it piles up no connections on servers that hang: one a member, whatever the rounds', async () => {
    const [a, b] = [await startTcp(tcpFaults.hang), await startTcp(tcpFaults.hang)];
    servers.push(a, b);
    await collect(collector, targetFor(a.port, b.port), noSecrets, 4);
    await expect.poll(() => a.open() + b.open()).toBe(0);
    expect(a.accepted()).toBeLessThanOrEqual(4);
  });
});
