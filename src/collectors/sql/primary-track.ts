/** Where the primary's log stood at an instant of the exporter's monotonic clock. */
export interface TrackPoint {
  readonly monoMs: number;
  readonly lsn: bigint;
}

/** Where the primary was, over time, on one timeline. */
export interface PrimaryTrack {
  readonly timeline: number;
  readonly points: readonly TrackPoint[];
}

/** Points kept: at 5 s, more than an hour of a busy primary. An idle one needs two. */
export const pointsKept = 1024;

/**
 * Adds a point. Another timeline begins a new track, as positions on two timelines do not compare, and
 * so does a position that went back. While the position stays the same only the first and the last
 * point of the plateau are kept.
 */
export function extendTrack(
  track: PrimaryTrack | undefined,
  timeline: number,
  point: TrackPoint,
): PrimaryTrack {
  const last = track?.points.at(-1);
  if (track?.timeline !== timeline || last === undefined || last.lsn > point.lsn)
    return { timeline, points: [point] };
  const { points } = track;
  const beforeLast = points.at(-2);
  const isPlateau = beforeLast?.lsn === point.lsn && last.lsn === point.lsn;
  const kept = isPlateau ? points.slice(0, -1) : points.slice(-(pointsKept - 1));
  return { timeline, points: [...kept, point] };
}

function between(from: TrackPoint, to: TrackPoint, lsn: bigint): number {
  const share = Number(lsn - from.lsn) / Number(to.lsn - from.lsn);
  return from.monoMs + share * (to.monoMs - from.monoMs);
}

/**
 * How long before `nowMs` the primary passed `lsn`, in seconds: the standby's lag on one clock. 0 when
 * the standby has all that the primary was seen to have. Between two points the primary is taken to
 * have written evenly, so the error is at most the time between them. Undefined when the track does
 * not reach back far enough, or the timelines differ.
 */
export function lagSeconds(
  track: PrimaryTrack | undefined,
  standby: { readonly timeline: number | undefined; readonly lsn: bigint | undefined },
  nowMs: number,
): number | undefined {
  const { lsn } = standby;
  if (track === undefined || lsn === undefined || standby.timeline !== track.timeline)
    return undefined;
  const newest = track.points.at(-1);
  if (newest === undefined) return undefined;
  if (lsn >= newest.lsn) return 0;
  const index = track.points.findLastIndex((point) => point.lsn <= lsn);
  const [from, to] = [track.points[index], track.points[index + 1]];
  if (from === undefined || to === undefined) return undefined;
  return Math.max(0, nowMs - between(from, to, lsn)) / 1000;
}

/**
 * The last instant at which the primary was seen at or below `lsn`, on the exporter's monotonic clock:
 * all that was committed until then is within it. Undefined where `lagSeconds` would be.
 */
export function passedAtMs(
  track: PrimaryTrack | undefined,
  standby: { readonly timeline: number | undefined; readonly lsn: bigint | undefined },
): number | undefined {
  const { lsn } = standby;
  if (track === undefined || lsn === undefined || standby.timeline !== track.timeline)
    return undefined;
  return track.points.findLast((point) => point.lsn <= lsn)?.monoMs;
}
