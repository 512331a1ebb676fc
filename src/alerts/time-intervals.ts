import type { Config } from '../config/schema.js';

/** Alertmanager's own: https://prometheus.io/docs/alerting/latest/configuration/#time_interval. */
export interface TimeInterval {
  readonly times?: readonly { readonly start_time: string; readonly end_time: string }[];
  readonly weekdays?: readonly string[];
  readonly days_of_month?: readonly string[];
  readonly months?: readonly string[];
  readonly years?: readonly string[];
  readonly location?: string;
}

type Entry = Config['slo']['maintenance'][number];

const minuteMs = 60_000;
const dayMinutes = 1440;
const dayMs = dayMinutes * minuteMs;
const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
const shortDays = weekdays.map((day) => day.slice(0, 3).toUpperCase());
const shortMonths = [
  'JAN',
  'FEB',
  'MAR',
  'APR',
  'MAY',
  'JUN',
  'JUL',
  'AUG',
  'SEP',
  'OCT',
  'NOV',
  'DEC',
];
/** More beginnings than this in a day are no maintenance windows. */
const mostStarts = 96;

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The values that a field of cron stands for; undefined where it is more than numbers, lists and ranges. */
function fieldValues(
  text: string,
  least: number,
  most: number,
  names: readonly string[] = [],
): number[] | undefined {
  const value = (word: string): number => {
    const at = names.indexOf(word.toUpperCase());
    return at >= 0 ? at + (names === shortMonths ? 1 : 0) : /^\d+$/.test(word) ? Number(word) : NaN;
  };
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const [from = '', to = step === '1' ? from : String(most)] =
      range === '*' ? [String(least), String(most)] : range.split('-');
    const [first, last, width] = [value(from), value(to), value(step)];
    if (![first, last, width].every(Number.isInteger) || width < 1 || first < least || last > most)
      return undefined;
    for (let at = first; at <= last; at += width) found.add(at);
  }
  return [...found].toSorted((a, b) => a - b);
}

/** Minutes of a day from which on it lasts for the length, merged where they meet. */
function spansOf(starts: readonly number[], lengthMinutes: number): [number, number][] {
  const spans: [number, number][] = [];
  for (const start of starts) {
    const last = spans.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = start + lengthMinutes;
    else spans.push([start, start + lengthMinutes]);
  }
  return spans;
}

/** A part of a window within one day, and how many days after its beginning that is. */
interface Piece {
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

function piecesOf(spans: readonly (readonly [number, number])[]): Piece[] {
  return spans.flatMap(([from, to]) => {
    const days = Math.ceil(to / dayMinutes);
    return Array.from({ length: days }, (_, day) => ({
      day,
      from: Math.max(0, from - day * dayMinutes),
      to: Math.min(dayMinutes, to - day * dayMinutes),
    }));
  });
}

/** Consecutive numbers as Alertmanager's ranges: 1,2,3,7 are 1:3 and 7. */
function ranges(values: readonly number[]): string[] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else runs.push([value, value]);
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`));
}

function groupedByDay(pieces: readonly Piece[]): Map<number, Piece[]> {
  const days = new Map<number, Piece[]>();
  for (const piece of pieces) days.set(piece.day, [...(days.get(piece.day) ?? []), piece]);
  return days;
}

function timesOf(pieces: readonly Piece[]): Pick<TimeInterval, 'times'> {
  if (pieces.some(({ from, to }) => from === 0 && to === dayMinutes)) return {};
  return {
    times: pieces.map(({ from, to }) => ({ start_time: clock(from), end_time: clock(to) })),
  };
}

function recurring(cron: string, lengthMs: number, timeZone: string): TimeInterval[] | string {
  const fields = cron.trim().split(/\s+/);
  const [minutes, hours, days, months, weekDays] = [
    fieldValues(fields[0] ?? '', 0, 59),
    fieldValues(fields[1] ?? '', 0, 23),
    fieldValues(fields[2] ?? '', 1, 31),
    fieldValues(fields[3] ?? '', 1, 12, shortMonths),
    fieldValues(fields[4] ?? '', 0, 7, shortDays),
  ];
  if (!minutes || !hours || !days || !months || !weekDays)
    return `cron ${cron} is more than numbers, lists, ranges and steps`;
  if (lengthMs % minuteMs !== 0) return 'its duration is no whole number of minutes';
  const [everyDay, everyWeekDay, everyMonth] = [
    fields[2] === '*',
    fields[4] === '*',
    fields[3] === '*',
  ];
  // Cron takes either day where both are given; two intervals would be needed, and they may overlap.
  if (!everyDay && !everyWeekDay) return `cron ${cron} names days of the month and of the week`;
  if (minutes.length * hours.length > mostStarts) return `cron ${cron} begins too often`;
  const starts = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const pieces = piecesOf(spansOf(starts, lengthMs / minuteMs));
  if (pieces.some(({ day }) => day > 0) && (!everyDay || !everyMonth))
    return 'it goes on after midnight, from a day of the month that the next one cannot be told of';
  const startDays = [...new Set(weekDays.map((day) => day % 7))];
  return [...groupedByDay(pieces)].map(([day, parts]) => ({
    ...timesOf(parts),
    ...(!everyWeekDay && {
      weekdays: startDays
        .map((start) => (start + day) % 7)
        .toSorted((a, b) => a - b)
        .map((each) => weekdays[each]!),
    }),
    ...(!everyDay && { days_of_month: ranges(days) }),
    ...(!everyMonth && { months: ranges(months) }),
    location: timeZone,
  }));
}

/** A window that comes once, day by day in UTC; its seconds are rounded inwards. */
function once(fromMs: number, toMs: number): TimeInterval[] | string {
  const from = Math.ceil(fromMs / minuteMs) * minuteMs;
  const to = Math.floor(toMs / minuteMs) * minuteMs;
  if (to <= from) return 'it is shorter than a minute';
  const days = Math.floor((to - 1) / dayMs) - Math.floor(from / dayMs) + 1;
  if (days > 366) return 'it lasts for more than a year';
  return Array.from({ length: days }, (_, index) => {
    const startOfDay = (Math.floor(from / dayMs) + index) * dayMs;
    const date = new Date(startOfDay);
    const minutesAt = (ms: number) =>
      Math.min(dayMinutes, Math.max(0, (ms - startOfDay) / minuteMs));
    return {
      ...timesOf([{ day: 0, from: minutesAt(from), to: minutesAt(to) }]),
      days_of_month: [String(date.getUTCDate())],
      months: [String(date.getUTCMonth() + 1)],
      years: [String(date.getUTCFullYear())],
      location: 'UTC',
    };
  });
}

/** A maintenance window as intervals of Alertmanager, or why it cannot be one. */
export function intervalsOf({
  from,
  to,
  cron,
  duration,
  timeZone,
}: Entry): TimeInterval[] | string {
  if (from !== undefined && to !== undefined) return once(from, to);
  if (cron === undefined || duration === undefined) return 'it has no times';
  return recurring(cron, duration, timeZone);
}
