import type { Instant } from '../../slo/observation.js';
import { parseLsn } from '../sql/lsn.js';
import { extendTrack, type PrimaryTrack } from '../sql/primary-track.js';
import { newerOf, parseSegment, usualSegmentBytes, type Segment } from './segment.js';
import type { ArchiverResult } from './snapshot.js';

type Answered = Extract<ArchiverResult, { ok: true }>;

/** What an archive was last seen to reach, and the instant that it stands for. */
export interface Reached {
  readonly segment: Segment;
  /** Kept as it was found: the two clocks drift apart. */
  readonly at: Instant;
}

/** What is remembered of one primary's log. */
export interface WalMemory {
  readonly systemIdentifier: string | undefined;
  readonly segmentBytes: number;
  /** Of each segment the last instants at which the log had not gone beyond it. */
  readonly track: PrimaryTrack | undefined;
  /** The newest segment that a primary said was archived. */
  readonly claimed: Segment | undefined;
  /** By archive. */
  readonly reached: ReadonlyMap<string, Reached>;
}

const nothing: WalMemory = {
  systemIdentifier: undefined,
  segmentBytes: usualSegmentBytes,
  track: undefined,
  claimed: undefined,
  reached: new Map(),
};

/** Bytes of a segment's first page header. */
const headerBytes = 40n;
/** Bytes of the snapshot of no transaction that the background writer puts behind a switch of segments. */
const idleSnapshotBytes = 56n;

/** Whether no commit can be there: behind the header there is nothing, or what an idle server writes. */
function isIdle(used: bigint): boolean {
  return used <= headerBytes || used === headerBytes + idleSnapshotBytes;
}

/** The end of the segment that the last commit is in, at the latest. */
function segmentEnd(lsn: bigint, segmentBytes: number): bigint {
  const size = BigInt(segmentBytes);
  const begin = (lsn / size) * size;
  return isIdle(lsn - begin) ? begin : begin + size;
}

/** What is known of the log after a collection. Another system's log has nothing to do with this one. */
export function followLog(
  before: WalMemory | undefined,
  archiver: ArchiverResult | undefined,
): WalMemory {
  if (archiver?.ok !== true) return before ?? nothing;
  const { answer, askedAt } = archiver;
  const systemIdentifier = answer.systemIdentifier ?? undefined;
  const isSame = before !== undefined && before.systemIdentifier === systemIdentifier;
  const known = isSame ? before : nothing;
  const segmentBytes = answer.segmentBytes ?? usualSegmentBytes;
  const lsn = parseLsn(answer.insertLsn);
  const { timeline } = answer;
  const track =
    lsn === undefined || timeline === null || timeline === undefined
      ? known.track
      : extendTrack(known.track, timeline, {
          monoMs: askedAt.monoMs,
          lsn: segmentEnd(lsn, segmentBytes),
        });
  const claimed = newerOf(
    known.claimed,
    parseSegment(answer.archiver?.last_archived_wal, segmentBytes),
  );
  return { ...known, systemIdentifier, segmentBytes, track, claimed };
}

/**
 * How far an archive reaches of this log: the repository may have taken a segment in after the primary
 * was asked, and another server's. Both speak for what is before.
 */
export function reachedOf(max: Segment, { claimed }: WalMemory): Segment {
  return claimed !== undefined && claimed.timeline === max.timeline && claimed.name < max.name
    ? claimed
    : max;
}

/** Whether the log was seen to have passed the segment: only then it is this log's. */
function hasPassed({ answer }: Answered, segment: Segment): boolean {
  const lsn = parseLsn(answer.insertLsn);
  return answer.timeline === segment.timeline && lsn !== undefined && lsn >= segment.end;
}

/** The last instant at which the log was seen not to have gone beyond the segment. */
function byPositions({ track }: WalMemory, segment: Segment): number | undefined {
  return track?.points.findLast(({ lsn }) => lsn <= segment.end)?.monoMs;
}

/**
 * When the file of the segment was last written to, from the server's clock to this one's. It is whole
 * since then, so it holds all that was committed before.
 */
function byFile({ answer, askedAt }: Answered, segment: Segment): number | undefined {
  const file = answer.files?.find(({ name }) => name === segment.name);
  return file === undefined ? undefined : askedAt.monoMs + (file.modified_at - answer.now) * 1000;
}

/**
 * The instant that an archive which reaches to the segment stands for: all that was committed by then is
 * in it. What it stood for when it reached less far is the least. Undefined where neither is known. The
 * oldest segment that waits is of no help: its file became whole after the last archived one.
 */
export function reach(
  wal: WalMemory,
  archiver: ArchiverResult | undefined,
  archive: string,
  segment: Segment,
  now: Instant,
): Reached | undefined {
  const known = wal.reached.get(archive);
  const before = known !== undefined && known.segment.name <= segment.name ? known : undefined;
  const monoMs =
    archiver?.ok === true && hasPassed(archiver, segment)
      ? (byPositions(wal, segment) ??
        (before?.segment.name === segment.name ? undefined : byFile(archiver, segment)))
      : undefined;
  if (monoMs === undefined || (before !== undefined && before.at.monoMs >= monoMs))
    return before === undefined ? undefined : { segment, at: before.at };
  return { segment, at: { monoMs, wallMs: now.wallMs - (now.monoMs - monoMs) } };
}
