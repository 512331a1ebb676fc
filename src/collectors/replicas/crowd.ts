import type { EvidenceEvent } from '../../slo/observation.js';

/** Events of one type that one look tells one by one. */
const toldApart = 20;

/**
 * The loss of a zone is that of a thousand pods: the first few are told one by one, the rest together, so
 * that they do not crowd out what explains them.
 */
export function uncrowded(events: readonly EvidenceEvent[]): EvidenceEvent[] {
  const byType = new Map<string, EvidenceEvent[]>();
  for (const event of events) {
    const key = `${event.type}/${event.component ?? ''}/${event.planned ?? ''}`;
    const known = byType.get(key);
    if (known === undefined) byType.set(key, [event]);
    else known.push(event);
  }
  return [...byType.values()].flatMap((group) => {
    const rest = group.slice(toldApart);
    const [first] = rest;
    if (first === undefined) return group;
    const subject = first.component ?? first.zone ?? first.subject;
    const detail = `${rest.length} more: ${first.detail}`;
    return [...group.slice(0, toldApart), { ...first, subject, detail }];
  });
}
