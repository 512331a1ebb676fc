import type { EvidenceEvent } from '../../slo/observation.js';
import type { Span } from '../contract.js';
import type { LagMemory } from './measure.js';
import type { LagView } from './view.js';

function thresholdEvents(
  { target }: LagView,
  now: LagMemory,
  before: LagMemory | undefined,
): Omit<EvidenceEvent, 'at' | 'subject'>[] {
  if (now.isAbove === undefined || now.isAbove === (before?.isAbove ?? false)) return [];
  const limit = `${(target.thresholdMs ?? 0) / 1000} s`;
  return now.isAbove
    ? [
        {
          type: 'lag_above_threshold',
          detail: `the copy is more than ${limit} behind: its newest is ${now.newest?.source}`,
        },
      ]
    : [{ type: 'lag_below_threshold', detail: `the copy is less than ${limit} behind again` }];
}

function writerEvents(
  view: LagView,
  now: LagMemory,
  before: LagMemory | undefined,
): Omit<EvidenceEvent, 'at' | 'subject'>[] {
  if (before === undefined) return [];
  const { cluster, region } = view.source.site;
  const events: Omit<EvidenceEvent, 'at' | 'subject'>[] = [];
  if (now.source !== before.source) {
    const detail = `writes moved from ${before.source} to ${cluster}${region === '' ? '' : ` in ${region}`}`;
    events.push({ type: 'writer_moved', detail });
  }
  if (now.writers > 1 && before.writers <= 1)
    events.push({
      type: 'split_brain_began',
      detail: `${now.writers} members of the two regions accept writes`,
    });
  if (now.writers <= 1 && before.writers > 1)
    events.push({
      type: 'split_brain_ended',
      detail: `${now.writers} of the two regions' members accept writes`,
    });
  return events;
}

/** What changed since the collection before. */
export function eventsOf(
  view: LagView,
  now: LagMemory,
  before: LagMemory | undefined,
  span: Span,
): EvidenceEvent[] {
  const found = [...thresholdEvents(view, now, before), ...writerEvents(view, now, before)];
  return found.map((event) => ({ ...event, at: span.endedAt, subject: view.target.name }));
}
