import type { CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError, type FailureReason } from '../failure.js';
import { parseInstance, parseInstances, parseTilt } from './answer.js';
import { KeptRedis, type Reply } from './connection.js';
import { collectionError } from './errors.js';
import type { SentinelAnswer, SentinelResult, SentinelSnapshot } from './snapshot.js';
import { AnnouncementQueue, Subscription } from './subscription.js';
import type { SentinelTarget } from './targets.js';

interface SentinelIoMember {
  readonly sentinel: string;
  readonly connection: KeptRedis;
  readonly subscription: Subscription;
}

export interface SentinelIo {
  readonly masterName: string;
  readonly members: readonly SentinelIoMember[];
  readonly queue: AnnouncementQueue;
}

export function openSentinel(target: SentinelTarget, env: CollectorEnv): SentinelIo {
  const queue = new AnnouncementQueue();
  const members = target.sentinels.map(({ name, address }) => ({
    sentinel: name,
    connection: new KeptRedis(address, target.login, env.secrets),
    subscription: new Subscription(name, address, target.login, env, queue),
  }));
  return { masterName: target.masterName, members, queue };
}

function commandsFor(master: string): readonly (readonly string[])[] {
  return [
    ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master],
    ['SENTINEL', 'MASTER', master],
    ['SENTINEL', 'REPLICAS', master],
    ['SENTINEL', 'SENTINELS', master],
    ['SENTINEL', 'CKQUORUM', master],
    ['INFO', 'sentinel'],
  ];
}

/** The value of a reply. @throws CollectionError for an error reply */
function valueOf(server: string, reply: Reply | undefined): unknown {
  if (reply !== undefined && 'value' in reply) return reply.value;
  throw collectionError(server, new Error(reply?.error ?? 'ERR no reply'));
}

function parsed<Value>(server: string, what: string, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new CollectionError('body', `Redis at ${server}: unexpected answer to ${what}`);
}

function parseAddress(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 2
    ? `${String(value[0])}:${String(value[1])}`
    : undefined;
}

/** CKQUORUM says no by an error reply that begins with NOQUORUM; any other error is one. */
function parseQuorum(
  server: string,
  reply: Reply | undefined,
): { quorumOk: boolean; quorumText: string } {
  if (reply !== undefined && 'error' in reply && reply.error.startsWith('NOQUORUM')) {
    return { quorumOk: false, quorumText: reply.error.slice(0, 200) };
  }
  return { quorumOk: true, quorumText: String(valueOf(server, reply)).slice(0, 200) };
}

function parseReplies(server: string, replies: readonly Reply[]): SentinelAnswer {
  const [address, master, replicas, sentinels, quorum, info] = replies;
  return {
    address: parsed(server, 'GET-MASTER-ADDR-BY-NAME', parseAddress(valueOf(server, address))),
    master: parsed(server, 'MASTER', parseInstance(valueOf(server, master))),
    replicas: parsed(server, 'REPLICAS', parseInstances(valueOf(server, replicas))),
    sentinels: parsed(server, 'SENTINELS', parseInstances(valueOf(server, sentinels))),
    ...parseQuorum(server, quorum),
    tilt: info !== undefined && 'value' in info ? parseTilt(info.value) : undefined,
  };
}

async function askSentinel(
  io: SentinelIo,
  member: SentinelIoMember,
  context: ObserveContext,
): Promise<SentinelResult> {
  const { sentinel, connection, subscription } = member;
  const commands = commandsFor(io.masterName);
  const replies = await connection.ask(commands, context.signal);
  for (const [index, reply] of replies.entries()) {
    context.transcript?.note(
      `${connection.server}: ${commands[index]?.join(' ')}`,
      JSON.stringify(reply),
    );
  }
  const answer = parseReplies(connection.server, replies);
  await subscription.start();
  return { ok: true, sentinel, answer };
}

function failure(sentinel: string, error: unknown): SentinelResult {
  const reason: FailureReason = error instanceof CollectionError ? error.reason : 'internal';
  return {
    ok: false,
    sentinel,
    reason,
    message: error instanceof Error ? error.message : String(error),
  };
}

/** Asks every Sentinel at once. @throws CollectionError when none answered */
export async function observeSentinel(
  io: SentinelIo,
  context: ObserveContext,
): Promise<SentinelSnapshot> {
  const results = await Promise.all(
    io.members.map((member) =>
      askSentinel(io, member, context).catch((error: unknown) => failure(member.sentinel, error)),
    ),
  );
  const snapshot = { results, ...io.queue.drain() };
  const failures = results.filter((result) => !result.ok);
  const [first] = failures;
  if (failures.length < results.length || first === undefined) return snapshot;
  const message = failures.map((result) => result.message).join('; ');
  throw new CollectionError(first.reason, `no Sentinel answered: ${message}`, undefined, snapshot);
}

export function closeSentinel(io: SentinelIo): Promise<void> {
  for (const { connection, subscription } of io.members) {
    connection.close();
    subscription.close();
  }
  return Promise.resolve();
}
