import { describe, expect, it } from 'vitest';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import {
  conclusiveDrills,
  judgeDrill,
  newestByScenario,
  type DrillVerdict,
} from '../../src/drills/judge.js';
import { configuration, drillOf } from './drill-of.js';

const dayMs = 86_400_000;
const terms = {
  periodsMs: { primary_database: 31 * dayMs, region: 366 * dayMs },
  rtoMs: 3_600_000,
  configuration,
  nowMs: Date.parse('2026-11-20T10:00:00Z'),
};
const { recovery: _measured, ...unmeasured } = drillOf();

function capacityOf(lowestCapacity: number): NonNullable<DrillEvidence['incidents']>[number] {
  return {
    id: 'x',
    slo: 'api-capacity',
    component: 'api',
    class: 'outage',
    scenario: 'zone',
    lowSeconds: 1,
    highSeconds: 2,
    targetSeconds: 120,
    lowestCapacity,
    isTimed: false,
  };
}

describe('what a drill proves', () => {
  it.each<[string, DrillEvidence, DrillVerdict, RegExp]>([
    ['it was back in time', drillOf(), 'pass', /took 41.3 s to 41.8 s, the target is 60 s/],
    [
      'it was back too late',
      drillOf({ recovery: { lowSeconds: 61, highSeconds: 70 } }),
      'fail',
      /61 s to 70 s/,
    ],
    [
      'the target lies within what was measured',
      drillOf({ recovery: { lowSeconds: 50, highSeconds: 70 } }),
      'inconclusive',
      /50 s to 70 s/,
    ],
    [
      'nothing bounds what was measured',
      drillOf({ recovery: { lowSeconds: 50, highSeconds: null } }),
      'inconclusive',
      /at least 50 s/,
    ],
    ['it hit nothing', drillOf({ targets: [] }), 'inconclusive', /hit nothing/],
    ['what it broke was not mended', drillOf({ cleanedUp: false }), 'inconclusive', /not mended/],
    ['nobody saw it recover', drillOf({ recoveredAt: null }), 'inconclusive', /no recovery/],
    [
      'it is not over, and longer than the target already',
      drillOf({ recoveredAt: null, recovery: { lowSeconds: 61, highSeconds: null } }),
      'fail',
      /at least 61 s/,
    ],
    [
      'a zone took more than half of the capacity with it',
      drillOf({ scenario: 'zone', incidents: [capacityOf(0.4)] }),
      'fail',
      /left 40 % of the capacity, 50 % was promised/,
    ],
    [
      'a zone took half of the capacity with it, and was back too late',
      drillOf({ scenario: 'zone', incidents: [capacityOf(0.5)] }),
      'fail',
      /took 41.3 s to 41.8 s/,
    ],
    ['it is timed by its two instants alone', unmeasured, 'pass', /took 42 s/],
    [
      'it lies in the future',
      drillOf({ injectedAt: '2026-11-20T10:05:01Z' }),
      'inconclusive',
      /future/,
    ],
    [
      'the clock of who recorded it is ahead',
      drillOf({ injectedAt: '2026-11-20T10:05:00Z' }),
      'pass',
      /41.8 s/,
    ],
    [
      'it is older than its period',
      drillOf({ injectedAt: '2026-10-01T10:00:00Z' }),
      'stale',
      /50 d old, and due every 31 d/,
    ],
    [
      'it was made on another configuration',
      drillOf({ configuration: 'cd'.repeat(32) }),
      'stale',
      /another configuration/,
    ],
    [
      'a region was back within the RTO',
      drillOf({ scenario: 'region', recovery: { lowSeconds: 600, highSeconds: 900 } }),
      'pass',
      /the target is 3600 s/,
    ],
    [
      'no drill of its kind is due',
      drillOf({
        scenario: 'redis_primary',
        injectedAt: '2020-01-01T10:00:00Z',
        recovery: { lowSeconds: 2, highSeconds: 3 },
      }),
      'pass',
      /3 s/,
    ],
  ])('where %s', (_where, evidence, verdict, reason) => {
    const judged = judgeDrill(evidence, terms);
    expect(judged.verdict).toBe(verdict);
    expect(judged.reason).toMatch(reason);
  });

  it('is no pass with a problem, and a failure all the same', () => {
    const problem = 'the command ended with exit code 3';
    expect(judgeDrill(drillOf({ problem }), terms)).toMatchObject({
      verdict: 'inconclusive',
      reason: problem,
      counts: false,
    });
    const slow = { recovery: { lowSeconds: 61, highSeconds: 62 } };
    expect(judgeDrill(drillOf({ ...slow, problem }), terms).verdict).toBe('fail');
  });

  it('stays a failure however old it is', () => {
    const failed = drillOf({
      injectedAt: '2020-01-01T10:00:00Z',
      recovery: { lowSeconds: 61, highSeconds: 70 },
    });
    expect(judgeDrill(failed, terms).verdict).toBe('fail');
  });

  it('is nothing for the verdicts of the tier unless it passed or failed', () => {
    const drills = [
      drillOf(),
      drillOf({ recovery: { lowSeconds: 61, highSeconds: 70 } }),
      drillOf({ targets: [] }),
      drillOf({ configuration: 'cd'.repeat(32) }),
    ].map((drill) => judgeDrill(drill, terms));
    expect(conclusiveDrills(drills).map(({ recoveryMs }) => recoveryMs)).toEqual([41_800, 61_000]);
  });

  it('that failed for want of capacity says nothing of time', () => {
    const recovery = { lowSeconds: 0, highSeconds: 1 };
    const drill = drillOf({ scenario: 'zone', recovery, incidents: [capacityOf(0.4)] });
    const [kept] = conclusiveDrills([judgeDrill(drill, terms)]);
    expect(kept?.recoveryMs).toBeNull();
  });

  it('of each kind of failure is what the newest came to', () => {
    const older = drillOf({ id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0002' });
    const newer = drillOf({
      injectedAt: '2026-11-10T10:00:00Z',
      recoveredAt: '2026-11-10T10:00:42Z',
      targets: [],
    });
    const judged = [newer, older].map((drill) => judgeDrill(drill, terms));
    expect(newestByScenario(judged).get('primary_database')?.verdict).toBe('inconclusive');
  });
});
