import type { Operations } from './operations.js';
import type { Config } from './schema.js';
import type { Warning } from './warnings.js';

/** Regions that have one of the clusters, each once. */
function regionsWithClusters({ clusters }: Operations, { collectors }: Config): string[] {
  const named = new Set(clusters.map(({ name }) => name));
  const regions = collectors.patroni
    .filter(({ name }) => named.has(name))
    .map(({ region }) => region);
  return [...new Set(regions)].filter((region) => region !== undefined);
}

function unfenced(operations: Operations, config: Config): Warning[] {
  const fenced = new Set(
    operations.hooks.filter(({ on }) => on === 'fence').map(({ region }) => region),
  );
  return regionsWithClusters(operations, config)
    .filter((region) => !fenced.has(region))
    .map((region) => ({
      path: 'hooks',
      title: 'a region that nothing fences',
      reason: `an unplanned failover from ${region} has no fence hook: a primary that comes back there could take writes beside the new one`,
      remedy: `add a hook with on: fence and region: ${region}, or keep to planned failovers`,
    }));
}

/** A pair without entries: a failover between its regions would leave it behind, and so is refused. */
function withoutEntries({ clusters }: Operations, { collectors }: Config): Warning[] {
  const named = new Set(clusters.map(({ postgres }) => postgres));
  return collectors.lag
    .filter(({ primary, standby }) => !named.has(primary) && !named.has(standby))
    .map(({ name, primary, standby }) => ({
      path: 'clusters',
      title: 'a pair that cannot be failed over',
      reason: `collectors.lag ${name} has no entries here, so a failover between its regions is refused`,
      remedy: `add ${primary} and ${standby}`,
    }));
}

/** A cluster that has nowhere to go. */
function withoutPair({ clusters }: Operations, { collectors }: Config): Warning[] {
  const paired = new Set(collectors.lag.flatMap(({ primary, standby }) => [primary, standby]));
  return clusters.flatMap(({ name, postgres }, index) =>
    paired.has(postgres)
      ? []
      : [
          {
            path: `clusters[${index}].name`,
            title: 'a cluster without a copy',
            reason: `${name} is in no pair under collectors.lag, so there is nowhere to fail over to`,
            remedy: 'add the pair there, or leave the cluster out',
          },
        ],
  );
}

/** What in operations.yaml is unwise, or stands against the configuration. */
export function operationsWarnings(operations: Operations, config: Config): Warning[] {
  return [unfenced, withoutEntries, withoutPair].flatMap((rule) => rule(operations, config));
}
