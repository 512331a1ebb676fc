import {
  isOver,
  mayBePromoted,
  nextStep,
  stepOf,
  type Execution,
  type Step,
  type StepName,
} from '../failover/execution.js';
import { stepRuns } from './steps/index.js';
import { nowMs, TakenBack, type StepContext } from './step.js';

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

async function runStep(context: StepContext, step: Step, listener: EngineListener): Promise<void> {
  step.state = 'begun';
  step.attempts += 1;
  step.begunMs ??= nowMs(context);
  await context.save();
  listener.begun(step);
  try {
    const outcome = await stepRuns[step.name](context, step);
    step.state = outcome.state;
    step.detail = outcome.detail;
    step.remarks = [...(outcome.remarks ?? [])];
  } catch (error) {
    step.state = 'failed';
    step.detail = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    step.endedMs = nowMs(context);
    await context.save();
    listener.ended(step);
  }
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
export async function execute(context: StepContext, listener: EngineListener): Promise<void> {
  const { execution } = context;
  for (let step = nextStep(execution); step !== undefined; step = nextStep(execution)) {
    try {
      await runStep(context, step, listener);
    } catch (error) {
      if (error instanceof TakenBack) await end(context, 'taken_back', error.message);
      throw error;
    }
  }
  await end(context, 'done', '');
}
