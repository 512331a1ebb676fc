import type { EvidenceEvent, Instant, Observation } from '../slo/observation.js';
import type { Span } from './contract.js';

/** What every write canary remembers. */
export interface CanaryMemory {
  /** When the last good write was begun and ended. */
  readonly lastGood: Span | undefined;
  /** The first failure of the run that is under way. */
  readonly failingSince: Instant | undefined;
}

function seconds(from: Instant, to: Instant): string {
  return ((to.monoMs - from.monoMs) / 1000).toFixed(3);
}

/**
 * Whether a failed write says nothing of the write path: none was tried, for a secret of this side cannot be
 * read.
 */
function isOwnFault(reason: string | undefined): boolean {
  return reason === 'internal';
}

/** A write as an SLI observation: `<kind>/<target>/write`. */
export function writeObservation(
  kind: string,
  target: string,
  span: Span,
  failure?: string,
): Observation {
  return {
    sli: `${kind}/${target}/write`,
    outcome: failure === undefined ? 'good' : isOwnFault(failure) ? 'unknown' : 'bad',
    at: span.startedAt,
    endedAt: span.endedAt,
    ...(failure !== undefined && { reason: failure }),
  };
}

/** The end of a run of failures, with the bracket that its length lies in. */
export function restoredEvents(
  memory: CanaryMemory | undefined,
  span: Span,
  subject: string,
): EvidenceEvent[] {
  const since = memory?.failingSince;
  if (since === undefined) return [];
  const low = seconds(since, span.endedAt);
  const high =
    memory?.lastGood === undefined
      ? 'an unknown time'
      : `${seconds(memory.lastGood.endedAt, span.endedAt)} s`;
  return [
    {
      type: 'write_path_restored',
      at: span.endedAt,
      subject,
      detail: `writes are back after ${low} s to ${high}`,
    },
  ];
}

/** The first failure of a run. */
export function lostEvents(
  memory: CanaryMemory | undefined,
  span: Span,
  subject: string,
  reason: string,
): EvidenceEvent[] {
  if (memory?.failingSince !== undefined || isOwnFault(reason)) return [];
  return [
    { type: 'write_path_lost', at: span.startedAt, subject, detail: `a write failed: ${reason}` },
  ];
}

export function afterFailure(
  memory: CanaryMemory | undefined,
  span: Span,
  reason: string,
): CanaryMemory {
  if (isOwnFault(reason)) return memory ?? { lastGood: undefined, failingSince: undefined };
  return { lastGood: memory?.lastGood, failingSince: memory?.failingSince ?? span.startedAt };
}
