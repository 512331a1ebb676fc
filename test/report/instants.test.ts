import { describe, expect, it } from 'vitest';
import { instantFormat, instantOfWallClock, isTimeZone } from '../../src/report/instants.js';

const berlin = 'Europe/Berlin';
const utc = (text: string) => Date.parse(`${text}Z`);

describe('instants in a zone', () => {
  it.each([
    ['UTC', '2026-03-01T00:00:00', '2026-03-01T00:00:00.000Z'],
    [berlin, '2026-03-29T00:59:59', '2026-03-29T01:59:59.000+01:00'],
    [berlin, '2026-03-29T01:00:00', '2026-03-29T03:00:00.000+02:00'],
    [berlin, '2026-10-25T01:00:00', '2026-10-25T02:00:00.000+01:00'],
    ['Asia/Kolkata', '2026-03-01T00:00:00', '2026-03-01T05:30:00.000+05:30'],
    ['America/New_York', '2026-03-01T00:00:00', '2026-02-28T19:00:00.000-05:00'],
  ])('%s shows %s as %s', (zone, at, text) => expect(instantFormat(zone)(utc(at))).toBe(text));

  it.each([Number.NaN, Infinity, 8.64e15])('what is no instant, %d, is unknown', (ms) =>
    expect(instantFormat(berlin)(ms)).toBe('unknown'),
  );
});

describe('wall clocks', () => {
  it.each([
    ['in winter', '2026-03-01T00:00:00', '2026-02-28T23:00:00'],
    ['in summer', '2026-04-01T00:00:00', '2026-03-31T22:00:00'],
    ['just before the clocks jump', '2026-03-29T01:59:00', '2026-03-29T00:59:00'],
    ['at a time that is left out: as much later', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
    ['at a time that comes twice: the first', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
    ['after it', '2026-10-25T03:00:00', '2026-10-25T02:00:00'],
  ])('in Berlin %s', (_title, wall, at) =>
    expect(instantOfWallClock(utc(wall), berlin)).toBe(utc(at)),
  );

  it('are of a zone that exists', () => {
    expect(isTimeZone(berlin)).toBe(true);
    expect(isTimeZone('Europe/Atlantis')).toBe(false);
  });
});
