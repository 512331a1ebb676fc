import type { Config } from '../../config/schema.js';
import type { HostPort } from '../../config/values.js';
import { zonesOf, type Target } from '../contract.js';
import type { RedisLogin } from './connection.js';

export interface SentinelMember {
  readonly name: string;
  readonly zone: string;
  readonly address: HostPort;
}

/** One Redis deployment, asked of every Sentinel. */
export interface SentinelTarget extends Target {
  readonly masterName: string;
  readonly sentinels: readonly SentinelMember[];
  readonly login: RedisLogin;
  readonly quorumExpected: number;
  readonly replicasExpected: number | undefined;
}

/** The write canary of one Redis deployment. */
export interface RedisCanaryTarget extends Target {
  readonly masterName: string;
  readonly sentinels: readonly SentinelMember[];
  readonly sentinelLogin: RedisLogin;
  readonly login: RedisLogin;
  readonly key: string;
}

type SentinelConfig = Config['collectors']['sentinel'][number];

function placeOf({ name, component, region, zone, masterName }: SentinelConfig) {
  return {
    name,
    component: component ?? 'redis',
    region: region ?? '',
    zone: zone ?? '',
    masterName: masterName ?? name,
  };
}

function membersOf({ sentinels }: SentinelConfig): SentinelMember[] {
  return sentinels.map(({ name, address, zone }) => ({ name, address, zone: zone ?? '' }));
}

function sentinelLogin({ username, password, tls, timeout }: SentinelConfig): RedisLogin {
  return { username, password, tls, timeoutMs: timeout };
}

export function sentinelTargets(config: Config): SentinelTarget[] {
  return config.collectors.sentinel.map((entry) => ({
    ...placeOf(entry),
    intervalMs: entry.interval,
    timeoutMs: Math.min(entry.timeout, entry.interval),
    memberZones: zonesOf(entry.sentinels, entry.zone),
    sentinels: membersOf(entry),
    login: sentinelLogin(entry),
    quorumExpected:
      entry.quorum ?? config.redis?.sentinel?.quorum ?? Math.floor(entry.sentinels.length / 2) + 1,
    replicasExpected: entry.replicas ?? config.redis?.replica?.replicaCount,
  }));
}

export function redisCanaryTargets(config: Config): RedisCanaryTarget[] {
  return config.collectors.sentinel.flatMap((entry) => {
    const { canary } = entry;
    if (canary === undefined) return [];
    const { username, password, tls, key, interval, timeout } = canary;
    return [
      {
        ...placeOf(entry),
        intervalMs: interval,
        timeoutMs: timeout,
        sentinels: membersOf(entry),
        sentinelLogin: sentinelLogin(entry),
        login: { username, password, tls, timeoutMs: timeout },
        key,
      },
    ];
  });
}
