import { count } from '../../metrics/sample.js';
import type { CanaryMemory } from '../canary.js';
import type { Collector } from '../contract.js';
import { failureReasons } from '../failure.js';
import {
  closeRedisCanary,
  observeRedisCanary,
  openRedisCanary,
  type RedisCanaryIo,
} from './canary.js';
import { measureRedisCanary, measureRedisCanaryFailure } from './measure-canary.js';
import { measureSentinel, type SentinelMemory } from './measure.js';
import { closeSentinel, observeSentinel, openSentinel, type SentinelIo } from './observe.js';
import type { RedisCanarySnapshot, SentinelSnapshot } from './snapshot.js';
import {
  redisCanaryTargets,
  sentinelTargets,
  type RedisCanaryTarget,
  type SentinelTarget,
} from './targets.js';

/** What every Sentinel of a Redis deployment believes and announces. */
export const sentinelCollector: Collector<
  SentinelTarget,
  SentinelIo,
  SentinelSnapshot,
  SentinelMemory
> = {
  kind: 'sentinel',
  targets: sentinelTargets,
  counters: ({ name, region, sentinels }) => {
    const labels = { master: name, region };
    return [
      count('sensei_sentinel_switches_total', labels, 0),
      count('sensei_sentinel_epoch_changes_total', labels, 0),
      count('sensei_sentinel_events_dropped_total', labels, 0),
      ...sentinels.flatMap((each) =>
        failureReasons.map((reason) =>
          count('sensei_sentinel_failures_total', { ...labels, sentinel: each.name, reason }, 0),
        ),
      ),
    ];
  },
  open: openSentinel,
  observe: observeSentinel,
  measure: measureSentinel,
  failed: (target, _reason, memory, span, partial) =>
    partial === undefined ? {} : measureSentinel(target, partial as SentinelSnapshot, memory, span),
  close: closeSentinel,
};

/** A key set and read back at the primary that the Sentinels name. */
export const sentinelCanaryCollector: Collector<
  RedisCanaryTarget,
  RedisCanaryIo,
  RedisCanarySnapshot,
  CanaryMemory
> = {
  kind: 'sentinel-canary',
  targets: redisCanaryTargets,
  counters: ({ name, region }) => {
    const labels = { master: name, region };
    return [
      count('sensei_sentinel_canary_writes_total', labels, 0),
      count('sensei_sentinel_canary_connections_total', labels, 0),
      ...failureReasons.map((reason) =>
        count('sensei_sentinel_canary_failures_total', { ...labels, reason }, 0),
      ),
    ];
  },
  open: openRedisCanary,
  observe: observeRedisCanary,
  measure: measureRedisCanary,
  failed: measureRedisCanaryFailure,
  close: closeRedisCanary,
};
