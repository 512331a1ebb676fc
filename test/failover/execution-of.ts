import {
  newExecution,
  stepOf,
  type Execution,
  type PairRecord,
  type Standing,
  type Step,
  type StepName,
} from '../../src/failover/execution.js';
import { stepsOf } from '../../src/failover/plan.js';

/** When executions begin, in Unix milliseconds. */
export const start = Date.UTC(2026, 10, 1);

export interface Given {
  readonly mode?: Execution['mode'];
  readonly rtoMs?: number;
  readonly rpoMs?: number;
  readonly outage?: Partial<NonNullable<Execution['outage']>>;
  readonly steps?: Partial<Record<StepName, Partial<Step>>>;
  readonly pairs?: readonly Partial<PairRecord>[];
}

const noOutage = {
  incident: null,
  lastOkBeforeMs: null,
  firstFailMs: null,
  detectedMs: null,
  source: 'orders',
};

/** An execution from east to west, of which this is known. */
export function executionOf(given: Given = {}): Execution {
  const { mode = 'unplanned', rtoMs = 60_000, rpoMs = 5000, pairs = [{}] } = given;
  const execution = newExecution({
    id: '3f0c6f0e-56b7-4a53-9d0c-0f4f0a1f7f11',
    deployment: 'orders',
    kind: 'failover',
    mode,
    from: 'east',
    to: 'west',
    by: 'ana',
    isDrill: false,
    configuration: 'abc',
    rtoMs,
    rpoMs,
    startedMs: start,
    overrides: [],
    mayOverride: [],
    gates: [],
    steps: stepsOf({ mode, mustRejoin: false }),
    pairs: pairs.map((_pair, index) => ({ name: `p${index}`, old: 'orders-a', new: 'orders-b' })),
  });
  for (const [index, pair] of pairs.entries()) Object.assign(execution.pairs[index]!, pair);
  for (const [name, step] of Object.entries(given.steps ?? {}))
    Object.assign(stepOf(execution, name as StepName)!, step);
  if (given.outage !== undefined) execution.outage = { ...noOutage, ...given.outage };
  return execution;
}

export function standingOf(given: Partial<Standing>): Standing {
  return {
    atMs: start,
    member: 'a1',
    timeline: 1,
    lsn: null,
    heartbeat: null,
    lastCommitMs: null,
    ...given,
  };
}

export function promotedAt(
  askedMs: number,
  given: Partial<NonNullable<PairRecord['promoted']>> = {},
): NonNullable<PairRecord['promoted']> {
  return { askedMs, seenMs: null, member: null, timeline: null, lsn: null, ...given };
}
