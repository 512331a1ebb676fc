import type { ClusterMember, MemberStatus } from './answers.js';
import type { PatroniSnapshot } from './snapshot.js';
import type { PatroniTarget } from './targets.js';

/** Who holds the leader lock. `unknown` is neither `held` nor `free`. */
export type Lock =
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'free' }
  | {
      readonly kind: 'unknown';
      readonly reason: 'dcs_unreachable' | 'no_cluster_view' | 'disputed';
    };

/** One configured member, with all that is known of it. */
export interface MemberView {
  readonly name: string;
  /** What it says of itself; undefined when it does not answer. */
  readonly live: MemberStatus | undefined;
  /** What the configuration store holds of it. */
  readonly listed: ClusterMember | undefined;
  /** It says that it runs as primary, and is of this scope. */
  readonly isPrimary: boolean;
}

export interface ClusterJudgement {
  readonly members: readonly MemberView[];
  readonly lock: Lock;
  readonly dcs: 'reachable' | 'unreachable' | 'unknown';
  readonly isSplitBrain: boolean;
  /** The leader's; of the only primary while the lock is unknown. */
  readonly timeline: number | undefined;
  readonly scope: string | undefined;
  readonly systemIdentifier: string | undefined;
}

/** States in which PostgreSQL serves; `streaming` is a running standby since 3.0.4. */
const runningStates: readonly string[] = ['running', 'streaming', 'in archive recovery'];

export function isRunning(state: string): boolean {
  return runningStates.includes(state);
}

function sameEndpoint(apiUrl: string | undefined, memberUrl: string): boolean {
  if (apiUrl === undefined || !URL.canParse(apiUrl)) return false;
  return new URL(apiUrl).host === new URL(memberUrl).host;
}

/** The configured name of a member that the cluster lists, by its name or else by its API's address. */
function configuredName(target: PatroniTarget, listed: ClusterMember): string | undefined {
  const byName = target.members.find(({ name }) => name === listed.name);
  return (byName ?? target.members.find(({ url }) => sameEndpoint(listed.apiUrl, url)))?.name;
}

/** Members that the cluster lists and the configuration does not name. */
export function unconfigured(
  target: PatroniTarget,
  { cluster }: PatroniSnapshot,
): number | undefined {
  return cluster?.value.members.filter((each) => configuredName(target, each) === undefined).length;
}

/** The scope that most answering members are of; another's primary is no split brain of this one. */
function scopeOf({ members }: PatroniSnapshot): string | undefined {
  const counts = new Map<string, number>();
  for (const { status } of members) {
    if (status?.scope !== undefined) counts.set(status.scope, (counts.get(status.scope) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

function claimsPrimary(status: MemberStatus | undefined, scope: string | undefined): boolean {
  if (status === undefined || status.role !== 'primary') return false;
  return status.state === 'running' && (status.scope ?? scope) === scope;
}

function viewMembers(target: PatroniTarget, snapshot: PatroniSnapshot): MemberView[] {
  const scope = scopeOf(snapshot);
  const listed = new Map<string, ClusterMember>();
  for (const each of snapshot.cluster?.value.members ?? []) {
    const name = configuredName(target, each);
    if (name !== undefined) listed.set(name, each);
  }
  return snapshot.members.map(({ name, status }) => ({
    name,
    live: status,
    listed: listed.get(name),
    isPrimary: claimsPrimary(status, scope),
  }));
}

const defaultTtlSeconds = 30;

/**
 * Whether a member has lost the configuration store. A member without a lock in sight may just as
 * well belong to a cluster without a leader: its last sight of the store tells them apart. Only
 * members' clocks are compared with one another, not with this host's.
 */
function isCutOff(status: MemberStatus, snapshot: PatroniSnapshot): boolean {
  if (status.isFailsafeActive) return true;
  const seen = status.dcsLastSeenSeconds;
  if (seen === undefined) return false;
  const all = snapshot.members.map((member) => member.status?.dcsLastSeenSeconds ?? 0);
  return Math.max(...all) - seen > (snapshot.config?.value.ttlSeconds ?? defaultTtlSeconds);
}

/** As `isCutOff`, against the time at which the collection ended: the whole cluster may be cut off. */
function isStale(status: MemberStatus, snapshot: PatroniSnapshot, nowSeconds: number): boolean {
  const seen = status.dcsLastSeenSeconds;
  if (!status.isClusterUnlocked || seen === undefined) return false;
  return nowSeconds - seen > (snapshot.config?.value.ttlSeconds ?? defaultTtlSeconds);
}

function answersOf(snapshot: PatroniSnapshot): MemberStatus[] {
  return snapshot.members.flatMap(({ status }) => status ?? []);
}

function statusOf(snapshot: PatroniSnapshot, name: string): MemberStatus | undefined {
  return snapshot.members.find((member) => member.name === name)?.status;
}

function judgeDcs(snapshot: PatroniSnapshot, nowSeconds: number): ClusterJudgement['dcs'] {
  const isLost = (status: MemberStatus) =>
    isCutOff(status, snapshot) || isStale(status, snapshot, nowSeconds);
  const source = snapshot.cluster && statusOf(snapshot, snapshot.cluster.from);
  if (source !== undefined && !isLost(source)) return 'reachable';
  const lost = answersOf(snapshot).map(
    (status) => isLost(status) || (snapshot.cluster === undefined && status.isClusterUnlocked),
  );
  return lost.length > 0 && lost.every(Boolean) ? 'unreachable' : 'unknown';
}

function leaderOf(target: PatroniTarget, { cluster }: PatroniSnapshot): Lock {
  const leader = cluster?.value.members.find(
    ({ role }) => role === 'leader' || role === 'standby_leader',
  );
  if (leader === undefined) return { kind: 'free' };
  return { kind: 'held', by: configuredName(target, leader) ?? leader.name };
}

function judgeLock(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  dcs: ClusterJudgement['dcs'],
): Lock {
  if (dcs === 'unreachable') return { kind: 'unknown', reason: 'dcs_unreachable' };
  if (snapshot.cluster === undefined || dcs !== 'reachable') {
    return { kind: 'unknown', reason: 'no_cluster_view' };
  }
  return leaderOf(target, snapshot);
}

/** Two that run as primary, or one beside another that holds the lock. */
function isSplit(members: readonly MemberView[], lock: Lock): boolean {
  const primaries = members.filter(({ isPrimary }) => isPrimary);
  if (primaries.length > 1) return true;
  return lock.kind === 'held' && primaries.some(({ name }) => name !== lock.by);
}

function timelineOf(
  snapshot: PatroniSnapshot,
  members: readonly MemberView[],
  lock: Lock,
): number | undefined {
  if (lock.kind === 'held') {
    const holder = members.find(({ name }) => name === lock.by);
    const listed = snapshot.cluster?.value.members.find(({ name }) => name === lock.by);
    return holder?.live?.timeline ?? (holder?.listed ?? listed)?.timeline;
  }
  const primaries = members.filter(({ isPrimary }) => isPrimary);
  return primaries.length === 1 ? primaries[0]?.live?.timeline : undefined;
}

/** Members that run as primary where another does, or holds the lock: what they say may be outdated. */
export function suspects(target: PatroniTarget, snapshot: PatroniSnapshot): string[] {
  const members = viewMembers(target, snapshot);
  const lock: Lock =
    snapshot.cluster === undefined
      ? { kind: 'unknown', reason: 'no_cluster_view' }
      : leaderOf(target, snapshot);
  if (!isSplit(members, lock)) return [];
  return members.filter(({ isPrimary }) => isPrimary).map(({ name }) => name);
}

/** What one collection says of the cluster, by itself. */
export function judge(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  nowSeconds: number,
): ClusterJudgement {
  const members = viewMembers(target, snapshot);
  const dcs = judgeDcs(snapshot, nowSeconds);
  const lock = judgeLock(target, snapshot, dcs);
  const answers = answersOf(snapshot);
  return {
    members,
    lock,
    dcs,
    isSplitBrain: isSplit(members, lock),
    timeline: timelineOf(snapshot, members, lock),
    scope: scopeOf(snapshot) ?? snapshot.cluster?.value.scope,
    systemIdentifier: answers.find(({ systemIdentifier }) => systemIdentifier)?.systemIdentifier,
  };
}

/** The same judgement where the lock's holder is not to be believed. */
export function withoutLock(judgement: ClusterJudgement): ClusterJudgement {
  const lock: Lock = { kind: 'unknown', reason: 'disputed' };
  const primaries = judgement.members.filter(({ isPrimary }) => isPrimary);
  return {
    ...judgement,
    lock,
    isSplitBrain: isSplit(judgement.members, lock),
    timeline: primaries.length === 1 ? primaries[0]?.live?.timeline : undefined,
  };
}
