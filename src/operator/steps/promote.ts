import type { DynamicConfig } from '../cluster-operator.js';
import {
  hasStandbyKey,
  isSynchronous,
  standbyLeadersOf,
  toPrimary,
  withSlotFor,
} from '../standby.js';
import {
  done,
  nowMs,
  StepError,
  type PairWork,
  type StepContext,
  type StepOutcome,
} from '../step.js';
import { until } from '../waiting.js';
import { rolesOf } from '../words.js';

const everyMs = 200;

/** The one that is asked: the member that leads, which is the one that will be promoted. */
function leaderOf(context: StepContext, { access }: PairWork, limit: AbortSignal): Promise<string> {
  const limitMs = context.operations.limits.promote;
  return until(AbortSignal.any([context.signal, limit]), { limitMs, everyMs }, async (signal) => {
    const snapshot = await context.operator(access.new).look(signal);
    const [leader, ...others] = standbyLeadersOf(snapshot);
    return leader === undefined || others.length > 0
      ? { missing: `${access.new.name} has no standby leader that runs (${rolesOf(snapshot)})` }
      : { found: leader };
  });
}

/**
 * The slot of a region that is dead would keep the log for ever: it gets one when it comes back. A standby
 * cluster commits nothing, and often has no synchronous mode: the one that serves has what the platform says.
 */
function changeOf(
  { execution, config }: StepContext,
  { access }: PairWork,
  found: DynamicConfig,
): DynamicConfig {
  const synchronous = config.postgresql?.replication?.numSynchronousReplicas ?? 0;
  return {
    ...toPrimary(found),
    ...(execution.mode === 'planned' && withSlotFor(access.old.operations)),
    ...(synchronous > 0 && !isSynchronous(found) && { synchronous_mode: true }),
  };
}

/** A member answers with the configuration as it last saw it: a loop behind what another took on. */
async function keyIsGone(context: StepContext, { access }: PairWork): Promise<void> {
  const limitMs = context.operations.limits.promote;
  await until(context.signal, { limitMs, everyMs }, async (signal) => {
    const config = await context.operator(access.new).configuration(signal);
    return hasStandbyKey(config)
      ? { missing: `${access.new.name} took the change, and has standby_cluster still` }
      : { found: true };
  });
}

async function isStandby(context: StepContext, { access }: PairWork): Promise<boolean> {
  return hasStandbyKey(await context.operator(access.new).configuration(context.signal));
}

async function promoteOne(context: StepContext, pair: PairWork): Promise<string> {
  const { access, record } = pair;
  if (!(await isStandby(context, pair))) {
    if (record.promoted !== null) return `${access.new.name} was promoted already`;
    throw new StepError(`${access.new.name} is no standby cluster: somebody else promoted it`);
  }
  const limit = AbortSignal.timeout(context.operations.limits.promote);
  const leader = await leaderOf(context, pair, limit);
  record.promoted ??= {
    askedMs: nowMs(context),
    seenMs: null,
    member: null,
    timeline: null,
    lsn: null,
  };
  await context.save();
  const signal = AbortSignal.any([context.signal, limit]);
  const young = context.operator(access.new);
  await young.change(changeOf(context, pair, await young.configuration(signal)), leader, signal);
  await keyIsGone(context, pair);
  return `${access.new.name}: standby_cluster taken away, through ${leader}`;
}

/** Takes `standby_cluster` away: Patroni promotes the standby leader. */
export async function promote(context: StepContext): Promise<StepOutcome> {
  const said: string[] = [];
  for (const pair of context.pairs) said.push(await promoteOne(context, pair));
  return done(said.join('; '));
}
