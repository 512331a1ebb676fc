import { count, type Increment } from '../../metrics/sample.js';
import type { Observation } from '../../slo/observation.js';
import { componentTargets } from '../../slo/tiers.js';
import type { Measurement, Span } from '../contract.js';
import {
  allDown,
  changesOf,
  noMemory,
  settle,
  type Changes,
  type PatroniMemory,
} from './changes.js';
import { allMemberFacts, factsOf } from './facts.js';
import { isRunning, judge, type ClusterJudgement } from './judge.js';
import { synchronousStandbys } from './roles.js';
import {
  clusterLabels,
  expectationSamples,
  memberFailure,
  memberUp,
  samplesOf,
} from './samples.js';
import type { PatroniSnapshot } from './snapshot.js';
import type { PatroniTarget } from './targets.js';

/** The SLI that every collection of a target is an observation of. */
export function leaderSli(target: PatroniTarget): string {
  return `patroni/${target.name}/leader`;
}

/** The SLI of having a standby to fail over to, and the synchronous ones that are expected. */
export function redundancySli(target: PatroniTarget): string {
  return `patroni/${target.name}/redundancy`;
}

/** Whether the cluster could lose a member now: a leader, a running standby, enough synchronous ones. */
function redundancyOf(
  target: PatroniTarget,
  judgement: ClusterJudgement,
): Pick<Observation, 'outcome' | 'reason'> {
  const { members, lock, dcs } = judgement;
  if (lock.kind === 'unknown' || dcs === 'unreachable')
    return { outcome: 'unknown', reason: 'unknown_leader' };
  const running = members.filter(({ live }) => live !== undefined && isRunning(live.state)).length;
  if (running < componentTargets.postgresql.minimumInstances)
    return { outcome: 'bad', reason: 'members_missing' };
  const missing = synchronousStandbys(judgement).length < (target.synchronousStandbys ?? 0);
  return missing ? { outcome: 'bad', reason: 'synchronous_standby_missing' } : { outcome: 'good' };
}

type Finding = Pick<Observation, 'outcome' | 'reason'>;

function bad(reason: string): Finding {
  return { outcome: 'bad', reason };
}

/** Of a member that the configuration does not name only the store can tell. */
function findUnconfigured(snapshot: PatroniSnapshot, leader: string): Finding {
  const listed = snapshot.cluster?.value.members.find(({ name }) => name === leader);
  return listed !== undefined && isRunning(listed.state)
    ? { outcome: 'good' }
    : bad('leader_not_running');
}

function findLeader(
  snapshot: PatroniSnapshot,
  { members }: ClusterJudgement,
  leader: string,
): Finding {
  const member = members.find(({ name }) => name === leader);
  if (member === undefined) return findUnconfigured(snapshot, leader);
  if (member.live === undefined) return bad('leader_unreachable');
  if (!isRunning(member.live.state)) return bad('leader_not_running');
  const isStandbyLeader = member.listed?.role === 'standby_leader';
  return member.isPrimary || isStandbyLeader ? { outcome: 'good' } : bad('leader_in_recovery');
}

/** Good: exactly one member holds the lock and runs. What cannot be known is not bad. */
function findingOf(snapshot: PatroniSnapshot, judgement: ClusterJudgement): Finding {
  const { lock } = judgement;
  if (judgement.isSplitBrain) return bad('split_brain');
  if (lock.kind === 'unknown') return { outcome: 'unknown', reason: lock.reason };
  if (lock.kind === 'free') return bad('no_leader');
  return findLeader(snapshot, judgement, lock.by);
}

function incrementsOf(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  { leaderChanges, timelineChanges }: Changes,
): Increment[] {
  const labels = clusterLabels(target);
  return [
    count('sensei_patroni_leader_changes_total', labels, leaderChanges),
    count('sensei_patroni_timeline_changes_total', labels, timelineChanges),
    ...memberFailures(target, snapshot),
  ];
}

function memberFailures(target: PatroniTarget, { members }: PatroniSnapshot): Increment[] {
  return members.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [memberFailure(target, name, failure.reason)],
  );
}

/** What one collection means, in the light of those before it. */
export function measurePatroni(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  before: PatroniMemory | undefined,
  { startedAt, endedAt }: Span,
): Measurement<PatroniMemory> {
  const alone = judge(target, snapshot, endedAt.wallMs / 1000);
  const { judgement, memory } = settle(alone, before ?? noMemory);
  const changes = changesOf(target.name, snapshot, judgement, memory, endedAt);
  const finding = findingOf(snapshot, judgement);
  return {
    samples: samplesOf(target, snapshot, judgement),
    increments: incrementsOf(target, snapshot, changes),
    observations: [
      { sli: leaderSli(target), at: startedAt, endedAt, ...finding },
      {
        sli: redundancySli(target),
        at: startedAt,
        endedAt,
        ...redundancyOf(target, judgement),
      },
    ],
    events: changes.events,
    facts: factsOf(target, snapshot, judgement),
    memory: changes.memory,
  };
}

/**
 * Nothing is known of the leader. With the snapshot each member did not answer for a reason of its
 * own; without it (a secret or file that cannot be read) nobody was asked, and nothing is said of them.
 */
export function patroniFailed(
  target: PatroniTarget,
  reason: string,
  before: PatroniMemory | undefined,
  { startedAt, endedAt }: Span,
  snapshot: PatroniSnapshot | undefined,
): Partial<Measurement<PatroniMemory>> {
  const observations = [leaderSli(target), redundancySli(target)].map((sli) => ({
    sli,
    outcome: 'unknown' as const,
    at: startedAt,
    endedAt,
    reason,
  }));
  const expected = expectationSamples(target);
  if (snapshot === undefined) return { observations, samples: expected };
  const up = snapshot.members.map(({ name }) => memberUp(target, name, false));
  return {
    observations,
    samples: [...expected, ...up],
    increments: memberFailures(target, snapshot),
    facts: allMemberFacts(target, snapshot, judge(target, snapshot, endedAt.wallMs / 1000)),
    ...allDown(snapshot.members, before ?? noMemory, endedAt),
  };
}
