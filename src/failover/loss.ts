import { lagBytes, parseLsn } from '../collectors/sql/lsn.js';
import { judgeBracket } from '../slo/outage.js';
import type { Acknowledged, Execution, PairRecord } from './execution.js';

/** What a failover lost of one database. */
export interface Loss {
  readonly pair: string;
  /** Acknowledged heartbeats that the new region has not; null where nobody knows which were. */
  readonly heartbeats: number | null;
  /**
   * Of the log, at most; null until the old region can be read. Where it crashed, its recovery ends the segment
   * that it wrote: that counts in full.
   */
  readonly bytesAtMost: number | null;
  /** As time: at least, and at most; null where nothing bounds it. */
  readonly lowMs: number;
  readonly highMs: number | null;
  /** Until the old region could be read it is what others knew of it. */
  readonly isProvisional: boolean;
  readonly source: string;
  readonly targetMs: number;
  readonly verdict: 'met' | 'breached' | 'indeterminate';
}

type Beat = Acknowledged['beats'][number];

function lostBeats({ acknowledged, copy }: PairRecord): readonly Beat[] | undefined {
  if (acknowledged === null || copy?.heartbeat == null) return undefined;
  const { seq } = copy.heartbeat;
  return acknowledged.beats.filter(([number]) => number > seq);
}

/** From the end of the old log to where the new timeline leaves it. */
function lostBytes({ end, copy, promoted, isProvedWhole }: PairRecord): number | null {
  if (isProvedWhole) return 0;
  const at = promoted?.lsn ?? copy?.lsn;
  return lagBytes(parseLsn(end?.lsn), parseLsn(at)) ?? null;
}

interface Span {
  readonly lowMs: number;
  readonly highMs: number | null;
}

/** From the newest heartbeat that is there to the last moment at which the old region may have taken one. */
function spanByBeats(record: PairRecord, lost: readonly Beat[]): Span {
  const { acknowledged, copy } = record;
  const [first, last] = [lost.at(0), lost.at(-1)];
  const keptMs = copy?.heartbeat?.writtenMs ?? null;
  const untilMs = acknowledged?.firstRefusal?.[1] ?? null;
  return {
    // All that is kept was committed before the first that is lost, which took until its end.
    lowMs: first === undefined || last === undefined ? 0 : Math.max(0, last[1] - first[2]),
    highMs: keptMs === null || untilMs === null ? null : Math.max(0, untilMs - keptMs),
  };
}

/** From the newest commit that is there to the old region's own last one; at least to its newest heartbeat. */
function spanByEnd({ end, copy }: PairRecord): Span {
  const keptMs = copy?.lastCommitMs ?? null;
  if (end === null || keptMs === null) return { lowMs: 0, highMs: null };
  const { lastCommitMs, heartbeat } = end;
  if (lastCommitMs === null)
    return { lowMs: Math.max(0, (heartbeat?.writtenMs ?? 0) - keptMs), highMs: null };
  const tookMs = Math.max(0, lastCommitMs - keptMs);
  return { lowMs: tookMs, highMs: tookMs };
}

function spanOf(record: PairRecord): Span {
  if (record.isProvedWhole) return { lowMs: 0, highMs: 0 };
  const lost = lostBeats(record);
  // A heartbeat of the old region that nobody was told of is no acknowledged one.
  return lost === undefined ? spanByEnd(record) : spanByBeats(record, lost);
}

function heartbeatsOf(record: PairRecord): number | null {
  if (record.isProvedWhole) return 0;
  const { acknowledged } = record;
  if (acknowledged?.isTruncated === true) return null;
  return lostBeats(record)?.length ?? null;
}

function sourceOf({ isProvedWhole, end, acknowledged }: PairRecord): string {
  const sources = [
    ...(isProvedWhole ? ['both regions, before the promotion'] : []),
    ...(end === null || isProvedWhole ? [] : [`the log of ${end.member}`]),
    ...(acknowledged === null ? [] : [`heartbeats of ${acknowledged.source}`]),
  ];
  return sources.length === 0 ? 'nothing tells' : sources.join(', ');
}

/** Of each database that was promoted. */
export function lossesOf({ pairs, rpoMs: targetMs }: Execution): Loss[] {
  return pairs
    .filter(({ promoted }) => promoted !== null)
    .map((record) => {
      const span = spanOf(record);
      return {
        pair: record.name,
        heartbeats: heartbeatsOf(record),
        bytesAtMost: lostBytes(record),
        ...span,
        isProvisional: !record.isProvedWhole && record.end === null,
        source: sourceOf(record),
        targetMs,
        verdict: judgeBracket(span, targetMs),
      };
    });
}
