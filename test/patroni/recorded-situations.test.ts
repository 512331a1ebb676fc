import { describe, expect, it } from 'vitest';
import {
  factOf,
  measure,
  outcomeOf,
  recorded,
  recordedJson,
  answerOf,
  stepOf,
  targetOf,
  valueOf,
} from './recorded.js';

const a = ['a1', 'a2', 'a3'];
const b = ['b1', 'b2'];

describe('a healthy cluster', () => {
  const found = measure(targetOf(a), recorded('a-healthy', a, 'a2'));

  it('has one leader that holds the lock and runs', () => {
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'has_leader')).toBe(1);
    expect(valueOf(found, 'primaries')).toBe(1);
    expect(valueOf(found, 'split_brain')).toBe(0);
    expect(valueOf(found, 'dcs_reachable')).toBe(1);
    expect(valueOf(found, 'member_leader', { member: 'a1' })).toBe(1);
    expect(valueOf(found, 'member_leader', { member: 'a2' })).toBe(0);
  });

  it('counts its members by role and state', () => {
    const running = { state: 'running' };
    expect(valueOf(found, 'members', { role: 'leader', ...running })).toBe(1);
    expect(valueOf(found, 'members', { role: 'sync_standby', ...running })).toBe(1);
    expect(valueOf(found, 'members', { role: 'replica', ...running })).toBe(1);
    expect(valueOf(found, 'members_expected')).toBe(3);
    expect(valueOf(found, 'members_unconfigured')).toBe(0);
  });

  it('gives versions, identity, zones and times of its members', () => {
    expect(
      valueOf(found, 'member_info', {
        member: 'a1',
        zone: 'z-a1',
        cluster: 'orders',
        region: 'eu',
        patroni_version: '3.0.2',
        postgresql_version: '15.20',
        system_identifier: '7711291248539396805',
      }),
    ).toBe(1);
    expect(valueOf(found, 'info', { scope: 'orders-a' })).toBe(1);
    const started = valueOf(found, 'member_postmaster_start_timestamp_seconds', { member: 'a1' });
    expect(started).toBeCloseTo(Date.UTC(2026, 10, 23, 9, 8, 25, 678) / 1000, 2);
    const seen = valueOf(found, 'member_dcs_last_seen_timestamp_seconds', { member: 'a1' });
    expect(seen).toBe(1795424985);
  });

  it('gives the settings that decide how long a failover takes', () => {
    expect(valueOf(found, 'ttl_seconds')).toBe(30);
    expect(valueOf(found, 'loop_wait_seconds')).toBe(10);
    expect(valueOf(found, 'retry_timeout_seconds')).toBe(10);
    expect(valueOf(found, 'primary_start_timeout_seconds')).toBe(300);
    expect(valueOf(found, 'synchronous_mode', { mode: 'on' })).toBe(1);
    expect(valueOf(found, 'synchronous_mode', { mode: 'off' })).toBe(0);
    expect(valueOf(found, 'synchronous_mode_strict')).toBe(0);
    expect(valueOf(found, 'standby_cluster')).toBe(0);
  });

  it('counts nothing and reports no event at the first collection', () => {
    expect(found.events).toEqual([]);
    expect(found.increments.filter(({ by }) => by !== 0)).toEqual([]);
  });

  it('says where it read each fact', () => {
    expect(factOf(found, 'leader')).toBe('a1');
    expect(factOf(found, 'timeline')).toBe(1);
    expect(factOf(found, 'split_brain')).toBe(false);
    expect(factOf(found, 'paused')).toBe(false);
    expect(factOf(found, 'sync_standbys')).toBe('a3');
    expect(factOf(found, 'members.a3.role')).toBe('sync_standby');
    const leader = found.facts.find(({ name }) => name === 'leader');
    expect(leader?.source).toBe('GET http://a2.test:8008/cluster');
    expect(found.facts.every(({ source }) => source !== '')).toBe(true);
  });
});

describe('lag', () => {
  it('is the distance of the live locations, and 0 for a standby asked later than its leader', () => {
    const healthy = measure(targetOf(a), recorded('a-healthy', a, 'a2'));
    expect(valueOf(healthy, 'member_receive_lag_bytes', { member: 'a2' })).toBe(0);
    const busy = measure(targetOf(a), recorded('ab-healthy', a, 'a2'));
    expect(valueOf(busy, 'member_replay_lag_bytes', { member: 'a3' })).toBe(0);
  });

  it('is not given for the leader', () => {
    const found = measure(targetOf(a), recorded('a-healthy', a, 'a2'));
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'a1' })).toBeUndefined();
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'a1' })).toBeUndefined();
  });

  it('is exact beyond what a double holds', () => {
    const leader = recordedJson('a-healthy', 'a1-patroni.json');
    const standby = recordedJson('a-healthy', 'a2-patroni.json');
    const snapshot = {
      ...recorded('a-healthy', a, 'a2'),
      members: [
        answerOf('a1', { ...leader, xlog: { location: '18446744073709551615' } }),
        answerOf('a2', {
          ...standby,
          xlog: {
            received_location: '18446744073709551612',
            replayed_location: '18446744073709551608',
          },
        }),
      ],
    };
    const found = measure(targetOf(['a1', 'a2']), snapshot);
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'a2' })).toBe(3);
    expect(valueOf(found, 'member_replay_lag_bytes', { member: 'a2' })).toBe(7);
  });

  it('is absent on another timeline: stuck replicas of a rejoined region', () => {
    const target = targetOf(a, { role: 'standby' });
    const found = measure(target, recorded('rejoin1-stuck-replicas', a, 'a2'));
    expect(valueOf(found, 'member_timeline', { member: 'a1' })).toBe(1);
    expect(valueOf(found, 'timeline')).toBe(2);
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'a1' })).toBeUndefined();
    expect(valueOf(found, 'member_replay_lag_bytes', { member: 'a1' })).toBeUndefined();
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'a1' })).toBe(184308656);
    expect(valueOf(found, 'standby_cluster')).toBe(1);
    expect(outcomeOf(found)).toBe('good');
  });
});

describe('a failover', () => {
  it.each([
    ['during-k9-ttl30', 'a1', 'a2'],
    ['during-k9-ttl20-1', 'a3', 'a2'],
  ])('%s: the lock is still held by %s, which does not answer', (situation, dead, source) => {
    const found = measure(targetOf(a), recorded(situation, a, source));
    expect(outcomeOf(found)).toBe('bad leader_unreachable');
    expect(valueOf(found, 'has_leader')).toBe(1);
    expect(valueOf(found, 'primaries')).toBe(0);
    expect(valueOf(found, 'member_up', { member: dead })).toBe(0);
    expect(valueOf(found, 'members', { role: 'leader', state: 'unreachable' })).toBe(1);
    const left = found.samples.filter(({ labels }) => labels['member'] === dead);
    expect(left.map(({ metric }) => metric)).toEqual(['sensei_patroni_member_up']);
  });

  it('the old primary is dead and a standby leads on the next timeline', () => {
    const found = measure(targetOf(a), recorded('a-after-failover-old-primary-dead', a, 'a2'));
    expect(outcomeOf(found)).toBe('good');
    expect(factOf(found, 'leader')).toBe('a3');
    expect(valueOf(found, 'timeline')).toBe(2);
    expect(valueOf(found, 'member_up', { member: 'a1' })).toBe(0);
    expect(valueOf(found, 'members', { role: 'unknown', state: 'unreachable' })).toBe(1);
    expect(stepOf(found, 'member_failures_total', { member: 'a1', reason: 'timeout' })).toBe(1);
    const at = valueOf(found, 'last_timeline_change_timestamp_seconds');
    expect(at).toBeCloseTo(Date.UTC(2026, 10, 23, 9, 13, 46, 420) / 1000, 2);
    expect(factOf(found, 'history.new_leader')).toBe('a3');
  });

  it('a frozen primary keeps its lock and says nothing', () => {
    const found = measure(targetOf(a), recorded('a-frozen-primary', a, 'a2'));
    expect(outcomeOf(found)).toBe('bad leader_unreachable');
    expect(valueOf(found, 'member_up', { member: 'a3' })).toBe(0);
    expect(valueOf(found, 'member_primary', { member: 'a3' })).toBeUndefined();
    expect(valueOf(found, 'split_brain')).toBe(0);
  });
});

describe('two regions', () => {
  it('the standby cluster has a standby leader and expects no synchronous standby', () => {
    const postgresql = { replication: { enabled: true, numSynchronousReplicas: 1 } };
    const target = targetOf(b, { role: 'standby' }, { postgresql });
    const found = measure(target, recorded('ab-healthy', b, 'b1'));
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'members', { role: 'standby_leader' })).toBe(1);
    expect(valueOf(found, 'standby_cluster')).toBe(1);
    expect(valueOf(found, 'standby_cluster_expected')).toBe(1);
    expect(valueOf(found, 'synchronous_standbys_expected')).toBeUndefined();
    expect(valueOf(found, 'primaries')).toBe(0);
  });

  it('its promotion raises the timeline of the same leader and nothing else', () => {
    const target = targetOf(b, { role: 'standby' });
    const before = measure(target, recorded('rf1-A-dead-B-not-promoted', b, 'b2'));
    expect(outcomeOf(before)).toBe('good');
    expect(valueOf(before, 'standby_cluster')).toBe(1);
    const after = measure(target, recorded('rf1-B-promoted', b, 'b2'), before.memory);
    expect(outcomeOf(after)).toBe('good');
    expect(valueOf(after, 'standby_cluster')).toBe(0);
    expect(valueOf(after, 'member_primary', { member: 'b1' })).toBe(1);
    expect(stepOf(after, 'leader_changes_total')).toBe(0);
    expect(stepOf(after, 'timeline_changes_total')).toBe(1);
  });
});

describe('split brain', () => {
  const target = targetOf(a);

  it('is not a cluster whose replicas have diverged from a sole primary', () => {
    const found = measure(target, recorded('a-split-brain-diverged', a, 'a1'));
    expect(valueOf(found, 'split_brain')).toBe(0);
    expect(valueOf(found, 'timeline')).toBe(10);
    expect(valueOf(found, 'member_timeline', { member: 'a1' })).toBe(11);
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'a1' })).toBeUndefined();
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'a1' })).toBe(0);
  });

  /** The old primary of `a-healthy` beside the new one that was recorded after the failover. */
  const twoPrimaries = () => {
    const snapshot = recorded('a-after-failover-old-primary-dead', a, 'a2');
    const old = { ...recordedJson('a-healthy', 'a1-patroni.json'), dcs_last_seen: 1795425287 };
    const members = snapshot.members.map((each) =>
      each.name === 'a1' ? answerOf('a1', old) : each,
    );
    return { ...snapshot, members };
  };

  it('is two members that run as primary in one scope', () => {
    const found = measure(target, twoPrimaries());
    expect(valueOf(found, 'split_brain')).toBe(1);
    expect(valueOf(found, 'primaries')).toBe(2);
    expect(outcomeOf(found)).toBe('bad split_brain');
    expect(valueOf(found, 'members', { role: 'primary' })).toBe(1);
    expect(valueOf(found, 'members', { role: 'leader' })).toBe(1);
    expect(factOf(found, 'split_brain')).toBe(true);
  });

  it('is a primary beside another member that holds the lock', () => {
    const snapshot = twoPrimaries();
    const members = snapshot.members.filter(({ name }) => name !== 'a3');
    const found = measure(targetOf(['a1', 'a2']), { ...snapshot, members });
    expect(valueOf(found, 'split_brain')).toBe(1);
    expect(valueOf(found, 'primaries')).toBe(1);
  });

  it('is seen even when nobody can tell who holds the lock', () => {
    const found = measure(target, { ...twoPrimaries(), cluster: undefined });
    expect(valueOf(found, 'split_brain')).toBe(1);
    expect(valueOf(found, 'has_leader')).toBeUndefined();
  });

  it('is not a primary of another scope', () => {
    const snapshot = recorded('a-after-failover-old-primary-dead', a, 'a2');
    const stranger = recordedJson('rf1-B-promoted', 'b1-patroni.json');
    const members = snapshot.members.map((each) =>
      each.name === 'a1' ? answerOf('a1', stranger) : each,
    );
    const found = measure(target, { ...snapshot, members });
    expect(valueOf(found, 'split_brain')).toBe(0);
  });

  it('begins and ends once each', () => {
    const healthy = recorded('a-after-failover-old-primary-dead', a, 'a2');
    let memory = measure(target, healthy).memory;
    const types = [twoPrimaries(), twoPrimaries(), healthy, healthy].flatMap((snapshot) => {
      const found = measure(target, snapshot, memory);
      memory = found.memory;
      return found.events.map(({ type }) => type).filter((type) => type.startsWith('split'));
    });
    expect(types).toEqual(['split_brain_began', 'split_brain_ended']);
  });
});
