import {
  isOver,
  mayBePromoted,
  nextStep,
  stepOf,
  type Execution,
  type Step,
  type StepName,
} from '../failover/execution.js';
import { nowMs, StepError, TakenBack, type StepContext, type StepRun } from './step.js';
import { stepRuns } from './steps/index.js';
import { requireRunning } from './waiting.js';

/** Told of each step. Must not throw. */
export interface EngineListener {
  begun(step: Step): void;
  ended(step: Step): void;
}

/** What proves that the old region does not write holds only for its moment. */
const renewed: readonly StepName[] = ['prove', 'demote'];

/** Before the new region may have been promoted, the proof that the old one does not write is made anew. */
export function renewProofs(execution: Execution): void {
  if (mayBePromoted(execution)) return;
  for (const name of renewed) {
    const step = stepOf(execution, name);
    if (step !== undefined && isOver(step)) step.state = 'pending';
  }
}

type StepRuns = Readonly<Record<StepName, StepRun>>;

interface Failure {
  readonly error: unknown;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Does a step, and answers with what went wrong. */
async function attempt(
  context: StepContext,
  step: Step,
  runs: StepRuns,
): Promise<Failure | undefined> {
  try {
    const { state, detail, remarks = [] } = await runs[step.name](context, step);
    Object.assign(step, { state, detail, remarks: [...remarks] });
    return undefined;
  } catch (error) {
    Object.assign(step, { state: 'failed', detail: messageOf(error) });
    return { error };
  }
}

/** What went wrong first is said first. */
async function saveAfter(context: StepContext, failure: Failure | undefined): Promise<void> {
  try {
    await context.save();
  } catch (cause) {
    if (failure === undefined) throw cause;
    throw new StepError(`${messageOf(failure.error)}; and ${messageOf(cause)}`, { cause });
  }
}

async function runStep(
  context: StepContext,
  step: Step,
  listener: EngineListener,
  runs: StepRuns,
): Promise<void> {
  step.state = 'begun';
  step.attempts += 1;
  step.begunMs ??= nowMs(context);
  await context.save();
  listener.begun(step);
  const failure = await attempt(context, step, runs);
  step.endedMs = nowMs(context);
  await saveAfter(context, failure);
  listener.ended(step);
  if (failure !== undefined) throw failure.error;
}

async function end(context: StepContext, state: Execution['state'], reason: string): Promise<void> {
  const { execution } = context;
  execution.state = state;
  execution.reason = reason;
  execution.endedMs = nowMs(context);
  await context.save();
}

/**
 * Goes from step to step until all are done. @throws StepError at the first that cannot be done: the
 * execution stays open, and is gone on with by the same call
 */
export async function execute(
  context: StepContext,
  listener: EngineListener,
  runs: StepRuns = stepRuns,
): Promise<void> {
  const { execution } = context;
  for (let step = nextStep(execution); step !== undefined; step = nextStep(execution)) {
    requireRunning(context.signal);
    try {
      await runStep(context, step, listener, runs);
    } catch (error) {
      if (error instanceof TakenBack) await end(context, 'taken_back', error.message);
      throw error;
    }
  }
  await end(context, 'done', '');
}
