import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { sentinelCanaryCollector, sentinelCollector } from '../../src/collectors/sentinel/index.js';
import { collect, configOf, noSecrets, reasonOfOutcome } from '../support/collect.js';
import { startFakeRedis, type RespValue } from '../support/fake-redis.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';

const collector = sentinelCollector as AnyCollector;
const canaryCollector = sentinelCanaryCollector as AnyCollector;
const ms = { interval: '3s', timeout: '2s' };

function configFor(addresses: readonly string[], extra: object = {}) {
  const sentinels = addresses.map((address, index) => ({ name: `s${index + 1}`, address }));
  return configOf({ sentinel: [{ name: 'cache', sentinels, ...ms, ...extra }] });
}

function targetFor(ports: readonly number[], extra: object = {}) {
  return collector.targets(
    configFor(
      ports.map((port) => `127.0.0.1:${port}`),
      extra,
    ),
  )[0]!;
}

const master = [
  'name',
  'cache',
  'ip',
  '127.0.0.1',
  'port',
  '6379',
  'flags',
  'master',
  'num-other-sentinels',
  '0',
  'quorum',
  '1',
  'config-epoch',
  '3',
  'down-after-milliseconds',
  '1000',
  'failover-timeout',
  '10000',
];

/** What a healthy lone Sentinel says; `change` answers some commands otherwise. */
function healthy(change: Readonly<Record<string, RespValue | Buffer>> = {}, masterPort = 6379) {
  return (command: readonly string[]): RespValue | Buffer | undefined => {
    const words = command.map((word) => word.toUpperCase());
    const key = words[0] === 'SENTINEL' ? (words[1] ?? '') : (words[0] ?? '');
    const answers: Readonly<Record<string, RespValue | Buffer>> = {
      'GET-MASTER-ADDR-BY-NAME': ['127.0.0.1', String(masterPort)],
      MASTER: master,
      REPLICAS: [],
      SENTINELS: [],
      CKQUORUM: 'OK 1 usable Sentinels. Quorum and failover authorization can be reached',
      INFO: '# Sentinel\r\nsentinel_tilt:0\r\n',
      ...change,
    };
    return answers[key] ?? 'OK';
  };
}

describe('a broken Sentinel', () => {
  const servers: TcpServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const keep = async (server: Promise<TcpServer>) => {
    servers.push(await server);
    return servers.at(-1)!;
  };
  const reasonFrom = async (treat: (socket: Socket) => void) =>
    reasonOfOutcome(await collect(collector, targetFor([(await keep(startTcp(treat))).port])));
  const outcomeTo = async (change: Readonly<Record<string, RespValue | Buffer>>) =>
    collect(collector, targetFor([(await keep(startFakeRedis(healthy(change)))).port]));

  it.each([
    ['of the Sentinels', collector, { password: { file: '/nowhere' } }],
    [
      'of the Sentinels, to a canary',
      canaryCollector,
      { password: { file: '/nowhere' }, canary: {} },
    ],
    ['of the servers', canaryCollector, { canary: { password: { file: '/nowhere' } } }],
  ])(
    'is not to blame where the password %s cannot be read: that is told, with the file',
    async (_title, asked, extra) => {
      const redis = await keep(startFakeRedis(healthy()));
      const again = await keep(startFakeRedis(healthy({}, redis.port)));
      const target = asked.targets(configFor([`127.0.0.1:${again.port}`], extra))[0]!;
      const read = () => Promise.reject(new Error('cannot read the secret in /nowhere (ENOENT)'));
      expect(await collect(asked, target, { read })).toMatchObject({
        reason: 'internal',
        message: expect.stringContaining('cannot read the secret in /nowhere'),
      });
    },
  );

  it('that is not broken is read (the fake server itself works)', async () => {
    expect(reasonOfOutcome(await outcomeTo({}))).toBe('ok');
  });

  it('refused connection: connect', async () => {
    expect(reasonOfOutcome(await collect(collector, targetFor([await refusedPort()])))).toBe(
      'connect',
    );
  });

  it.each([
    ['says nothing', tcpFaults.hang, 'timeout'],
    ['resets at once', tcpFaults.reset, 'connect'],
    ['drips a byte at a time', tcpFaults.slowDrip, 'timeout'],
    ['answers what is no protocol', tcpFaults.garbage, 'protocol'],
  ] as const)('that %s: %s', async (_title, treat, reason) => {
    const treated = (socket: Socket) => void socket.once('data', () => treat(socket));
    const found = await reasonFrom(
      treat === tcpFaults.slowDrip ? (socket) => drip(socket) : treated,
    );
    expect(found).toBe(reason);
  });

  /** A bulk string that never ends. */
  function drip(socket: Socket): void {
    socket.resume();
    socket.write('$1000000\r\n');
    const timer = setInterval(() => socket.write('x'), 20);
    socket.on('close', () => clearInterval(timer));
  }

  it('that resets half-way through an answer: connect', async () => {
    expect(
      await reasonFrom((socket) =>
        socket.once('data', () => {
          socket.write('*2\r\n$9\r\n127.');
          setTimeout(() => socket.resetAndDestroy(), 20);
        }),
      ),
    ).toBe('connect');
  });

  it('that floods: too large, and most of it is never read', async () => {
    const reason = await reasonFrom((socket) =>
      socket.once('data', () => {
        socket.write('$104857600\r\n');
        tcpFaults.flood(socket);
      }),
    );
    expect(reason).toBe('too_large');
    expect(servers[0]!.written()).toBeLessThan(100 * 1024 * 1024);
  });

  it.each([
    ['an odd number of fields', { MASTER: ['name'] }],
    ['text where a list is due', { REPLICAS: 'x' }],
    ['an address of one part', { 'GET-MASTER-ADDR-BY-NAME': ['127.0.0.1'] }],
    ['a number where a map is due', { MASTER: 7 }],
  ])('that answers %s: body', async (_title, change) => {
    expect(reasonOfOutcome(await outcomeTo(change))).toBe('body');
  });

  it('with missing fields gives what is there, and nothing else', async () => {
    const { measurement } = await outcomeTo({
      MASTER: ['name', 'cache', 'flags', 'master'],
      INFO: '',
    });
    const metrics = measurement.samples!.map(({ metric }) => metric);
    expect(metrics).toContain('sensei_sentinel_master_info');
    expect(metrics).not.toContain('sensei_sentinel_down_after_seconds');
    expect(metrics).not.toContain('sensei_sentinel_tilt');
  });

  it('pitfall: CKQUORUM failure is a -NOQUORUM error reply: an answer, not a failure', async () => {
    const outcome = await outcomeTo({
      CKQUORUM: {
        error:
          'NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the specified quorum for this master',
      },
    });
    expect(outcome.ok).toBe(true);
    expect(outcome.measurement.samples).toContainEqual(
      expect.objectContaining({ metric: 'sensei_sentinel_quorum_ok', value: 0 }),
    );
  });

  it('pitfall: a network error is not NOQUORUM: the Sentinel is down, its quorum unknown', async () => {
    const outcome = await collect(collector, targetFor([await refusedPort()]));
    expect(outcome.measurement.samples?.map(({ metric }) => metric)).not.toContain(
      'sensei_sentinel_quorum_ok',
    );
    expect(outcome.measurement.samples).toContainEqual(
      expect.objectContaining({ metric: 'sensei_sentinel_up', value: 0 }),
    );
  });

  it.each([
    ['NOAUTH Authentication required.', 'auth'],
    ['NOPERM User default has no permissions', 'auth'],
    ['ERR No such master with that name', 'protocol'],
  ])('that refuses with %s: its reason', async (error, reason) => {
    expect(
      reasonOfOutcome(await outcomeTo({ MASTER: { error }, 'GET-MASTER-ADDR-BY-NAME': { error } })),
    ).toBe(reason);
  });

  it('that takes another password: auth, and the password is in no message', async () => {
    const server = await keep(
      startFakeRedis((command) =>
        command[0]?.toUpperCase() === 'AUTH'
          ? { error: 'WRONGPASS invalid username-password pair or user is disabled.' }
          : { error: 'NOAUTH Authentication required.' },
      ),
    );
    const target = targetFor([server.port], { password: { env: 'X' } });
    const outcome = await collect(collector, target, { read: () => Promise.resolve('hunter2') });
    expect(outcome).toMatchObject({ ok: false, reason: 'auth' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  it('with a name that does not resolve: dns', async () => {
    const target = collector.targets(configFor(['nowhere.invalid:26379']))[0]!;
    expect(reasonOfOutcome(await collect(collector, target))).toBe('dns');
  });

  it('where TLS is asked for and there is none: tls', async () => {
    const server = await keep(
      startTcp((socket) => socket.once('data', () => socket.write('-ERR Protocol error\r\n'))),
    );
    expect(reasonOfOutcome(await collect(collector, targetFor([server.port], { tls: {} })))).toBe(
      'tls',
    );
  });

  it('beside a healthy one takes nothing from it: one hung, the other read', async () => {
    const [hung, fine] = [
      await keep(startTcp(tcpFaults.hang)),
      await keep(startFakeRedis(healthy())),
    ];
    const outcome = await collect(collector, targetFor([hung.port, fine.port]));
    expect(outcome.ok).toBe(true);
    const up = outcome.measurement
      .samples!.filter(({ metric }) => metric === 'sensei_sentinel_up')
      .map(({ labels, value }) => `${labels['sentinel']} ${value}`);
    expect(up).toEqual(['s1 0', 's2 1']);
    expect(outcome.measurement.increments).toContainEqual(
      expect.objectContaining({
        metric: 'sensei_sentinel_failures_total',
        labels: expect.objectContaining({ sentinel: 's1', reason: 'timeout' }),
      }),
    );
  });

  it('is asked over one connection and listened to over another, however many collections', async () => {
    const server = await keep(startFakeRedis(healthy()));
    await collect(collector, targetFor([server.port]), noSecrets, 5);
    expect(server.accepted()).toBeLessThanOrEqual(2);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('that is dead does not pile connections up', async () => {
    const server = await keep(startTcp(tcpFaults.hang));
    await collect(collector, targetFor([server.port], { timeout: '100ms' }), noSecrets, 4);
    await expect.poll(() => server.open()).toBe(0);
  });
});

describe('a broken Redis primary', () => {
  const servers: TcpServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const outcomeWith = async (answer: Parameters<typeof startFakeRedis>[0]) => {
    const primary = await startFakeRedis(answer);
    const sentinel = await startFakeRedis(healthy({}, primary.port));
    servers.push(primary, sentinel);
    const config = configFor([`127.0.0.1:${sentinel.port}`], { canary: { timeout: '2s' } });
    const [target] = canaryCollector.targets(config);
    if (target === undefined) throw new Error('the configuration has a canary');
    return collect(canaryCollector, target);
  };
  /** Keeps the last value set, as Redis does. */
  const store = (role: string, set: RespValue = 'OK') => {
    let last = '';
    return (command: readonly string[]): RespValue | undefined => {
      const name = command[0]?.toUpperCase();
      if (name === 'SET') last = command[2] ?? '';
      return { SET: set, GET: last, ROLE: [role, 0, []] as RespValue }[name ?? ''] ?? 'OK';
    };
  };

  it('that is not broken: a good observation', async () => {
    expect((await outcomeWith(store('master'))).measurement.observations?.[0]?.outcome).toBe(
      'good',
    );
  });

  it('pitfall: a SET with ROLE = master proves recovery: a replica that took a SET does not', async () => {
    expect(await outcomeWith(store('slave'))).toMatchObject({
      ok: false,
      reason: 'protocol',
      message: expect.stringContaining('role is slave'),
    });
  });

  it.each([
    ["READONLY You can't write against a read only replica.", 'protocol'],
    ['NOPERM this user has no permissions', 'auth'],
  ])('that refuses the write with %s: bad, with its reason', async (error, reason) => {
    const outcome = await outcomeWith(store('master', { error }));
    expect(outcome).toMatchObject({ ok: false, reason });
    expect(outcome.measurement.observations?.[0]).toMatchObject({ outcome: 'bad', reason });
  });

  it('that reads back another value: protocol', async () => {
    const answer = (command: readonly string[]): RespValue =>
      ({ GET: 'other', ROLE: ['master', 0, []] as RespValue })[command[0]?.toUpperCase() ?? ''] ??
      'OK';
    expect(reasonOfOutcome(await outcomeWith(answer))).toBe('protocol');
  });

  it('that hangs: timeout', async () => {
    expect(reasonOfOutcome(await outcomeWith(() => undefined))).toBe('timeout');
  });
});
