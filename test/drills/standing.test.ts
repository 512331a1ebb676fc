import { describe, expect, it } from 'vitest';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { judgeDrill } from '../../src/drills/judge.js';
import { drillStandings, shownDrills } from '../../src/drills/standing.js';
import type { Disruption } from '../../src/slo/answers.js';
import type { Drill } from '../../src/slo/slice.js';
import { configuration, drillOf } from './drill-of.js';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-11-20T10:00:00Z');
const terms = {
  periodsMs: { pod: 31 * dayMs, region: 366 * dayMs },
  rtoMs: 3_600_000,
  configuration,
  nowMs,
};

function madeDaysAgo(days: number, changes: Partial<DrillEvidence> = {}): DrillEvidence {
  const injectedAt = new Date(nowMs - days * dayMs).toISOString();
  const id = `7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c${String(days).padStart(4, '0')}`;
  const quick = { lowSeconds: 0.2, highSeconds: 0.3 };
  return drillOf({ id, injectedAt, scenario: 'pod', recovery: quick, ...changes });
}

function storedOf(changes: Partial<Drill>): Drill {
  const atMs = nowMs - 20 * dayMs;
  const kept = { id: 's', scenario: 'region', atMs, recoveryMs: 900_000, lossMs: 0, detail: '' };
  return { ...kept, ...changes };
}

function standingOf(
  scenario: Disruption,
  files: readonly DrillEvidence[],
  stored: readonly Drill[] = [],
) {
  const judged = files.map((evidence) => judgeDrill(evidence, terms));
  const drills = shownDrills(judged, stored, terms);
  return drillStandings(drills, terms).find((each) => each.scenario === scenario)!;
}

const useless = { targets: [] };
const foreign = { configuration: 'cd'.repeat(32) };
const slow = { recovery: { lowSeconds: 9, highSeconds: 10 } };

describe('when the next drill of a kind is due', () => {
  it.each<[string, readonly DrillEvidence[], string | undefined, number | null, boolean]>([
    ['none was ever made', [], undefined, null, true],
    ['one passed', [madeDaysAgo(10)], 'pass', 21, false],
    ['one passed a period ago to the millisecond', [madeDaysAgo(31)], 'pass', 0, false],
    ['one passed that is too old', [madeDaysAgo(40)], 'stale', -9, true],
    ['one failed', [madeDaysAgo(10, slow)], 'fail', 21, false],
    ['one failed long ago', [madeDaysAgo(40, slow)], 'fail', -9, true],
    ['the only one proved nothing', [madeDaysAgo(1, useless)], 'inconclusive', null, true],
    ['the only one was of another configuration', [madeDaysAgo(1, foreign)], 'stale', null, true],
    [
      'one of another configuration is too old as well',
      [madeDaysAgo(40, foreign)],
      'stale',
      null,
      true,
    ],
    [
      'one that proved nothing came after one that passed: it puts nothing off',
      [madeDaysAgo(1, useless), madeDaysAgo(10)],
      'inconclusive',
      21,
      false,
    ],
    [
      'one that proved nothing came after one that is too old',
      [madeDaysAgo(40), madeDaysAgo(1, useless)],
      'inconclusive',
      -9,
      true,
    ],
  ])('where %s', (_where, files, verdict, dueInDays, isOverdue) => {
    const standing = standingOf('pod', files);
    expect(standing.newest?.verdict).toBe(verdict);
    expect(standing.dueMs).toBe(dueInDays === null ? null : nowMs + dueInDays * dayMs);
    expect(standing.isOverdue).toBe(isOverdue);
  });

  it('is never where none is agreed', () => {
    const standing = standingOf('redis_primary', [madeDaysAgo(999, { scenario: 'redis_primary' })]);
    expect(standing).toMatchObject({ periodMs: null, dueMs: null, isOverdue: false });
    expect(standing.newest?.verdict).toBe('pass');
  });
});

describe('drills of files and of the store', () => {
  it('are one list, the newest first', () => {
    const judged = [madeDaysAgo(30), madeDaysAgo(10)].map((each) => judgeDrill(each, terms));
    const drills = shownDrills(judged, [storedOf({})], terms);
    expect(drills.map(({ atMs }) => (nowMs - atMs) / dayMs)).toEqual([10, 20, 30]);
  });

  it('are one where they have one id: the file knows more', () => {
    const file = madeDaysAgo(10);
    const drills = shownDrills([judgeDrill(file, terms)], [storedOf({ id: file.id })], terms);
    expect(drills.map(({ by }) => by)).toEqual(['A. Admin']);
  });

  it.each<[string, Partial<Drill>, string, boolean]>([
    ['in time', {}, 'pass', true],
    ['too late', { recoveryMs: 3_600_001 }, 'fail', true],
    ['without a time', { recoveryMs: null }, 'inconclusive', false],
    ['of an unknown kind', { scenario: 'fire' }, 'inconclusive', false],
    ['too long ago', { atMs: nowMs - 367 * dayMs }, 'stale', true],
  ])('of the store are judged by their time alone: %s', (_what, changes, verdict, counts) => {
    expect(shownDrills([], [storedOf(changes)], terms)[0]).toMatchObject({
      verdict,
      counts,
      by: null,
      targets: null,
    });
  });

  it('of a file keep what was measured, in milliseconds', () => {
    const [drill] = shownDrills(
      [judgeDrill(madeDaysAgo(1, { ...slow, lossSeconds: 0.5 }), terms)],
      [],
      terms,
    );
    expect(drill).toMatchObject({ lowMs: 9000, highMs: 10_000, recoveryMs: 9000, lossMs: 500 });
  });
});
