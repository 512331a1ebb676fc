import { Cron } from 'croner';
import type { Period } from './objective.js';

const patterns = { month: '0 0 1 * *', quarter: '0 0 1 1,4,7,10 *' } as const;

/** When the calendar period that holds the instant begins and ends, in Unix milliseconds. */
export function calendarSpan(
  { unit, timeZone }: Extract<Period, { kind: 'calendar' }>,
  atMs: number,
): { readonly startMs: number; readonly endMs: number } {
  const cron = new Cron(patterns[unit], { timezone: timeZone, paused: true });
  const [start] = cron.previousRuns(1, new Date(atMs + 1));
  const end = cron.nextRun(new Date(atMs));
  return { startMs: start?.getTime() ?? 0, endMs: end?.getTime() ?? Infinity };
}
