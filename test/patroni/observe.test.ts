import { afterEach, describe, expect, it } from 'vitest';
import { CollectionError } from '../../src/collectors/failure.js';
import { hang, malformedJson, ok, refuse, slowDrip } from '../support/faulty-http.js';
import {
  answering,
  healthy,
  healthyAnswers,
  pemPath,
  serverTls,
  ServerCluster,
  type Answers,
} from './cluster-of-servers.js';
import { factOf, outcomeOf, recordedJson, stepOf, valueOf } from './recorded.js';

const open: ServerCluster[] = [];

async function cluster(...parameters: ConstructorParameters<typeof ServerCluster>) {
  const made = new ServerCluster(...parameters);
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** As while the store does not answer: what is cached is served, `/cluster` hangs. */
function withoutStore(name: string): Answers {
  return { ...healthyAnswers(name), '/cluster': undefined };
}

const all = () => ({ a1: healthy('a1'), a2: healthy('a2'), a3: healthy('a3') });

describe('a collection', () => {
  it("asks every member's /patroni and one member for the rest", async () => {
    const servers = await (await cluster()).start(all());
    const found = await servers.collect();
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'ttl_seconds')).toBe(30);
    const asked = ['a1', 'a2', 'a3'].flatMap((name) => servers.paths(name));
    expect(asked.toSorted()).toEqual(
      ['/cluster', '/config', '/history', '/patroni', '/patroni', '/patroni'].toSorted(),
    );
    expect(servers.paths('a2').at(-1)).toBe('/cluster');
  });

  it('pitfall: GET / is 503 on replicas: only /patroni is asked, which is 200 on all of them', async () => {
    const answers = (name: string) => ({
      ...healthyAnswers(name),
      '/': 503,
      '/primary': 503,
      '/replica': 503,
    });
    const servers = await (
      await cluster()
    ).start({ a2: answering(() => answers('a2')), a3: answering(() => answers('a3')) });
    const found = await servers.collect();
    expect(valueOf(found, 'member_up', { member: 'a2' })).toBe(1);
    expect(valueOf(found, 'member_up', { member: 'a3' })).toBe(1);
    const health = [...servers.paths('a2'), ...servers.paths('a3')];
    expect(health.filter((path) => ['/', '/primary', '/replica'].includes(path))).toEqual([]);
  });

  it('keeps one connection a member from collection to collection', async () => {
    const servers = await (await cluster()).start(all());
    for (let round = 0; round < 5; round += 1) await servers.collect();
    for (const name of ['a1', 'a2', 'a3']) expect(servers.server(name).connections()).toBe(1);
  });

  it('makes a connection anew that the server has ended', async () => {
    const ending = ok(
      200,
      { connection: 'close' },
      JSON.stringify(recordedJson('a-healthy', 'a2-patroni.json')),
    );
    const servers = await (await cluster()).start({ a1: healthy('a1'), a2: ending });
    await servers.collect();
    const found = await servers.collect();
    expect(valueOf(found, 'member_up', { member: 'a2' })).toBe(1);
  });

  it('pitfall: /cluster reads the DCS: one member is asked, and the next where it cannot tell', async () => {
    const answers = { ...healthyAnswers('a2'), '/cluster': 503, '/config': 500 };
    const servers = await (
      await cluster()
    ).start({ a1: healthy('a1'), a2: answering(() => answers), a3: healthy('a3') });
    const found = await servers.collect();
    expect(servers.paths('a2')).toEqual(['/patroni', '/config', '/history', '/cluster']);
    expect(servers.paths('a3')).toEqual(['/patroni', '/config', '/cluster']);
    expect(outcomeOf(found)).toBe('good');
  });

  it('asks the member first that saw the store last', async () => {
    const a1 = { ...healthyAnswers('a1'), '/cluster': { members: [] } };
    const fresh = { ...(a1 as Answers)['/patroni']!, dcs_last_seen: 1795424999 };
    const servers = await (
      await cluster()
    ).start({ a2: healthy('a2'), a1: answering(() => ({ ...a1, '/patroni': fresh })) });
    await servers.collect();
    expect(servers.paths('a1')).toContain('/cluster');
    expect(servers.paths('a2')).toEqual(['/patroni']);
  });

  it('shows what it asked, and only the fields that it uses', async () => {
    const secret = 'host=x password=hidden';
    const answers = { ...healthyAnswers('a1'), '/config': { ttl: 30, primary_conninfo: secret } };
    const servers = await (await cluster()).start({ a1: answering(() => answers) });
    const notes: string[] = [];
    await servers.observe({ note: (asked, answered) => notes.push(`${asked} ${answered}`) });
    expect(notes.map((note) => note.split(' ')[1]?.replace(/.*:\d+/, ''))).toEqual([
      '/patroni',
      '/config',
      '/history',
      '/cluster',
    ]);
    expect(notes.join()).toContain('"ttlSeconds":30');
    expect(notes.join()).not.toContain('hidden');
  });
});

describe('members that do not answer', () => {
  const quick = { timeout: '2s', interval: '3s' };

  it.each([
    ['frozen', hang, 'timeout'],
    ['dripping', slowDrip(), 'timeout'],
    ['dead', refuse, 'connect'],
    ['babbling', malformedJson, 'body'],
  ] as const)('a %s member delays none', async (_title, behaviour, reason) => {
    const servers = await (await cluster(quick)).start({ ...all(), a2: behaviour });
    const found = await servers.collect();
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'member_up', { member: 'a2' })).toBe(0);
    expect(valueOf(found, 'member_up', { member: 'a3' })).toBe(1);
    expect(factOf(found, 'members.a2.failure')).toBe(reason);
    expect(valueOf(found, 'ttl_seconds')).toBe(30);
  });

  it('a frozen leader is shown as such, and the lock that it still holds', async () => {
    const servers = await (await cluster(quick)).start({ ...all(), a1: hang });
    const found = await servers.collect();
    expect(outcomeOf(found)).toBe('bad leader_unreachable');
    expect(valueOf(found, 'has_leader')).toBe(1);
  });

  it('pitfall: /cluster reads the DCS and may hang: it has its own deadline, the next member answers', async () => {
    const servers = await (
      await cluster(quick)
    ).start({ ...all(), a2: answering(() => withoutStore('a2')) });
    const found = await servers.collect();
    expect(servers.paths('a2')).toContain('/cluster');
    expect(servers.paths('a3')).toContain('/cluster');
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'member_up', { member: 'a2' })).toBe(1);
  });

  it('/cluster that hangs everywhere leaves what the members said', async () => {
    const servers = await (
      await cluster(quick)
    ).start({ a1: answering(() => withoutStore('a1')), a2: answering(() => withoutStore('a2')) });
    const found = await servers.collect();
    expect(outcomeOf(found)).toBe('unknown no_cluster_view');
    expect(valueOf(found, 'primaries')).toBe(1);
    expect(valueOf(found, 'ttl_seconds')).toBe(30);
  });

  it('a member that hangs once is not asked again before the others', async () => {
    const a1 = recordedJson('a-healthy', 'a1-patroni.json');
    const freshest = { ...a1, dcs_last_seen: 1795424999 };
    const servers = await (
      await cluster(quick)
    ).start({ ...all(), a1: answering(() => ({ '/patroni': freshest })) });
    const found = await servers.collect();
    expect(servers.paths('a1')).toEqual(['/patroni', '/config']);
    expect(outcomeOf(found)).toBe('good');
  });

  it('all of them: the collection fails for the reason of most, within its deadline', async () => {
    const servers = await (await cluster(quick)).start({ a1: hang, a2: refuse, a3: refuse });
    const error = await servers.observe().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CollectionError);
    expect(error).toMatchObject({ reason: 'connect' });
    expect((error as Error).message).toContain(servers.server('a3').url);
    const found = servers.failed(error as CollectionError);
    const labels = { member: 'a1', reason: 'timeout' };
    expect(stepOf(found, 'member_failures_total', labels)).toBe(1);
    expect(stepOf(found, 'member_failures_total', { member: 'a1' })).toBe(1);
    expect(stepOf(found, 'member_failures_total', { reason: 'connect' })).toBe(2);
  });

  it('a member that comes back is seen at once', async () => {
    let answers: Answers = { '/patroni': 503 };
    const servers = await (await cluster(quick)).start({ ...all(), a3: answering(() => answers) });
    expect(valueOf(await servers.collect(), 'member_up', { member: 'a3' })).toBe(0);
    answers = healthyAnswers('a3');
    const found = await servers.collect();
    expect(valueOf(found, 'member_up', { member: 'a3' })).toBe(1);
    expect(found.events.map(({ type }) => type)).toEqual(['member_up', 'sync_standby_changed']);
  });

  it('the signal ends a collection early', async () => {
    const servers = await (await cluster()).start({ a1: hang });
    const { io } = servers.open();
    const { patroniCollector } = await import('../../src/collectors/patroni/index.js');
    const controller = new AbortController();
    const observed = patroniCollector.observe(io, { signal: controller.signal });
    controller.abort();
    await expect(observed).rejects.toMatchObject({ reason: 'timeout' });
  });
});

describe('a lock that passes during the collection', () => {
  it('is no split brain: who claims too much is asked again', async () => {
    const demoted = { ...healthyAnswers('a2')['/patroni']! };
    let asked = 0;
    const a1 = () => {
      asked += 1;
      return { ...healthyAnswers('a1'), ...(asked > 1 && { '/patroni': demoted }) };
    };
    const view = recordedJson('a-after-failover-old-primary-dead', 'a2-cluster.json');
    const a3 = recordedJson('a-after-failover-old-primary-dead', 'a3-patroni.json');
    const servers = await (
      await cluster()
    ).start({
      a1: answering(a1),
      a3: answering(() => ({ ...healthyAnswers('a3'), '/patroni': a3, '/cluster': view })),
    });
    const found = await servers.collect();
    expect(servers.paths('a1')).toEqual(['/patroni', '/patroni']);
    expect(valueOf(found, 'split_brain')).toBe(0);
    expect(outcomeOf(found)).toBe('good');
  });

  it('is a split brain when the claim is repeated', async () => {
    const a3 = recordedJson('a-after-failover-old-primary-dead', 'a3-patroni.json');
    const servers = await (
      await cluster()
    ).start({ ...all(), a3: answering(() => ({ ...healthyAnswers('a3'), '/patroni': a3 })) });
    const found = await servers.collect();
    expect(valueOf(found, 'split_brain')).toBe(1);
    expect(servers.paths('a1').filter((path) => path === '/patroni')).toHaveLength(2);
  });
});

describe('credentials', () => {
  const password = 'correct horse';
  const basicAuth = { username: 'sensei', password: { env: 'PATRONI_PASSWORD' } };
  const secrets = { read: () => Promise.resolve(password) };

  it('are sent with every request, and named nowhere', async () => {
    const servers = await (await cluster({ basicAuth }, secrets)).start({ a1: healthy('a1') });
    const notes: string[] = [];
    const snapshot = await servers.observe({ note: (...both) => notes.push(both.join(' ')) });
    const expected = `Basic ${Buffer.from(`sensei:${password}`).toString('base64')}`;
    const sent = servers.server('a1').requests.map(({ headers }) => headers.authorization);
    expect(new Set(sent)).toEqual(new Set([expected]));
    const { io: _io, target } = servers.open();
    const shown = [...notes, ...snapshot.members.map((each) => each.name), target.members[0]?.url];
    expect(shown.join()).not.toContain(password);
    expect(shown.join()).not.toContain(expected);
  });

  it('a wrong password is an auth failure', async () => {
    const servers = await (
      await cluster({ basicAuth }, secrets)
    ).start({ a1: ok(401), a2: ok(403) });
    await expect(servers.observe()).rejects.toMatchObject({ reason: 'auth' });
  });

  it('a password that cannot be read asks nobody', async () => {
    const unreadable = { read: () => Promise.reject(new Error('PATRONI_PASSWORD is not set')) };
    const servers = await (await cluster({ basicAuth }, unreadable)).start({ a1: healthy('a1') });
    await expect(servers.observe()).rejects.toMatchObject({
      reason: 'auth',
      message: 'patroni/orders: the password: PATRONI_PASSWORD is not set',
    });
    expect(servers.server('a1').requests).toEqual([]);
  });
});

describe('TLS', () => {
  it('verifies the members and keeps their connections', async () => {
    const servers = await (
      await cluster({ tls: { caFile: pemPath('ca.crt') } })
    ).start({ a1: healthy('a1'), a2: healthy('a2') }, { tls: serverTls('server') });
    await servers.collect();
    expect(outcomeOf(await servers.collect())).toBe('good');
    expect(servers.server('a2').connections()).toBe(1);
  });

  it('shows a client certificate to members that demand one', async () => {
    const demanding = {
      ...serverTls('server'),
      ca: serverTls('ca').cert,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const identified = {
      caFile: pemPath('ca.crt'),
      certFile: pemPath('client.crt'),
      keyFile: pemPath('client.key'),
    };
    const behaviours = { a1: healthy('a1') };
    const known = await (await cluster({ tls: identified })).start(behaviours, { tls: demanding });
    expect(outcomeOf(await known.collect())).toBe('good');
    const unknown = await (
      await cluster({ tls: { caFile: pemPath('ca.crt') } })
    ).start(behaviours, { tls: demanding });
    await expect(unknown.observe()).rejects.toMatchObject({ reason: 'tls' });
  });

  it.each(['expired', 'wrong-host'])('refuses a certificate that is %s', async (name) => {
    const servers = await (
      await cluster({ tls: { caFile: pemPath('ca.crt') } })
    ).start({ a1: healthy('a1') }, { tls: serverTls(name) });
    await expect(servers.observe()).rejects.toMatchObject({ reason: 'tls' });
    expect(servers.server('a1').requests).toEqual([]);
  });

  it('accepts any certificate where the configuration says so', async () => {
    const servers = await (
      await cluster({ tls: { insecureSkipVerify: true } })
    ).start({ a1: healthy('a1') }, { tls: serverTls('expired') });
    expect(outcomeOf(await servers.collect())).toBe('good');
  });

  it('names the file that it cannot read', async () => {
    const servers = await (
      await cluster({ tls: { caFile: '/nonexistent/ca.crt' } })
    ).start({ a1: healthy('a1') });
    await expect(servers.observe()).rejects.toMatchObject({
      reason: 'tls',
      message: 'cannot read /nonexistent/ca.crt (tls.caFile)',
    });
  });
});
