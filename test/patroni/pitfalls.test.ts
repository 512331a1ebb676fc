import { describe, expect, it } from 'vitest';
import {
  clusterView,
  dynamicConfig,
  history,
  memberStatus,
  parseInstant,
} from '../../src/collectors/patroni/answers.js';
import type { PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import {
  answerOf,
  factOf,
  measure,
  outcomeOf,
  recorded,
  recordedJson,
  stepOf,
  targetOf,
  valueOf,
  type Json,
} from './recorded.js';

const a = ['a1', 'a2', 'a3'];
const m = ['m1', 'm2', 'm3'];
const old = () => recorded('made-after-source-2.1.4-healthy', ['m1', 'm2'], 'm2');
const quorum = () => recorded('made-after-source-4.1.0-quorum', m, 'm2');

function withStatus(snapshot: PatroniSnapshot, name: string, change: Json, json: Json | undefined) {
  const members = snapshot.members.map((each) =>
    each.name === name ? answerOf(name, { ...json, ...change }) : each,
  );
  return { ...snapshot, members };
}

describe('lag', () => {
  it('pitfall: /cluster lag may be the string "unknown", and the leader has none', () => {
    const found = measure(targetOf(['m1', 'm2']), old());
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'm2' })).toBeUndefined();
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'm1' })).toBeUndefined();
    expect(valueOf(found, 'member_replay_lag_bytes', { member: 'm2' })).toBe(4096);
  });

  it('pitfall: the lag of the store freezes at 0 when the leader dies: it is not taken for lag', () => {
    const found = measure(targetOf(a), recorded('during-k9-ttl30', a, 'a2'));
    expect(valueOf(found, 'member_dcs_lag_bytes', { member: 'a2' })).toBe(0);
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'a2' })).toBeUndefined();
    const dead = { ...quorum(), members: quorum().members.slice(1) };
    const late = measure(targetOf(['m2', 'm3']), dead);
    expect(valueOf(late, 'member_receive_lag_bytes', { member: 'm2' })).toBeUndefined();
  });

  it('pitfall: receive_lag and replay_lag since 4.1, and before that from the locations', () => {
    const found = measure(targetOf(m), quorum());
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'm2' })).toBe(600);
    expect(valueOf(found, 'member_replay_lag_bytes', { member: 'm2' })).toBe(2600);
    expect(valueOf(found, 'member_receive_lag_bytes', { member: 'm3' })).toBe(0);
    const before = measure(targetOf(['m1', 'm2']), old());
    expect(valueOf(before, 'member_receive_lag_bytes', { member: 'm2' })).toBe(0);
  });

  it('pitfall: scope is in the body of /cluster since 3.2 and missing before', () => {
    expect(
      clusterView.parse(recordedJson('made-after-source-4.1.0-quorum', 'm2-cluster.json')).scope,
    ).toBe('orders');
    expect(clusterView.parse(recordedJson('a-healthy', 'a2-cluster.json')).scope).toBeUndefined();
  });
});

describe('roles and states', () => {
  it('pitfall: the state streaming, since 3.0.4, is a running standby', () => {
    const found = measure(targetOf(m), quorum());
    expect(valueOf(found, 'members', { role: 'quorum_standby', state: 'streaming' })).toBe(1);
    expect(valueOf(found, 'members', { state: 'in archive recovery' })).toBe(1);
    expect(valueOf(found, 'member_running', { member: 'm2' })).toBe(1);
  });

  it('a standby`s own word on how it runs is newer than the store`s', () => {
    const json = recordedJson('made-after-source-4.1.0-quorum', 'm2-patroni.json');
    const change = { replication_state: 'in archive recovery' };
    const found = measure(targetOf(m), withStatus(quorum(), 'm2', change, json));
    expect(valueOf(found, 'members', { state: 'in archive recovery' })).toBe(2);
  });

  it.each(['leader', 'standby_leader', 'sync_standby', 'quorum_standby', 'replica'])(
    'pitfall: roles of /cluster: %s',
    (role) => {
      const view = clusterView.parse({ members: [{ name: 'x', role, state: 'running' }] });
      expect(view.members[0]?.role).toBe(role);
    },
  );

  it('pitfall: /patroni says master through 3.x and primary since 4.0', () => {
    expect(memberStatus.parse({ role: 'master', state: 'running' }).role).toBe('primary');
    expect(memberStatus.parse({ role: 'primary', state: 'running' }).role).toBe('primary');
    for (const [names, snapshot] of [
      [['m1', 'm2'], old()],
      [m, quorum()],
    ] as const) {
      const found = measure(targetOf(names), snapshot);
      expect(valueOf(found, 'primaries')).toBe(1);
      expect(outcomeOf(found)).toBe('good');
    }
  });

  it('a role or a state that is not known yet is `other`, so that labels stay bounded', () => {
    expect(memberStatus.parse({ role: 'emperor', state: 'resting' })).toMatchObject({
      role: 'other',
      state: 'other',
    });
  });

  it('pitfall: a holder of the lock whose PostgreSQL failed to start is no running leader', () => {
    const json = recordedJson('a-healthy', 'a1-patroni.json');
    const change = { state: 'start failed', xlog: undefined, timeline: undefined };
    const snapshot = withStatus(recorded('a-healthy', a, 'a2'), 'a1', change, json);
    const found = measure(targetOf(a), snapshot);
    expect(valueOf(found, 'has_leader')).toBe(1);
    expect(valueOf(found, 'primaries')).toBe(0);
    expect(valueOf(found, 'member_running', { member: 'a1' })).toBe(0);
    expect(outcomeOf(found)).toBe('bad leader_not_running');
  });

  it('pitfall: being primary follows the recovery state, not the lock: two of them are a split brain', () => {
    const json = recordedJson('a-healthy', 'a1-patroni.json');
    const snapshot = withStatus(recorded('a-healthy', a, 'a2'), 'a2', {}, json);
    const found = measure(targetOf(a), snapshot);
    expect(valueOf(found, 'member_primary', { member: 'a2' })).toBe(1);
    expect(valueOf(found, 'member_leader', { member: 'a2' })).toBe(0);
    expect(valueOf(found, 'split_brain')).toBe(1);
  });

  it('a leader that is still being promoted does not serve writes yet', () => {
    const snapshot = recorded('during-k9-ttl30', a, 'a2');
    const view = recordedJson('during-k9-ttl30', 'a2-cluster.json') as { members: Json[] };
    const members = view.members.map((each) =>
      each['name'] === 'a1' ? { ...each, role: 'replica' } : { ...each, role: 'promoted' },
    );
    const cluster = { from: 'a2', value: clusterView.parse({ members: members.slice(0, 2) }) };
    expect(outcomeOf(measure(targetOf(a), { ...snapshot, cluster }))).toBe(
      'bad leader_in_recovery',
    );
  });
});

function everyone(snapshot: PatroniSnapshot, change: Json): PatroniSnapshot {
  const members = snapshot.members.map(({ name, status }) =>
    status === undefined
      ? answerOf(name, undefined)
      : answerOf(name, { ...recordedJson('during-k9-ttl30', `${name}-patroni.json`), ...change }),
  );
  return { ...snapshot, members };
}

describe('no leader and an unreachable store', () => {
  const unlocked = { cluster_unlocked: true };

  function leaderless(): PatroniSnapshot {
    const view = recordedJson('during-k9-ttl30', 'a2-cluster.json') as { members: Json[] };
    const cluster = { from: 'a2', value: clusterView.parse({ members: view.members.slice(1) }) };
    return everyone({ ...recorded('during-k9-ttl30', a, 'a2'), cluster }, unlocked);
  }

  it('pitfall: cluster_unlocked with a store seen just now is a cluster without a leader', () => {
    const found = measure(targetOf(a), leaderless());
    expect(outcomeOf(found)).toBe('bad no_leader');
    expect(valueOf(found, 'has_leader')).toBe(0);
    expect(valueOf(found, 'dcs_reachable')).toBe(1);
    expect(valueOf(found, 'member_cluster_unlocked', { member: 'a2' })).toBe(1);
  });

  it('pitfall: cluster_unlocked is also set when the store is unreachable: leader unknown', () => {
    const snapshot = { ...leaderless(), cluster: undefined };
    const found = measure(targetOf(a), snapshot);
    expect(outcomeOf(found)).toBe('unknown dcs_unreachable');
    expect(valueOf(found, 'has_leader')).toBeUndefined();
    expect(valueOf(found, 'dcs_reachable')).toBe(0);
  });

  it('pitfall: an answer of /cluster does not count from members that saw the store long ago', () => {
    const found = measure(targetOf(a), leaderless(), undefined, 120);
    expect(outcomeOf(found)).toBe('unknown dcs_unreachable');
    expect(valueOf(found, 'dcs_reachable')).toBe(0);
  });

  it('pitfall: failsafe mode says that the store is unreachable while the primary goes on', () => {
    const change = { cluster_unlocked: true, failsafe_mode_is_active: true };
    const found = measure(targetOf(a), everyone(leaderless(), change));
    expect(valueOf(found, 'member_failsafe_active', { member: 'a2' })).toBe(1);
    expect(valueOf(found, 'dcs_reachable')).toBe(0);
    expect(outcomeOf(found)).toBe('unknown dcs_unreachable');
  });

  it('members that see a lock, and no /cluster: undecided', () => {
    const snapshot = { ...recorded('a-healthy', a, 'a2'), cluster: undefined };
    const found = measure(targetOf(a), snapshot);
    expect(outcomeOf(found)).toBe('unknown no_cluster_view');
    expect(valueOf(found, 'dcs_reachable')).toBeUndefined();
    expect(valueOf(found, 'timeline')).toBe(1);
  });
});

describe('history', () => {
  it('pitfall: the fifth column of /history exists since 2.1.1; shorter rows are taken', () => {
    const rows = recordedJson(
      'made-after-source-2.1.4-healthy',
      'm2-history.json',
    ) as unknown as unknown[][];
    expect(history.parse(rows.slice(0, 1))).toEqual({ endedTimeline: 1 });
    expect(history.parse(rows.slice(0, 2)).newLeader).toBeUndefined();
    expect(history.parse(rows).newLeader).toBe('m1');
    expect(history.parse([])).toEqual({});
  });

  it('pitfall: /history is truncated: its length is never counted', () => {
    const target = targetOf(a);
    const snapshot = recorded('a-frozen-primary', a, 'a2');
    const first = measure(target, snapshot);
    const rows = recordedJson('a-frozen-primary', 'a2-history.json') as unknown as unknown[];
    const cut = { from: 'a2', value: history.parse(rows.slice(-2)) };
    const next = measure(target, { ...snapshot, history: cut }, first.memory);
    expect(stepOf(next, 'timeline_changes_total')).toBe(0);
    expect(stepOf(next, 'leader_changes_total')).toBe(0);
    expect(factOf(next, 'history.ended_timeline')).toBe(factOf(first, 'history.ended_timeline'));
  });

  it('pitfall: a re-promotion of the same node raises the timeline without a leader change', () => {
    const target = targetOf(['b1', 'b2'], { role: 'standby' });
    const before = recorded('rf1-A-dead-B-not-promoted', ['b1', 'b2'], 'b2');
    const after = recorded('rf1-B-promoted', ['b1', 'b2'], 'b2');
    const found = measure(target, after, measure(target, before).memory);
    expect(stepOf(found, 'timeline_changes_total')).toBe(1);
    expect(stepOf(found, 'leader_changes_total')).toBe(0);
  });
});

describe('a standby cluster', () => {
  it('pitfall: it does not know its source: locations of both regions are given, its leader has no lag', () => {
    const b = measure(
      targetOf(['b1', 'b2'], { role: 'standby' }),
      recorded('ab-healthy', ['b1', 'b2'], 'b1'),
    );
    const source = measure(targetOf(a), recorded('ab-healthy', a, 'a2'));
    const received = { member: 'b2', position: 'received' };
    expect(valueOf(b, 'member_wal_location_bytes', received)).toBeGreaterThan(0);
    const written = { member: 'a1', position: 'written' };
    expect(valueOf(source, 'member_wal_location_bytes', written)).toBe(134449696);
    expect(valueOf(b, 'member_receive_lag_bytes', { member: 'b2' })).toBeUndefined();
    expect(valueOf(b, 'member_receive_lag_bytes', { member: 'b1' })).toBeDefined();
  });
});

describe('answers of 2.1 and 4.1', () => {
  it('settings: master_start_timeout of old versions, quorum and failsafe of new ones', () => {
    const before = measure(targetOf(['m1', 'm2']), old());
    expect(valueOf(before, 'primary_start_timeout_seconds')).toBe(120);
    expect(valueOf(before, 'synchronous_mode', { mode: 'on' })).toBe(1);
    expect(valueOf(before, 'synchronous_mode_strict')).toBe(1);
    const now = measure(targetOf(m), quorum());
    expect(valueOf(now, 'primary_start_timeout_seconds')).toBe(60);
    expect(valueOf(now, 'synchronous_mode', { mode: 'quorum' })).toBe(1);
    expect(valueOf(now, 'failsafe_mode')).toBe(1);
    expect(valueOf(now, 'ttl_seconds')).toBe(20);
  });

  it('settings that are left out have Patroni`s defaults', () => {
    expect(dynamicConfig.parse({})).toMatchObject({
      ttlSeconds: 30,
      loopWaitSeconds: 10,
      retryTimeoutSeconds: 10,
      primaryStartTimeoutSeconds: 300,
      synchronousMode: 'off',
    });
  });

  it('pending restart, paused replay, pause and a scheduled switchover', () => {
    const found = measure(targetOf(m), quorum());
    expect(valueOf(found, 'member_pending_restart', { member: 'm2' })).toBe(1);
    expect(valueOf(found, 'member_pending_restart', { member: 'm1' })).toBe(0);
    expect(valueOf(found, 'member_replay_paused', { member: 'm2' })).toBe(1);
    expect(valueOf(found, 'member_replay_paused', { member: 'm1' })).toBeUndefined();
    expect(valueOf(found, 'paused')).toBe(1);
    expect(valueOf(found, 'scheduled_switchover_timestamp_seconds')).toBe(
      Date.UTC(2025, 9, 1, 12) / 1000,
    );
  });

  it.each([
    ['2026-11-23 09:08:25.678354+00:00', Date.UTC(2026, 10, 23, 9, 8, 25, 678)],
    ['2022-06-01 10:00:00.250 UTC', Date.UTC(2022, 5, 1, 10, 0, 0, 250)],
    ['2022-06-01T10:00:00+02:00', Date.UTC(2022, 5, 1, 8)],
    ['2022-06-01 10:00:00+02', Date.UTC(2022, 5, 1, 8)],
    ['2022-06-01 10:00:00-0330', Date.UTC(2022, 5, 1, 13, 30)],
  ])('reads the time %s', (text, ms) => {
    expect(parseInstant(text)).toBe(ms / 1000);
  });

  it.each(['2022-06-01 10:00:00 CEST', '2022-06-01 10:00:00', 'soon', '2022-13-45 99:00:00Z'])(
    'does not guess the time %s',
    (text) => {
      expect(parseInstant(text)).toBeUndefined();
    },
  );
});

describe('wrong types and missing fields', () => {
  it('an odd field is left out; it does not blind the rest', () => {
    const status = memberStatus.parse({
      state: 'running',
      role: 'replica',
      timeline: 'two',
      xlog: { received_location: -1, replayed_location: {}, paused: 'no' },
      dcs_last_seen: null,
      patroni: 'old',
      tags: [],
    });
    expect(status).toMatchObject({ state: 'running', role: 'replica' });
    expect(status.timeline).toBeUndefined();
    expect(status.received).toBeUndefined();
    expect(status.dcsLastSeenSeconds).toBeUndefined();
    expect(status.version).toBeUndefined();
  });

  it.each([[{}], [{ role: 'replica' }], [{ state: 1, role: 'replica' }], [[]], ['x'], [null]])(
    'without role and state it is no answer: %j',
    (json) => {
      expect(memberStatus.safeParse(json).success).toBe(false);
    },
  );

  it('a member that was never in touch with the store has no time of it', () => {
    const status = memberStatus.parse({ state: 'running', role: 'replica', dcs_last_seen: 0 });
    expect(status.dcsLastSeenSeconds).toBeUndefined();
  });
});

describe('members that are named differently', () => {
  it('are known by the address of their API', () => {
    const target = targetOf(['node1', 'm2'], {
      members: [
        { name: 'node1', url: 'http://10.0.0.1:8008/' },
        { name: 'm2', url: 'http://10.0.0.2:8008' },
      ],
    });
    const [first, ...others] = old().members;
    const members = [{ ...first!, name: 'node1' }, ...others];
    const found = measure(target, { ...old(), members });
    expect(factOf(found, 'leader')).toBe('node1');
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'members_unconfigured')).toBe(0);
  });

  it('a leader that the configuration does not name is judged by what the store says', () => {
    const { members, ...rest } = old();
    const found = measure(targetOf(['m2']), { ...rest, members: members.slice(1) });
    expect(outcomeOf(found)).toBe('good');
    expect(valueOf(found, 'members_unconfigured')).toBe(1);
    expect(factOf(found, 'leader')).toBe('m1');
  });
});

describe('synchronous standbys', () => {
  const postgresql = { replication: { enabled: true, numSynchronousReplicas: 2 } };

  it('are expected as the target says, else as the platform`s block says', () => {
    const snapshot = recorded('a-healthy', a, 'a2');
    const own = measure(targetOf(a, { synchronousStandbys: 1 }, { postgresql }), snapshot);
    expect(valueOf(own, 'synchronous_standbys_expected')).toBe(1);
    const platform = measure(targetOf(a, {}, { postgresql }), snapshot);
    expect(valueOf(platform, 'synchronous_standbys_expected')).toBe(2);
    expect(valueOf(platform, 'synchronous_standbys')).toBe(1);
    expect(
      valueOf(measure(targetOf(a), snapshot), 'synchronous_standbys_expected'),
    ).toBeUndefined();
  });

  it('to which the leader does not stream are not counted: one recovers from the archive', () => {
    const found = measure(targetOf(m), quorum());
    expect(valueOf(found, 'members', { role: 'quorum_standby', state: 'streaming' })).toBe(1);
    expect(valueOf(found, 'member_synchronous', { member: 'm3' })).toBe(1);
    expect(valueOf(found, 'synchronous_standbys')).toBe(1);
    expect(factOf(found, 'sync_standbys')).toBe('m2');
  });

  const sender = { application_name: 'A3', state: 'streaming', sync_state: 'sync' };

  it.each<[string, Json, number]>([
    ['streams, by a name in another case', { replication: [sender] }, 1],
    ['is still catching up', { replication: [{ ...sender, state: 'catchup' }] }, 0],
    ['is not connected: its row is gone', { replication: undefined }, 0],
    ['may not be seen: rows without values', { replication: [{ application_name: null }] }, 1],
    [
      'cannot be asked for: PostgreSQL gave no answer',
      { xlog: undefined, replication: undefined },
      1,
    ],
  ])('whose row at the leader %s', (_title, change, expected) => {
    const json = recordedJson('a-healthy', 'a1-patroni.json');
    const found = measure(
      targetOf(a),
      withStatus(recorded('a-healthy', a, 'a2'), 'a1', change, json),
    );
    expect(valueOf(found, 'synchronous_standbys')).toBe(expected);
  });

  it('that run are counted while the leader does not answer', () => {
    const found = measure(targetOf(a), recorded('during-k9-ttl30', a, 'a2'));
    expect(valueOf(found, 'synchronous_standbys')).toBe(1);
  });

  it('that do not answer or do not run are not counted', () => {
    const snapshot = recorded('a-healthy', a, 'a2');
    const json = recordedJson('a-healthy', 'a3-patroni.json');
    const stopped = withStatus(snapshot, 'a3', { state: 'stopped' }, json);
    expect(valueOf(measure(targetOf(a), stopped), 'synchronous_standbys')).toBe(0);
    const members = snapshot.members.map((each) =>
      each.name === 'a3' ? answerOf('a3', undefined) : each,
    );
    const frozen = measure(targetOf(a), { ...snapshot, members });
    expect(valueOf(frozen, 'synchronous_standbys')).toBe(0);
    expect(valueOf(frozen, 'members', { role: 'sync_standby', state: 'unreachable' })).toBe(1);
  });
});
