import type { Fact, EvidenceEvent, Instant } from '../slo/observation.js';
import { jobId, type Job, type Outcome } from './target-loop.js';

/** Events kept for the state page; older ones are dropped, the count goes on in a metric. */
const eventsKept = 500;

export interface BelievedFact extends Fact {
  readonly at: string;
}

/** What is believed of one target, and since when. */
export interface TargetState {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  /** The zone of each member, by its name; empty without members. */
  readonly memberZones: Readonly<Record<string, string>>;
  /** `pending` before the first collection; `stale` facts are those of the last good one. */
  status: 'pending' | 'ok' | 'failed';
  lastSuccessAt: string | null;
  lastFailure: { readonly at: string; readonly reason: string; readonly message: string } | null;
  stale: boolean;
  facts: readonly BelievedFact[];
}

export interface RecordedEvent {
  readonly target: string;
  readonly type: EvidenceEvent['type'];
  readonly at: string;
  readonly subject: string;
  readonly detail: string;
}

function iso(at: Instant): string {
  return new Date(at.wallMs).toISOString();
}

/** The exporter's beliefs, with the instant and the source of each. */
export class StateBook {
  private readonly states = new Map<string, TargetState>();
  private readonly recorded: RecordedEvent[] = [];

  get targets(): readonly TargetState[] {
    return [...this.states.values()];
  }

  get events(): readonly RecordedEvent[] {
    return this.recorded;
  }

  add(job: Job): void {
    const { name, component, region, zone, memberZones = {} } = job.target;
    const id = jobId(job);
    this.states.set(id, {
      id,
      kind: job.collector.kind,
      target: name,
      component,
      region,
      zone,
      memberZones,
      status: 'pending',
      lastSuccessAt: null,
      lastFailure: null,
      stale: false,
      facts: [],
    });
  }

  remove(job: Job): void {
    this.states.delete(jobId(job));
  }

  record(job: Job, outcome: Outcome): void {
    const state = this.states.get(jobId(job));
    if (state === undefined) return;
    const at = iso(outcome.span.endedAt);
    state.status = outcome.ok ? 'ok' : 'failed';
    if (outcome.ok) state.lastSuccessAt = at;
    else state.lastFailure = { at, reason: outcome.reason, message: outcome.message };
    const { facts, events } = outcome.measurement;
    state.stale = facts === undefined;
    if (facts !== undefined) state.facts = facts.map((fact) => ({ ...fact, at }));
    for (const event of events ?? []) this.recordEvent(state.id, event);
  }

  private recordEvent(target: string, { at, type, subject, detail }: EvidenceEvent): void {
    this.recorded.push({ target, type, at: iso(at), subject, detail });
    if (this.recorded.length > eventsKept) this.recorded.shift();
  }
}
