/** A complete WAL segment: a timeline, and where its log begins and ends. */
export interface Segment {
  readonly name: string;
  readonly timeline: number;
  readonly begin: bigint;
  /** The position just behind it. */
  readonly end: bigint;
}

/** What PostgreSQL has unless initdb was told otherwise. */
export const usualSegmentBytes = 16 * 1024 * 1024;

/** Undefined for what is no whole segment: a history file, a backup label, a partial segment. */
export function parseSegment(
  name: string | null | undefined,
  segmentBytes = usualSegmentBytes,
): Segment | undefined {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name ?? '');
  if (match === null || name === null || name === undefined) return undefined;
  const size = BigInt(segmentBytes);
  const begin = (BigInt(`0x${match[2]}`) << 32n) + BigInt(`0x${match[3]}`) * size;
  return { name, timeline: Number.parseInt(match[1] ?? '', 16), begin, end: begin + size };
}

/** Names sort by timeline and position. */
export function newerOf<Named extends { readonly name: string }>(
  a: Named | undefined,
  b: Named | undefined,
): Named | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.name > b.name ? a : b;
}
