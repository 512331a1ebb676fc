import { randomUUID } from 'node:crypto';
import { drillOf } from '../failover/drill.js';
import type { Execution } from '../failover/execution.js';
import { drillsOf, evidenceFile, keepEvidence, withVerdict } from './drill-files.js';
import type { Prepared } from './failover-prepare.js';

/**
 * The exercise that an execution brings to its end: itself where it was planned, for the old region follows then;
 * the failover before it, where it was the way back from one.
 */
export function drillEndedBy(
  execution: Execution,
  before: Execution | undefined,
): Execution | undefined {
  if (execution.state !== 'done') return undefined;
  if (execution.isDrill && execution.mode === 'planned') return execution;
  const isWayBack = execution.kind === 'failback' && before?.to === execution.from;
  return isWayBack && before.isDrill && before.mode === 'unplanned' ? before : undefined;
}

/** Writes the evidence of an exercise that was mended; answers with the file. @throws Error naming it */
export async function recordDrill(
  { config, env }: Prepared,
  execution: Execution,
): Promise<string> {
  const { folder, environment } = drillsOf(config);
  const recordedMs = env.clock.now().wallMs;
  const found = drillOf(execution, { id: randomUUID(), environment, cleanedUp: true, recordedMs });
  const file = evidenceFile(folder, found);
  await keepEvidence(file, withVerdict(found, config), config);
  return file;
}
