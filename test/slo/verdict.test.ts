import { describe, expect, it } from 'vitest';
import type { Exposure } from '../../src/slo/exposure.js';
import { verdictsOf, type Evidence } from '../../src/slo/verdict.js';
import { incidentOf, openIncident } from '../store/rows.js';

const nothing: Evidence = {
  tier: 'enhanced',
  agreed: {},
  incidents: [],
  drills: [],
  exposures: [],
  probed: new Set(['api']),
  nowMs: 1_795_000_100_000,
};

function verdict(
  given: Partial<Evidence>,
  disruption: string,
  objective = 'rto',
  tier = 'enhanced',
) {
  return verdictsOf({ ...nothing, ...given }).find(
    (each) => each.tier === tier && each.disruption === disruption && each.objective === objective,
  )!;
}

function exposure(exposureMs: number | null, status: Exposure['status'] = 'met'): Exposure {
  return {
    dataset: 'orders',
    exposureMs,
    targetMs: 900_000,
    status,
    path: 'copy',
    source: 'heartbeat',
    unproved: null,
  };
}

const drill = { id: 'd', scenario: 'region', atMs: 0, lossMs: null, detail: '' };

describe('verdicts', () => {
  it('are given for every tier, failure and objective; without evidence nothing is met', () => {
    const all = verdictsOf(nothing);
    expect(all).toHaveLength(3 * 6 * 2);
    expect(all.filter(({ status }) => status === 'met')).toEqual([]);
    expect(all.filter(({ promised }) => promised)).toHaveLength(12);
    expect(verdict({}, 'primary_database').status).toBe('no_evidence');
    expect(verdict({}, 'primary_database', 'rpo').status).toBe('not_applicable');
    expect(verdict({}, 'region', 'rpo').status).toBe('no_evidence');
  });

  it.each([
    [[{ lowMs: 5000, highMs: 5300 }], 'met', '5.00 s to 5.30 s'],
    [[{ lowMs: 59_000, highMs: 61_000 }], 'indeterminate', '59.0 s to 61.0 s'],
    [[{ lowMs: 61_000, highMs: 62_000 }], 'breached', '61.0 s to 62.0 s'],
    [
      [
        { lowMs: 5000, highMs: 5300 },
        { lowMs: 70_000, highMs: null },
      ],
      'breached',
      'at least 70.0 s',
    ],
    [
      [
        { lowMs: 5000, highMs: 5300 },
        { lowMs: 10, highMs: null },
      ],
      'indeterminate',
      'at least 0.01 s',
    ],
  ])('of primary failures %j are %s: the worst decides', (brackets, status, words) => {
    const incidents = brackets.map((bracket) => incidentOf(bracket));
    const found = verdict({ incidents }, 'primary_database');
    expect(found.status).toBe(status);
    expect(found.reason).toContain(words);
    expect(found.evidence).toHaveLength(brackets.length);
  });

  it('go by outages alone, each by its own kind', () => {
    const incidents = [
      incidentOf({ class: 'planned_switchover' }),
      incidentOf({ class: 'maintenance' }),
      incidentOf({ scenario: 'redis_primary', lowMs: 31_000, highMs: 32_000 }),
    ];
    expect(verdict({ incidents }, 'primary_database').status).toBe('no_evidence');
    expect(verdict({ incidents }, 'redis_primary').status).toBe('breached');
  });

  it('of an outage under way are breached only when it has certainly lasted too long', () => {
    const open = (lowMs: number) => [openIncident({ lowMs })];
    expect(verdict({ incidents: open(100) }, 'primary_database').status).toBe('indeterminate');
    expect(verdict({ incidents: open(60_001) }, 'primary_database').status).toBe('breached');
  });

  it.each([
    ['standard', 2 * 3_600_000, 'met'],
    ['enhanced', 2 * 3_600_000, 'breached'],
    ['premium', 600_000, 'met'],
    ['premium', 16 * 60_000, 'breached'],
  ])('of a lost region against %s: a drill of %d ms is %s', (tier, recoveryMs, status) => {
    expect(verdict({ drills: [{ ...drill, recoveryMs }] }, 'region', 'rto', tier).status).toBe(
      status,
    );
  });

  it('go by what was agreed on in place of the tier’s own targets', () => {
    const drills = [{ ...drill, recoveryMs: 40 * 60_000 }];
    expect(verdict({ drills }, 'region').status).toBe('met');
    expect(verdict({ drills, agreed: { rtoMs: 30 * 60_000 } }, 'region').status).toBe('breached');
  });

  it.each([
    [[exposure(2000)], 'met', 'premium', 'the last 2.00 s of orders would be lost now'],
    [[exposure(6000)], 'breached', 'premium', 'the last 6.00 s of orders'],
    [[exposure(2000), exposure(1_000_000)], 'breached', 'enhanced', 'the last 1000.0 s'],
    [[exposure(null, 'unknown')], 'indeterminate', 'enhanced', 'an unknown amount of orders'],
    [[exposure(null, 'breached')], 'breached', 'enhanced', 'an unknown amount of orders'],
  ])('of exposures %j is %s for %s', (exposures, status, tier, words) => {
    const found = verdict({ exposures }, 'region', 'rpo', tier);
    expect(found.status).toBe(status);
    expect(found.reason).toContain(words);
  });
});
