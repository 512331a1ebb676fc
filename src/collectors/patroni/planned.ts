import type { Instant } from '../../slo/observation.js';
import { parseInstant } from './answers.js';
import type { ClusterJudgement } from './judge.js';

/** What is carried on of the leader, to tell a planned switchover from a failover. */
export interface LeaderMemory {
  /** The last member that was known to hold the lock. */
  readonly leader: string | undefined;
  /** What was seen to ail it since it was last seen to lead: no planned switchover has that. */
  readonly leaderTrouble: string | undefined;
  /** When the scheduled switchover is; empty without one, undefined until known. */
  readonly switchoverAt: string | undefined;
}

/** A member's word that it leads: a primary, or the leader of a standby cluster. */
export function leads({ members }: ClusterJudgement, name: string): boolean {
  const member = members.find((each) => each.name === name);
  return member?.isPrimary === true || member?.live?.role === 'standby_leader';
}

/** States that PostgreSQL is in after a fault, and not while Patroni stops or starts it by plan. */
const faultStates: readonly string[] = ['crashed', 'start failed', 'stop failed', 'unknown'];

/** The trouble of a leader that was asked in vain. */
export const noAnswer = 'did not answer';

/** What ails a member that is, or last was, the leader; undefined also for one nothing is known of. */
function troubleOf({ members }: ClusterJudgement, leader: string | undefined): string | undefined {
  const member = members.find(({ name }) => name === leader);
  if (member === undefined) return undefined;
  const { live } = member;
  if (live === undefined) return noAnswer;
  // Postgres is started as primary where it had stopped by itself; by plan it comes back as standby.
  const isRestarted = live.role === 'primary' && live.state === 'starting';
  return isRestarted || faultStates.includes(live.state) ? `was ${live.state}` : undefined;
}

/** By how much Patroni's clock, which starts a scheduled switchover, may be ahead of this one. */
const clockToleranceSeconds = 60;

function isDue(switchoverAt: string | undefined, { wallMs }: Instant): boolean {
  const at = parseInstant(switchoverAt ?? '');
  return at !== undefined && at <= wallMs / 1000 + clockToleranceSeconds;
}

/** Whether a change of the leader looks planned, and why; undefined and empty where nothing tells. */
export interface Plan {
  readonly planned: boolean | undefined;
  readonly words: string;
}

export function planOf(judgement: ClusterJudgement, before: LeaderMemory, at: Instant): Plan {
  const { leader, switchoverAt } = before;
  if (isDue(switchoverAt, at)) {
    const words = `; it looks planned: a switchover was scheduled for ${switchoverAt}`;
    return { planned: true, words };
  }
  const trouble = before.leaderTrouble ?? troubleOf(judgement, leader);
  if (trouble !== undefined) {
    return { planned: false, words: `; it does not look planned: ${leader} ${trouble}` };
  }
  const isKnown = judgement.members.some(({ name }) => name === leader);
  if (!isKnown) return { planned: undefined, words: '' };
  return {
    planned: true,
    words: `; it looks planned: ${leader} answered every time, without a fault`,
  };
}

/** Trouble is remembered until the leader is seen to lead without any. */
export function foldTrouble(
  judgement: ClusterJudgement,
  before: LeaderMemory,
  leader: string | undefined,
): string | undefined {
  const trouble = troubleOf(judgement, leader);
  if (trouble !== undefined || leader !== before.leader) return trouble;
  return leader !== undefined && leads(judgement, leader) ? undefined : before.leaderTrouble;
}
