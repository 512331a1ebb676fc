import type { Fact } from '../../slo/observation.js';
import type { ClusterJudgement, MemberView } from './judge.js';
import { lagOf } from './lag.js';
import { standingOf, synchronousStandbys } from './roles.js';
import { isPaused } from './samples.js';
import type { PatroniSnapshot } from './snapshot.js';
import type { MemberTarget, PatroniTarget } from './targets.js';

function sourceOf(target: PatroniTarget, from: string | undefined, path: string): string {
  const url = target.members.find(({ name }) => name === from)?.url;
  return url === undefined ? `GET ${path}: no member answered` : `GET ${url}${path}`;
}

function leaderValue({ lock }: ClusterJudgement): string | null {
  return lock.kind === 'held' ? lock.by : null;
}

function lockValue({ lock }: ClusterJudgement): string {
  return lock.kind === 'unknown' ? `unknown (${lock.reason})` : lock.kind;
}

function clusterFacts(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
): Fact[] {
  const source = sourceOf(target, snapshot.cluster?.from, '/cluster');
  const everyone = "every member's GET /patroni";
  const { switchover } = snapshot.cluster?.value ?? {};
  return [
    { name: 'leader', value: leaderValue(judgement), source },
    { name: 'lock', value: lockValue(judgement), source },
    { name: 'dcs', value: judgement.dcs, source: everyone },
    { name: 'timeline', value: judgement.timeline ?? null, source: everyone },
    { name: 'split_brain', value: judgement.isSplitBrain, source: `${everyone} and ${source}` },
    { name: 'paused', value: isPaused(snapshot) ?? null, source },
    { name: 'scheduled_switchover', value: switchover?.at ?? null, source },
    { name: 'sync_standbys', value: synchronousStandbys(judgement).join(', '), source },
    { name: 'scope', value: judgement.scope ?? null, source: everyone },
    { name: 'system_identifier', value: judgement.systemIdentifier ?? null, source: everyone },
  ];
}

function configFacts(target: PatroniTarget, { config, history }: PatroniSnapshot): Fact[] {
  const facts: Fact[] = [];
  if (config !== undefined) {
    const source = sourceOf(target, config.from, '/config');
    const { synchronousMode, isStandbyCluster, ttlSeconds } = config.value;
    facts.push(
      { name: 'synchronous_mode', value: synchronousMode, source },
      { name: 'standby_cluster', value: isStandbyCluster, source },
      { name: 'ttl_seconds', value: ttlSeconds, source },
    );
  }
  const { endedTimeline, newLeader } = history?.value ?? {};
  if (history !== undefined && endedTimeline !== undefined) {
    const source = sourceOf(target, history.from, '/history');
    facts.push({ name: 'history.ended_timeline', value: endedTimeline, source });
    facts.push({ name: 'history.new_leader', value: newLeader ?? null, source });
  }
  return facts;
}

function memberFacts(
  { url, name }: MemberTarget,
  member: MemberView,
  judgement: ClusterJudgement,
  failure: string | undefined,
): Fact[] {
  const source = `GET ${url}/patroni`;
  const { live } = member;
  const { role, state } = standingOf(member, judgement.lock);
  const facts: Fact[] = [
    { name: `members.${name}.up`, value: live !== undefined, source },
    { name: `members.${name}.role`, value: role, source },
    { name: `members.${name}.state`, value: state, source },
  ];
  if (failure !== undefined)
    facts.push({ name: `members.${name}.failure`, value: failure, source });
  if (live === undefined) return facts;
  const { receive, replay } = lagOf(member, judgement);
  const values = {
    timeline: live.timeline,
    version: live.version,
    dcs_last_seen: live.dcsLastSeenSeconds,
    receive_lag_bytes: receive === undefined ? undefined : Number(receive),
    replay_lag_bytes: replay === undefined ? undefined : Number(replay),
    pending_restart: live.isRestartPending,
  };
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined) facts.push({ name: `members.${name}.${key}`, value, source });
  }
  return facts;
}

/** What is believed of every member, also where none answered. */
export function allMemberFacts(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
): Fact[] {
  return target.members.flatMap((member) => {
    const view = judgement.members.find(({ name }) => name === member.name);
    if (view === undefined) return [];
    const answer = snapshot.members.find(({ name }) => name === member.name);
    return memberFacts(member, view, judgement, answer?.failure?.reason);
  });
}

/** What is believed of the cluster after one collection, each with where it was read. */
export function factsOf(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
): Fact[] {
  return [
    ...clusterFacts(target, snapshot, judgement),
    ...configFacts(target, snapshot),
    ...allMemberFacts(target, snapshot, judgement),
  ];
}
