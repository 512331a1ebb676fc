import { limitedSignal } from '../../collectors/limited-signal.js';
import { parseLsn } from '../../collectors/sql/lsn.js';
import { timelineOf } from '../../collectors/sql/member.js';
import { lossesOf } from '../../failover/loss.js';
import type { Standing } from '../../failover/execution.js';
import { endOf, foremost, standingOf, type PairLook } from '../databases.js';
import type { ClusterAccess, PairAccess } from '../region-access.js';
import { isStandbyOf, isUp, toStandby, withSlotFor } from '../standby.js';
import {
  done,
  skipped,
  StepError,
  type PairWork,
  type StepContext,
  type StepOutcome,
} from '../step.js';
import { until, type Look } from '../waiting.js';
import { rolesOf } from '../words.js';
import { attemptWrite } from '../write-path.js';
import { followsNow } from './follow.js';
import { runHooks } from './hooks.js';

const everyMs = 500;

/**
 * A region that came back by itself made itself a primary, on a timeline of the number that the other one took:
 * Patroni would take the two for one, and it would never follow.
 */
function requireOwnHistory(access: PairAccess, { old, new: young }: PairLook): void {
  const [primary, own] = [foremost(old), foremost(young)];
  if (own === undefined || own.answer.inRecovery || primary === undefined) return;
  if ((timelineOf(own.answer) ?? 0) < (timelineOf(primary.answer) ?? 0)) return;
  throw new StepError(
    `${own.member} of ${access.new.name} made itself a primary, on timeline ${timelineOf(own.answer) ?? 'unknown'}: ` +
      `stop it, and start it as a standby of nobody (docs/failover.md), or make its data anew`,
  );
}

/** Starts the region again, behind its fence, and waits until Patroni answers. */
export async function rejoin(context: StepContext): Promise<StepOutcome> {
  const { to } = context.execution;
  const ran = await runHooks(context, 'rejoin', to);
  const limitMs = context.operations.limits.follow;
  for (const { access } of context.pairs) {
    await until(context.signal, { limitMs, everyMs }, async (signal) => {
      const { members, config } = await context.operator(access.new).look(signal);
      const isThere = members.some(({ status }) => status !== undefined) && config !== undefined;
      return isThere ? { found: true } : { missing: `${access.new.name} does not answer` };
    });
    requireOwnHistory(access, await context.look(access));
    const attempt = await attemptWrite(access.new.writePath, context.env, context.signal);
    if (attempt.outcome === 'unknown')
      throw new StepError(`cannot tell whether ${attempt.way} takes writes: ${attempt.detail}`);
    if (attempt.outcome === 'accepted')
      throw new StepError(
        `${attempt.detail} beside ${access.old.name}: fence ${to}, so that nobody writes there, then resume`,
      );
  }
  return done(
    `${to} answers, and its write path is closed${ran.state === 'done' ? `; ${ran.detail}` : ''}`,
  );
}

/** Where the lost region's log ends: on the timeline that it had, before it is made to follow. */
async function endOfLost(
  context: StepContext,
  { access }: PairWork,
): Promise<Standing | undefined> {
  const limitMs = Math.min(context.operations.limits.follow, 60_000);
  const primaryTimeline = ({ old }: PairLook) => {
    const primary = old.answered.find(({ answer }) => !answer.inRecovery);
    return primary === undefined ? undefined : timelineOf(primary.answer);
  };
  return until(context.signal, { limitMs, everyMs }, async (signal) => {
    const look = await context.look(access, signal);
    const member = foremost(look.new);
    const [theirs, own] = [primaryTimeline(look), member && timelineOf(member.answer)];
    if (member === undefined || theirs === undefined || own === undefined)
      return { missing: `${access.new.name} or ${access.old.name} does not answer` };
    if (own >= theirs) return { found: undefined };
    // A standby has not the end of its log before all of it is replayed.
    const end = member.answer.inRecovery ? parseLsn(member.answer.replayLsn) : endOf(member);
    return { found: standingOf(member, access.lag.writer, look.atMs, end) };
  }).catch((error: unknown) => {
    if (context.signal.aborted || !(error instanceof StepError)) throw error;
    return undefined;
  });
}

/** Reads what the failover lost, while it is still there: what follows is overwritten. */
export async function salvage(context: StepContext): Promise<StepOutcome> {
  const before = await context.lastOutOf(context.execution.to);
  if (before === undefined) return skipped('no failover out of it is in the journal');
  for (const pair of context.pairs) {
    const record = before.pairs.find(({ name }) => name === pair.access.name);
    if (record === undefined || record.end !== null) continue;
    record.end = (await endOfLost(context, pair)) ?? null;
  }
  await context.saveOther(before);
  const losses = lossesOf(before);
  if (losses.some(({ isProvisional }) => isProvisional))
    return done(`of failover ${before.id} it stays provisional what was lost`, [
      `${context.execution.to} follows already: what it had that was lost can no longer be read`,
    ]);
  const words = losses.map(
    ({ pair, heartbeats, bytesAtMost }) =>
      `${pair}: ${heartbeats ?? 'an unknown number of'} heartbeats and at most ${bytesAtMost ?? 'an unknown number of'} bytes were lost`,
  );
  return done(`failover ${before.id}: ${words.join('; ')}`);
}

async function restrainOne(context: StepContext, { access }: PairWork): Promise<string> {
  const limit = limitedSignal(context.signal, context.operations.limits.demote);
  const [young, old] = [context.operator(access.new), context.operator(access.old)];
  // The slot is there before somebody asks for it.
  const slot = withSlotFor(access.new.operations);
  if (Object.keys(slot).length > 0) await old.change(slot, '', limit);
  const config = await young.configuration(limit);
  if (!isStandbyOf(config, access.new.operations))
    await young.change(toStandby(config, access.new.operations, access.old.operations), '', limit);
  const limitMs = context.operations.limits.follow;
  const look = async (signal: AbortSignal) => {
    const found = await context.look(access, signal);
    return { own: found.new, other: found.old };
  };
  context.progress(`${access.new.name} is to follow ${access.old.name} ...`);
  return until(context.signal, { limitMs, everyMs }, async (signal) => {
    const found = await followsNow(context, access.new, look, signal);
    return 'missing' in found ? found : allRun(context, access.new, found.found, signal);
  });
}

/** A region that comes back is one again when all of it is back: its replicas are rewound after its leader. */
async function allRun(
  context: StepContext,
  cluster: ClusterAccess,
  words: string,
  signal: AbortSignal,
): Promise<Look<string>> {
  const snapshot = await context.operator(cluster).look(signal);
  const away = snapshot.members.filter(({ status }) => status === undefined || !isUp(status.state));
  return away.length === 0
    ? { found: words }
    : { missing: `${cluster.name}: ${rolesOf(snapshot)}` };
}

/** Makes the region that comes back a copy of the one that serves. */
export async function restrain(context: StepContext): Promise<StepOutcome> {
  const said: string[] = [];
  for (const pair of context.pairs) said.push(await restrainOne(context, pair));
  return done(said.join('; '));
}
