import { describe, expect, it } from 'vitest';
import { Collections, lagTargetOf, start } from './regions.js';

const healthy = { written: '0/2000', replayed: '0/2000' } as const;

describe('the copy in the other region', () => {
  it('is told with its leader, its positions and its slot', () => {
    const { value, outcome } = new Collections().at(0, { ...healthy, written: '0/2100' });
    expect(value('sensei_lag_standby_leader_info', { member: 'b1' })).toBe(1);
    expect(value('sensei_lag_bytes', { member: 'b1', stage: 'replay' })).toBe(0x100);
    expect(value('sensei_lag_writers')).toBe(1);
    expect(value('sensei_lag_source_info', { cluster: 'orders-a' })).toBe(1);
    expect(value('sensei_lag_slot_retained_bytes', { slot: 'region_b' })).toBe(0x1100);
    expect(value('sensei_lag_timelines_equal')).toBe(1);
    expect(outcome('writer')).toBe('good');
    expect(outcome('replication')).toBe('good');
  });

  it.each([
    ['its receiver is gone', { isStreaming: false }, 'bad: receiver_down'],
    ['replay is paused', { isPaused: true }, 'bad: replay_paused'],
    ['it is on another timeline', { copyTimeline: 2 }, 'bad: timelines_differ'],
    ['it is another database', { copySystem: '78' }, 'bad: timelines_differ'],
    ['it gives no answer', { replayed: null }, 'bad: no_copy_answered'],
    ['the primary gives no answer', { written: null }, 'unknown: no_primary_answered'],
  ])('when %s: %j, %s', (_title, change, expected) => {
    expect(new Collections().at(0, { ...healthy, ...change }).outcome('replication')).toBe(
      expected,
    );
  });

  it('pitfall: a disconnected standby vanishes from pg_stat_replication: its slot and what it retains are told all the same', () => {
    const collections = new Collections();
    collections.at(0, healthy);
    const { value } = collections.at(500, { ...healthy, written: '0/9000', isStreaming: false });
    expect(value('sensei_lag_slot_retained_bytes', { slot: 'region_b' })).toBe(0x8000);
  });

  it('of a single member is that member, streaming or not', () => {
    const target = lagTargetOf();
    const [a, b] = target.sites;
    const alone = { ...target, sites: [a, { ...b, members: b.members.slice(0, 1) }] as const };
    const { value } = new Collections(alone).at(0, { ...healthy, isStreaming: false });
    expect(value('sensei_lag_standby_leader_info', { member: 'b1' })).toBe(1);
  });
});

describe('what would be lost, by heartbeats', () => {
  it('is what the copy has replayed, of this deployment alone', () => {
    const { restorableMs, source } = new Collections().at(900, {
      ...healthy,
      heartbeat: ['17', start + 800],
    });
    expect(restorableMs).toBe(800);
    expect(source).toBe('heartbeat 17 on orders-b/b1');
  });

  it('stands, and so grows old, while neither region tells anything newer', () => {
    const collections = new Collections();
    collections.at(0, { ...healthy, heartbeat: ['17', start - 100] });
    const cut = { ...healthy, isStreaming: false, heartbeat: ['17', start - 100] } as const;
    expect(collections.at(500, cut).restorableMs).toBe(-100);
    expect(collections.at(1000, { written: null, replayed: null }).restorableMs).toBe(-100);
  });

  it('is by positions once the copy has the newest heartbeat there is: the canary may be what failed', () => {
    const collections = new Collections();
    const stopped = { ...healthy, heartbeat: ['17', start], writtenMs: start } as const;
    collections.at(0, stopped);
    const later = collections.at(60_000, stopped);
    expect(later.restorableMs).toBe(60_000);
    expect(later.source).toContain('log position 0/2000');
    const dead = collections.at(60_500, { ...stopped, written: null });
    expect(dead.restorableMs).toBe(60_000);
  });

  it('goes back where the copy was made anew from an older state', () => {
    const collections = new Collections();
    collections.at(0, { ...healthy, heartbeat: ['17', start] });
    const older = { ...healthy, heartbeat: ['3', start - 90_000] } as const;
    expect(collections.at(500, older).restorableMs).toBe(-90_000);
  });
});

describe('what would be lost, by log positions alone', () => {
  const withoutCanary = () => new Collections(lagTargetOf({ hasCanary: false }));

  it('is all but what came since the primary was asked, when the copy has it all', () => {
    expect(withoutCanary().at(700, healthy).restorableMs).toBe(700);
  });

  it('pitfall: lag in seconds is on one clock: since the primary was last seen at or below what the copy has', () => {
    const collections = withoutCanary();
    collections.at(0, { written: '0/1000', replayed: '0/1000' });
    collections.at(500, { written: '0/2000', replayed: '0/1000' });
    const behind = collections.at(1000, { written: '0/3000', replayed: '0/2800' });
    expect(behind.restorableMs).toBe(500);
    expect(behind.value('sensei_lag_seconds', { member: 'b1' })).toBeGreaterThan(0);
  });

  it('is unknown where the copy is older than anything seen of the primary', () => {
    const { restorableMs, restorePoints } = withoutCanary().at(0, {
      written: '0/9000',
      replayed: '0/1000',
    });
    expect(restorableMs).toBeUndefined();
    expect(restorePoints).toEqual([]);
  });
});

describe('pitfalls of lag between regions', () => {
  it('pitfall: a standby cluster does not know its source: both regions are asked in one collection', () => {
    const { value } = new Collections().at(0, { written: '0/5000', replayed: '0/2000' });
    expect(value('sensei_lag_bytes', { member: 'b1', stage: 'replay' })).toBe(0x3000);
    const blind = new Collections().at(0, { written: null, replayed: '0/2000' });
    expect(blind.value('sensei_lag_bytes')).toBeUndefined();
    expect(blind.value('sensei_lag_cluster_up', { cluster: 'orders-a' })).toBe(0);
  });

  it('pitfall: timeline equality first: positions of two timelines give no lag', () => {
    const { value } = new Collections().at(0, { ...healthy, copyTimeline: 2 });
    expect(value('sensei_lag_timelines_equal')).toBe(0);
    expect(value('sensei_lag_bytes')).toBeUndefined();
    expect(value('sensei_lag_seconds')).toBeUndefined();
  });

  it('pitfall: receive = replay reads 0 with the receiver down: it proves nothing new', () => {
    const collections = new Collections(lagTargetOf({ hasCanary: false }));
    collections.at(0, healthy);
    const cut = collections.at(60_000, { ...healthy, isStreaming: false });
    expect(cut.restorableMs).toBe(0);
    expect(cut.outcome('replication')).toBe('bad: receiver_down');
  });

  it('pitfall: lag by the last replayed transaction grows on an idle primary; this one does not', () => {
    const collections = new Collections(lagTargetOf({ hasCanary: false }));
    for (let ms = 0; ms < 60_000; ms += 500) collections.at(ms, healthy);
    const idle = collections.at(60_000, healthy);
    expect(idle.value('sensei_lag_seconds', { member: 'b1' })).toBe(0);
    expect(idle.restorableMs).toBe(60_000);
  });

  it('pitfall: positions beyond 2^53 keep every byte', () => {
    const { value } = new Collections().at(0, {
      written: 'FFFFFFFF/FFFFFFFF',
      replayed: 'FFFFFFFF/FFFFFFFE',
    });
    expect(value('sensei_lag_bytes', { member: 'b1', stage: 'replay' })).toBe(1);
  });
});

describe('a failover between the regions', () => {
  const promoted = {
    written: null,
    replayed: '0/2000',
    isPromoted: true,
    copyTimeline: 2,
    isStreaming: false,
  } as const;

  it('turns the two round, and is told', () => {
    const collections = new Collections();
    collections.at(0, { ...healthy, heartbeat: ['17', start] });
    const dead = collections.at(500, { ...healthy, written: null });
    expect(dead.outcome('writer')).toBe('bad: no_writer');
    const moved = collections.at(1000, promoted);
    expect(moved.eventTypes).toEqual(['writer_moved']);
    expect(moved.outcome('writer')).toBe('good');
    expect(moved.value('sensei_lag_source_info', { cluster: 'orders-b' })).toBe(1);
    const back = collections.at(1500, { ...promoted, written: '0/2000', isDemoted: true });
    expect(back.value('sensei_lag_streaming', { cluster: 'orders-a', member: 'a1' })).toBe(0);
  });

  it('leaves what was restorable as it was: there is no other copy now', () => {
    const collections = new Collections();
    collections.at(0, { ...healthy, heartbeat: ['17', start] });
    expect(collections.at(1000, promoted).restorableMs).toBe(0);
  });

  it('with the old primary back as one is a split brain, on the higher timeline the writer', () => {
    const collections = new Collections();
    collections.at(0, healthy);
    collections.at(500, promoted);
    const both = collections.at(1000, { ...promoted, written: '0/3000', timeline: 1 });
    expect(both.outcome('writer')).toBe('bad: two_writers');
    expect(both.value('sensei_lag_writers')).toBe(2);
    expect(both.value('sensei_lag_source_info', { cluster: 'orders-b' })).toBe(1);
    expect(both.eventTypes).toEqual(['split_brain_began']);
    expect(collections.at(1500, promoted).eventTypes).toEqual(['split_brain_ended']);
  });
});

describe('the threshold', () => {
  it('warns apart from the RPO, once when it is passed and once when it is not any more', () => {
    const collections = new Collections();
    const stuck = { ...healthy, heartbeat: ['17', start] } as const;
    expect(collections.at(5000, stuck).eventTypes).toEqual([]);
    const above = collections.at(10_500, stuck);
    expect(above.eventTypes).toEqual(['lag_above_threshold']);
    expect(above.value('sensei_lag_above_threshold')).toBe(1);
    expect(collections.at(11_000, stuck).eventTypes).toEqual([]);
    const caughtUp = { ...healthy, heartbeat: ['90', start + 11_400] } as const;
    expect(collections.at(11_500, caughtUp).eventTypes).toEqual(['lag_below_threshold']);
  });

  it('is unknown, not 0, before anything was seen', () => {
    const { value } = new Collections().at(0, { written: null, replayed: null });
    expect(value('sensei_lag_above_threshold')).toBeUndefined();
    expect(value('sensei_lag_restorable_timestamp_seconds')).toBeUndefined();
  });
});
