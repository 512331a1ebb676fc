import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ports, type Region } from './addresses.js';

const run = promisify(execFile);
const answerWithinMs = 2000;

/** The body of an answer, whatever its status; undefined when there is none. */
export async function ask(
  url: string,
  method = 'GET',
): Promise<{ status: number; body: string } | undefined> {
  try {
    const answer = await fetch(url, { method, signal: AbortSignal.timeout(answerWithinMs) });
    return { status: answer.status, body: await answer.text() };
  } catch {
    return undefined;
  }
}

export interface ClusterMember {
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly timeline?: number;
}

/** What the first member that answers says of its cluster. */
export async function clusterOf(region: Region): Promise<readonly ClusterMember[]> {
  for (const host of Object.values(region.members)) {
    const answer = await ask(`http://${host}:${ports.patroni}/cluster`);
    if (answer?.status !== 200) continue;
    return (JSON.parse(answer.body) as { members: ClusterMember[] }).members;
  }
  return [];
}

/** A cluster's dynamic configuration, as the first member that answers has it. */
async function configOf(region: Region): Promise<Record<string, unknown> | undefined> {
  for (const host of Object.values(region.members)) {
    const answer = await ask(`http://${host}:${ports.patroni}/config`);
    if (answer?.status === 200) return JSON.parse(answer.body) as Record<string, unknown>;
  }
  return undefined;
}

/** Whether a region is one that follows the other; undefined where no member answers. */
export async function isStandbyCluster(region: Region): Promise<boolean | undefined> {
  const config = await configOf(region);
  return config === undefined ? undefined : 'standby_cluster' in config;
}

/** A reply of a Redis server or Sentinel as lines; empty when there is none. */
export async function redisReply(
  host: string,
  port: number,
  ...command: string[]
): Promise<string[]> {
  try {
    const { stdout } = await run('redis-cli', ['-h', host, '-p', String(port), ...command], {
      timeout: answerWithinMs,
    });
    return stdout.split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Polls until it holds. @throws Error naming what was waited for, and why it matters */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  limitMs: number,
  explain: () => string,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > endMs)
      throw new Error(`${what}: not within ${limitMs / 1000} s\n${explain()}`);
    await sleep(100);
  }
}

/** Whether a cluster has a running leader and the standbys it should, a synchronous one if it is to. */
export async function isClusterHealthy(
  region: Region,
  leaderRole: 'leader' | 'standby_leader',
): Promise<boolean> {
  const members = await clusterOf(region);
  const isRunning = ({ state }: ClusterMember) => state === 'running' || state === 'streaming';
  const leader = members.find(({ role }) => role === leaderRole);
  const synchronous =
    leaderRole === 'standby_leader' ||
    members.some(({ role }) => role === 'sync_standby') ||
    (await configOf(region))?.['synchronous_mode'] === false;
  return (
    members.length === Object.keys(region.members).length &&
    leader !== undefined &&
    synchronous &&
    members.every((member) => isRunning(member) && member.timeline === leader.timeline)
  );
}

/** What a member says of itself, and not of what its cluster is configured to be. */
interface OwnState {
  readonly role: string;
  readonly state: string;
  readonly replication?: readonly { readonly application_name: string; readonly state: string }[];
}

async function ownStates({ members }: Region): Promise<ReadonlyMap<string, OwnState>> {
  const states = await Promise.all(
    Object.entries(members).map(async ([name, host]) => {
      const answer = await ask(`http://${host}:${ports.patroni}/patroni`);
      const isState = answer?.body.startsWith('{') === true;
      return [name, isState ? (JSON.parse(answer.body) as OwnState) : undefined] as const;
    }),
  );
  return new Map(states.flatMap(([name, state]) => (state === undefined ? [] : [[name, state]])));
}

/**
 * The member that leads a standby cluster and runs as a standby itself; undefined while any of the region
 * does not answer, or is a primary. `/cluster` names one as soon as that is configured, while the old
 * primary still accepts writes.
 */
export async function standbyLeaderOf(region: Region): Promise<string | undefined> {
  const states = await ownStates(region);
  const all = [...states];
  if (all.length < Object.keys(region.members).length) return undefined;
  if (all.some(([, { role }]) => role === 'master' || role === 'primary')) return undefined;
  const isLeader = ({ role, state }: OwnState) => role === 'standby_leader' && state === 'running';
  return all.find(([, state]) => isLeader(state))?.[0];
}

/** Whether one region streams from the other: one that diverged runs, on the same timeline too. */
export async function isFollowing(standby: Region, primary: Region): Promise<boolean> {
  const leader = await standbyLeaderOf(standby);
  if (leader === undefined) return false;
  const clients = [...(await ownStates(primary)).values()].flatMap(
    ({ replication = [] }) => replication,
  );
  return clients.some(
    ({ application_name, state }) => application_name === leader && state === 'streaming',
  );
}

function valueAfter(lines: readonly string[], key: string): string | undefined {
  const index = lines.indexOf(key);
  return index < 0 ? undefined : lines[index + 1];
}

/** Whether every Sentinel names the same primary and knows the others and both replicas as usable. */
export async function areSentinelsHealthy(
  redis: Readonly<Record<string, string>>,
): Promise<boolean> {
  const views = await Promise.all(
    Object.values(redis).map(async (host) => ({
      master: await redisReply(host, ports.sentinel, 'sentinel', 'master', 'cache'),
      replicas: await redisReply(host, ports.sentinel, 'sentinel', 'replicas', 'cache'),
      quorum: await redisReply(host, ports.sentinel, 'sentinel', 'ckquorum', 'cache'),
    })),
  );
  const primaries = new Set(views.map(({ master }) => valueAfter(master, 'ip')));
  return (
    primaries.size === 1 &&
    views.every(
      ({ master, replicas, quorum }) =>
        valueAfter(master, 'flags') === 'master' &&
        valueAfter(master, 'num-other-sentinels') === '2' &&
        replicas.filter((line) => line === 'ok').length === 2 &&
        replicas
          .filter((_line, index) => replicas[index - 1] === 'flags')
          .every((flags) => flags === 'slave') &&
        quorum[0]?.startsWith('OK 3') === true,
    )
  );
}

export async function redisPrimary(
  redis: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const roles = await Promise.all(
    Object.entries(redis).map(async ([name, host]) => ({
      name,
      role: (await redisReply(host, ports.redis, 'role'))[0],
    })),
  );
  return roles.find(({ role }) => role === 'master')?.name;
}
