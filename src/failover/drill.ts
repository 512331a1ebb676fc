import { drillFormat, type DrillEvidence } from '../drills/evidence.js';
import type { Execution } from './execution.js';
import { lossesOf } from './loss.js';
import { recoveryOf } from './recovery.js';

/** What the execution itself cannot say of its record. */
export interface DrillTerms {
  readonly id: string;
  readonly environment: string;
  /** Whether both regions are as they should be again. */
  readonly cleanedUp: boolean;
  /** Unix milliseconds. */
  readonly recordedMs: number;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** When the old region was stopped: by this command, or, where it was lost, when its writes first failed. */
function injectedMs({ mode, steps, outage, pairs, startedMs }: Execution): number {
  if (mode === 'planned') return steps.find(({ name }) => name === 'hold')?.begunMs ?? startedMs;
  const refusals = pairs.flatMap(({ acknowledged }) => acknowledged?.firstRefusal?.[0] ?? []);
  return Math.min(startedMs, outage?.firstFailMs ?? startedMs, ...refusals);
}

function recoveredMs({ pairs }: Execution): number | undefined {
  const ended = pairs.map(({ written }) => written?.endedMs);
  return ended.includes(undefined) ? undefined : Math.max(...ended.map((ms) => ms ?? 0));
}

/** The worst of what was lost, at most; null where nothing bounds it. */
function lossSeconds(execution: Execution): number | null {
  const highs = lossesOf(execution).map(({ highMs }) => highMs);
  return highs.length === 0 || highs.includes(null)
    ? null
    : Math.max(...highs.map((ms) => ms ?? 0)) / 1000;
}

function brackets(execution: Execution): Pick<DrillEvidence, 'recovery'> {
  const recovery = recoveryOf(execution);
  if (recovery === undefined) return {};
  const { lowMs, highMs } = recovery;
  return {
    recovery: { lowSeconds: lowMs / 1000, highSeconds: highMs === null ? null : highMs / 1000 },
  };
}

/** Evidence of a failover that was an exercise. */
export function drillOf(execution: Execution, terms: DrillTerms): DrillEvidence {
  const { id, kind, mode, from, to, by, configuration, pairs, outage } = execution;
  const endedMs = recoveredMs(execution);
  return {
    format: drillFormat,
    id: terms.id,
    scenario: 'region',
    environment: terms.environment,
    by,
    what: `${mode} ${kind} from ${from} to ${to}`,
    targets: [from, ...pairs.map((pair) => pair.old)],
    injectedAt: iso(injectedMs(execution)),
    recoveredAt: endedMs === undefined ? null : iso(endedMs),
    ...brackets(execution),
    lossSeconds: lossSeconds(execution),
    ...(outage?.incident != null && { incident: outage.incident }),
    cleanedUp: terms.cleanedUp,
    configuration,
    execution: id,
    recordedAt: iso(terms.recordedMs),
  };
}
