import { isSynchronous, type Answered } from '../../collectors/sql/member.js';
import { foremost } from '../databases.js';
import { done, StepError, type PairWork, type StepContext, type StepOutcome } from '../step.js';
import { until } from '../waiting.js';

const everyMs = 500;
/** Standbys of the new primary come back by themselves within some seconds. */
const settleMs = 20_000;

function slotRemarks({ answer }: Answered, cluster: string): string[] {
  return answer.slots.flatMap(({ slot_name: name, active, wal_status: status }) =>
    active && status !== 'lost'
      ? []
      : [
          `slot ${name} of ${cluster} ${status === 'lost' ? 'has lost its log' : 'is read by nobody, and keeps the log'}`,
        ],
  );
}

function archiveRemarks({ answer: { archiver } }: Answered, cluster: string): string[] {
  const { last_archived_at: done_, last_failed_at: failed } = archiver ?? {};
  return failed != null && failed > (done_ ?? 0)
    ? [`${cluster} fails to archive its log: see its archive_command`]
    : [];
}

function synchronousRemarks(
  { config }: StepContext,
  { answer }: Answered,
  cluster: string,
): string[] {
  const expected = config.postgresql?.replication?.numSynchronousReplicas ?? 0;
  const found = answer.replication.filter(isSynchronous).length;
  return found >= expected
    ? []
    : [
        `${cluster} has ${found} of ${expected} synchronous standbys: set synchronous_mode in its configuration (patronictl edit-config)`,
      ];
}

async function recheckOne(context: StepContext, { access }: PairWork): Promise<string[]> {
  const { name } = access.new;
  let remarks: string[] = [];
  await until(context.signal, { limitMs: settleMs, everyMs }, async (signal) => {
    const look = await context.look(access, signal);
    const primary = foremost(look.new);
    if (primary === undefined || primary.answer.inRecovery)
      return { missing: `${name} has no primary that answers` };
    remarks = [
      ...synchronousRemarks(context, primary, name),
      ...slotRemarks(primary, name),
      ...archiveRemarks(primary, name),
    ];
    return remarks.length === 0 ? { found: true } : { missing: remarks.join('; ') };
  }).catch((error: unknown) => {
    if (!(error instanceof StepError) || context.signal.aborted || remarks.length === 0)
      throw error;
  });
  return remarks;
}

/** What ought to be looked at in the new region; nothing of it stops the execution. */
export async function recheck(context: StepContext): Promise<StepOutcome> {
  const remarks: string[] = [];
  for (const pair of context.pairs) remarks.push(...(await recheckOne(context, pair)));
  return done(
    remarks.length === 0
      ? 'synchronous standbys, slots and archiving are as they should be'
      : `${remarks.length} to look at`,
    remarks,
  );
}
