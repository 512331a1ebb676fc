import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectorEnv } from '../collectors/contract.js';
import { jobId, TargetLoop, type Job, type Outcome } from './target-loop.js';

/** Wait before a target that could not tell yet is collected again, in milliseconds. */
const againMs = 500;

/** What a target told; undefined where it told nothing in time. */
export interface Looked {
  readonly job: Job;
  readonly outcome: Outcome | undefined;
}

/**
 * Whether a collection says all that is awaited of it: some know only what changed since they were begun.
 */
function isSettled(
  { ok, measurement: { observations = [] } }: Outcome,
  awaited: ReadonlySet<string>,
): boolean {
  return (
    !ok || observations.every(({ sli, outcome }) => outcome !== 'unknown' || !awaited.has(sli))
  );
}

async function lookAt(
  loop: TargetLoop,
  awaited: ReadonlySet<string>,
  signal: AbortSignal,
  keep: (outcome: Outcome) => void,
): Promise<void> {
  while (!signal.aborted) {
    const outcome = await loop.collectOnce();
    // What was cut off by the end of the look says nothing of the target.
    if (signal.aborted) return;
    keep(outcome);
    if (isSettled(outcome, awaited)) return;
    await sleep(againMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Told of each target when it is begun, and when nothing more is to come of it. */
export interface LookProgress {
  begun(id: string): void;
  ended(id: string): void;
}

export interface LookTerms {
  readonly timeoutMs: number;
  /** SLIs that a target is collected for again while they are unknown. */
  readonly awaited: ReadonlySet<string>;
  readonly progress: LookProgress;
}

/**
 * Collects every target once, all at the same time, and those that cannot tell yet again until they can,
 * or the time is over. Nothing goes on after that.
 */
export async function oneLook(
  jobs: readonly Job[],
  env: CollectorEnv,
  { timeoutMs, awaited, progress }: LookTerms,
): Promise<Looked[]> {
  const kinds = new Set(jobs.map(({ collector }) => collector));
  // What cannot be loaded is told of by the collection that needs it.
  await Promise.allSettled([...kinds].map(async (collector) => collector.prepare?.()));
  const signal = AbortSignal.timeout(timeoutMs);
  const over = new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  const looks = jobs.map(async (job): Promise<Looked> => {
    const loop = new TargetLoop(job, env, { begun: () => {}, ended: () => {} });
    let outcome: Outcome | undefined;
    progress.begun(jobId(job));
    await Promise.race([lookAt(loop, awaited, signal, (found) => void (outcome = found)), over]);
    await loop.stop();
    progress.ended(jobId(job));
    return { job, outcome };
  });
  return Promise.all(looks);
}
