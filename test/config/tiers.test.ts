import { describe, expect, it } from 'vitest';
import { componentTargets, tiers } from '../../src/slo/tiers.js';

const minute = 60_000;

describe('what was promised', () => {
  it.each([
    ['standard', 60 * minute, 240 * minute],
    ['enhanced', 15 * minute, 60 * minute],
    ['premium', 5000, 15 * minute],
  ] as const)('the %s tier has an RPO of %d ms and an RTO of %d ms', (tier, rpoMs, rtoMs) => {
    expect(tiers[tier]).toEqual({ rpoMs, rtoMs });
  });

  it.each([
    ['api', 2, 1000],
    ['dashboard', 2, 1000],
    ['orchestrator', 2, 30_000],
    ['maba', 2, 1000],
    ['kora', 2, 1000],
    ['workers', 4, 1000],
    ['postgresql', 2, 60_000],
    ['redis', 3, 30_000],
  ] as const)(
    '%s needs %d instances and is back in %d ms',
    (name, minimumInstances, recoveryMs) => {
      expect(componentTargets[name]).toEqual({ minimumInstances, recoveryMs });
    },
  );
});
