import type { EvidenceEvent, Instant, Observation } from '../../slo/observation.js';
import type { LeaseRecord } from './records.js';
import type { ComponentView, HeldLease } from './snapshot.js';

/** How the leadership of a component stands. */
export interface Leadership {
  readonly lease: LeaseRecord | undefined;
  readonly outcome: Observation['outcome'];
  readonly reason?: string;
  /** The last renewal: until then there is known to have been a leader. */
  readonly lastProof: Instant | undefined;
}

/** How long a lease stands that does not say it, as the usual client library has it. */
const usualDurationMs = 15_000;
/** How long ago the API server may have been heard last: it is asked every 5 s. */
const heardWithinMs = 10_000;

/** Whether somebody holds the lease, and has renewed it in time by the clock that received it. */
export function leadershipOf(
  { spec }: ComponentView,
  held: HeldLease,
  at: Instant,
): Leadership | undefined {
  if (spec.lease === undefined) return undefined;
  const unknown = { lease: undefined, outcome: 'unknown', reason: 'not_known' } as const;
  if (held === 'unknown') return { ...unknown, lastProof: undefined };
  const { lease, heardAt } = held;
  if (lease === undefined) {
    return { lease, outcome: 'bad', reason: 'no_lease', lastProof: undefined };
  }
  const { holder, renewedAt, durationMs } = lease;
  const base = { lease, lastProof: renewedAt };
  if (holder === '') return { ...base, outcome: 'bad', reason: 'no_holder' };
  const isExpired = at.monoMs - renewedAt.monoMs > (durationMs ?? usualDurationMs);
  if (!isExpired) return { ...base, outcome: 'good' };
  // A renewal may have been missed here as well as there.
  const isHeard = at.monoMs - heardAt.monoMs <= heardWithinMs;
  return isHeard
    ? { ...base, outcome: 'bad', reason: 'lease_expired' }
    : { ...unknown, lastProof: undefined };
}

/** Another one leads than before. */
export function leaderChanges(
  { spec: { component } }: ComponentView,
  now: LeaseRecord | undefined,
  holderBefore: string | undefined,
): EvidenceEvent[] {
  if (now === undefined || holderBefore === undefined || now.holder === holderBefore) return [];
  const [from, to] = [holderBefore, now.holder].map((each) => (each === '' ? 'nobody' : each));
  const detail = `held by ${to}, before by ${from}`;
  return [
    { type: 'lease_holder_changed', at: now.renewedAt, subject: now.name, detail, component },
  ];
}
