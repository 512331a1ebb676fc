import { lagBytes } from '../../collectors/sql/lsn.js';
import { formatBytes } from '../../report/figures.js';
import { endOf, foremost, type PairLook } from '../databases.js';
import { hasStandbyKey, heldAs, heldValue, withSlotFor } from '../standby.js';
import {
  done,
  StepError,
  TakenBack,
  type PairWork,
  type StepContext,
  type StepOutcome,
} from '../step.js';
import { until, type Look } from '../waiting.js';
import { attemptWrite } from '../write-path.js';

const everyMs = 200;

/** What the old region had there is kept first: it must be put back. */
async function holdOne(context: StepContext, { access, record }: PairWork): Promise<void> {
  const { limits } = context.operations;
  const old = context.operator(access.old);
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limits.hold)]);
  const config = await old.configuration(signal);
  if (hasStandbyKey(config)) return;
  if (record.heldBefore === null) {
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

/** Lets the old region be written to again, and makes sure that it is. @throws TakenBack */
export async function takeBack(context: StepContext, why: string): Promise<never> {
  context.progress('taking it back: the old region serves again ...');
  for (const { access, record } of context.pairs) {
    const old = context.operator(access.old);
    const signal = AbortSignal.timeout(context.operations.limits.demote);
    const config = await old.configuration(signal);
    const change = {
      ...heldAs(record.heldBefore?.readOnly ?? null),
      ...(hasStandbyKey(config) && { standby_cluster: null }),
      ...withSlotFor(access.new.operations),
    };
    await old.change(change, '', signal);
  }
  throw new TakenBack(`${why}; ${context.execution.from} serves again, nothing was promoted`);
}

/** Stops new writes, and waits until nothing is missing: what is demoted after that loses nothing. */
export async function hold(context: StepContext): Promise<StepOutcome> {
  for (const pair of context.pairs) await holdOne(context, pair);
  context.progress('writes are held; waiting for the copy ...');
  try {
    for (const pair of context.pairs) await drained(context, pair);
  } catch (error) {
    if (context.signal.aborted || !(error instanceof StepError)) throw error;
    await takeBack(
      context,
      `writes could not be held, or the copy did not catch up: ${error.message}`,
    );
  }
  return done('no write succeeds, and the copy has all');
}
