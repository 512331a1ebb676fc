import { afterEach, describe, expect, it } from 'vitest';
import type { CollectionError } from '../../src/collectors/failure.js';
import {
  customConnection,
  hang,
  hugeBody,
  malformedJson,
  nonUtf8,
  ok,
  redirectLoop,
  refuse,
  resetHalfWay,
  resetOnAccept,
  slowDrip,
  status,
  truncatedJson,
  type Behaviour,
} from '../support/faulty-http.js';
import { healthy, pemPath, serverTls, ServerCluster } from './cluster-of-servers.js';
import { stepOf, valueOf } from './recorded.js';

const open: ServerCluster[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

function cluster(settings: Record<string, unknown> = {}): ServerCluster {
  const made = new ServerCluster({ timeout: '2s', interval: '3s', ...settings });
  open.push(made);
  return made;
}

const json = (value: unknown) =>
  ok(200, { 'content-type': 'application/json' }, JSON.stringify(value));
const garbage = customConnection((socket) => socket.end('* OK IMAP4rev1 ready\r\n'));

const faults: readonly (readonly [string, Behaviour, string])[] = [
  ['connection refused', refuse, 'connect'],
  ['time-out', hang, 'timeout'],
  ['reset at once', resetOnAccept, 'connect'],
  ['reset half-way', resetHalfWay, 'connect'],
  ['slow drip', slowDrip(), 'timeout'],
  ['status 500', status(500), 'status'],
  ['status 503 with a valid body', status(503, '{"state":"running","role":"replica"}'), 'status'],
  ['redirect loop', redirectLoop, 'redirect'],
  ['100 MB body', hugeBody(), 'too_large'],
  ['malformed JSON', malformedJson, 'body'],
  ['truncated JSON', truncatedJson, 'body'],
  ['an empty body', ok(200, {}, ''), 'body'],
  ['wrong types', json({ state: 1, role: ['master'] }), 'body'],
  ['missing fields', json({ state: 'running' }), 'body'],
  ['no object', json([1, 2, 3]), 'body'],
  ['non-UTF-8', nonUtf8, 'body'],
  ['wrong password', status(401), 'auth'],
  ['no HTTP', garbage, 'protocol'],
];

describe('one faulty member beside a healthy one', () => {
  it.each(faults)('%s is counted under its reason', async (_title, behaviour, reason) => {
    const servers = await cluster().start({ a1: healthy('a1'), a2: behaviour });
    const found = await servers.collect();
    expect(stepOf(found, 'member_failures_total', { member: 'a2', reason })).toBe(1);
    expect(stepOf(found, 'member_failures_total', { member: 'a2' })).toBe(1);
    expect(stepOf(found, 'member_failures_total', { member: 'a1' })).toBe(0);
    const left = found.samples.filter(({ labels }) => labels['member'] === 'a2');
    expect(left.map(({ metric, value }) => [metric, value])).toEqual([
      ['sensei_patroni_member_up', 0],
    ]);
    expect(valueOf(found, 'member_up', { member: 'a1' })).toBe(1);
  });
});

describe('every member faulty', () => {
  it.each(faults)('%s fails the collection under its reason', async (_title, behaviour, reason) => {
    const servers = await cluster().start({ a1: behaviour, a2: behaviour });
    const error = await servers.observe().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CollectionError', reason });
    expect((error as Error).message).toContain(`GET ${servers.server('a2').url}/patroni`);
    const found = servers.failed(error as CollectionError);
    expect(valueOf(found, 'member_up', { member: 'a1' })).toBe(0);
    expect(stepOf(found, 'member_failures_total', { member: 'a2', reason })).toBe(1);
  });

  it('a wrong certificate', async () => {
    const tls = { caFile: pemPath('ca.crt') };
    const servers = await cluster({ tls }).start(
      { a1: healthy('a1') },
      { tls: serverTls('wrong-host') },
    );
    const error = await servers.observe().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'tls' });
    const found = servers.failed(error as CollectionError);
    expect(valueOf(found, 'member_up', { member: 'a1' })).toBe(0);
    expect(stepOf(found, 'member_failures_total', { member: 'a1', reason: 'tls' })).toBe(1);
  });

  it('a name that does not resolve', async () => {
    // A label of 64 characters is refused before any name server is asked.
    const members = [{ name: 'a1', url: `http://${'x'.repeat(64)}.invalid:8008` }];
    await expect(cluster({ members }).observe()).rejects.toMatchObject({ reason: 'dns' });
  });
});

describe('memory and connections under faults', () => {
  it('a huge body is given up soon after the limit', async () => {
    const servers = await cluster({ timeout: '10s', interval: '20s' }).start({ a1: hugeBody() });
    await expect(servers.observe()).rejects.toMatchObject({ reason: 'too_large' });
    expect(servers.server('a1').bytesSent()).toBeLessThan(32 * 1024 * 1024);
  });

  it('a hung member has one connection a collection, and none is left over', async () => {
    const servers = await cluster({ timeout: '200ms', interval: '1s' }).start({ a1: hang });
    for (let round = 0; round < 3; round += 1) {
      await expect(servers.observe()).rejects.toMatchObject({ reason: 'timeout' });
    }
    expect(servers.server('a1').connections()).toBeLessThanOrEqual(3);
  });

  it('a redirect is not followed to another host', async () => {
    const other = await cluster().start({ b1: healthy('a1') });
    const away = ok(302, { location: `${other.server('b1').url}/patroni` });
    const servers = await cluster().start({ a1: away });
    await expect(servers.observe()).rejects.toMatchObject({ reason: 'redirect' });
    expect(other.server('b1').requests).toEqual([]);
  });
});
