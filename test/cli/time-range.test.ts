import { describe, expect, it } from 'vitest';
import { reportRange } from '../../src/cli/report-command.js';
import { parseInstant } from '../../src/cli/time-range.js';

const nowMs = Date.parse('2026-04-10T12:34:56.789Z');
const berlin = 'Europe/Berlin';

describe('instants on the command line', () => {
  it.each([
    ['2026-03-01', 'UTC', '2026-03-01T00:00:00Z'],
    ['2026-03', 'UTC', '2026-03-01T00:00:00Z'],
    ['2026-03-01T12:00', 'UTC', '2026-03-01T12:00:00Z'],
    ['2026-03-01 12:00:05.25', 'UTC', '2026-03-01T12:00:05.250Z'],
    ['2026-03-01T12:00:00Z', berlin, '2026-03-01T12:00:00Z'],
    ['2026-03-01T12:00+05:30', berlin, '2026-03-01T06:30:00Z'],
    ['2026-03-01T12:00-0500', 'UTC', '2026-03-01T17:00:00Z'],
    ['2026-03-01', berlin, '2026-02-28T23:00:00Z'],
    ['2026-04-01', berlin, '2026-03-31T22:00:00Z'],
    ['2024-02-29', 'UTC', '2024-02-29T00:00:00Z'],
    ['24h', 'UTC', '2026-04-09T12:34:56.789Z'],
    ['7d', berlin, '2026-04-03T12:34:56.789Z'],
    ['now', 'UTC', '2026-04-10T12:34:56.789Z'],
  ])('%s in %s is %s', (text, zone, at) =>
    expect(parseInstant(text, nowMs, zone)).toBe(Date.parse(at)),
  );

  it.each([
    '',
    'yesterday',
    '2026',
    '2026-13-01',
    '2026-00-10',
    '2026-02-30',
    '2025-02-29',
    '2026-03-01T25:00',
    '2026-03-01T24:00',
    '2026-03-01T12:60',
    '2026-03-01T12:00+99:99',
    '7',
    '-7d',
    '01.03.2026',
  ])('%j is none', (text) => expect(parseInstant(text, nowMs, 'UTC')).toBeUndefined());
});

describe('the range of a report', () => {
  const rangeOf = (from: string, to: string, timeZone = 'UTC') =>
    reportRange({ from, to, timeZone }, nowMs);
  const utc = (text: string) => Date.parse(`${text}Z`);

  it('is a month of its zone, also where clocks change in it', () => {
    expect(rangeOf('2026-03', '2026-04', berlin)).toEqual({
      range: { fromMs: utc('2026-02-28T23:00:00'), toMs: utc('2026-03-31T22:00:00') },
      remarks: [],
    });
  });

  it('is cut at whole hours, and lately at ten minutes', () => {
    expect(rangeOf('30d', 'now')).toEqual({
      range: { fromMs: utc('2026-03-11T12:00:00'), toMs: utc('2026-04-10T12:30:00') },
      remarks: [],
    });
  });

  it.each([
    ['at half an hour', '2026-03-01T12:30', '2026-03-02'],
    ['in the future', '2026-04-01', '2026-05-01'],
  ])('that is given %s is remarked on', (_title, from, to) => {
    expect(rangeOf(from, to).remarks).toEqual([expect.stringContaining('the report is from')]);
  });

  it.each([
    ['2026-04-02', '2026-04-01', 'before --to'],
    ['2026-04-01', '2026-04-01', 'before --to'],
    ['2026-03-01T12:10', '2026-03-01T12:50', 'longer than an hour'],
    ['2027-01', '2027-02', 'a time that is past'],
    ['soon', 'now', '--from soon: expected a date'],
    ['7d', 'later', '--to later: expected a date'],
  ])('from %s to %s is refused', (from, to, message) => {
    expect(() => rangeOf(from, to)).toThrow(message);
  });
});
