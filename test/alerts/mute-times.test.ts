import { describe, expect, it } from 'vitest';
import { muteTimesOf } from '../../src/alerts/mute-times.js';
import { intervalsOf, type TimeInterval } from '../../src/alerts/time-intervals.js';
import { configSchema } from '../../src/config/schema.js';
import { maintenanceOf } from '../../src/deployment/maintenance.js';

const minute = 60_000;
const day = 1440 * minute;

function windowOf(window: object) {
  const config = configSchema.parse({
    deployment: 'd',
    slo: { maintenance: [{ name: 'w', ...window }] },
  });
  return { config, entry: config.slo.maintenance[0]! };
}

interface Local {
  readonly minutes: number;
  readonly weekday: string;
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

function localTime(atMs: number, timeZone: string): Local {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: 'numeric',
    minute: 'numeric',
    weekday: 'long',
    day: 'numeric',
    month: 'numeric',
    year: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(new Date(atMs));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return {
    minutes: Number(of('hour')) * 60 + Number(of('minute')),
    weekday: of('weekday').toLowerCase(),
    day: Number(of('day')),
    month: Number(of('month')),
    year: Number(of('year')),
  };
}

function inRanges(ranges: readonly string[] | undefined, value: number): boolean {
  if (ranges === undefined) return true;
  return ranges.some((range) => {
    const [from, to = from] = range.split(':').map(Number);
    return value >= from! && value <= to!;
  });
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours! * 60 + minutes!;
}

/** What Alertmanager makes of an interval: everything that is named must hold; an end is not in it. */
function isActive(interval: TimeInterval, atMs: number): boolean {
  const at = localTime(atMs, interval.location ?? 'UTC');
  return (
    (interval.times?.some(
      ({ start_time, end_time }) =>
        at.minutes >= minutesOf(start_time) && at.minutes < minutesOf(end_time),
    ) ??
      true) &&
    (interval.weekdays?.includes(at.weekday) ?? true) &&
    inRanges(interval.days_of_month, at.day) &&
    inRanges(interval.months, at.month) &&
    inRanges(interval.years, at.year)
  );
}

describe('maintenance windows as mute times', () => {
  it.each([
    { cron: '0 2 * * SUN', duration: '2h' },
    { cron: '0 2 * * SUN', duration: '2h', timeZone: 'Asia/Tokyo' },
    { cron: '30 23 * * SAT', duration: '90m' },
    { cron: '0 22 * * 5', duration: '54h' },
    { cron: '0 22 * * *', duration: '4h' },
    { cron: '0 */6 * * *', duration: '30m' },
    { cron: '0 1-3 * * 1,3-5', duration: '45m' },
    { cron: '0 2 1,15 * *', duration: '2h' },
    { cron: '0 2 1-7 1,12 *', duration: '2h' },
    { cron: '15 4 * DEC,JAN MON', duration: '1h' },
    { from: '2026-12-01T22:00:00Z', to: '2026-12-02T02:00:00Z' },
    { from: '2026-12-31T22:15:00+02:00', to: '2027-01-02T04:00:00Z' },
    { from: '2026-12-05T10:00:30Z', to: '2026-12-05T11:00:30Z' },
  ])('%j mutes while it lasts, and at no other time', (window) => {
    const { config, entry } = windowOf(window);
    const intervals = intervalsOf(entry);
    if (typeof intervals === 'string') throw new Error(intervals);
    const [{ window: own } = { window: undefined }] = maintenanceOf(config).windows;
    const from = Date.parse('2026-11-24T00:00:00Z');
    const wrong: string[] = [];
    let active = 0;
    for (let atMs = from; atMs < from + 60 * day; atMs += 5 * minute) {
      const found = own?.occurrenceAt(atMs);
      const isWithin = found !== undefined && found.startMs <= atMs && atMs < found.endMs;
      const isMuted = intervals.some((interval) => isActive(interval, atMs));
      if (isWithin) active += 1;
      // The whole minutes of a window, where it has seconds.
      const isAtItsEdge =
        found !== undefined &&
        (Math.abs(found.startMs - atMs) < minute || Math.abs(found.endMs - atMs) < minute);
      if (isWithin !== isMuted && !isAtItsEdge) wrong.push(new Date(atMs).toISOString());
    }
    expect(wrong).toEqual([]);
    expect(active).toBeGreaterThan(5);
  });

  it.each([
    [{ cron: '0 2 L * *', duration: '2h' }, /more than numbers/],
    [{ cron: '0 2 1 * MON', duration: '2h' }, /days of the month and of the week/],
    [{ cron: '0 23 31 * *', duration: '2h' }, /goes on after midnight/],
    [{ cron: '0 23 * 12 *', duration: '2h' }, /goes on after midnight/],
    [{ cron: '*/5 * * * *', duration: '2m' }, /begins too often/],
    [{ from: '2026-12-05T10:00:10Z', to: '2026-12-05T10:00:50Z' }, /shorter than a minute/],
  ])('%j is not muted rather than muted wrongly', (window, reason) => {
    const { entry } = windowOf(window);
    expect(intervalsOf(entry)).toMatch(reason);
    expect(muteTimesOf([entry])).toMatchObject({ muted: [], unmuted: [{ name: 'w' }] });
  });
});
