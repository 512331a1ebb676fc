const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Milliseconds by which a zone's wall clock is ahead of UTC at an instant. */
type OffsetAt = (ms: number) => number;

/** @throws RangeError for a zone that is not known */
function offsetsOf(timeZone: string): OffsetAt {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (ms) => {
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value;
    const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name ?? '');
    if (match === null) return 0;
    const [, sign, hours, minutes, seconds = '0'] = match;
    const size = (Number(hours) * 60 + Number(minutes)) * minuteMs + Number(seconds) * 1000;
    return sign === '-' ? -size : size;
  };
}

export function isTimeZone(name: string): boolean {
  try {
    return offsetsOf(name)(0) <= dayMs;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function offsetText(offsetMs: number): string {
  if (offsetMs === 0) return 'Z';
  const minutes = Math.round(Math.abs(offsetMs) / minuteMs);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Farthest instant from 1970 that a date can hold, in milliseconds (ECMA-262, 21.4.1.1). */
const farthestMs = 8.64e15;

export type FormatInstant = (ms: number) => string;

/** Writes instants as ISO 8601 in a zone, with its offset then: `2026-03-29T03:00:00.000+02:00`. */
export function instantFormat(timeZone: string): FormatInstant {
  const offsetAt = offsetsOf(timeZone);
  return (ms) => {
    const offsetMs = Math.abs(ms) < farthestMs - dayMs ? offsetAt(ms) : Number.NaN;
    if (Number.isNaN(offsetMs)) return 'unknown';
    return `${new Date(ms + offsetMs).toISOString().slice(0, -1)}${offsetText(offsetMs)}`;
  };
}

/**
 * The instant at which a zone's wall clock shows what UTC shows at `wallAsUtcMs`. A time that comes
 * twice, when clocks go back, is the first; one that is left out is as much later as the clocks jump.
 */
export function instantOfWallClock(wallAsUtcMs: number, timeZone: string): number {
  const offsetAt = offsetsOf(timeZone);
  const before = offsetAt(wallAsUtcMs - dayMs);
  const after = offsetAt(wallAsUtcMs + dayMs);
  const fitting = [before, after].filter(
    (offsetMs) => offsetAt(wallAsUtcMs - offsetMs) === offsetMs,
  );
  return wallAsUtcMs - Math.max(...(fitting.length === 0 ? [before] : fitting));
}
