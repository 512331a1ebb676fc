import { limitedSignal } from '../../collectors/limited-signal.js';
import { isStreaming, timelineOf } from '../../collectors/sql/member.js';
import { endOf, type PairLook } from '../databases.js';
import type { ClusterAccess } from '../region-access.js';
import { heldAs, isHeld, primariesOf, standbyLeadersOf } from '../standby.js';
import { done, type PairWork, type StepContext, type StepOutcome } from '../step.js';
import { until, type Look } from '../waiting.js';
import { rolesOf } from '../words.js';

const everyMs = 500;

/** Whether every member of a cluster stands by, and its leader streams on the timeline of the other. */
export async function followsNow(
  context: StepContext,
  cluster: ClusterAccess,
  look: (signal: AbortSignal) => Promise<{
    readonly own: PairLook['old'];
    readonly other: PairLook['old'];
  }>,
  signal: AbortSignal,
): Promise<Look<string>> {
  const snapshot = await context.operator(cluster).look(signal);
  const [leader] = standbyLeadersOf(snapshot);
  if (leader === undefined || primariesOf(snapshot).length > 0)
    return { missing: `${cluster.name}: ${rolesOf(snapshot)}` };
  const { own, other } = await look(signal);
  const primary = other.answered.find(({ answer }) => !answer.inRecovery);
  const copy = own.answered.find(({ member }) => member === leader);
  if (primary === undefined || copy === undefined)
    return {
      missing: `${primary === undefined ? other.site.cluster : `${cluster.name}/${leader}`} does not answer`,
    };
  if (!isStreaming(copy.answer))
    return { missing: `${cluster.name}/${leader} does not stream yet` };
  const [there, here] = [timelineOf(primary.answer), timelineOf(copy.answer)];
  // A region that promoted itself may be on a timeline of the same number, which is another one.
  if ((endOf(copy) ?? 0n) > (endOf(primary) ?? 0n))
    return { missing: `${cluster.name}/${leader} is ahead of ${other.site.cluster}` };
  return there === here
    ? { found: `${cluster.name}/${leader} streams on timeline ${here ?? 'unknown'}` }
    : {
        missing: `${cluster.name}/${leader} is on timeline ${here ?? 'unknown'}, not ${there ?? 'unknown'}`,
      };
}

/** What was held for the failover is let go, for the day when it is promoted again. */
async function letGo(context: StepContext, { access, record }: PairWork): Promise<void> {
  const old = context.operator(access.old);
  const signal = limitedSignal(context.signal, 30_000);
  if (record.heldBefore === null || !isHeld(await old.configuration(signal))) return;
  await old.change(heldAs(record.heldBefore.readOnly), '', signal);
}

async function followOne(context: StepContext, pair: PairWork): Promise<string> {
  const { access } = pair;
  const limitMs = context.operations.limits.follow;
  const look = async (signal: AbortSignal) => {
    const { old, new: young } = await context.look(access, signal);
    return { own: old, other: young };
  };
  const found = await until(context.signal, { limitMs, everyMs }, (signal) =>
    followsNow(context, access.old, look, signal),
  );
  await letGo(context, pair);
  return found;
}

/** Waits until the region that was demoted is a copy of the new one: a way back. */
export async function follow(context: StepContext): Promise<StepOutcome> {
  const said: string[] = [];
  for (const pair of context.pairs) said.push(await followOne(context, pair));
  return done(said.join('; '));
}
