import type { Config } from '../../config/schema.js';
import { zonesOf, type Target } from '../contract.js';
import type { ServerSettings } from '../sql/connection.js';
import { readOnlySettings, withinDeadline } from '../sql/settings.js';

export interface MemberTarget {
  readonly name: string;
  readonly zone: string;
  readonly settings: ServerSettings;
}

/** One cluster, asked member by member. */
export interface PostgresTarget extends Target {
  readonly members: readonly MemberTarget[];
  readonly standbysExpected: number;
  readonly synchronousExpected: number;
  /** Table of the heartbeat to read on every member; undefined without a canary. */
  readonly heartbeatTable: string | undefined;
  /** The dataset whose heartbeats it holds a copy of, for the case that what it is copied from dies. */
  readonly copyOf:
    | {
        readonly dataset: string;
        readonly writer: string;
        /** Whether it is within the cluster itself: a loss of the region takes it along. */
        readonly isOwn: boolean;
      }
    | undefined;
}

/** The write canary of one cluster. */
export interface CanaryTarget extends Target {
  readonly settings: ServerSettings;
  readonly table: string;
  /** Key of the heartbeat's row; exporters of one deployment share it. */
  readonly heartbeatWriter: string;
}

type PostgresConfig = Config['collectors']['postgres'][number];

function placeOf({ name, component, region, zone }: PostgresConfig) {
  return { name, component: component ?? 'postgresql', region: region ?? '', zone: zone ?? '' };
}

/** The cluster whose heartbeats arrive in this one: itself, or the only one of other regions that has any. */
function heartbeatSource(config: Config, entry: PostgresConfig): PostgresConfig | undefined {
  if (entry.canary !== undefined) return entry;
  const others = config.collectors.postgres.filter(
    ({ canary, region }) => canary !== undefined && region !== entry.region,
  );
  return others.length === 1 ? others[0] : undefined;
}

/** Whether backups of the cluster are configured: they are there for the case that all of it is lost. */
function hasBackups(config: Config, { name }: PostgresConfig): boolean {
  return config.collectors.backups.some(({ dataset }) => dataset === name);
}

function isComparedWithAnother(config: Config, { name }: PostgresConfig): boolean {
  return config.collectors.lag.some(({ primary, standby }) => primary === name || standby === name);
}

/** With another region or backups to recover from, a copy within the region is none: both go at once. */
function copyOf(config: Config, entry: PostgresConfig): PostgresTarget['copyOf'] {
  const source = heartbeatSource(config, entry);
  if (source === undefined) return undefined;
  const hasOtherRegion = config.collectors.postgres.some(
    (each) => each.canary === undefined && heartbeatSource(config, each) === source,
  );
  const isOwn = source === entry;
  const hasOtherWay =
    hasOtherRegion || hasBackups(config, entry) || isComparedWithAnother(config, entry);
  if (isOwn && hasOtherWay) return undefined;
  return { dataset: source.name, writer: config.deployment, isOwn };
}

function clusterTarget(config: Config, entry: PostgresConfig): PostgresTarget {
  const copy = copyOf(config, entry);
  const isStandbyRegion =
    config.disasterRecovery?.mode === 'standby' &&
    config.disasterRecovery.drRegion === entry.region;
  const synchronous = config.postgresql?.replication?.numSynchronousReplicas ?? 0;
  const replicas = config.postgresql?.readReplicas?.replicaCount;
  return {
    ...placeOf(entry),
    intervalMs: entry.interval,
    timeoutMs: Math.min(entry.timeout, entry.interval),
    members: entry.members.map(({ name, address, zone }) => ({
      name,
      zone: zone ?? '',
      settings: readOnlySettings(entry, address, entry.timeout),
    })),
    memberZones: zonesOf(entry.members, entry.zone),
    standbysExpected:
      entry.expectedStandbys ?? Math.min(replicas ?? Infinity, entry.members.length - 1),
    synchronousExpected: isStandbyRegion ? 0 : synchronous,
    heartbeatTable: heartbeatSource(config, entry)?.canary?.table,
    copyOf: copy,
    datasets: copy === undefined ? [] : [copy.dataset],
  };
}

export function clusterTargets(config: Config): PostgresTarget[] {
  return config.collectors.postgres.map((entry) => clusterTarget(config, entry));
}

export function canaryTargets(config: Config): CanaryTarget[] {
  return config.collectors.postgres.flatMap((entry) => {
    const { canary } = entry;
    if (canary === undefined) return [];
    const { address, database, user, password, tls, table, interval, timeout } = canary;
    return [
      {
        ...placeOf(entry),
        intervalMs: interval,
        timeoutMs: timeout,
        settings: {
          address,
          database,
          user,
          password,
          tls,
          readOnly: false,
          timeoutMs: withinDeadline(timeout),
        },
        table,
        heartbeatWriter: config.deployment,
      },
    ];
  });
}
