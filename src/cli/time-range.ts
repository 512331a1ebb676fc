import { parseDuration } from '../config/values.js';
import { instantOfWallClock } from '../report/instants.js';

const isoPattern =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?)?$/i;

export const instantWords =
  'expected a date (2026-03-01), a month (2026-03), an instant (2026-03-01T12:00Z), a time ago (24h, 7d) or now';

/** A month of the calendar, a day of the month; undefined for the 30th of February. */
function wallClockOf(match: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((digits, index) => Number(digits ?? (index === 2 ? 1 : 0)));
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day);
  if (date.getUTCMonth() !== month! - 1 || hour! > 23 || minute! > 59 || second! > 59)
    return undefined;
  return date.setUTCHours(hour!, minute, second, Number((match[7] ?? '').padEnd(3, '0')));
}

function offsetMsOf(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? -size : size;
}

function parseIso(text: string, timeZone: string): number | undefined {
  const match = isoPattern.exec(text);
  const wallMs = match === null ? undefined : wallClockOf(match);
  if (match === null || wallMs === undefined) return undefined;
  const offset = match[8];
  return offset === undefined ? instantOfWallClock(wallMs, timeZone) : wallMs - offsetMsOf(offset);
}

/**
 * An instant as people write it, in Unix milliseconds: an ISO date, month or instant, `now`, or a
 * duration for so long ago. Without an offset it is the zone's wall clock. Undefined when it is none.
 */
export function parseInstant(text: string, nowMs: number, timeZone: string): number | undefined {
  if (text === 'now') return nowMs;
  const agoMs = parseDuration(text);
  return agoMs === undefined ? parseIso(text, timeZone) : nowMs - agoMs;
}

/** Whether an instant is given by how long ago it is: nobody means the millisecond then. */
export function isRelative(text: string): boolean {
  return text === 'now' || parseDuration(text) !== undefined;
}
