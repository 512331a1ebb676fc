import type { Config } from '../../config/schema.js';
import type { Target } from '../contract.js';
import type { ServerSettings } from '../sql/connection.js';
import { readOnlySettings } from '../sql/settings.js';

/** One of the two clusters. */
export interface Site {
  readonly cluster: string;
  readonly region: string;
  readonly members: readonly { readonly name: string; readonly settings: ServerSettings }[];
}

/** Two clusters of which one copies the other. */
export interface LagTarget extends Target {
  /** The one that serves at rest comes first. */
  readonly sites: readonly [Site, Site];
  readonly dataset: string;
  /** Key of the heartbeat's row. */
  readonly writer: string;
  /** Undefined where neither cluster has a canary. */
  readonly heartbeatTable: string | undefined;
  readonly thresholdMs: number | undefined;
}

type LagConfig = Config['collectors']['lag'][number];
type PostgresConfig = Config['collectors']['postgres'][number];

function siteOf(entry: PostgresConfig, timeoutMs: number): Site {
  return {
    cluster: entry.name,
    region: entry.region ?? '',
    members: entry.members.map(({ name, address }) => ({
      name,
      settings: readOnlySettings(entry, address, timeoutMs),
    })),
  };
}

function lagTarget(config: Config, entry: LagConfig): LagTarget[] {
  const clusters = config.collectors.postgres;
  const primary = clusters.find(({ name }) => name === entry.primary);
  const standby = clusters.find(({ name }) => name === entry.standby);
  if (primary === undefined || standby === undefined) return [];
  const { name, interval, timeout, dataset = primary.name } = entry;
  const platform = config.disasterRecovery?.replication?.postgresql;
  return [
    {
      name,
      component: primary.component ?? 'postgresql',
      region: '',
      zone: '',
      intervalMs: interval,
      timeoutMs: timeout,
      sites: [siteOf(primary, timeout), siteOf(standby, timeout)],
      dataset,
      datasets: [dataset],
      writer: config.deployment,
      heartbeatTable: (primary.canary ?? standby.canary)?.table,
      thresholdMs: entry.lagThreshold ?? platform?.lagThreshold,
    },
  ];
}

export function lagTargets(config: Config): LagTarget[] {
  return config.collectors.lag.flatMap((entry) => lagTarget(config, entry));
}
