import { count, gauge, type Sample } from '../../metrics/sample.js';
import type { EvidenceEvent, Instant, Observation } from '../../slo/observation.js';
import type { Measurement, Span } from '../contract.js';
import type { CanarySnapshot } from './snapshot.js';
import type { CanaryTarget } from './targets.js';

export interface CanaryMemory {
  /** The last good heartbeat: when it was begun, and its number. */
  readonly lastGood: { readonly span: Span; readonly sequence: bigint } | undefined;
  /** The first failure of the run that is under way. */
  readonly failingSince: Instant | undefined;
}

function labelsOf({ name, region }: CanaryTarget) {
  return { cluster: name, region };
}

function observation(
  target: CanaryTarget,
  span: Span,
  outcome: Observation['outcome'],
  reason?: string,
): Observation {
  return {
    sli: `postgres-canary/${target.name}/write`,
    outcome,
    at: span.startedAt,
    endedAt: span.endedAt,
    ...(reason !== undefined && { reason }),
  };
}

function seconds(from: Instant, to: Instant): string {
  return ((to.monoMs - from.monoMs) / 1000).toFixed(3);
}

function restored(
  memory: CanaryMemory | undefined,
  span: Span,
  { name }: CanaryTarget,
): EvidenceEvent[] {
  const since = memory?.failingSince;
  if (since === undefined) return [];
  const low = seconds(since, span.endedAt);
  const before = memory?.lastGood;
  const high = before === undefined ? 'unknown' : seconds(before.span.endedAt, span.endedAt);
  return [
    {
      type: 'write_path_restored',
      at: span.endedAt,
      subject: name,
      detail: `writes are back; unavailable for ${low} to ${high} s`,
    },
  ];
}

function lastGoodSamples(target: CanaryTarget, memory: CanaryMemory | undefined): Sample[] {
  const last = memory?.lastGood;
  if (last === undefined) return [];
  const labels = labelsOf(target);
  return [
    gauge(
      'sensei_postgres_canary_last_success_timestamp_seconds',
      labels,
      last.span.endedAt.wallMs / 1000,
    ),
  ];
}

/** What a good heartbeat says. Pure. */
export function measureCanary(
  target: CanaryTarget,
  snapshot: CanarySnapshot,
  memory: CanaryMemory | undefined,
  span: Span,
): Measurement<CanaryMemory> {
  const labels = labelsOf(target);
  const next: CanaryMemory = {
    lastGood: { span, sequence: snapshot.sequence },
    failingSince: undefined,
  };
  const phases = {
    connect: snapshot.connectSeconds,
    commit: snapshot.commitSeconds,
    read: snapshot.readSeconds,
  };
  return {
    samples: [
      gauge('sensei_postgres_canary_success', labels, 1),
      gauge('sensei_postgres_canary_sequence', labels, Number(snapshot.sequence)),
      ...Object.entries(phases).map(([phase, value]) =>
        gauge('sensei_postgres_canary_duration_seconds', { ...labels, phase }, value),
      ),
      ...lastGoodSamples(target, next),
    ],
    increments: [
      count('sensei_postgres_canary_writes_total', labels),
      count('sensei_postgres_canary_connections_total', labels, Number(snapshot.reconnected)),
    ],
    observations: [observation(target, span, 'good')],
    events: restored(memory, span, target),
    facts: [
      {
        name: 'write',
        value: true,
        source: `heartbeat ${snapshot.sequence} committed and read back at ${target.settings.address.host}:${target.settings.address.port}`,
      },
      { name: 'commit_seconds', value: snapshot.commitSeconds, source: 'the heartbeat' },
    ],
    memory: next,
  };
}

/** What a failed heartbeat says: the write path is down, and that is the finding. Pure. */
export function measureCanaryFailure(
  target: CanaryTarget,
  reason: string,
  memory: CanaryMemory | undefined,
  span: Span,
): Partial<Measurement<CanaryMemory>> {
  const labels = labelsOf(target);
  const isFirst = memory?.failingSince === undefined;
  const lost: EvidenceEvent = {
    type: 'write_path_lost',
    at: span.startedAt,
    subject: target.name,
    detail: `a heartbeat failed: ${reason}`,
  };
  return {
    samples: [
      gauge('sensei_postgres_canary_success', labels, 0),
      ...lastGoodSamples(target, memory),
    ],
    increments: [
      count('sensei_postgres_canary_writes_total', labels),
      count('sensei_postgres_canary_failures_total', { ...labels, reason }),
    ],
    observations: [observation(target, span, 'bad', reason)],
    events: isFirst ? [lost] : [],
    memory: { lastGood: memory?.lastGood, failingSince: memory?.failingSince ?? span.startedAt },
  };
}
