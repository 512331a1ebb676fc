import { limitedSignal } from '../../collectors/limited-signal.js';
import { mayBePromoted } from '../../failover/execution.js';
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
import { untilStandsBy } from './demote.js';
import { proofAgeMs, tryWrites } from './prove.js';

const everyMs = 200;

/** The one that is asked: the member that leads, which is the one that will be promoted. */
function leaderOf(context: StepContext, { access }: PairWork): Promise<string> {
  const limitMs = context.operations.limits.promote;
  return until(context.signal, { limitMs, everyMs }, async (signal) => {
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

/** Since then the old region may have come back. */
async function proveAgain(context: StepContext, pair: PairWork): Promise<void> {
  context.progress('the proof has grown old: proving again that nothing else writes ...');
  if (context.execution.mode === 'planned') await untilStandsBy(context, pair);
  else await tryWrites(context);
}

/** What other members answer may be some seconds old. */
async function untilAway(context: StepContext, { access }: PairWork): Promise<void> {
  const limitMs = context.operations.limits.promote;
  await until(context.signal, { limitMs, everyMs }, async (signal) =>
    hasStandbyKey(await context.operator(access.new).configuration(signal))
      ? { missing: `${access.new.name} took the change, and has standby_cluster still` }
      : { found: true },
  );
}

function limited({ signal, operations }: StepContext): AbortSignal {
  return limitedSignal(signal, operations.limits.promote);
}

async function promoteOne(
  context: StepContext,
  pair: PairWork,
  isProofOld: () => boolean,
): Promise<string> {
  const { access, record } = pair;
  const young = context.operator(access.new);
  const config = await young.configuration(limited(context));
  if (!hasStandbyKey(config)) {
    if (record.promoted !== null) return `${access.new.name} was promoted already`;
    throw new StepError(`${access.new.name} is no standby cluster: somebody else promoted it`);
  }
  const leader = await leaderOf(context, pair);
  if (isProofOld()) await proveAgain(context, pair);
  record.promoted ??= {
    askedMs: nowMs(context),
    seenMs: null,
    member: null,
    timeline: null,
    lsn: null,
  };
  await context.save();
  await young.change(changeOf(context, pair, config), leader, limited(context));
  await untilAway(context, pair);
  return `${access.new.name}: standby_cluster taken away, through ${leader}`;
}

/** Takes `standby_cluster` away: Patroni promotes the standby leader. */
export async function promote(context: StepContext): Promise<StepOutcome> {
  const said: string[] = [];
  const { clock } = context.env;
  const provedMs = clock.now().monoMs;
  // Of another run of the command, or of what was waited for since.
  const isOfAnotherRun = mayBePromoted(context.execution);
  const isProofOld = () => isOfAnotherRun || clock.now().monoMs - provedMs > proofAgeMs;
  for (const pair of context.pairs) said.push(await promoteOne(context, pair, isProofOld));
  return done(said.join('; '));
}
