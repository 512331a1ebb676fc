import { lagBytes, parseLsn } from './lsn.js';
import { isSameDatabase, timelineOf, type Answered } from './member.js';
import { extendTrack, lagSeconds, type PrimaryTrack } from './primary-track.js';

/** What a standby is compared with. */
export interface Leading {
  /** Undefined when no primary answered. */
  readonly primary: Answered | undefined;
  readonly track: PrimaryTrack | undefined;
}

export interface StandbyLag {
  readonly receiveBytes: number | undefined;
  readonly replayBytes: number | undefined;
  readonly replaySeconds: number | undefined;
}

/**
 * Lag against the primary's own position. Undefined without a primary's answer of this collection, and
 * where the two are not known to be on one timeline of one database: positions do not compare then.
 */
export function standbyLag(
  { primary, track }: Leading,
  { answer, monoMs }: Answered,
): StandbyLag | undefined {
  if (!answer.inRecovery || primary === undefined) return undefined;
  const timeline = timelineOf(answer);
  const isComparable = timeline !== undefined && timeline === timelineOf(primary.answer);
  if (!isComparable || !isSameDatabase(answer, primary.answer)) return undefined;
  const ahead = parseLsn(primary.answer.currentLsn);
  const replayed = parseLsn(answer.replayLsn);
  return {
    receiveBytes: lagBytes(ahead, parseLsn(answer.receiveLsn)),
    replayBytes: lagBytes(ahead, replayed),
    replaySeconds: lagSeconds(track, { timeline, lsn: replayed }, monoMs),
  };
}

/** The track with where the primary is now; `monoMs` is when it was asked, or when it answered. */
export function trackWith(
  track: PrimaryTrack | undefined,
  primary: Answered | undefined,
  monoMs = primary?.monoMs ?? 0,
): PrimaryTrack | undefined {
  if (primary === undefined) return track;
  const [lsn, timeline] = [parseLsn(primary.answer.currentLsn), timelineOf(primary.answer)];
  if (lsn === undefined || timeline === undefined) return track;
  return extendTrack(track, timeline, { monoMs, lsn });
}
