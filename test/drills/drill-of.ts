import type { DrillEvidence } from '../../src/drills/evidence.js';

export const configuration = 'ab'.repeat(32);

/** A drill of the primary database that passed: back after 41.3 s to 41.8 s. */
export function drillOf(changes: Partial<DrillEvidence> = {}): DrillEvidence {
  return {
    format: 'sensei-drill/v1',
    id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0001',
    scenario: 'primary_database',
    environment: 'production',
    by: 'A. Admin',
    what: 'kill -9 of the primary',
    targets: ['pg1'],
    injectedAt: '2026-11-01T10:00:00Z',
    recoveredAt: '2026-11-01T10:00:42Z',
    recovery: { lowSeconds: 41.3, highSeconds: 41.8 },
    lossSeconds: null,
    cleanedUp: true,
    configuration,
    recordedAt: '2026-11-01T10:05:00Z',
    ...changes,
  };
}
