import { describe, expect, it } from 'vitest';
import { drillPage } from '../../src/report/drill-page.js';
import { markdownOf } from '../../src/report/markdown.js';
import { drillOf } from '../drills/drill-of.js';

const source = { file: 'x.json', sha256: 'ab'.repeat(32), judged: undefined };
const full = drillOf({
  plan: 'database-kill',
  incident: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0009',
  series: [
    {
      slo: 'orders-writes',
      changes: [
        [Date.parse('2026-11-01T09:59:30Z'), 'good'],
        [Date.parse('2026-11-01T10:00:01Z'), 'bad'],
        [Date.parse('2026-11-01T10:00:43Z'), 'good'],
      ],
      toMs: Date.parse('2026-11-01T10:01:13Z'),
      isComplete: true,
    },
  ],
  incidents: [
    {
      id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0009',
      slo: 'orders-writes',
      component: 'postgresql',
      class: 'outage',
      scenario: 'primary_database',
      lowSeconds: 41.3,
      highSeconds: 41.8,
      targetSeconds: 60,
      lowestCapacity: null,
      isTimed: true,
    },
  ],
  cleanup: [{ what: 'run heal', at: '2026-11-01T10:02:00Z', isDone: true, proof: 'exit code 0' }],
  notes: 'first\n| second | <b>',
});

describe('the page of a drill', () => {
  const judged = { verdict: 'pass', reason: 'it took 41.3 s', targetMs: 60_000 } as const;
  const text = markdownOf(drillPage(full, { ...source, judged }));

  it.each([
    ['the verdict and its reason', 'Verdict: pass: it took 41.3 s.'],
    ['who', 'Done and recorded by: A. Admin'],
    ['what was hit', '- pg1'],
    ['the bracket', 'Recovery took: 41.3 s to 41.8 s'],
    ['the incident', '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0009'],
    [
      'the series, timed from the injection',
      '| orders-writes | 61 s | 42 s | 0 s | good at -30.0 s, bad at +1.0 s, good at +43.0 s |',
    ],
    ['the cleanup and its proof', '| run heal | 2026-11-01T10:02:00.000Z | yes | exit code 0 |'],
    ['the sum of the file', `SHA-256 of the file: ${'ab'.repeat(32)}`],
    ['a line for the reviewer', 'Reviewed by: ....'],
  ])('has %s', (_what, part) => {
    expect(text).toContain(part);
  });

  it('takes what others wrote as text, line by line', () => {
    expect(text).toContain('- first\n- \\| second \\| \\<b\\>');
  });

  it('of old evidence has what there is, and says that it is not judged', () => {
    const old = markdownOf(drillPage(drillOf({ targets: [], recoveredAt: null }), source));
    expect(old).toContain('Verdict: not judged.');
    expect(old).toContain('Nothing was hit.');
    expect(old).not.toMatch(/## (?:SLIs|Incidents|Cleanup|Notes)/);
    expect(old).toContain('## Sign-off');
  });
});
