import type { Config } from '../../config/schema.js';
import { zonesOf, type Target } from '../contract.js';
import type { PatroniTargetConfig } from './schema.js';

export interface MemberTarget {
  readonly name: string;
  /** Of the REST API, without a trailing slash. */
  readonly url: string;
  readonly zone: string;
}

/** One Patroni cluster, with everything that its configuration leaves open decided. */
export interface PatroniTarget extends Target {
  readonly members: readonly MemberTarget[];
  /** Undefined where the configuration expects nothing. */
  readonly synchronousStandbys: number | undefined;
  readonly settings: PatroniTargetConfig;
}

/**
 * A standby cluster has no synchronous standbys of its own unless the target itself says so: the
 * platform's number is about the region that writes.
 */
function expectedStandbys(settings: PatroniTargetConfig, config: Config): number | undefined {
  if (settings.synchronousStandbys !== undefined) return settings.synchronousStandbys;
  if (settings.role === 'standby') return undefined;
  return config.postgresql?.replication?.numSynchronousReplicas;
}

/** The Patroni clusters of a configuration; a deadline is never longer than the interval. */
export function patroniTargets(config: Config): PatroniTarget[] {
  return config.collectors.patroni.map((settings) => ({
    name: settings.name,
    component: settings.component ?? 'postgresql',
    region: settings.region ?? '',
    zone: settings.zone ?? '',
    intervalMs: settings.interval,
    timeoutMs: Math.min(settings.timeout, settings.interval),
    members: settings.members.map(({ name, url, zone }) => ({
      name,
      url: url.replace(/\/+$/, ''),
      zone: zone ?? settings.zone ?? '',
    })),
    memberZones: zonesOf(settings.members, settings.zone),
    synchronousStandbys: expectedStandbys(settings, config),
    settings,
  }));
}
