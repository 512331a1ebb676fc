import { count, gauge, type Sample } from '../../metrics/sample.js';
import {
  afterFailure,
  lostEvents,
  restoredEvents,
  writeObservation,
  type CanaryMemory,
} from '../canary.js';
import type { Measurement, Span } from '../contract.js';
import type { RedisCanarySnapshot } from './snapshot.js';
import type { RedisCanaryTarget } from './targets.js';

const kind = 'sentinel-canary';

function labelsOf({ name, region }: RedisCanaryTarget) {
  return { master: name, region };
}

function lastGoodSamples(target: RedisCanaryTarget, lastGood: Span | undefined): Sample[] {
  if (lastGood === undefined) return [];
  const atSeconds = lastGood.endedAt.wallMs / 1000;
  return [
    gauge('sensei_sentinel_canary_last_success_timestamp_seconds', labelsOf(target), atSeconds),
  ];
}

/** What a good write says. Pure. */
export function measureRedisCanary(
  target: RedisCanaryTarget,
  snapshot: RedisCanarySnapshot,
  memory: CanaryMemory | undefined,
  span: Span,
): Measurement<CanaryMemory> {
  const labels = labelsOf(target);
  const { address, connectSeconds, writeSeconds, reconnected } = snapshot;
  const phases = { connect: connectSeconds, write: writeSeconds };
  return {
    samples: [
      gauge('sensei_sentinel_canary_success', labels, 1),
      ...Object.entries(phases).map(([phase, value]) =>
        gauge('sensei_sentinel_canary_duration_seconds', { ...labels, phase }, value),
      ),
      ...lastGoodSamples(target, span),
    ],
    increments: [
      count('sensei_sentinel_canary_writes_total', labels),
      count('sensei_sentinel_canary_connections_total', labels, Number(reconnected)),
    ],
    observations: [writeObservation(kind, target.name, span)],
    events: restoredEvents(memory, span, target.name),
    facts: [
      { name: 'write', value: true, source: `SET and GET at ${address}` },
      { name: 'primary', value: address, source: 'the Sentinels, and ROLE at that address' },
    ],
    memory: { lastGood: span, failingSince: undefined },
  };
}

/** What a failed write says: writes are down, and that is the finding. Pure. */
export function measureRedisCanaryFailure(
  target: RedisCanaryTarget,
  reason: string,
  memory: CanaryMemory | undefined,
  span: Span,
): Partial<Measurement<CanaryMemory>> {
  const labels = labelsOf(target);
  return {
    samples: [
      gauge('sensei_sentinel_canary_success', labels, 0),
      ...lastGoodSamples(target, memory?.lastGood),
    ],
    increments: [
      count('sensei_sentinel_canary_writes_total', labels),
      count('sensei_sentinel_canary_failures_total', { ...labels, reason }),
    ],
    observations: [writeObservation(kind, target.name, span, reason)],
    events: lostEvents(memory, span, target.name, reason),
    memory: afterFailure(memory, span, reason),
  };
}
