import { limitedSignal } from '../../collectors/limited-signal.js';
import { lagBytes } from '../../collectors/sql/lsn.js';
import { mayBePromoted, stepOf } from '../../failover/execution.js';
import { formatBytes } from '../../report/figures.js';
import { endOf, foremost, type PairLook } from '../databases.js';
import type { DynamicConfig } from '../cluster-operator.js';
import { hasStandbyKey, heldAs, heldValue, isHeld, withSlotFor } from '../standby.js';
import {
  done,
  JournalError,
  StepError,
  TakenBack,
  type PairWork,
  type StepContext,
  type StepOutcome,
} from '../step.js';
import { until, type Look } from '../waiting.js';
import { attemptWrite } from '../write-path.js';

const everyMs = 200;

/** @throws StepError where nobody could tell afterwards whether writes are held, or work again */
async function requireJudgeable(context: StepContext, { access }: PairWork): Promise<void> {
  const { writePath } = access.old;
  const { way, outcome, detail } = await attemptWrite(writePath, context.env, context.signal);
  if (outcome === 'unknown')
    throw new StepError(`cannot tell whether ${way} takes writes: ${detail}`);
}

/**
 * Members answer with a configuration that may be seconds old: where a write succeeds, one that holds writes is
 * that of an execution which was just taken back, and must not be taken for what was there before.
 */
async function configurationNow(
  context: StepContext,
  { access }: PairWork,
): Promise<DynamicConfig> {
  const limitMs = context.operations.limits.hold;
  return until(context.signal, { limitMs, everyMs }, async (signal) => {
    const config = await context.operator(access.old).configuration(signal);
    if (!isHeld(config)) return { found: config };
    const { outcome } = await attemptWrite(access.old.writePath, context.env, signal);
    return outcome === 'accepted'
      ? { missing: `${access.old.name} still answers with the configuration of before` }
      : { found: config };
  });
}

/** What the old region had there is kept first: it must be put back. */
async function holdOne(context: StepContext, pair: PairWork): Promise<void> {
  const { access, record } = pair;
  const { limits } = context.operations;
  const old = context.operator(access.old);
  const signal = limitedSignal(context.signal, limits.hold);
  const isFirst = record.heldBefore === null;
  const config = isFirst ? await configurationNow(context, pair) : await old.configuration(signal);
  if (hasStandbyKey(config)) return;
  if (isFirst) {
    record.heldBefore = { readOnly: heldValue(config) };
    await context.save();
  }
  await old.change(heldAs('on'), record.before?.old?.member ?? '', signal);
}

/** The end of the old log, where the new region has all of it: positions compare on one timeline alone. */
function caughtUp({ old, new: young }: PairLook): Look<bigint> {
  const [writer, leader] = [foremost(old), foremost(young)];
  const [end, received] = [writer && endOf(writer), leader && endOf(leader)];
  if (end === undefined || received === undefined)
    return {
      missing: `${end === undefined ? old.site.cluster : young.site.cluster} does not answer`,
    };
  // Of a copy that does not stream the timeline is not known: then its position says nothing.
  if (leader?.answer.receiver?.received_tli !== writer?.answer.writtenTimeline)
    return {
      missing: `${young.site.cluster} does not stream on the timeline of ${old.site.cluster}`,
    };
  const behind = lagBytes(end, received) ?? 0;
  return behind === 0
    ? { found: end }
    : { missing: `${young.site.cluster} is ${formatBytes(behind)} behind` };
}

/** Held: writes are refused, and the copy has all, twice in a row at the same place. */
async function drained(context: StepContext, { access }: PairWork): Promise<void> {
  const { limits } = context.operations;
  let last: bigint | undefined;
  await until(context.signal, { limitMs: limits.hold, everyMs }, async (signal) => {
    const attempt = await attemptWrite(access.old.writePath, context.env, signal);
    if (attempt.outcome === 'accepted') return { missing: `${attempt.detail} still` };
    if (attempt.outcome === 'unknown') throw new StepError(attempt.detail);
    const seen = caughtUp(await context.look(access, signal));
    if ('missing' in seen) return seen;
    const isStill = seen.found === last;
    last = seen.found;
    return isStill ? { found: true } : { missing: 'it still writes to its log' };
  });
}

/** Whether the old region is to serve again for it: not where another process may go on with the execution. */
export function mayTakeBack({ signal }: StepContext, error: unknown): error is Error {
  return !signal.aborted && error instanceof Error && !(error instanceof JournalError);
}

/** How long the new region is asked whether it stands by; one that is dead does not answer. */
const askMs = 3000;

/** @throws StepError where somebody may have promoted it: two regions would take writes */
async function requireStandby(context: StepContext, { access }: PairWork): Promise<void> {
  const found = await context
    .operator(access.new)
    .configuration(AbortSignal.timeout(askMs))
    .catch(() => undefined);
  if (mayBePromoted(context.execution) || (found !== undefined && !hasStandbyKey(found)))
    throw new StepError(
      `${access.new.name} may be promoted: ${access.old.name} is left as it is, for two regions would take writes`,
    );
}

async function serves(context: StepContext, { access }: PairWork, limitMs: number): Promise<void> {
  // What is taken back is taken back wholly, also when the command is to end.
  const { signal: always } = new AbortController();
  await until(always, { limitMs, everyMs }, async (signal) => {
    const { outcome, detail } = await attemptWrite(access.old.writePath, context.env, signal);
    return outcome === 'accepted' ? { found: true } : { missing: detail };
  });
}

async function takeBackOne(context: StepContext, pair: PairWork): Promise<void> {
  const { access, record } = pair;
  if (record.heldBefore === null) return;
  const limitMs = context.operations.limits.demote;
  const old = context.operator(access.old);
  await requireStandby(context, pair);
  const change = {
    ...heldAs(record.heldBefore.readOnly),
    // Also where it seems to have none: members answer with a configuration that is seconds old.
    standby_cluster: null,
    ...withSlotFor(access.new.operations),
  };
  await old.change(change, '', AbortSignal.timeout(limitMs)).catch(async (error: unknown) => {
    // Who may not change it now could not stop it before.
    const { writePath } = access.old;
    const { outcome } = await attemptWrite(writePath, context.env, AbortSignal.timeout(limitMs));
    if (outcome !== 'accepted') throw error;
  });
  await serves(context, pair, limitMs);
}

/** Written down first: whoever goes on from here takes back what was not taken back to its end. */
async function intendTakingBack(context: StepContext, why: string): Promise<void> {
  context.execution.takingBack = why;
  const hold = stepOf(context.execution, 'hold');
  if (hold?.state === 'done') hold.state = 'pending';
  await context.save();
}

function endingOf({ execution: { from, pairs } }: StepContext): string {
  return pairs.every(({ heldBefore }) => heldBefore === null)
    ? `nothing was changed in ${from}, nothing was promoted`
    : `${from} serves again, nothing was promoted`;
}

/**
 * Lets the old region be written to again, and makes sure that it is. @throws TakenBack; StepError where it
 * cannot be, or must not
 */
export async function takeBack(context: StepContext, why: string): Promise<never> {
  const { from } = context.execution;
  await intendTakingBack(context, why);
  context.progress(`taking it back: ${from} is to serve again ...`);
  const failures: string[] = [];
  for (const pair of context.pairs)
    await takeBackOne(context, pair).catch((error: unknown) =>
      failures.push(error instanceof Error ? error.message : String(error)),
    );
  if (failures.length > 0)
    throw new StepError(
      `${why}; ${from} does not serve again: ${failures.join('; ')}; where it is lost, give this up (sensei dr abandon) and fail over out of it`,
    );
  throw new TakenBack(`${why}; ${endingOf(context)}`);
}

/** Stops new writes, and waits until nothing is missing: what is demoted after that loses nothing. */
export async function hold(context: StepContext): Promise<StepOutcome> {
  const { takingBack } = context.execution;
  if (takingBack !== null) await takeBack(context, takingBack);
  try {
    for (const pair of context.pairs) await requireJudgeable(context, pair);
    for (const pair of context.pairs) await holdOne(context, pair);
    context.progress('writes are held; waiting for the copy ...');
    for (const pair of context.pairs) await drained(context, pair);
  } catch (error) {
    if (!mayTakeBack(context, error)) throw error;
    await takeBack(
      context,
      `writes could not be held, or the copy did not catch up: ${error.message}`,
    );
  }
  return done('no write succeeds, and the copy has all');
}
