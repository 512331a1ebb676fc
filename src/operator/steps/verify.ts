import { limitedSignal } from '../../collectors/limited-signal.js';
import { parseLsn } from '../../collectors/sql/lsn.js';
import { timelineOf } from '../../collectors/sql/member.js';
import { foremost, lsnText } from '../databases.js';
import { primariesOf } from '../standby.js';
import {
  done,
  nowMs,
  StepError,
  type PairWork,
  type StepContext,
  type StepOutcome,
} from '../step.js';
import { until, type Look } from '../waiting.js';
import { rolesOf, took } from '../words.js';
import { beatOnce } from '../write-path.js';

const beatEveryMs = 20;
const lookEveryMs = 100;

/**
 * Writes until one is committed and read back. The last that was refused says since when it may have worked;
 * one that hung says nothing: others may have been let through.
 */
async function firstBeat(
  context: StepContext,
  { access, record }: PairWork,
  running: AbortSignal,
): Promise<void> {
  if (record.written !== null) return;
  let lastFailedMs: number | null = null;
  let hasHung = false;
  const limitMs = context.operations.limits.verify;
  record.written = await until(running, { limitMs, everyMs: beatEveryMs }, async (signal) => {
    const beat = await beatOnce(access.new.writePath, context.env, signal);
    if (beat.ok) return { found: { lastFailedMs, begunMs: beat.begunMs, endedMs: beat.endedMs } };
    hasHung ||= !beat.isRefused;
    if (!hasHung) lastFailedMs = beat.begunMs;
    return { missing: beat.message };
  });
}

/** One primary, and it is on a timeline of its own. */
async function lookForPrimary(
  context: StepContext,
  { access, record }: PairWork,
  signal: AbortSignal,
): Promise<Look<{ member: string; timeline: number }>> {
  const snapshot = await context.operator(access.new).look(signal);
  const [primary, ...others] = primariesOf(snapshot);
  if (primary === undefined || others.length > 0)
    return { missing: `${access.new.name}: ${rolesOf(snapshot)}` };
  const { promoted } = record;
  if (promoted !== null) promoted.seenMs ??= nowMs(context);
  const look = await context.look(access, signal);
  const leader = foremost(look.new);
  const timeline = leader === undefined ? undefined : timelineOf(leader.answer);
  const before = record.before?.new?.timeline ?? 0;
  if (leader === undefined || !look.new.writers.includes(primary) || look.new.writers.length !== 1)
    return { missing: `${access.new.name}: ${look.new.writers.length} of its servers take writes` };
  if (look.old.writers.length > 0)
    throw new StepError(
      `${look.old.writers.join(', ')} of ${access.old.name} takes writes beside ${access.new.name}: fence ${access.old.region} at once, then resume`,
    );
  return timeline === undefined || timeline <= before
    ? { missing: `${primary} is on timeline ${timeline ?? 'unknown'}, ${before} was before` }
    : { found: { member: primary, timeline } };
}

/** Where the new timeline left the old one: what the old region has beyond it is lost. */
async function switchLsn(context: StepContext, { access, record }: PairWork, timeline: number) {
  const signal = limitedSignal(context.signal, 5000);
  const rows = await context
    .operator(access.new)
    .history(signal)
    .catch(() => []);
  const row = rows.find((each) => each.timeline === timeline - 1);
  return lsnText(row?.lsn ?? parseLsn(record.copy?.lsn));
}

/** At one time; where one fails the other is ended too. */
async function writeAndLook(context: StepContext, pair: PairWork) {
  const stop = new AbortController();
  const running = AbortSignal.any([context.signal, stop.signal]);
  const limitMs = context.operations.limits.verify;
  const writing = firstBeat(context, pair, running);
  const looking = until(running, { limitMs, everyMs: lookEveryMs }, (signal) =>
    lookForPrimary(context, pair, signal),
  );
  try {
    const [found] = await Promise.all([looking, writing]);
    return found;
  } finally {
    stop.abort();
    await Promise.allSettled([looking, writing]);
  }
}

async function verifyOne(context: StepContext, pair: PairWork): Promise<string> {
  const { access, record } = pair;
  const { member, timeline } = await writeAndLook(context, pair);
  if (record.promoted !== null) {
    record.promoted.member = member;
    record.promoted.timeline = timeline;
    record.promoted.lsn = await switchLsn(context, pair, timeline);
  }
  const { promoted, written } = record;
  const since =
    promoted === null || written === null
      ? ''
      : `, ${took(promoted.askedMs, written.endedMs)} after it was asked to`;
  return `${access.new.name}: ${member} is the primary on timeline ${timeline}; a heartbeat was committed and read back${since}`;
}

/** The proof that the new region serves: a role is none, a write is. */
export async function verify(context: StepContext): Promise<StepOutcome> {
  const said: string[] = [];
  for (const pair of context.pairs) said.push(await verifyOne(context, pair));
  await context.save();
  return done(said.join('; '));
}
