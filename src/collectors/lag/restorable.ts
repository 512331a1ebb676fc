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
 * Without heartbeats: when the primary was last seen at or below what the standby leader has replayed.
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

/** Undefined where this collection tells nothing: the point before stands, and grows old. */
export function restorableOf(view: LagView, span: Span): Restorable | undefined {
  return byHeartbeat(view) ?? byPosition(view, span);
}
