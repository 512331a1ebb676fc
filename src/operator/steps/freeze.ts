import type { PairRecord } from '../../failover/execution.js';
import { endOf, foremost, standingOf, type SiteLook } from '../databases.js';
import { done, nowMs, type PairWork, type StepContext, type StepOutcome } from '../step.js';

/** What the exporter knows of heartbeats that the new region has not; kept where it knows no more. */
export async function refreshAcknowledged(
  context: StepContext,
  { access, record }: PairWork,
): Promise<void> {
  const known = record.copy?.heartbeat ?? record.before?.new?.heartbeat;
  // One that the new region has is asked for too: it says what the first that is lost comes after.
  const found = await context.acknowledged(access.old.site.cluster, (known?.seq ?? 1) - 1);
  if (found !== undefined && (found.beats.length > 0 || record.acknowledged === null))
    record.acknowledged = found;
}

function standing(look: SiteLook, atMs: number, writer: string) {
  const first = foremost(look);
  return first === undefined ? null : standingOf(first, writer, atMs, endOf(first));
}

function wordsOf({ name, before, acknowledged }: PairRecord): string {
  const heartbeat = acknowledged?.beats.at(-1)?.[0] ?? before?.old?.heartbeat?.seq;
  const last = heartbeat === undefined ? 'no heartbeat known' : `last heartbeat ${heartbeat}`;
  const at = before?.old?.lsn == null ? 'its log is not known' : `log at ${before.old.lsn}`;
  return `${name}: ${last}, ${at}`;
}

async function freezeOne(context: StepContext, pair: PairWork): Promise<void> {
  const { access, record } = pair;
  if (record.before === null) {
    const look = await context.look(access);
    const { writer } = access.lag;
    record.before = {
      old: standing(look.old, look.atMs, writer),
      new: standing(look.new, look.atMs, writer),
    };
    const told = [...look.new.answered, ...look.old.answered];
    record.systemIdentifier =
      told.find(({ answer }) => answer.systemIdentifier != null)?.answer.systemIdentifier ?? null;
  }
  await refreshAcknowledged(context, pair);
}

/** Writes down where both regions stand, before anything is changed. */
export async function freeze(context: StepContext): Promise<StepOutcome> {
  const { execution, pairs } = context;
  for (const pair of pairs) await freezeOne(context, pair);
  const [first] = pairs;
  if (execution.mode === 'unplanned' && first !== undefined)
    execution.outage ??= await context.outageOf(first.access.old.site.cluster);
  await context.save();
  const old =
    nowMs(context) -
    Math.max(...pairs.map(({ record }) => record.before?.new?.heartbeat?.writtenMs ?? 0));
  const age =
    pairs.every(({ record }) => record.before?.new?.heartbeat != null) && old >= 0
      ? `; the copy's newest heartbeat is ${Math.round(old)} ms old`
      : '';
  return done(`${pairs.map(({ record }) => wordsOf(record)).join('; ')}${age}`);
}
