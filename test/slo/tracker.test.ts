import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/slo/observation.js';
import { Timeline } from '../../src/slo/timeline.js';
import { SloTracker } from '../../src/slo/tracker.js';
import { sloOf } from './slo-of.js';

const startMs = Date.UTC(2026, 10, 1);
const always = {
  name: 'upgrade',
  occurrenceAt: () => ({ startMs: 0, endMs: Infinity }),
};

function trackerThatSaw(outcome: Outcome, maintenance: boolean): SloTracker {
  const timeline = new Timeline();
  const at = { wallMs: startMs, monoMs: 0 };
  timeline.sync(at);
  const slo = sloOf({ intervalMs: 1000, timeoutMs: 900, maintenance: maintenance ? [always] : [] });
  const tracker = new SloTracker(slo, timeline);
  tracker.observe({ sli: slo.sli, outcome, at, endedAt: at });
  return tracker;
}

describe('what an SLO was last', () => {
  it('is unknown before anything was observed', () => {
    expect(new SloTracker(sloOf(), new Timeline()).outcomeAt(startMs)).toBe('unknown');
  });

  it.each(['good', 'bad', 'unknown'] as const)('is %s where that was observed', (outcome) => {
    expect(trackerThatSaw(outcome, false).outcomeAt(startMs + 1000)).toBe(outcome);
  });

  it('is what was observed in maintenance too, where it does not count', () => {
    const tracker = trackerThatSaw('bad', true);
    expect(tracker.outcomeAt(startMs)).toBe('bad');
    expect(tracker.totals).toMatchObject({ bad: 0, excluded: 1 });
  });

  it('is unknown once several observations are overdue', () => {
    const tracker = trackerThatSaw('good', false);
    expect(tracker.outcomeAt(startMs + 4000)).toBe('good');
    expect(tracker.outcomeAt(startMs + 7000)).toBe('unknown');
  });
});
