import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PagerService } from '../../lab/events-api.js';

const trigger = {
  routing_key: '0123456789abcdef0123456789abcdef',
  dedup_key: 'k',
  event_action: 'trigger',
  payload: { summary: 's', source: 'Alertmanager', severity: 'critical' },
};
const resolve = { ...trigger, event_action: 'resolve' };

/** The pager of the lab judges what is sent to PagerDuty: it has to be as strict, and to merge as it does. */
describe("the lab's pager", () => {
  it('makes one incident of the events of one dedup_key, and another after its end', () => {
    const pager = new PagerService();
    for (const event of [trigger, trigger, resolve, resolve, trigger]) pager.take(event, 1);
    expect(
      pager.incidents.map(({ triggers, resolves, resolvedMs }) => [triggers, resolves, resolvedMs]),
    ).toEqual([
      [2, 1, 1],
      [1, 0, null],
    ]);
  });

  it('refuses what PagerDuty refuses, and says why', () => {
    const pager = new PagerService();
    const bad = [
      { ...trigger, routing_key: 'short' },
      { ...trigger, payload: { ...trigger.payload, severity: 'page' } },
      { ...trigger, payload: { ...trigger.payload, summary: '' } },
      { ...trigger, payload: { ...trigger.payload, summary: 'x'.repeat(1025) } },
      { ...trigger, links: [{ href: 'docs/runbooks/x.md' }] },
      { ...resolve, dedup_key: undefined },
      { ...trigger, event_action: 'fire' },
    ];
    expect(bad.map((event) => pager.take(event, 1).status)).toEqual(bad.map(() => 400));
    expect(pager.refused.join('\n')).toMatch(/routing_key.*\n.*severity.*\n.*summary/);
    expect(pager.incidents).toEqual([]);
  });

  it.each(['001', '002', '003'])(
    'takes what Alertmanager 0.25 was recorded to send: %s',
    (name) => {
      const file = new URL(`fixtures/pagerduty-${name}.json`, import.meta.url);
      const { body } = JSON.parse(readFileSync(file, 'utf8')) as { body: object };
      expect(new PagerService().take(body, 1)).toMatchObject({ status: 202 });
    },
  );
});
