import type { Slo } from '../../src/slo/objective.js';

/** An SLO with what matters to a test in it. */
export function sloOf(given: Partial<Slo> = {}): Slo {
  return {
    name: 'api-availability',
    type: 'availability',
    sli: 'lb/api/availability',
    component: 'api',
    region: 'eu',
    zone: '',
    objective: 0.999,
    period: { kind: 'rolling', ms: 30 * 86_400_000 },
    intervalMs: 1000,
    timeoutMs: 900,
    recoveryTargetMs: 60_000,
    outageThreshold: 3,
    maintenance: [],
    source: 'default',
    ...given,
  };
}
