import { isRunning, type ClusterJudgement, type Lock, type MemberView } from './judge.js';

/** A member's role and state in one word each. Bounded sets: they are labels. */
export interface Standing {
  readonly role: string;
  readonly state: string;
}

function standbyRole({ live, listed }: MemberView): string {
  if (listed?.role === 'sync_standby' || listed?.role === 'quorum_standby') return listed.role;
  return listed === undefined && live?.isSynchronous === true ? 'sync_standby' : 'replica';
}

function liveRoleOf(member: MemberView, lock: Lock): string {
  const { live, listed } = member;
  if (member.isPrimary) {
    return lock.kind === 'held' && lock.by === member.name ? 'leader' : 'primary';
  }
  if (live?.role === 'standby_leader') return 'standby_leader';
  if (lock.kind === 'held' && lock.by === member.name) return listed?.role ?? 'leader';
  return live?.role === 'other' ? 'other' : standbyRole(member);
}

/**
 * What a member is. `primary` runs as primary without holding the lock; a member that does not
 * answer is `unreachable`, in the role that the store has for it.
 */
export function standingOf(member: MemberView, lock: Lock): Standing {
  const { live, listed } = member;
  if (live === undefined) return { role: listed?.role ?? 'unknown', state: 'unreachable' };
  const state = live.state === 'running' ? (runningAs(member) ?? 'running') : live.state;
  return { role: liveRoleOf(member, lock), state };
}

/** How a standby runs, since 3.0.4: by its own word, else by the store's, which is a round older. */
function runningAs({ live, listed, isPrimary }: MemberView): string | undefined {
  const state = live?.replicationState ?? listed?.state;
  return isPrimary || state === undefined || !isRunning(state) ? undefined : state;
}

export function isSynchronous({ live, listed }: MemberView): boolean {
  if (listed === undefined) return live?.isSynchronous ?? false;
  return listed.role === 'sync_standby' || listed.role === 'quorum_standby';
}

/**
 * Synchronous standbys that run and that the leader streams to: no other acknowledges a commit.
 * While the leader does not tell whom it streams to, those that run.
 */
export function synchronousStandbys({ members, lock }: ClusterJudgement): string[] {
  const leader = members.find(({ name }) => lock.kind === 'held' && lock.by === name);
  const connected = leader?.live?.streamingTo;
  return members
    .filter((member) => isSynchronous(member))
    .filter(({ live }) => live !== undefined && isRunning(live.state))
    .filter(({ name, listed }) => {
      const known = (listed?.name ?? name).toLowerCase();
      return connected === undefined || connected.includes(known);
    })
    .map(({ name }) => name);
}
