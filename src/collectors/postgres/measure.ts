import { standbyLag } from '../sql/standby-lag.js';
import { timelineOf, type Answered, type MemberResult } from '../sql/member.js';
import type { Fact, Observation, RestorePoint } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import { eventsOf, incrementsOf, remember, type MemberMemories } from './changes.js';
import { connectedTo, viewOf, type ClusterView } from './cluster-view.js';
import type { PrimaryTrack } from '../sql/primary-track.js';
import { samplesOf } from './samples.js';
import type { PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

export interface PostgresMemory {
  readonly track: PrimaryTrack | undefined;
  readonly members: MemberMemories;
}

function replicationOutcome(view: ClusterView): Pick<Observation, 'outcome' | 'reason'> {
  const { target } = view;
  const connected = connectedTo(view);
  if (connected === undefined) return { outcome: 'unknown', reason: 'no_primary_answered' };
  if (connected.standbys < target.standbysExpected)
    return { outcome: 'bad', reason: 'standby_missing' };
  if (connected.synchronous < target.synchronousExpected)
    return { outcome: 'bad', reason: 'synchronous_standby_missing' };
  return { outcome: 'good' };
}

function clusterFacts(view: ClusterView): Fact[] {
  const { target, primary } = view;
  const connected = connectedTo(view);
  const on = primary?.member ?? 'no primary';
  const replication = `pg_stat_replication on ${on}`;
  return [
    {
      name: 'primary',
      value: primary?.member ?? null,
      source: 'pg_is_in_recovery() of every member',
    },
    { name: 'standbys', value: connected?.standbys ?? null, source: replication },
    { name: 'standbys_expected', value: target.standbysExpected, source: 'configuration' },
    { name: 'synchronous_standbys', value: connected?.synchronous ?? null, source: replication },
    {
      name: 'synchronous_standby_names',
      value: primary?.answer.synchronousStandbyNames ?? null,
      source: `synchronous_standby_names on ${on}`,
    },
  ];
}

function standbyFacts(view: ClusterView, result: Answered): Fact[] {
  if (!result.answer.inRecovery) return [];
  return [
    {
      name: `${result.member}.lag_seconds`,
      value: standbyLag(view, result)?.replaySeconds ?? null,
      source: `pg_last_wal_replay_lsn() on ${result.member} against the primary's positions`,
    },
  ];
}

function memberFacts(view: ClusterView, result: MemberResult): Fact[] {
  const { member } = result;
  if (!result.ok) return [{ name: `${member}.role`, value: null, source: result.message }];
  const { answer } = result;
  return [
    {
      name: `${member}.role`,
      value: answer.inRecovery ? 'standby' : 'primary',
      source: `pg_is_in_recovery() on ${member}`,
    },
    {
      name: `${member}.timeline`,
      value: timelineOf(answer) ?? null,
      source: `pg_stat_wal_receiver or pg_control_checkpoint() on ${member}`,
    },
    ...standbyFacts(view, result),
  ];
}

const ownCopy = 'the copy is in the same region, and lost with it';

/** The newest heartbeat that a standby has replayed: what would be left if the primary died now. */
function restorePoints({ target, answered }: ClusterView): RestorePoint[] {
  const { copyOf } = target;
  if (copyOf === undefined) return [];
  return answered
    .filter(({ answer }) => answer.inRecovery)
    .flatMap(({ member, heartbeats }) =>
      heartbeats
        .filter(({ writer }) => writer === copyOf.writer)
        .map((row) => ({
          dataset: copyOf.dataset,
          path: 'copy' as const,
          newestMs: row.written_at * 1000,
          source: `heartbeat ${row.seq} on ${target.name}/${member}`,
          ...(copyOf.isOwn && { unproved: ownCopy }),
        })),
    );
}

/** What one collection of a cluster says. Pure. */
export function measurePostgres(
  target: PostgresTarget,
  snapshot: PostgresSnapshot,
  memory: PostgresMemory | undefined,
  span: Span,
): Measurement<PostgresMemory> {
  const view = viewOf(target, snapshot, memory?.track);
  const members = remember(snapshot, memory?.members);
  return {
    samples: samplesOf(view, snapshot),
    increments: incrementsOf(target, snapshot, memory?.members),
    observations: [
      {
        sli: `postgres/${target.name}/replication`,
        at: span.startedAt,
        endedAt: span.endedAt,
        ...replicationOutcome(view),
      },
    ],
    events: eventsOf(snapshot, members, memory?.members, span),
    restorePoints: restorePoints(view),
    facts: [...clusterFacts(view), ...snapshot.flatMap((result) => memberFacts(view, result))],
    memory: { track: view.track, members },
  };
}
