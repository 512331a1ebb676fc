import { sloOf as sloWith } from '../slo/slo-of.js';
import type { Slo } from '../../src/slo/objective.js';
import type { DrillIncident, Look, SloLook } from '../../src/drills/recovery.js';

/** One that must be back within a second. */
export function sloOf(changes: Partial<Slo> = {}): Slo {
  return sloWith({ recoveryTargetMs: 1000, ...changes });
}

export const injectedMs = Date.parse('2026-11-01T10:00:00Z');

export function incidentOf(changes: Partial<DrillIncident> = {}): DrillIncident {
  return {
    id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0009',
    slo: 'api-availability',
    component: 'api',
    class: 'outage',
    scenario: 'pod',
    firstFailMs: injectedMs + 500,
    firstOkMs: injectedMs + 4500,
    closedMs: injectedMs + 14_500,
    lowMs: 3000,
    highMs: 5000,
    targetMs: 1000,
    lowestCapacity: null,
    exposureMs: null,
    ...changes,
  };
}

export function lookOf(
  changes: Partial<SloLook> = {},
  incidents: readonly DrillIncident[] = [],
  atMs = injectedMs + 20_000,
): Look {
  const slo: SloLook = {
    name: 'api-availability',
    now: 'good',
    openIncident: null,
    failures: 7,
    slices: 100,
    ...changes,
  };
  return { atMs, toldMs: atMs, deployment: 'sensei', slos: [slo], incidents };
}
