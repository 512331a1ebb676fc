import type { EventType, EvidenceEvent, Instant } from '../../slo/observation.js';
import { withoutLock, type ClusterJudgement } from './judge.js';
import { foldTrouble, leads, noAnswer, planOf, type LeaderMemory } from './planned.js';
import { synchronousStandbys } from './roles.js';
import { isPaused } from './samples.js';
import type { MemberAnswer, PatroniSnapshot } from './snapshot.js';

interface MemberMemory {
  readonly isUp: boolean;
  /** `<role> <state>` when it last answered. */
  readonly standing: string | undefined;
}

/** What is carried from collection to collection, also across those that failed. */
export interface PatroniMemory extends LeaderMemory {
  /** Whether the lock was free when that was last known. */
  readonly isLeaderless: boolean;
  /** The highest that the leader was on. */
  readonly timeline: number | undefined;
  readonly systemIdentifier: string | undefined;
  readonly isSplitBrain: boolean;
  readonly isPaused: boolean | undefined;
  readonly syncStandbys: string | undefined;
  /** Collections in a row in which the lock's holder was not believed. */
  readonly disputes: number;
  readonly members: Readonly<Record<string, MemberMemory>>;
}

export const noMemory: PatroniMemory = {
  leader: undefined,
  leaderTrouble: undefined,
  isLeaderless: false,
  timeline: undefined,
  systemIdentifier: undefined,
  isSplitBrain: false,
  isPaused: undefined,
  switchoverAt: undefined,
  syncStandbys: undefined,
  disputes: 0,
  members: {},
};

export interface Changes {
  readonly leaderChanges: number;
  readonly timelineChanges: number;
  readonly events: readonly EvidenceEvent[];
  readonly memory: PatroniMemory;
}

const mostDisputes = 3;

/**
 * Whether the answer names a holder that the members' own words speak against: one that does not
 * lead, where the last known leader still does or the timeline would go back. It then comes from a
 * store that lags behind, and to believe it would count a change there and another back. It is
 * believed all the same when it lasts.
 */
function isDisputed(judgement: ClusterJudgement, memory: PatroniMemory): boolean {
  const { lock, timeline } = judgement;
  const { leader } = memory;
  if (lock.kind !== 'held' || leader === undefined || lock.by === leader) return false;
  if (memory.disputes >= mostDisputes || leads(judgement, lock.by)) return false;
  return leads(judgement, leader) || (timeline ?? Infinity) < (memory.timeline ?? 0);
}

/** The judgement in the light of what was known before, and the memory to fold it into. */
export function settle(
  judgement: ClusterJudgement,
  before: PatroniMemory,
): { judgement: ClusterJudgement; memory: PatroniMemory } {
  const memory = forgetOtherDatabase(judgement, before);
  if (!isDisputed(judgement, memory)) return { judgement, memory: { ...memory, disputes: 0 } };
  return {
    judgement: withoutLock(judgement),
    memory: { ...memory, disputes: memory.disputes + 1 },
  };
}

/** A cluster that was initialised anew counts its timelines from 1 again. */
function forgetOtherDatabase(
  { systemIdentifier }: ClusterJudgement,
  memory: PatroniMemory,
): PatroniMemory {
  if (systemIdentifier === undefined) return memory;
  const isSame =
    memory.systemIdentifier === undefined || memory.systemIdentifier === systemIdentifier;
  return isSame
    ? { ...memory, systemIdentifier }
    : { ...memory, systemIdentifier, timeline: undefined };
}

class EventList {
  readonly events: EvidenceEvent[] = [];
  constructor(readonly at: Instant) {}

  add(type: EventType, subject: string, detail: string, planned?: boolean): void {
    const { at } = this;
    this.events.push({ type, at, subject, detail, ...(planned !== undefined && { planned }) });
  }
}

function leaderEvents(
  list: EventList,
  cluster: string,
  judgement: ClusterJudgement,
  before: PatroniMemory,
): void {
  const { lock } = judgement;
  if (before.leader === undefined) return;
  if (lock.kind === 'free' && !before.isLeaderless) {
    list.add('leader_lost', cluster, `${cluster} has no leader; the last was ${before.leader}`);
  }
  if (lock.kind === 'held' && lock.by !== before.leader) {
    const change = `the leader of ${cluster} was ${before.leader} and is ${lock.by}`;
    const { words, planned } = planOf(judgement, before, list.at);
    list.add('leader_changed', lock.by, `${change}${words}`, planned);
  }
}

function memberEvents(
  list: EventList,
  name: string,
  before: MemberMemory | undefined,
  after: MemberMemory,
  failure: string | undefined,
): void {
  if (before === undefined) return;
  if (before.isUp && !after.isUp) list.add('member_down', name, failure ?? `${name} is down`);
  if (!before.isUp && after.isUp) {
    list.add('member_up', name, `${name} answers again, as ${after.standing}`);
  }
  const isKnown = before.standing !== undefined && after.standing !== undefined;
  if (isKnown && before.standing !== after.standing) {
    const detail = `${name} was ${before.standing} and is ${after.standing}`;
    list.add('member_state_changed', name, detail);
  }
}

/** Adds events for what is either so or not, once both sides are known. */
function toggleEvents(
  list: EventList,
  cluster: string,
  before: PatroniMemory,
  after: PatroniMemory,
): void {
  if (before.isSplitBrain !== after.isSplitBrain) {
    const type = after.isSplitBrain ? 'split_brain_began' : 'split_brain_ended';
    list.add(type, cluster, `${cluster}: ${after.isSplitBrain ? 'split brain' : 'one primary'}`);
  }
  const isPauseKnown = before.isPaused !== undefined && after.isPaused !== undefined;
  if (isPauseKnown && before.isPaused !== after.isPaused) {
    const type = after.isPaused ? 'cluster_paused' : 'cluster_resumed';
    const detail = after.isPaused ? 'is in maintenance mode' : 'left maintenance mode';
    list.add(type, cluster, `${cluster} ${detail}`);
  }
}

function planEvents(
  list: EventList,
  cluster: string,
  before: PatroniMemory,
  after: PatroniMemory,
): void {
  if (before.switchoverAt !== undefined && before.switchoverAt !== after.switchoverAt) {
    if (after.switchoverAt === '') {
      list.add('switchover_unscheduled', cluster, `no switchover of ${cluster} is scheduled now`);
    } else {
      const detail = `a switchover of ${cluster} is scheduled for ${after.switchoverAt}`;
      list.add('switchover_scheduled', cluster, detail);
    }
  }
  if (before.syncStandbys !== undefined && before.syncStandbys !== after.syncStandbys) {
    const [was, is] = [before.syncStandbys || 'none', after.syncStandbys || 'none'];
    list.add('sync_standby_changed', cluster, `synchronous standbys: ${was} before, ${is} now`);
  }
}

/** By the members' own words: these do not change with what is known of the lock. */
function foldMembers(
  { members }: ClusterJudgement,
  before: PatroniMemory,
): Record<string, MemberMemory> {
  return Object.fromEntries(
    members.map(({ name, live }) => {
      if (live === undefined) {
        return [name, { isUp: false, standing: before.members[name]?.standing }];
      }
      return [name, { isUp: true, standing: `${live.role} ${live.state}` }];
    }),
  );
}

function foldMemory(
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
  before: PatroniMemory,
): PatroniMemory {
  const { lock, timeline } = judgement;
  const highest = Math.max(timeline ?? 0, before.timeline ?? 0);
  const { cluster } = snapshot;
  const leader = lock.kind === 'held' ? lock.by : before.leader;
  return {
    ...before,
    leader,
    leaderTrouble: foldTrouble(judgement, before, leader),
    isLeaderless: lock.kind === 'unknown' ? before.isLeaderless : lock.kind === 'free',
    timeline: highest === 0 ? undefined : highest,
    isSplitBrain: judgement.isSplitBrain,
    isPaused: isPaused(snapshot) ?? before.isPaused,
    switchoverAt: cluster === undefined ? before.switchoverAt : switchoverOf(snapshot),
    syncStandbys: cluster === undefined ? before.syncStandbys : syncNames(judgement),
    members: foldMembers(judgement, before),
  };
}

function switchoverOf({ cluster }: PatroniSnapshot): string {
  const switchover = cluster?.value.switchover;
  return switchover === undefined ? '' : (switchover.at ?? 'an unknown time');
}

function syncNames(judgement: ClusterJudgement): string {
  return synchronousStandbys(judgement).join(', ');
}

function changedTimelines(before: PatroniMemory, after: PatroniMemory): number {
  if (before.timeline === undefined || after.timeline === undefined) return 0;
  return Math.max(0, after.timeline - before.timeline);
}

/** What is different from before. The first collection of a target changes nothing. */
export function changesOf(
  cluster: string,
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
  before: PatroniMemory,
  at: Instant,
): Changes {
  const memory = foldMemory(snapshot, judgement, before);
  const isChanged = before.leader !== undefined && memory.leader !== before.leader;
  const timelineChanges = changedTimelines(before, memory);
  const list = new EventList(at);
  leaderEvents(list, cluster, judgement, before);
  if (timelineChanges > 0) {
    const detail = `${cluster} went from timeline ${before.timeline} to ${memory.timeline}`;
    list.add('timeline_raised', cluster, detail);
  }
  for (const { name, failure } of snapshot.members) {
    const [old, now] = [before.members[name], memory.members[name]];
    if (now !== undefined) memberEvents(list, name, old, now, failure?.message);
  }
  toggleEvents(list, cluster, before, memory);
  planEvents(list, cluster, before, memory);
  return { leaderChanges: Number(isChanged), timelineChanges, events: list.events, memory };
}

/** No member answered: all are down, and the rest is as it was. */
export function allDown(
  answers: readonly MemberAnswer[],
  before: PatroniMemory,
  at: Instant,
): { events: readonly EvidenceEvent[]; memory: PatroniMemory } {
  const list = new EventList(at);
  const members: Record<string, MemberMemory> = {};
  for (const { name, failure } of answers) {
    const old = before.members[name];
    members[name] = { isUp: false, standing: old?.standing };
    memberEvents(list, name, old, members[name], failure?.message);
  }
  const wasAsked = answers.some(({ name }) => name === before.leader);
  const leaderTrouble = wasAsked ? noAnswer : before.leaderTrouble;
  return { events: list.events, memory: { ...before, leaderTrouble, members } };
}
