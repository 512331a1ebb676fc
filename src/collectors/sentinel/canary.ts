import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError } from '../failure.js';
import { KeptRedis, type Reply } from './connection.js';
import type { RedisCanarySnapshot } from './snapshot.js';
import type { RedisCanaryTarget } from './targets.js';

export interface RedisCanaryIo {
  readonly target: RedisCanaryTarget;
  readonly env: CollectorEnv;
  readonly clock: Clock;
  readonly sentinels: readonly KeptRedis[];
  primary: { readonly address: string; readonly connection: KeptRedis } | undefined;
  sequence: number;
}

export function openRedisCanary(target: RedisCanaryTarget, env: CollectorEnv): RedisCanaryIo {
  const sentinels = target.sentinels.map(
    ({ address }) => new KeptRedis(address, target.sentinelLogin, env.secrets),
  );
  return { target, env, clock: env.clock, sentinels, primary: undefined, sequence: 0 };
}

/** Life of the key, in milliseconds: it goes away by itself when the exporter does. */
const keyLifeMs = 60_000;

async function addressFrom(
  sentinel: KeptRedis,
  master: string,
  context: ObserveContext,
): Promise<string> {
  const [reply] = await sentinel.ask(
    [['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]],
    context.signal,
  );
  const value = reply !== undefined && 'value' in reply ? reply.value : undefined;
  if (!Array.isArray(value) || value.length !== 2)
    throw new CollectionError('protocol', `${sentinel.server} names no master ${master}`);
  return `${String(value[0])}\n${String(value[1])}`;
}

/** The address that most Sentinels give to clients. @throws CollectionError when none gives one */
async function resolvePrimary(
  io: RedisCanaryIo,
  context: ObserveContext,
): Promise<{ host: string; port: number }> {
  const { masterName } = io.target;
  const answers = await Promise.allSettled(
    io.sentinels.map((each) => addressFrom(each, masterName, context)),
  );
  const claims = new Map<string, number>();
  for (const answer of answers) {
    if (answer.status === 'fulfilled')
      claims.set(answer.value, (claims.get(answer.value) ?? 0) + 1);
  }
  const [best] = [...claims].toSorted(([, a], [, b]) => b - a);
  if (best === undefined) {
    const failed = answers.find((answer) => answer.status === 'rejected');
    throw failed?.reason instanceof CollectionError
      ? failed.reason
      : new CollectionError('connect', `no Sentinel names a master ${masterName}`);
  }
  const [host = '', port = ''] = best[0].split('\n');
  context.transcript?.note(
    `Sentinels: master of ${masterName}`,
    `${host}:${port}, named by ${best[1]}`,
  );
  return { host, port: Number(port) };
}

async function primaryOf(io: RedisCanaryIo, context: ObserveContext) {
  if (io.primary !== undefined) return io.primary;
  const address = await resolvePrimary(io, context);
  const connection = new KeptRedis(address, io.target.login, io.env.secrets);
  io.primary = { address: `${address.host}:${address.port}`, connection };
  await connection.connect(context.signal);
  return io.primary;
}

function checkReplies(address: string, value: string, [set, get, role]: readonly Reply[]): void {
  const fail = (what: string, reason: 'protocol' | 'auth' = 'protocol') => {
    throw new CollectionError(reason, `Redis at ${address}: ${what}`);
  };
  for (const reply of [set, get, role]) {
    if (reply === undefined) fail('no reply');
    else if ('error' in reply)
      fail(
        reply.error.slice(0, 200),
        /^(?:NOAUTH|NOPERM|WRONGPASS)/.test(reply.error) ? 'auth' : 'protocol',
      );
  }
  const roleName =
    role !== undefined && 'value' in role && Array.isArray(role.value)
      ? String(role.value[0])
      : 'unknown';
  if (roleName !== 'master') fail(`its role is ${roleName}, not master`);
  if (get === undefined || !('value' in get) || get.value !== value)
    fail('read back another value than was set');
}

/** Sets a key at the named primary and reads it back. @throws CollectionError when writes do not work */
export async function observeRedisCanary(
  io: RedisCanaryIo,
  context: ObserveContext,
): Promise<RedisCanarySnapshot> {
  const reconnected = io.primary === undefined || !io.primary.connection.isOpen;
  const startMs = io.clock.now().monoMs;
  try {
    if (reconnected) dropPrimary(io);
    const { address, connection } = await primaryOf(io, context);
    const connectedMs = io.clock.now().monoMs;
    io.sequence += 1;
    const value = `${Math.floor(io.clock.now().wallMs)}-${io.sequence}`;
    const { key } = io.target;
    const commands = [['SET', key, value, 'PX', String(keyLifeMs)], ['GET', key], ['ROLE']];
    const replies = await connection.ask(commands, context.signal);
    context.transcript?.note(`${address}: SET ${key}, GET, ROLE`, JSON.stringify(replies));
    checkReplies(address, value, replies);
    const endMs = io.clock.now().monoMs;
    return {
      address,
      connectSeconds: (connectedMs - startMs) / 1000,
      writeSeconds: (endMs - connectedMs) / 1000,
      reconnected,
    };
  } catch (error) {
    dropPrimary(io);
    throw error;
  }
}

function dropPrimary(io: RedisCanaryIo): void {
  io.primary?.connection.close();
  io.primary = undefined;
}

export function closeRedisCanary(io: RedisCanaryIo): Promise<void> {
  dropPrimary(io);
  for (const sentinel of io.sentinels) sentinel.close();
  return Promise.resolve();
}
