import type { Span } from '../collectors/contract.js';
import { newestHeartbeat } from '../collectors/lag/samples.js';
import type { LagView } from '../collectors/lag/view.js';
import { lagBytes, parseLsn } from '../collectors/sql/lsn.js';
import { isStreaming, timelineOf, type Answered } from '../collectors/sql/member.js';
import { passedAtMs } from '../collectors/sql/primary-track.js';
import { formatBytes, formatDuration } from '../report/figures.js';
import type { DrEvidence } from './evidence.js';
import { fail, pass, unknown, type Finding } from './gates.js';
import { ofEach, ofLeader, type Pair } from './pairs.js';

/** What bounds the loss, as time. */
interface Bound {
  /** Undefined where nothing bounds it. */
  readonly atMostMs: number | undefined;
  readonly source: string;
}

/** What would be lost. */
interface Loss extends Bound {
  readonly atLeastMs: number;
  readonly bytes: number | undefined;
}

function received({ answer }: Answered): bigint | undefined {
  const positions = [answer.receiveLsn, answer.replayLsn].flatMap((text) => parseLsn(text) ?? []);
  return positions.reduce<bigint | undefined>(
    (furthest, each) => (furthest === undefined || each > furthest ? each : furthest),
    undefined,
  );
}

/** Positions compare on one timeline of one database alone. */
function behindBytes(leader: Answered, primary: Answered | undefined): number | undefined {
  if (primary === undefined || timelineOf(leader.answer) !== timelineOf(primary.answer))
    return undefined;
  if (leader.answer.systemIdentifier !== primary.answer.systemIdentifier) return undefined;
  return lagBytes(parseLsn(primary.answer.currentLsn), received(leader));
}

/** How long ago all that the copy has received was all that there was; undefined where nothing tells. */
function receivedMs(leader: Answered, { track }: LagView, { endedAt }: Span): number | undefined {
  const timeline = timelineOf(leader.answer);
  const passedMs = passedAtMs(track, { timeline, lsn: received(leader) });
  return passedMs === undefined ? undefined : endedAt.monoMs - passedMs;
}

/** What the newest heartbeats tell: what is older is there, and what came since is not known to be. */
function boundByHeartbeat(
  view: LagView,
  atMs: number,
): (Bound & { readonly atLeastMs: number }) | undefined {
  const here = newestHeartbeat(view, view.copy);
  if (here === undefined) return undefined;
  const there = newestHeartbeat(view, view.source) ?? here;
  return {
    atLeastMs: Math.max(0, (there.written_at - here.written_at) * 1000),
    atMostMs: Math.max(0, atMs - here.written_at * 1000),
    source: `heartbeat ${here.seq} in ${view.copy.site.cluster}`,
  };
}

/** A receiver that is down proves nothing, also where the positions are equal. */
function boundByPosition(leader: Answered, pair: Pair, view: LagView): Bound {
  const bytes = isStreaming(leader.answer) ? behindBytes(leader, view.primary) : undefined;
  const sinceMs = bytes === undefined ? undefined : receivedMs(leader, view, pair.span);
  return {
    atMostMs: bytes === 0 ? 0 : sinceMs,
    source: `log position of ${view.copy.site.cluster}/${leader.member}`,
  };
}

/** Where a line is cut the log ends within a record, which is never replayed: so much is no backlog. */
const cutRecordBytes = 65_536;

/** Heartbeats are seen once they are replayed: what only waits for that is not lost. */
function isReplayed(leader: Answered): boolean {
  if (leader.answer.replayPaused === true) return false;
  const waiting = lagBytes(received(leader), parseLsn(leader.answer.replayLsn));
  return waiting !== undefined && waiting <= cutRecordBytes;
}

/** The one that bounds it closest. */
function lossOf(leader: Answered, pair: Pair, view: LagView): Loss {
  const bytes = behindBytes(leader, view.primary);
  const byPosition = boundByPosition(leader, pair, view);
  const byHeartbeat = boundByHeartbeat(view, pair.span.endedAt.wallMs);
  const { atMostMs } = byPosition;
  const isCloser = atMostMs !== undefined && atMostMs <= (byHeartbeat?.atMostMs ?? Infinity);
  const closest = isCloser ? byPosition : (byHeartbeat ?? byPosition);
  const atLeastMs = isReplayed(leader) ? (byHeartbeat?.atLeastMs ?? 0) : 0;
  return { ...closest, atLeastMs: Math.min(atLeastMs, closest.atMostMs ?? Infinity), bytes };
}

function amountOf({ atLeastMs, atMostMs }: Loss, rpoMs: number): string {
  if (atMostMs === undefined) return 'an unknown time';
  if (atMostMs === 0) return 'nothing';
  return atLeastMs > rpoMs
    ? `at least ${formatDuration(atLeastMs, 'down')}`
    : `at most ${formatDuration(atMostMs, 'up')}`;
}

function lossWords(loss: Loss, rpoMs: number): string {
  const { bytes } = loss;
  const behind = bytes === undefined ? '' : `, ${formatBytes(bytes)} behind`;
  return `${amountOf(loss, rpoMs)}${behind} (RPO ${formatDuration(rpoMs)})`;
}

function notBounded({ source }: Loss, words: string, { other }: Pair, view: LagView): Finding {
  return view.primary === undefined
    ? unknown(
        `${words}; ${other.site.cluster} does not tell what it wrote since`,
        source,
        'Find out when the primary wrote last: nothing that came later was received.',
      )
    : unknown(
        words,
        source,
        'Let an exporter with a write canary run: its heartbeats tell how old the copy is.',
      );
}

function findPosition(pair: Pair): Finding {
  const { rpoMs } = pair.evidence;
  return ofLeader(pair, (leader, view) => {
    const loss = lossOf(leader, pair, view);
    const { atLeastMs, atMostMs = Infinity, source } = loss;
    const words = lossWords(loss, rpoMs);
    if (atMostMs <= rpoMs) return pass(words, source);
    if (atLeastMs <= rpoMs) return notBounded(loss, words, pair, view);
    const advice = 'Let the copy catch up; go on without only where that much may be lost.';
    return fail(words, source, advice);
  });
}

export function receivedPosition(evidence: DrEvidence): Finding {
  return ofEach(evidence, findPosition);
}
