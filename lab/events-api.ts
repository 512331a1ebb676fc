import { z } from 'zod';

/** PagerDuty's Events API v2: https://developer.pagerduty.com/docs/send-alert-event. */
const payload = z.object({
  summary: z.string().min(1).max(1024),
  source: z.string().min(1),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  component: z.string().optional(),
  group: z.string().optional(),
  class: z.string().optional(),
  custom_details: z.record(z.string(), z.unknown()).optional(),
});
const common = {
  routing_key: z.string().regex(/^[A-Za-z0-9]{32}$/),
  client: z.string().optional(),
  client_url: z.string().optional(),
  links: z.array(z.object({ href: z.url(), text: z.string().optional() })).optional(),
};
const event = z.discriminatedUnion('event_action', [
  z.object({
    ...common,
    event_action: z.literal('trigger'),
    dedup_key: z.string().max(255).optional(),
    payload,
  }),
  z.object({
    ...common,
    event_action: z.enum(['acknowledge', 'resolve']),
    dedup_key: z.string().min(1).max(255),
  }),
]);
export type PagerEvent = z.output<typeof event>;

/** What the service makes of the events of one dedup_key, from its trigger to its resolve. */
export interface PagerIncident {
  readonly dedupKey: string;
  readonly summary: string;
  readonly component: string;
  readonly group: string;
  readonly severity: string;
  readonly links: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly openedMs: number;
  resolvedMs: number | null;
  triggers: number;
  resolves: number;
}

export type Answer =
  | { readonly status: 202; readonly dedupKey: string }
  | { readonly status: 400; readonly errors: readonly string[] };

/** Events of one dedup_key are one incident; one that comes after its end opens the next. */
export class PagerService {
  readonly incidents: PagerIncident[] = [];
  readonly refused: string[] = [];
  private nextKey = 1;

  take(body: unknown, atMs: number): Answer {
    const parsed = event.safeParse(body);
    if (!parsed.success) {
      const errors = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.')}: ${message}`,
      );
      this.refused.push(errors.join('; '));
      return { status: 400, errors };
    }
    const taken = parsed.data;
    const dedupKey = taken.dedup_key ?? `made-here-${this.nextKey++}`;
    if (taken.event_action === 'trigger') this.trigger(taken, dedupKey, atMs);
    else if (taken.event_action === 'resolve') this.resolve(dedupKey, atMs);
    return { status: 202, dedupKey };
  }

  private openIncident(dedupKey: string): PagerIncident | undefined {
    return this.incidents.find((each) => each.dedupKey === dedupKey && each.resolvedMs === null);
  }

  private trigger(
    { payload: told, links = [] }: Extract<PagerEvent, { event_action: 'trigger' }>,
    dedupKey: string,
    atMs: number,
  ): void {
    const open = this.openIncident(dedupKey);
    if (open !== undefined) {
      open.triggers += 1;
      return;
    }
    this.incidents.push({
      dedupKey,
      summary: told.summary,
      component: told.component ?? '',
      group: told.group ?? '',
      severity: told.severity,
      links: links.map(({ href }) => href),
      details: told.custom_details ?? {},
      openedMs: atMs,
      resolvedMs: null,
      triggers: 1,
      resolves: 0,
    });
  }

  private resolve(dedupKey: string, atMs: number): void {
    const open = this.openIncident(dedupKey);
    if (open === undefined) return;
    open.resolves += 1;
    open.resolvedMs = atMs;
  }
}
