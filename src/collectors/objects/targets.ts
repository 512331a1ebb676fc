import type { Config } from '../../config/schema.js';
import type { Target } from '../contract.js';
import type { BucketSettings } from '../s3/schema.js';

/** One bucket, and the region of the deployment that it is in. */
export interface Side {
  readonly region: string;
  readonly settings: BucketSettings;
}

/** One direction of replication between two buckets. */
export interface ObjectsTarget extends Target {
  readonly dataset: string;
  readonly source: Side;
  readonly destination: Side;
  /** What the keys of this target's canaries begin with. */
  readonly prefix: string;
  readonly canaryBytes: number;
  readonly staleAfterMs: number;
}

type ObjectsConfig = Config['collectors']['objects'][number];

function sideOf({ region, ...settings }: ObjectsConfig['source']): Side {
  return { region: region ?? '', settings };
}

function objectsTarget(entry: ObjectsConfig, deployment: string): ObjectsTarget {
  const { name, dataset = name, component, region, zone, interval, timeout } = entry;
  return {
    name,
    component: component ?? 'objects',
    region: region ?? '',
    zone: zone ?? '',
    intervalMs: interval,
    timeoutMs: Math.min(timeout, interval),
    dataset,
    datasets: [dataset],
    source: sideOf(entry.source),
    destination: sideOf(entry.destination),
    prefix: `${entry.prefix}${deployment}/${name}/`,
    canaryBytes: entry.canaryBytes,
    staleAfterMs: entry.staleAfter,
  };
}

export function objectsTargets(config: Config): ObjectsTarget[] {
  return config.collectors.objects.map((entry) => objectsTarget(entry, config.deployment));
}
