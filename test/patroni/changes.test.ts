import { describe, expect, it } from 'vitest';
import { clusterView, memberStatus } from '../../src/collectors/patroni/answers.js';
import { patroniCollector } from '../../src/collectors/patroni/index.js';
import type { PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import {
  eventsOf,
  measure,
  outcomeOf,
  recorded,
  spanOf,
  stepOf,
  targetOf,
  valueOf,
  type Json,
  type Measured,
} from './recorded.js';

const names = ['a1', 'a2', 'a3'];
const target = targetOf(names);
const nowSeconds = 1_800_000_000;

interface Situation {
  /** Holder of the lock; null for none, undefined where `/cluster` did not answer. */
  readonly lock: string | null | undefined;
  readonly timeline: number;
  /** Live primaries; the lock's holder when absent. */
  readonly primaries?: readonly string[];
  readonly dead?: readonly string[];
  readonly sync?: string;
  readonly cluster?: Json;
  readonly patroni?: Json;
  /** What single members say otherwise. */
  readonly own?: Readonly<Record<string, Json>>;
}

const senderTo = (name: string) => ({ application_name: name, state: 'streaming' });

function statusOf(name: string, situation: Situation): Json {
  const { timeline, lock, primaries = typeof lock === 'string' ? [lock] : [] } = situation;
  const isPrimary = primaries.includes(name);
  return {
    state: 'running',
    role: isPrimary ? 'master' : 'replica',
    timeline,
    xlog: isPrimary ? { location: 100 } : { received_location: 90, replayed_location: 80 },
    ...(isPrimary && { replication: names.map(senderTo) }),
    dcs_last_seen: nowSeconds,
    database_system_identifier: '7711291248539396805',
    patroni: { version: '3.0.2', scope: 'orders' },
    ...situation.patroni,
    ...situation.own?.[name],
  };
}

function listedOf(name: string, { lock, timeline, sync }: Situation): Json {
  if (name === lock) return { name, role: 'leader', state: 'running', timeline };
  return {
    name,
    role: name === sync ? 'sync_standby' : 'replica',
    state: 'running',
    timeline,
    lag: 0,
  };
}

function snapshotOf(situation: Situation): PatroniSnapshot {
  const { lock, dead = [] } = situation;
  const members = names.map((name) =>
    dead.includes(name)
      ? { name, failure: { reason: 'connect' as const, message: `GET ${name}: refused` } }
      : { name, status: memberStatus.parse(statusOf(name, situation)) },
  );
  const from = names.find((name) => !dead.includes(name)) ?? '';
  const view = { members: names.map((name) => listedOf(name, situation)), ...situation.cluster };
  const cluster = lock === undefined ? undefined : { from, value: clusterView.parse(view) };
  return { members, cluster, config: undefined, history: undefined };
}

const nobodyAnswered = snapshotOf({ lock: undefined, timeline: 1, dead: names });

/** Situations one after the other, as the runner would hand them on; `failed` is a failed collection. */
function play(...situations: readonly (Situation | 'failed')[]): Partial<Measured>[] {
  let memory: Measured['memory'] | undefined;
  return situations.map((situation) => {
    const span = spanOf(snapshotOf({ lock: null, timeline: 1 }));
    const found =
      situation === 'failed'
        ? patroniCollector.failed!(target, 'timeout', memory, span, nobodyAnswered)
        : patroniCollector.measure(target, snapshotOf(situation), memory, span);
    if (found.memory !== undefined) memory = found.memory;
    return found;
  });
}

function totals(found: readonly Partial<Measured>[]) {
  const sum = (metric: string) => found.reduce((total, each) => total + stepOf(each, metric), 0);
  return { leader: sum('leader_changes_total'), timeline: sum('timeline_changes_total') };
}

const a1Leads: Situation = { lock: 'a1', timeline: 4, sync: 'a2' };
const a1Dead: Situation = { lock: 'a1', timeline: 4, primaries: [], dead: ['a1'], sync: 'a2' };
const noLeader: Situation = { lock: null, timeline: 4, dead: ['a1'] };
const a2TakesLock: Situation = { lock: 'a2', timeline: 4, primaries: [], dead: ['a1'] };
const a2Leads: Situation = { lock: 'a2', timeline: 5, dead: ['a1'], sync: 'a3' };
const cutOff: Situation = { ...a1Leads, lock: undefined, primaries: ['a1'] };

describe('leader changes and timeline changes', () => {
  it.each<[string, readonly (Situation | 'failed')[], number, number]>([
    ['the first collection counts none', [a2Leads], 0, 0],
    ['nothing happens', [a1Leads, a1Leads, a1Leads], 0, 0],
    [
      'a failover counts one each',
      [a1Leads, a1Dead, noLeader, a2TakesLock, a2Leads, a2Leads],
      1,
      1,
    ],
    ['a failover that no collection saw in its middle', [a1Leads, a2Leads], 1, 1],
    ['a failover behind failed collections', [a1Leads, 'failed', 'failed', a2Leads], 1, 1],
    ['a failover behind a gap of the store', [a1Leads, cutOff, cutOff, a2Leads], 1, 1],
    ['the same leader after an interval without one', [a1Leads, noLeader, noLeader, a1Leads], 0, 0],
    ['the same leader after failed collections', ['failed', a1Leads, 'failed', a1Leads], 0, 0],
    [
      'the same member promoted again: the timeline alone',
      [a1Leads, a1Dead, { ...a1Leads, timeline: 5 }],
      0,
      1,
    ],
    ['several timelines at once', [a1Leads, { ...a2Leads, timeline: 7 }], 1, 3],
    ['there and back', [a1Leads, a2Leads, { ...a1Leads, timeline: 6 }], 2, 2],
    [
      'a planned switchover: both, and no failure',
      [a1Leads, { lock: 'a3', timeline: 5, sync: 'a1' }],
      1,
      1,
    ],
    ['no leader first', [noLeader, a1Leads], 0, 0],
    [
      'a timeline seen going back is no change',
      [a2Leads, { ...a2Leads, timeline: 4 }, a2Leads],
      0,
      0,
    ],
  ])('%s', (_title, situations, leader, timeline) => {
    expect(totals(play(...situations))).toEqual({ leader, timeline });
  });

  it('a planned switchover fails no observation', () => {
    const found = play(a1Leads, { lock: 'a3', timeline: 5, sync: 'a1' });
    expect(found.map(outcomeOf)).toEqual(['good', 'good']);
    expect(stepOf(found[1]!, 'member_failures_total')).toBe(0);
  });

  it('a store that lags behind is not counted back and forth', () => {
    const after: Situation = { lock: 'a2', timeline: 5, primaries: ['a2'] };
    const stale: Situation = { ...after, lock: 'a1' };
    const found = play(a1Leads, after, stale, after, stale, after);
    expect(totals(found)).toEqual({ leader: 1, timeline: 1 });
    expect(outcomeOf(found[2]!)).toBe('unknown disputed');
    expect(valueOf(found[2]!, 'has_leader')).toBeUndefined();
    expect(valueOf(found[2]!, 'split_brain')).toBe(0);
  });

  it('a holder that nobody confirms is believed when it lasts', () => {
    const odd: Situation = { lock: 'a2', timeline: 4, primaries: ['a1'] };
    const found = play(a1Leads, odd, odd, odd, odd, odd);
    expect(totals(found)).toEqual({ leader: 1, timeline: 0 });
    expect(outcomeOf(found.at(-1)!)).toBe('bad split_brain');
  });

  it('a database that was initialised anew counts its timelines from the start', () => {
    const reborn = { ...a1Leads, timeline: 1, patroni: { database_system_identifier: '99' } };
    expect(totals(play(a1Leads, reborn, { ...reborn, timeline: 2 }))).toEqual({
      leader: 0,
      timeline: 1,
    });
  });

  it('recorded: a kill of the primary, before, during and after', () => {
    const steps = ['a-healthy', 'during-k9-ttl30', 'a-after-failover-old-primary-dead'];
    let memory: Measured['memory'] | undefined;
    const found = steps.map((step) => {
      const measured = measure(target, recorded(step, names, 'a2'), memory);
      memory = measured.memory;
      return measured;
    });
    expect(totals(found)).toEqual({ leader: 1, timeline: 1 });
    expect(found.map(outcomeOf)).toEqual(['good', 'bad leader_unreachable', 'good']);
    expect(eventsOf(found[1]!)).toEqual(['member_down a1']);
    expect(eventsOf(found[2]!)).toEqual(
      expect.arrayContaining(['leader_changed a3', 'timeline_raised orders']),
    );
  });
});

describe('whether a change of the leader looks planned', () => {
  const a2LeadsBesideA1: Situation = { lock: 'a2', timeline: 5 };
  const a1Says = (change: Json): Situation => ({
    ...a1Leads,
    primaries: [],
    own: { a1: change },
  });
  const due = { scheduled_switchover: { at: '2027-01-15T08:00:00+00:00', from: 'a1' } };
  const nextYear = { scheduled_switchover: { at: '2028-01-15T08:00:00+00:00', from: 'a1' } };
  const planned = 'it looks planned: a1 answered every time, without a fault';
  const unplanned = (why: string) => `it does not look planned: a1 ${why}`;

  it.each<[string, readonly (Situation | 'failed')[], string]>([
    ['the old leader goes on as a replica', [a1Leads, a2LeadsBesideA1], planned],
    [
      'the old leader was stopped for it',
      [a1Leads, a1Says({ state: 'stopping' }), a1Says({ state: 'stopped' }), a2LeadsBesideA1],
      planned,
    ],
    ['an earlier fault was over', [a1Leads, a1Dead, a1Leads, a2LeadsBesideA1], planned],
    [
      'a switchover was due, and the old leader shut down after it',
      [{ ...a1Leads, cluster: due }, a2Leads],
      'it looks planned: a switchover was scheduled for 2027-01-15T08:00:00+00:00',
    ],
    [
      'a switchover is scheduled for much later',
      [{ ...a1Leads, cluster: nextYear }, { ...a1Dead, cluster: nextYear }, a2Leads],
      unplanned('did not answer'),
    ],
    ['the old leader is dead', [a1Leads, a2Leads], unplanned('did not answer')],
    [
      'the old leader was dead and is back as a replica',
      [a1Leads, a1Dead, noLeader, a2LeadsBesideA1],
      unplanned('did not answer'),
    ],
    [
      'nobody answered before it',
      [a1Leads, 'failed', a2LeadsBesideA1],
      unplanned('did not answer'),
    ],
    [
      'the old leader`s PostgreSQL crashed under a Patroni that answers',
      [a1Leads, a1Says({ state: 'crashed' }), a2LeadsBesideA1],
      unplanned('was crashed'),
    ],
    [
      'the old leader tried to start as primary',
      [a1Leads, a1Says({ state: 'starting', role: 'master' }), a2LeadsBesideA1],
      unplanned('was starting'),
    ],
  ])('%s', (_title, situations, expected) => {
    const changed = play(...situations)
      .flatMap(({ events = [] }) => events)
      .find(({ type }) => type === 'leader_changed');
    expect(changed?.detail).toBe(`the leader of orders was a1 and is a2; ${expected}`);
  });

  it('is left open where the old leader is not a configured member', () => {
    const stranger: Situation = {
      ...a1Leads,
      lock: null,
      primaries: [],
      cluster: { members: [{ name: 'x9', role: 'leader', state: 'running', timeline: 4 }] },
    };
    const [, found] = play(stranger, a2LeadsBesideA1);
    const changed = found?.events?.find(({ type }) => type === 'leader_changed');
    expect(changed?.detail).toBe('the leader of orders was x9 and is a2');
  });
});

describe('events', () => {
  it('tell a failover step by step', () => {
    const found = play(a1Leads, a1Dead, noLeader, noLeader, a2TakesLock, a2Leads);
    const told = found.map(eventsOf);
    expect(told[1]).toContain('member_down a1');
    expect(told[2]).toContain('leader_lost orders');
    expect(told[3]).toEqual([]);
    expect(told[4]).toContain('leader_changed a2');
    expect(told[5]).toEqual(
      expect.arrayContaining([
        'timeline_raised orders',
        'member_state_changed a2',
        'sync_standby_changed orders',
      ]),
    );
  });

  it('carry the values and the time of receipt', () => {
    const [, found] = play(a1Leads, a2Leads);
    const raised = found?.events?.find(({ type }) => type === 'timeline_raised');
    expect(raised?.detail).toBe('orders went from timeline 4 to 5');
    expect(raised?.at).toEqual({ wallMs: (nowSeconds + 1) * 1000 + 20, monoMs: 1020 });
  });

  it('tell members that go and come, also when all do', () => {
    const found = play(a1Leads, 'failed', 'failed', a1Leads);
    expect(found.map(eventsOf)).toEqual([
      [],
      ['member_down a1', 'member_down a2', 'member_down a3'],
      [],
      ['member_up a1', 'member_up a2', 'member_up a3'],
    ]);
  });

  it('tell maintenance mode and scheduled switchovers', () => {
    const paused: Situation = { ...a1Leads, cluster: { pause: true } };
    const planned: Situation = {
      ...a1Leads,
      cluster: { scheduled_switchover: { at: '2027-01-15T08:00:00+00:00', from: 'a1' } },
    };
    const found = play(a1Leads, paused, a1Leads, planned, planned, a1Leads);
    expect(found.map(eventsOf)).toEqual([
      [],
      ['cluster_paused orders'],
      ['cluster_resumed orders'],
      ['switchover_scheduled orders'],
      [],
      ['switchover_unscheduled orders'],
    ]);
    expect(valueOf(found[1]!, 'paused')).toBe(1);
    expect(valueOf(found[3]!, 'switchover_scheduled')).toBe(1);
    expect(valueOf(found[3]!, 'scheduled_switchover_timestamp_seconds')).toBe(1_800_000_000);
    expect(valueOf(found[5]!, 'switchover_scheduled')).toBe(0);
    expect(valueOf(found[5]!, 'scheduled_switchover_timestamp_seconds')).toBeUndefined();
  });

  it('tell nothing of the plans while /cluster does not answer', () => {
    const planned: Situation = {
      ...a1Leads,
      cluster: { scheduled_switchover: { at: '2027-01-15T08:00:00+00:00' } },
    };
    const found = play(a1Leads, planned, cutOff, planned);
    expect(found.slice(2).map(eventsOf)).toEqual([[], []]);
  });
});

describe('a collection in which no member answered', () => {
  const [, found] = play(a1Leads, 'failed');

  it('says nothing of the leader', () => {
    expect(outcomeOf(found!)).toBe('unknown timeout');
    expect(valueOf(found!, 'has_leader')).toBeUndefined();
    expect(valueOf(found!, 'split_brain')).toBeUndefined();
  });

  it('shows every member as not answering and counts its own failure', () => {
    expect(valueOf(found!, 'member_up', { member: 'a1' })).toBe(0);
    expect(stepOf(found!, 'member_failures_total', { member: 'a2', reason: 'connect' })).toBe(1);
    expect(stepOf(found!, 'member_failures_total', { member: 'a2' })).toBe(1);
    expect(found?.facts).toContainEqual({
      name: 'members.a2.failure',
      value: 'connect',
      source: 'GET http://a2.test:8008/patroni',
    });
    expect(found?.facts?.map(({ name }) => name)).not.toContain('split_brain');
  });

  it('says nothing of members that were not asked: an unreadable secret', () => {
    const span = spanOf(snapshotOf(a1Leads));
    const own = patroniCollector.failed!(target, 'auth', undefined, span);
    expect(valueOf(own, 'members_expected')).toBe(3);
    expect(valueOf(own, 'member_up', { member: 'a1' })).toBeUndefined();
    expect(own.increments).toBeUndefined();
    expect(own.events).toBeUndefined();
    expect('memory' in own).toBe(false);
    expect(outcomeOf(own)).toBe('unknown auth');
  });
});

describe('known counters', () => {
  it('exist at 0 from the configuration alone', () => {
    const counters = patroniCollector.counters(target);
    expect(counters.every(({ by }) => by === 0)).toBe(true);
    const found = { increments: counters };
    expect(stepOf(found, 'leader_changes_total')).toBe(0);
    const failures = counters.filter(({ metric }) => metric.endsWith('member_failures_total'));
    expect(new Set(failures.map(({ labels }) => labels['member']))).toEqual(new Set(names));
    expect(failures.some(({ labels }) => labels['reason'] === 'timeout')).toBe(true);
  });
});
