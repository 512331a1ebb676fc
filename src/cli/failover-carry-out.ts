import { nextStep, type Execution } from '../failover/execution.js';
import { ExecutionContext } from '../operator/context.js';
import { execute } from '../operator/engine.js';
import type { PairAccess } from '../operator/region-access.js';
import { TakenBack } from '../operator/step.js';
import type { Journal } from '../store/journal.js';
import { drillEndedBy, recordDrill } from './failover-drill.js';
import { resumeWords } from './failover-journal.js';
import type { FailoverOutput } from './failover-output.js';
import { acknowledgedBy, gatesNow, incidentsFor, type Prepared } from './failover-prepare.js';
import { interruption } from './interruption.js';
import { complain, exitCodes } from './output.js';

/** The regions are as they should be, whatever becomes of the record. */
async function keepDrill(
  prepared: Prepared,
  execution: Execution,
  context: ExecutionContext,
): Promise<number> {
  try {
    const drill = drillEndedBy(execution, await context.lastOutOf(execution.to));
    if (drill !== undefined)
      complain(`evidence of the drill: ${await recordDrill(prepared, drill)}`);
    return exitCodes.ok;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    complain(
      `all is done; if it was a drill, it is not recorded: ${words}; record it with sensei drill record`,
    );
    return exitCodes.unhealthy;
  }
}

/** Goes from step to step, telling of each; answers with the exit code. */
export async function carryOut(
  prepared: Prepared,
  journal: Journal,
  access: readonly PairAccess[],
  execution: Execution,
  output: FailoverOutput,
): Promise<number> {
  const { config, operations, env } = prepared;
  const { signal, release } = interruption();
  const context = new ExecutionContext({
    config,
    operations,
    execution,
    access,
    journal,
    env,
    signal,
    askGates: () => gatesNow(prepared, execution.to),
    acknowledged: (cluster, after) => acknowledgedBy(prepared, cluster, after),
    incidents: incidentsFor(prepared),
    progress: (words) => output.progress(words),
  });
  try {
    await execute(context, {
      begun: (step) => output.begun(execution, step),
      ended: (step) => output.ended(execution, step),
    });
    output.outcome(execution);
    return await keepDrill(prepared, execution, context);
  } catch (error) {
    output.outcome(execution);
    const words = error instanceof Error ? error.message : String(error);
    if (!(error instanceof TakenBack))
      complain(`stopped at ${nextStep(execution)?.name ?? 'the end'}: ${words}\n${resumeWords}`);
    return exitCodes.unhealthy;
  } finally {
    release();
    await context.close();
  }
}
