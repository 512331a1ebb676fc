import { lagCollector } from '../collectors/lag/index.js';
import type { LagTarget, Site } from '../collectors/lag/targets.js';
import { patroniCollector } from '../collectors/patroni/index.js';
import type { PatroniTarget } from '../collectors/patroni/targets.js';
import type { CanaryTarget } from '../collectors/postgres/targets.js';
import type { Config } from '../config/schema.js';
import type { Operations } from '../config/operations.js';

/** Deadline of one request, in milliseconds: what is dead must not hold a failover up. */
const requestMs = 2000;

export type ClusterOperations = Operations['clusters'][number];

/** One cluster, with the logins that may change it. */
export interface ClusterAccess {
  /** As Patroni has it. */
  readonly name: string;
  readonly region: string;
  /** With the login that may change its configuration. */
  readonly patroni: PatroniTarget;
  /** Its members, with the login that only reads. */
  readonly site: Site;
  /** The service's own way to write. */
  readonly writePath: CanaryTarget;
  /** The same login on every member itself: nobody writes there, and nobody may be able to. */
  readonly direct: readonly CanaryTarget[];
  readonly operations: ClusterOperations;
}

/** One database in both regions. */
export interface PairAccess {
  readonly name: string;
  readonly lag: LagTarget;
  /** Of the region that is given up. */
  readonly old: ClusterAccess;
  /** Of the region that takes over. */
  readonly new: ClusterAccess;
}

/** Collected on demand, and as soon as possible. */
function onDemand(config: Config): Config {
  const { patroni, lag } = config.collectors;
  const cadence = { timeout: requestMs, interval: requestMs };
  return {
    ...config,
    collectors: {
      ...config.collectors,
      patroni: patroni.map((entry) => ({ ...entry, ...cadence })),
      lag: lag.map((entry) => ({ ...entry, ...cadence })),
    },
  };
}

function canaryTarget(
  operations: ClusterOperations,
  site: Site,
  name: string,
  address: ClusterOperations['writePath']['address'],
  writer: string,
): CanaryTarget {
  const { database, user, password, tls, table } = operations.writePath;
  return {
    name,
    component: 'postgresql',
    region: site.region,
    zone: '',
    intervalMs: requestMs,
    timeoutMs: requestMs,
    settings: { address, database, user, password, tls, readOnly: false, timeoutMs: requestMs },
    table,
    heartbeatWriter: writer,
  };
}

function clusterAccess(config: Config, operations: Operations, site: Site): ClusterAccess | string {
  const found = operations.clusters.find((each) => each.postgres === site.cluster);
  if (found === undefined)
    return `clusters: ${site.cluster} is missing; give it the logins that may change it`;
  const patroni = patroniCollector.targets(config).find(({ name }) => name === found.name);
  if (patroni === undefined)
    return `clusters: ${found.name} is not under collectors.patroni of the exporter's configuration`;
  const { basicAuth, tls } = found;
  // A row of its own: the heartbeats of exporters go on to say what was lost.
  const writer = `${config.deployment}.failover`;
  return {
    name: found.name,
    region: site.region,
    patroni: {
      ...patroni,
      settings: {
        ...patroni.settings,
        ...(basicAuth !== undefined && { basicAuth }),
        ...(tls !== undefined && { tls }),
      },
    },
    site,
    writePath: canaryTarget(found, site, 'write path', found.writePath.address, writer),
    direct: site.members.map(({ name, settings }) =>
      canaryTarget(found, site, name, settings.address, writer),
    ),
    operations: found,
  };
}

export type AccessResult =
  | { readonly ok: true; readonly pairs: readonly PairAccess[] }
  | {
      readonly ok: false;
      /** The file that they are faults of. */
      readonly of: 'configuration' | 'operations';
      readonly faults: readonly string[];
    };

function pairAccess(
  config: Config,
  operations: Operations,
  lag: LagTarget,
  from: string,
): PairAccess | string[] {
  const [first, second] = lag.sites;
  const [oldSite, newSite] = first.region === from ? [first, second] : [second, first];
  const [old, young] = [oldSite, newSite].map((site) => clusterAccess(config, operations, site));
  if (typeof old === 'object' && typeof young === 'object')
    return { name: lag.name, lag, old, new: young };
  return [old, young].filter((each) => typeof each === 'string');
}

/** Every database that both regions have, and how it may be changed. */
export function accessOf(
  given: Config,
  operations: Operations,
  { from, to }: { readonly from: string; readonly to: string },
): AccessResult {
  const config = onDemand(given);
  const lags = lagCollector
    .targets(config)
    .filter(
      ({ sites: [a, b] }) =>
        [a.region, b.region].toSorted().join() === [from, to].toSorted().join(),
    );
  if (lags.length === 0)
    return {
      ok: false,
      of: 'configuration',
      faults: [
        `no PostgreSQL cluster of ${from} has a copy in ${to}: add the pair under collectors.lag`,
      ],
    };
  const found = lags.map((lag) => pairAccess(config, operations, lag, from));
  const faults = found.flatMap((each) => (Array.isArray(each) ? each : []));
  const pairs = found.flatMap((each) => (Array.isArray(each) ? [] : [each]));
  return faults.length > 0 ? { ok: false, of: 'operations', faults } : { ok: true, pairs };
}
