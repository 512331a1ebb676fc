import { limitedSignal } from '../../collectors/limited-signal.js';
import { parseLsn } from '../../collectors/sql/lsn.js';
import type { Standing } from '../../failover/execution.js';
import { endOf, foremost, standingOf, type PairLook } from '../databases.js';
import { hasStandbyKey, primariesOf, standbyLeadersOf, toStandby } from '../standby.js';
import { done, StepError, type PairWork, type StepContext, type StepOutcome } from '../step.js';
import { until, type Look } from '../waiting.js';
import { rolesOf } from '../words.js';
import { mayTakeBack, takeBack } from './hold.js';

const everyMs = 200;

async function ask(context: StepContext, { access, record }: PairWork): Promise<void> {
  const old = context.operator(access.old);
  const signal = limitedSignal(context.signal, context.operations.limits.demote);
  const config = await old.configuration(signal);
  if (hasStandbyKey(config)) return;
  const change = toStandby(config, access.old.operations, access.new.operations);
  await old.change(change, record.before?.old?.member ?? '', signal);
}

/** Every member that answers stands by, and the one that wrote is among them: it has the end of the log. */
async function standsBy(
  context: StepContext,
  { access, record }: PairWork,
  signal: AbortSignal,
): Promise<Look<PairLook>> {
  const snapshot = await context.operator(access.old).look(signal);
  if (primariesOf(snapshot).length > 0 || standbyLeadersOf(snapshot).length !== 1)
    return { missing: `${access.old.name}: ${rolesOf(snapshot)}` };
  const look = await context.look(access, signal);
  if (look.old.writers.length > 0)
    return { missing: `${look.old.writers.join(', ')} of ${access.old.name} takes writes` };
  const writer = record.before?.old?.member;
  return writer === undefined || look.old.answered.some(({ member }) => member === writer)
    ? { found: look }
    : { missing: `${writer} of ${access.old.name}, which wrote, does not answer` };
}

/** Of a standby only what it replayed is sure to be whole. */
function oldEnd({ old, atMs }: PairLook, writer: string, before: string | undefined) {
  const member = old.answered.find((each) => each.member === before) ?? foremost(old);
  if (member === undefined) return null;
  return standingOf(member, writer, atMs, parseLsn(member.answer.replayLsn));
}

function newEnd({ new: young, atMs }: PairLook, writer: string) {
  const leader = foremost(young);
  return leader === undefined ? null : standingOf(leader, writer, atMs, endOf(leader));
}

/**
 * Whether the new region has all that was committed in the old one. Both were on one timeline when writes were
 * held; a server that stands by and receives nothing knows its own only from its last checkpoint.
 */
function isWhole(end: Standing, copy: Standing): boolean {
  const [there, here] = [parseLsn(end.lsn), parseLsn(copy.lsn)];
  if (there === undefined || here === undefined) return false;
  // Behind the last commit there may be what the server writes for itself alone.
  const isSameCommit = end.lastCommitMs !== null && end.lastCommitMs === copy.lastCommitMs;
  return here >= there || isSameCommit;
}

async function compare(context: StepContext, pair: PairWork, look: PairLook): Promise<void> {
  const { access, record } = pair;
  const { writer } = access.lag;
  record.end = oldEnd(look, writer, record.before?.old?.member);
  record.copy = newEnd(look, writer);
  record.isProvedWhole =
    record.end !== null && record.copy !== null && isWhole(record.end, record.copy);
  await context.save();
  if (record.isProvedWhole) return;
  const words = `${access.old.name} ends at ${record.end?.lsn ?? 'an unknown place'}, ${access.new.name} at ${record.copy?.lsn ?? 'an unknown place'}`;
  throw new StepError(`the copy was not proved to have all: ${words}`);
}

/** Waits until it is so. @throws StepError when it is not */
export function untilStandsBy(context: StepContext, pair: PairWork): Promise<PairLook> {
  const limitMs = context.operations.limits.demote;
  return until(context.signal, { limitMs, everyMs }, (signal) => standsBy(context, pair, signal));
}

async function demoteOne(context: StepContext, pair: PairWork): Promise<void> {
  await ask(context, pair);
  context.progress(`${pair.access.old.name} is to stand by ...`);
  const look = await untilStandsBy(context, pair);
  await compare(context, pair, look);
}

/** Makes the old region stand by, and proves that the new one has all that it committed. */
export async function demote(context: StepContext): Promise<StepOutcome> {
  try {
    for (const pair of context.pairs) await demoteOne(context, pair);
  } catch (error) {
    if (!mayTakeBack(context, error)) throw error;
    await takeBack(context, error.message);
  }
  const ends = context.pairs.map(
    ({ access, record }) =>
      `${access.old.name} stands by, its log ends at ${record.end?.lsn ?? ''}`,
  );
  return done(`${ends.join('; ')}; the copy has all`);
}
