import { describe, expect, it } from 'vitest';
import { postgresCollector } from '../../src/collectors/postgres/index.js';
import type { MemberResult } from '../../src/collectors/sql/member.js';
import { configOf } from '../support/collect.js';
import { recordedMember } from './recorded.js';

const cluster = (name: string, extra: object = {}) => ({
  name,
  region: name,
  user: 'u',
  members: ['a1', 'a2'].map((member) => ({ name: member, address: `${member}.test:5432` })),
  ...extra,
});
const canary = { address: 'lb.test:5000', user: 'c' };

function pointsOf(clusters: readonly object[], rest: object = {}, index = 0) {
  const target = postgresCollector.targets(configOf({ postgres: clusters, ...rest }))[index]!;
  const heartbeats = [{ writer: 'test', seq: '42', written_at: 1000.5 }];
  const at = { wallMs: 1_001_000, monoMs: 0 };
  const snapshot = ['a1', 'a2'].map((member) => {
    const recorded = recordedMember('a-healthy', member);
    return { ...recorded, heartbeats } as MemberResult;
  });
  const { restorePoints } = postgresCollector.measure(target, snapshot, undefined, {
    startedAt: at,
    endedAt: at,
  });
  return restorePoints;
}

describe('a copy of a PostgreSQL cluster', () => {
  it('in another region is what the dataset could be brought back to', () => {
    const both = [cluster('a', { canary }), cluster('b')];
    expect(pointsOf(both, {}, 1)).toMatchObject([{ dataset: 'a', newestMs: 1_000_500 }]);
    expect(pointsOf(both, {}, 1)?.[0]).not.toHaveProperty('unproved');
    expect(pointsOf(both, {}, 0)).toEqual([]);
  });

  it('in the region itself is shown, and is no evidence: it is lost with the region', () => {
    const [point] = pointsOf([cluster('a', { canary })]) ?? [];
    expect(point).toMatchObject({ dataset: 'a', newestMs: 1_000_500 });
    expect(point?.unproved).toContain('in the same region');
  });

  it.each([
    ['backups', { backups: [{ name: 'a', pgbackrest: { stanza: 'a' } }] }],
    ['a comparison with another region', { lag: [{ name: 'l', primary: 'a', standby: 'b' }] }],
  ])('in the region itself is none beside %s', (_title, rest) => {
    const both = [cluster('a', { canary }), cluster('b', { canary })];
    expect(pointsOf(both, rest)).toEqual([]);
  });
});
