import { count, gauge, type Increment, type Sample } from '../../metrics/sample.js';
import { failureReasons } from '../failure.js';
import type { DynamicConfig, MemberStatus } from './answers.js';
import { parseInstant } from './answers.js';
import { isRunning, unconfigured, type ClusterJudgement, type MemberView } from './judge.js';
import { lagOf } from './lag.js';
import { isSynchronous, standingOf, synchronousStandbys } from './roles.js';
import type { PatroniSnapshot } from './snapshot.js';
import type { PatroniTarget } from './targets.js';

type Place = { readonly cluster: string; readonly region: string };
type MemberPlace = Place & { readonly member: string; readonly zone: string };

export function clusterLabels({ name, region }: PatroniTarget): Place {
  return { cluster: name, region };
}

export function memberLabels(target: PatroniTarget, name: string): MemberPlace {
  const zone = target.members.find((member) => member.name === name)?.zone ?? '';
  return { ...clusterLabels(target), member: name, zone };
}

/** Every counter of a target, at 0. */
export function patroniCounters(target: PatroniTarget): Increment[] {
  const labels = clusterLabels(target);
  return [
    count('sensei_patroni_leader_changes_total', labels, 0),
    count('sensei_patroni_timeline_changes_total', labels, 0),
    ...target.members.flatMap(({ name }) =>
      failureReasons.map((reason) => memberFailure(target, name, reason, 0)),
    ),
  ];
}

export function memberFailure(
  target: PatroniTarget,
  name: string,
  reason: string,
  by = 1,
): Increment {
  return count(
    'sensei_patroni_member_failures_total',
    { ...memberLabels(target, name), reason },
    by,
  );
}

/** Whether each member answered; all there is to say of one that did not. */
export function memberUp(target: PatroniTarget, name: string, isUp: boolean): Sample {
  return gauge('sensei_patroni_member_up', memberLabels(target, name), isUp);
}

/** What the configuration alone expects. */
export function expectationSamples(target: PatroniTarget): Sample[] {
  const labels = clusterLabels(target);
  const samples = [
    gauge('sensei_patroni_members_expected', labels, target.members.length),
    gauge('sensei_patroni_standby_cluster_expected', labels, target.settings.role === 'standby'),
  ];
  const { synchronousStandbys: expected } = target;
  if (expected === undefined) return samples;
  return [...samples, gauge('sensei_patroni_synchronous_standbys_expected', labels, expected)];
}

function lockSamples(labels: Place, { lock, dcs, ...judgement }: ClusterJudgement): Sample[] {
  const samples = [
    gauge(
      'sensei_patroni_primaries',
      labels,
      judgement.members.filter(({ isPrimary }) => isPrimary).length,
    ),
    gauge('sensei_patroni_split_brain', labels, judgement.isSplitBrain),
  ];
  if (lock.kind !== 'unknown') {
    samples.push(gauge('sensei_patroni_has_leader', labels, lock.kind === 'held'));
  }
  if (dcs !== 'unknown') {
    samples.push(gauge('sensei_patroni_dcs_reachable', labels, dcs === 'reachable'));
  }
  if (judgement.timeline !== undefined) {
    samples.push(gauge('sensei_patroni_timeline', labels, judgement.timeline));
  }
  return samples;
}

function viewSamples(target: PatroniTarget, snapshot: PatroniSnapshot): Sample[] {
  const labels = clusterLabels(target);
  const { cluster, history } = snapshot;
  const samples: Sample[] = [];
  const changedAt = history?.value.changedAtSeconds;
  if (changedAt !== undefined) {
    const metric = 'sensei_patroni_last_timeline_change_timestamp_seconds';
    samples.push(gauge(metric, labels, changedAt));
  }
  if (cluster === undefined) return samples;
  const { switchover } = cluster.value;
  samples.push(
    gauge('sensei_patroni_switchover_scheduled', labels, switchover !== undefined),
    gauge('sensei_patroni_members_unconfigured', labels, unconfigured(target, snapshot) ?? 0),
  );
  const at = parseInstant(switchover?.at ?? '');
  if (at !== undefined) {
    samples.push(gauge('sensei_patroni_scheduled_switchover_timestamp_seconds', labels, at));
  }
  return samples;
}

/** In maintenance mode, as the store or any member says; undefined where nobody could say. */
export function isPaused({ cluster, members }: PatroniSnapshot): boolean | undefined {
  if (cluster !== undefined) return cluster.value.isPaused;
  const answers = members.flatMap(({ status }) => status ?? []);
  return answers.length === 0 ? undefined : answers.some((status) => status.isPaused);
}

/** As the dynamic configuration says; without it, as the members' roles show. */
export function isStandbyCluster(
  { config }: PatroniSnapshot,
  { members }: ClusterJudgement,
): boolean | undefined {
  if (config !== undefined) return config.value.isStandbyCluster;
  if (members.some(({ live }) => live?.role === 'standby_leader')) return true;
  return members.some(({ isPrimary }) => isPrimary) ? false : undefined;
}

function configSamples(labels: Place, config: DynamicConfig): Sample[] {
  const modes = (['off', 'on', 'quorum'] as const).map((mode) =>
    gauge('sensei_patroni_synchronous_mode', { ...labels, mode }, config.synchronousMode === mode),
  );
  return [
    ...modes,
    gauge('sensei_patroni_synchronous_mode_strict', labels, config.isSynchronousModeStrict),
    gauge('sensei_patroni_failsafe_mode', labels, config.isFailsafeModeOn),
    gauge('sensei_patroni_ttl_seconds', labels, config.ttlSeconds),
    gauge('sensei_patroni_loop_wait_seconds', labels, config.loopWaitSeconds),
    gauge('sensei_patroni_retry_timeout_seconds', labels, config.retryTimeoutSeconds),
    gauge(
      'sensei_patroni_primary_start_timeout_seconds',
      labels,
      config.primaryStartTimeoutSeconds,
    ),
    gauge('sensei_patroni_maximum_lag_on_failover_bytes', labels, config.maximumLagOnFailoverBytes),
  ];
}

/** Members counted by role and state. */
function standingSamples(labels: Place, { members, lock }: ClusterJudgement): Sample[] {
  const counts = new Map<string, number>();
  for (const member of members) {
    const key = JSON.stringify(standingOf(member, lock));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, number]) => {
    const standing = JSON.parse(key) as { role: string; state: string };
    return gauge('sensei_patroni_members', { ...labels, ...standing }, number);
  });
}

function infoSample(labels: Place, { scope, systemIdentifier }: ClusterJudgement): Sample {
  const identity = { scope: scope ?? '', system_identifier: systemIdentifier ?? '' };
  return gauge('sensei_patroni_info', { ...labels, ...identity }, 1);
}

/** `150020` is 15.20; before 10 there were three parts, which no supported Patroni meets. */
function postgresqlVersion(number: number | undefined): string {
  return number === undefined ? '' : `${Math.floor(number / 10_000)}.${number % 10_000}`;
}

function stateSamples(labels: MemberPlace, member: MemberView, status: MemberStatus): Sample[] {
  const versions = {
    patroni_version: status.version ?? '',
    postgresql_version: postgresqlVersion(status.serverVersion),
    system_identifier: status.systemIdentifier ?? '',
  };
  return [
    gauge('sensei_patroni_member_running', labels, isRunning(status.state)),
    gauge('sensei_patroni_member_primary', labels, member.isPrimary),
    gauge('sensei_patroni_member_synchronous', labels, isSynchronous(member)),
    gauge('sensei_patroni_member_pending_restart', labels, status.isRestartPending),
    gauge('sensei_patroni_member_cluster_unlocked', labels, status.isClusterUnlocked),
    gauge('sensei_patroni_member_failsafe_active', labels, status.isFailsafeActive),
    gauge('sensei_patroni_member_info', { ...labels, ...versions }, 1),
  ];
}

function timeSamples(labels: MemberPlace, status: MemberStatus): Sample[] {
  const samples: Sample[] = [];
  const { timeline, dcsLastSeenSeconds: seen, postmasterStartSeconds: started } = status;
  if (timeline !== undefined) {
    samples.push(gauge('sensei_patroni_member_timeline', labels, timeline));
  }
  if (seen !== undefined) {
    samples.push(gauge('sensei_patroni_member_dcs_last_seen_timestamp_seconds', labels, seen));
  }
  if (started !== undefined) {
    const metric = 'sensei_patroni_member_postmaster_start_timestamp_seconds';
    samples.push(gauge(metric, labels, started));
  }
  return samples;
}

function walSamples(labels: MemberPlace, status: MemberStatus): Sample[] {
  const positions = {
    written: status.location,
    received: status.received,
    replayed: status.replayed,
  };
  const samples = Object.entries(positions).flatMap(([position, location]) => {
    if (location === undefined) return [];
    const metric = 'sensei_patroni_member_wal_location_bytes';
    return [gauge(metric, { ...labels, position }, Number(location))];
  });
  if (status.replayed === undefined) return samples;
  return [...samples, gauge('sensei_patroni_member_replay_paused', labels, status.isReplayPaused)];
}

function lagSamples(
  labels: MemberPlace,
  member: MemberView,
  judgement: ClusterJudgement,
): Sample[] {
  const { receive, replay } = lagOf(member, judgement);
  const dcs = member.listed?.lag;
  const samples: Sample[] = [];
  if (receive !== undefined) {
    samples.push(gauge('sensei_patroni_member_receive_lag_bytes', labels, Number(receive)));
  }
  if (replay !== undefined) {
    samples.push(gauge('sensei_patroni_member_replay_lag_bytes', labels, Number(replay)));
  }
  if (dcs !== undefined) {
    samples.push(gauge('sensei_patroni_member_dcs_lag_bytes', labels, Number(dcs)));
  }
  return samples;
}

function leaderSamples(labels: MemberPlace, { lock }: ClusterJudgement): Sample[] {
  if (lock.kind === 'unknown') return [];
  const isLeader = lock.kind === 'held' && lock.by === labels.member;
  return [gauge('sensei_patroni_member_leader', labels, isLeader)];
}

/** Of a member that does not answer only `member_up` is left. */
function memberSamples(
  target: PatroniTarget,
  member: MemberView,
  judgement: ClusterJudgement,
): Sample[] {
  const { live, name } = member;
  if (live === undefined) return [memberUp(target, name, false)];
  const labels = memberLabels(target, name);
  return [
    memberUp(target, name, true),
    ...leaderSamples(labels, judgement),
    ...stateSamples(labels, member, live),
    ...timeSamples(labels, live),
    ...walSamples(labels, live),
    ...lagSamples(labels, member, judgement),
  ];
}

/** Every gauge of one collection. */
export function samplesOf(
  target: PatroniTarget,
  snapshot: PatroniSnapshot,
  judgement: ClusterJudgement,
): Sample[] {
  const labels = clusterLabels(target);
  const samples = [
    ...expectationSamples(target),
    ...lockSamples(labels, judgement),
    ...viewSamples(target, snapshot),
    ...standingSamples(labels, judgement),
    infoSample(labels, judgement),
    gauge('sensei_patroni_synchronous_standbys', labels, synchronousStandbys(judgement).length),
    ...judgement.members.flatMap((member) => memberSamples(target, member, judgement)),
  ];
  if (snapshot.config !== undefined) samples.push(...configSamples(labels, snapshot.config.value));
  const paused = isPaused(snapshot);
  if (paused !== undefined) samples.push(gauge('sensei_patroni_paused', labels, paused));
  const standby = isStandbyCluster(snapshot, judgement);
  if (standby !== undefined) samples.push(gauge('sensei_patroni_standby_cluster', labels, standby));
  return samples;
}
