import { count, gauge, type Sample } from '../../metrics/sample.js';
import {
  afterFailure,
  lostEvents,
  restoredEvents,
  writeObservation,
  type CanaryMemory,
} from '../canary.js';
import type { Measurement, Span } from '../contract.js';
import type { EvidenceEvent } from '../../slo/observation.js';
import type { CanarySnapshot, FailedHeartbeat, LostHeartbeat } from './snapshot.js';
import type { CanaryTarget } from './targets.js';

const kind = 'postgres-canary';

function labelsOf({ name, region }: CanaryTarget) {
  return { cluster: name, region };
}

function lastGoodSamples(target: CanaryTarget, lastGood: Span | undefined): Sample[] {
  if (lastGood === undefined) return [];
  const atSeconds = lastGood.endedAt.wallMs / 1000;
  return [
    gauge('sensei_postgres_canary_last_success_timestamp_seconds', labelsOf(target), atSeconds),
  ];
}

function lossEvents(target: CanaryTarget, lost: LostHeartbeat | undefined, span: Span) {
  if (lost === undefined) return [];
  const found = lost.found === undefined ? 'no row' : `heartbeat ${lost.found}`;
  const detail = `heartbeat ${lost.acknowledged} was acknowledged and is gone: the server has ${found}`;
  const event: EvidenceEvent = {
    type: 'heartbeat_lost',
    at: span.endedAt,
    subject: target.name,
    detail,
  };
  return [event];
}

/** What a good heartbeat says. Pure. */
export function measureCanary(
  target: CanaryTarget,
  snapshot: CanarySnapshot,
  memory: CanaryMemory | undefined,
  span: Span,
): Measurement<CanaryMemory> {
  const labels = labelsOf(target);
  const { sequence, begunMs, endedMs, connectSeconds, commitSeconds, readSeconds, lost } = snapshot;
  const { host, port } = target.settings.address;
  const phases = { connect: connectSeconds, commit: commitSeconds, read: readSeconds };
  return {
    samples: [
      gauge('sensei_postgres_canary_success', labels, 1),
      gauge('sensei_postgres_canary_sequence', labels, Number(sequence)),
      ...Object.entries(phases).map(([phase, value]) =>
        gauge('sensei_postgres_canary_duration_seconds', { ...labels, phase }, value),
      ),
      ...lastGoodSamples(target, span),
    ],
    increments: [
      count('sensei_postgres_canary_writes_total', labels),
      count('sensei_postgres_canary_connections_total', labels, snapshot.connections),
      count('sensei_postgres_canary_lost_heartbeats_total', labels, Number(lost !== undefined)),
    ],
    observations: [writeObservation(kind, target.name, span)],
    events: [...restoredEvents(memory, span, target.name), ...lossEvents(target, lost, span)],
    facts: [
      { name: 'write', value: true, source: `heartbeat ${sequence} through ${host}:${port}` },
      { name: 'commit_seconds', value: commitSeconds, source: 'the same heartbeat' },
    ],
    heartbeat: { sequence, begunMs, endedMs },
    memory: { lastGood: span, failingSince: undefined },
  };
}

/** What a failed heartbeat says: the write path is down, and that is the finding. Pure. */
export function measureCanaryFailure(
  target: CanaryTarget,
  reason: string,
  memory: CanaryMemory | undefined,
  span: Span,
  partial?: unknown,
): Partial<Measurement<CanaryMemory>> {
  const labels = labelsOf(target);
  const { connections = 0, acknowledged } = (partial ?? {}) as Partial<FailedHeartbeat>;
  return {
    samples: [
      gauge('sensei_postgres_canary_success', labels, 0),
      ...lastGoodSamples(target, memory?.lastGood),
    ],
    increments: [
      count('sensei_postgres_canary_writes_total', labels),
      count('sensei_postgres_canary_connections_total', labels, connections),
      count('sensei_postgres_canary_failures_total', { ...labels, reason }),
    ],
    observations: [writeObservation(kind, target.name, span, reason)],
    events: lostEvents(memory, span, target.name, reason),
    ...(acknowledged !== undefined && { heartbeat: acknowledged }),
    memory: afterFailure(memory, span, reason),
  };
}
