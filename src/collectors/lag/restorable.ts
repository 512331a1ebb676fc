import type { Span } from '../contract.js';
import { parseLsn } from '../sql/lsn.js';
import { isSameDatabase, isStreaming, timelineOf } from '../sql/member.js';
import { passedAtMs } from '../sql/primary-track.js';
import type { LagView } from './view.js';

/** The newest point that the copy could be promoted at. */
export interface Restorable {
  /** Unix milliseconds, by the exporter's clock. */
  readonly newestMs: number;
  readonly source: string;
}

/** The newest heartbeat that any member of the copy has replayed. */
function byHeartbeat({ target, copy }: LagView): Restorable | undefined {
  const found = copy.answered
    .filter(({ answer }) => answer.inRecovery)
    .flatMap(({ member, heartbeats }) =>
      heartbeats
        .filter(({ writer }) => writer === target.writer)
        .map(({ seq, written_at: writtenAt }) => ({
          newestMs: writtenAt * 1000,
          source: `heartbeat ${seq} on ${copy.site.cluster}/${member}`,
        })),
    );
  return found.toSorted((a, b) => b.newestMs - a.newestMs)[0];
}

/**
 * By positions alone: when the primary was last seen at or below what the standby leader has replayed.
 * A receiver that is down proves nothing new, also where the positions are equal.
 */
function byPosition({ copy, primary, leader, track }: LagView, span: Span): Restorable | undefined {
  if (leader === undefined || primary === undefined || !isStreaming(leader.answer))
    return undefined;
  if (!isSameDatabase(leader.answer, primary.answer)) return undefined;
  const { replayLsn } = leader.answer;
  const timeline = timelineOf(leader.answer);
  const monoMs = passedAtMs(track, { timeline, lsn: parseLsn(replayLsn) });
  if (monoMs === undefined) return undefined;
  return {
    newestMs: span.endedAt.wallMs - (span.endedAt.monoMs - monoMs),
    source: `log position ${replayLsn} replayed on ${copy.site.cluster}/${leader.member}`,
  };
}

/** How far the copy has come. */
export interface Progress {
  readonly heartbeatMs: number | undefined;
  readonly lsn: bigint | undefined;
}

export function progressOf(view: LagView): Progress {
  const positions = view.copy.answered.flatMap(({ answer }) => {
    const lsn = answer.inRecovery ? parseLsn(answer.replayLsn) : undefined;
    return lsn === undefined ? [] : [lsn];
  });
  const lsn = positions.toSorted((a, b) => (a < b ? 1 : -1))[0];
  return { heartbeatMs: byHeartbeat(view)?.newestMs, lsn };
}

/** Whether the copy has less than it had: it was made anew, or its most advanced member is gone. */
export function wentBack(now: Progress, before: Progress): boolean {
  const { heartbeatMs, lsn } = now;
  if (heartbeatMs !== undefined && before.heartbeatMs !== undefined)
    return heartbeatMs < before.heartbeatMs;
  return lsn !== undefined && before.lsn !== undefined && lsn < before.lsn;
}

/** Whether the copy has the newest heartbeat there is: then only positions can tell of anything newer. */
function hasNewestHeartbeat({ target, primary }: LagView, { newestMs }: Restorable): boolean {
  if (primary === undefined) return false;
  return primary.heartbeats.every(
    ({ writer, written_at: writtenAt }) => writer !== target.writer || writtenAt * 1000 <= newestMs,
  );
}

/** Undefined where this collection tells nothing: the point before stands, and grows old. */
export function restorableOf(view: LagView, span: Span): Restorable | undefined {
  const heartbeat = byHeartbeat(view);
  if (heartbeat !== undefined && !hasNewestHeartbeat(view, heartbeat)) return heartbeat;
  const position = byPosition(view, span);
  if (heartbeat === undefined || position === undefined) return heartbeat ?? position;
  return position.newestMs > heartbeat.newestMs ? position : heartbeat;
}
