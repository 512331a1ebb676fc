import { setTimeout as sleep } from 'node:timers/promises';
import { parseLsn } from '../../collectors/sql/lsn.js';
import { foremost, standingOf, endOf } from '../databases.js';
import { done, StepError, type PairWork, type StepContext, type StepOutcome } from '../step.js';
import { requireRunning, until } from '../waiting.js';
import { attemptWrite, type Attempt } from '../write-path.js';
import { refreshAcknowledged } from './freeze.js';

const everyMs = 250;
/** What was proved longer ago is proved again before anything rests on it, in milliseconds. */
export const proofAgeMs = 5000;

/** Tries every way into the old region at once. @throws StepError where one lets a write through */
async function tryAll(context: StepContext): Promise<Attempt[]> {
  const targets = context.pairs.flatMap(({ access: { old } }) => [old.writePath, ...old.direct]);
  const attempts = await Promise.all(
    targets.map((target) => attemptWrite(target, context.env, context.signal)),
  );
  const open = attempts.filter(({ outcome }) => outcome === 'accepted');
  if (open.length > 0)
    throw new StepError(
      `${open.map(({ detail }) => detail).join('; ')}: ${context.execution.from} is not fenced; fence it, then resume`,
    );
  const doubtful = attempts.find(({ outcome }) => outcome === 'unknown');
  if (doubtful !== undefined)
    throw new StepError(`cannot tell whether ${doubtful.way} takes writes: ${doubtful.detail}`);
  return attempts;
}

/** What was received is replayed before the new region is asked for its newest heartbeat. */
async function readCopy(context: StepContext, pair: PairWork): Promise<void> {
  const { access, record } = pair;
  const limitMs = context.operations.limits.promote;
  record.copy = await until(context.signal, { limitMs, everyMs }, async (signal) => {
    const look = await context.look(access, signal);
    const leader = foremost(look.new);
    if (leader === undefined) return { missing: `${access.new.name} does not answer` };
    const [end, replayed] = [endOf(leader), parseLsn(leader.answer.replayLsn)];
    // A log that was cut off ends within a record, which is never replayed.
    const waiting = end === undefined || replayed === undefined ? 0n : end - replayed;
    const found = standingOf(leader, access.lag.writer, look.atMs, replayed);
    return waiting <= 65_536n ? { found } : { missing: `${access.new.name} still replays` };
  });
  await refreshAcknowledged(context, pair);
}

function countOf(attempts: readonly Attempt[], outcome: Attempt['outcome']): number {
  return attempts.filter((attempt) => attempt.outcome === outcome).length;
}

/**
 * Tries to write in the old region for as long as the operations file says. @throws StepError where that
 * succeeds, or cannot be told
 */
export async function tryWrites(context: StepContext): Promise<Attempt[]> {
  const { fenceProof } = context.operations.limits;
  const { clock } = context.env;
  const endMs = clock.now().monoMs + fenceProof;
  const attempts: Attempt[] = [];
  do {
    attempts.push(...(await tryAll(context)));
    requireRunning(context.signal);
    await sleep(everyMs, undefined, { signal: context.signal }).catch(() => undefined);
  } while (clock.now().monoMs < endMs);
  return attempts;
}

/** Proves that no write succeeds in the old region. */
export async function prove(context: StepContext): Promise<StepOutcome> {
  const { clock } = context.env;
  const attempts = await tryWrites(context);
  const triedMs = clock.now().monoMs;
  for (const pair of context.pairs) await readCopy(context, pair);
  if (clock.now().monoMs - triedMs > proofAgeMs) attempts.push(...(await tryWrites(context)));
  await context.save();
  const silent = countOf(attempts, 'silent');
  const words = `${attempts.length} writes tried in ${context.execution.from}, ${countOf(attempts, 'refused')} refused`;
  return silent === 0
    ? done(words)
    : done(`${words}, ${silent} without an answer`, [
        'what gives no answer here may be reached from elsewhere: the proof rests on the fence',
      ]);
}
