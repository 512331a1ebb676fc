import { judgeBracket, type Bracket } from '../slo/outage.js';
import type { Execution, PairRecord } from './execution.js';

/** Two instants of which the true one lies between, in Unix milliseconds; null where nothing tells. */
interface Between {
  readonly earliestMs: number | null;
  readonly latestMs: number | null;
}

export const phaseNames = ['detect', 'decide', 'execute', 'verify'] as const;
export type PhaseName = (typeof phaseNames)[number];

export interface Phase {
  readonly name: PhaseName;
  /** Null where an instant that it needs is not known. */
  readonly tookMs: number | null;
}

/** How long nothing could be written, from the old region's last write to the new region's first. */
export interface Recovery extends Bracket {
  readonly phases: readonly Phase[];
  readonly targetMs: number;
  readonly verdict: 'met' | 'breached' | 'indeterminate';
}

function latest(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.max(...known);
}

function earliest(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => typeof value === 'number');
  return known.length === 0 ? null : Math.min(...known);
}

/** When the last heartbeat was begun that is known to have been acknowledged. */
function lastAcknowledgedMs({ acknowledged, before }: PairRecord): number | null {
  return latest([
    acknowledged?.beats.at(-1)?.[1],
    before?.old?.heartbeat?.writtenMs,
    before?.new?.heartbeat?.writtenMs,
  ]);
}

/**
 * When the first of the old region's databases took its last write. Each was writable when its last
 * acknowledged heartbeat was begun, and no longer when the first that was refused had ended.
 */
function lostBetween(execution: Execution): Between {
  return execution.mode === 'planned' ? stoppedBetween(execution) : failedBetween(execution);
}

/** Until the request was sent nothing kept anybody from writing; who got around it is seen in the log. */
function stoppedBetween({ pairs, steps }: Execution): Between {
  const hold = steps.find(({ name }) => name === 'hold');
  return {
    earliestMs: hold?.begunMs ?? null,
    latestMs: latest([hold?.endedMs, ...pairs.map(({ end }) => end?.lastCommitMs)]),
  };
}

function failedBetween({ outage, pairs, steps }: Execution): Between {
  const failedMs = pairs.map(({ acknowledged }) => acknowledged?.firstRefusal?.[1]);
  const provedMs = steps.find(({ name }) => name === 'prove')?.endedMs;
  // The outage is of the first database.
  const writtenMs = pairs.map((pair, index) =>
    latest([index === 0 ? outage?.lastOkBeforeMs : null, lastAcknowledgedMs(pair)]),
  );
  return {
    earliestMs: writtenMs.includes(null) ? null : earliest(writtenMs),
    latestMs: earliest([...failedMs, provedMs]),
  };
}

/** When every database of the new region took its first write. */
function regainedBetween({ pairs }: Execution): Between {
  const written = pairs.flatMap((each) => each.written ?? []);
  if (written.length === 0 || written.length < pairs.length)
    return { earliestMs: null, latestMs: null };
  return {
    // Before it was asked to be promoted, and while a write still failed, it was not writable.
    earliestMs: latest(
      pairs.map((each) => latest([each.promoted?.askedMs, each.written?.lastFailedMs])),
    ),
    latestMs: latest(written.map(({ endedMs }) => endedMs)),
  };
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
}

/** The instants at which one phase ends and the next begins. */
function milestones(execution: Execution): (number | null)[] {
  const { mode, outage, startedMs, pairs, steps } = execution;
  const begun =
    mode === 'planned' ? (steps.find(({ name }) => name === 'hold')?.begunMs ?? null) : startedMs;
  const firstFailMs =
    mode === 'planned'
      ? begun
      : earliest([
          outage?.firstFailMs,
          ...pairs.map(({ acknowledged }) => acknowledged?.firstRefusal?.[0]),
        ]);
  const detectedMs = mode === 'planned' ? begun : (outage?.detectedMs ?? null);
  // A write may be through before anybody has seen the role.
  const promotedMs = latest(
    pairs.map(({ promoted, written }) => earliest([promoted?.seenMs, written?.begunMs])),
  );
  return [firstFailMs, detectedMs, begun, promotedMs, regainedBetween(execution).latestMs];
}

function phasesOf(execution: Execution): Phase[] {
  const at = milestones(execution);
  return phaseNames.map((name, index) => ({
    name,
    tookMs: between(at[index] ?? null, at[index + 1] ?? null),
  }));
}

/** Undefined until the new region was written to. */
export function recoveryOf(execution: Execution): Recovery | undefined {
  const lost = lostBetween(execution);
  const regained = regainedBetween(execution);
  if (regained.latestMs === null) return undefined;
  const lowMs = between(lost.latestMs, regained.earliestMs) ?? 0;
  const highMs = between(lost.earliestMs, regained.latestMs);
  const { rtoMs: targetMs } = execution;
  return {
    lowMs,
    highMs,
    phases: phasesOf(execution),
    targetMs,
    verdict: judgeBracket({ lowMs, highMs }, targetMs),
  };
}
