import { parseLsn, lagBytes } from '../sql/lsn.js';
import { extendTrack, lagSeconds, type PrimaryTrack } from '../sql/primary-track.js';
import { isSameDatabase, primaryOf, timelineOf, type Answered } from '../sql/member.js';
import type { PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

/** What all parts of a measurement look at. */
export interface ClusterView {
  readonly target: PostgresTarget;
  readonly answered: readonly Answered[];
  /** The one that the others are compared with; undefined when no primary answered. */
  readonly primary: Answered | undefined;
  readonly track: PrimaryTrack | undefined;
}

function trackWith(
  track: PrimaryTrack | undefined,
  primary: Answered | undefined,
): PrimaryTrack | undefined {
  if (primary === undefined) return track;
  const [lsn, timeline] = [parseLsn(primary.answer.currentLsn), timelineOf(primary.answer)];
  if (lsn === undefined || timeline === undefined) return track;
  return extendTrack(track, timeline, { monoMs: primary.monoMs, lsn });
}

export function viewOf(
  target: PostgresTarget,
  snapshot: PostgresSnapshot,
  track: PrimaryTrack | undefined,
): ClusterView {
  const answered = snapshot.filter((result) => result.ok);
  const primary = primaryOf(answered);
  return { target, answered, primary, track: trackWith(track, primary) };
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
  { primary, track }: ClusterView,
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

export interface Connected {
  readonly standbys: number;
  readonly synchronous: number;
  /** Whether the primary is set to wait for any standby. */
  readonly waits: boolean;
}

/**
 * The cluster's own standbys that stream from the primary, each once: a cascade or another region is
 * not one, nor is what a standby that has connected again left behind.
 */
export function connectedTo({ target, primary }: ClusterView): Connected | undefined {
  if (primary === undefined) return undefined;
  const own = new Set(target.members.map(({ name }) => name));
  const rows = primary.answer.replication.filter(
    (row) => own.has(row.application_name) && row.state === 'streaming',
  );
  const isSynchronous = (state: string | null | undefined) =>
    state === 'sync' || state === 'quorum';
  const synchronous = rows.filter(({ sync_state: state }) => isSynchronous(state));
  const namesIn = (some: typeof rows) => new Set(some.map((row) => row.application_name)).size;
  return {
    standbys: namesIn(rows),
    synchronous: namesIn(synchronous),
    waits: (primary.answer.synchronousStandbyNames ?? '') !== '',
  };
}
