import { isSynchronous, primaryOf, type Answered } from '../sql/member.js';
import type { PrimaryTrack } from '../sql/primary-track.js';
import { trackWith } from '../sql/standby-lag.js';
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

export function viewOf(
  target: PostgresTarget,
  snapshot: PostgresSnapshot,
  track: PrimaryTrack | undefined,
): ClusterView {
  const answered = snapshot.filter((result) => result.ok);
  const primary = primaryOf(answered);
  return { target, answered, primary, track: trackWith(track, primary) };
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
  const synchronous = rows.filter(isSynchronous);
  const namesIn = (some: typeof rows) => new Set(some.map((row) => row.application_name)).size;
  return {
    standbys: namesIn(rows),
    synchronous: namesIn(synchronous),
    waits: (primary.answer.synchronousStandbyNames ?? '') !== '',
  };
}
