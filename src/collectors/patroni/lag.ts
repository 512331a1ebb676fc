import { isRunning, type ClusterJudgement, type MemberView } from './judge.js';

/** Bytes of WAL that the leader has and a member has not; undefined where it is not known. */
export interface Lag {
  readonly receive: bigint | undefined;
  readonly replay: bigint | undefined;
}

const unknownLag: Lag = { receive: undefined, replay: undefined };

function behind(ahead: bigint | undefined, at: bigint | undefined): bigint | undefined {
  if (ahead === undefined || at === undefined) return undefined;
  // The two were asked one after the other: a standby may be past what the leader said.
  return ahead > at ? ahead - at : 0n;
}

/**
 * A standby's lag behind the leader. Of a leader that does not answer nothing is known, whatever
 * the store says: `last_lsn` freezes when the leader dies, and the store's lag then reads 0.
 * Locations on different timelines do not compare.
 */
export function lagOf(member: MemberView, { members, lock }: ClusterJudgement): Lag {
  if (lock.kind !== 'held' || member.name === lock.by) return unknownLag;
  const leader = members.find(({ name }) => name === lock.by)?.live;
  const { live, listed } = member;
  if (leader === undefined || live === undefined || !isRunning(leader.state)) return unknownLag;
  if (leader.timeline === undefined || leader.timeline !== live.timeline) return unknownLag;
  // A standby leader has no location of its own: it can hand on what it has received.
  const ahead = leader.location ?? leader.received;
  return {
    receive: listed?.receiveLag ?? behind(ahead, live.received),
    replay: listed?.replayLag ?? behind(ahead, live.replayed),
  };
}
