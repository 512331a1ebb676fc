import { describe, expect, it } from 'vitest';
import { clusterView } from '../../src/collectors/patroni/answers.js';
import type { LagSnapshot } from '../../src/collectors/lag/snapshot.js';
import type { PatroniSnapshot } from '../../src/collectors/patroni/snapshot.js';
import type { MemberAnswer } from '../../src/collectors/sql/answer.js';
import type { DrEvidence } from '../../src/dr/evidence.js';
import type { GateName, GateVerdict } from '../../src/dr/gates.js';
import { snapshotOf } from '../lag/regions.js';
import { recordedMember } from '../postgres/recorded.js';
import { answerOf, recordedJson } from '../patroni/recorded.js';
import {
  pairAfter,
  at,
  clusterOf,
  day,
  gateNamed,
  healthyA,
  healthyB,
  historyOf,
  inStep,
  instancesOf,
  measuredOf,
  minute,
  pairOf,
  pairWith,
  silentOf,
} from './evidence-of.js';

type Case = readonly [
  title: string,
  verdict: GateVerdict,
  figure: RegExp,
  change: Partial<DrEvidence>,
];

/** One gate in many situations; what it says of itself is complete. */
function table(name: GateName, cases: readonly Case[]): void {
  describe(`the gate ${name}`, () => {
    it.each(cases)('%s', (_title, verdict, figure, change) => {
      const gate = gateNamed(name, change);
      expect([gate.verdict, gate.figure]).toEqual([verdict, expect.stringMatching(figure)]);
      expect(gate.source).not.toBe('');
      expect(gate.advice === '').toBe(verdict === 'PASS');
    });
  });
}

type Member = PatroniSnapshot['members'][number];
type Status = NonNullable<Member['status']>;

/** Region B, with every member's answer changed. */
function changedB(change: (member: Member) => Member): Partial<DrEvidence> {
  const changed = clusterOf('b', 'ab-healthy', 'b1', (snapshot) => ({
    ...snapshot,
    members: snapshot.members.map(change),
  }));
  return { clusters: [healthyA, changed] };
}

/** Region B, where one member says something else of itself. */
function inB(name: string, change: (status: Status) => Partial<Status>): Partial<DrEvidence> {
  return changedB((member) =>
    member.name === name && member.status !== undefined
      ? { name, status: { ...member.status, ...change(member.status) } }
      : member,
  );
}

/** What the store of region B or A holds, with something changed. */
function listed(
  region: 'a' | 'b',
  change: Partial<NonNullable<PatroniSnapshot['cluster']>['value']>,
): Partial<DrEvidence> {
  const from = region === 'a' ? 'a2' : 'b1';
  const changed = clusterOf(region, 'ab-healthy', from, (snapshot) => ({
    ...snapshot,
    cluster: { from, value: { ...snapshot.cluster!.value, ...change } },
  }));
  return { clusters: region === 'a' ? [changed, healthyB] : [healthyA, changed] };
}

function silent(name: string): Member {
  return { name, failure: { reason: 'connect', message: `${name}: refused` } };
}

function without(...names: readonly string[]): Partial<DrEvidence> {
  return changedB((member) => (names.includes(member.name) ? silent(member.name) : member));
}

/** The old primary beside the new one. */
const splitA = clusterOf('a', 'a-after-failover-old-primary-dead', 'a2', (snapshot) => ({
  ...snapshot,
  members: snapshot.members.map((member) =>
    member.name === 'a1' ? answerOf('a1', recordedJson('a-healthy', 'a1-patroni.json')) : member,
  ),
}));

const deadA = clusterOf('a', 'nothing-recorded', 'a2');
const regionAIsDead: Partial<DrEvidence> = {
  clusters: [deadA, clusterOf('b', 'rf1-A-dead-B-not-promoted', 'b2')],
  pairs: [pairOf({ written: null, isStreaming: false })],
};
const regionBIsDead: Partial<DrEvidence> = {
  clusters: [healthyA, clusterOf('b', 'nothing-recorded', 'b1')],
  pairs: [pairOf({ replayed: null })],
};
const promotedB: Partial<DrEvidence> = {
  clusters: [deadA, clusterOf('b', 'rf1-B-promoted', 'b2')],
  pairs: [pairOf({ written: null, isPromoted: true, copyTimeline: 2 })],
};
/** a1 has stopped answering, and its replicas have not elected another yet. */
const frozenPrimary: Partial<DrEvidence> = {
  clusters: [clusterOf('a', 'a-frozen-primary', 'a2'), healthyB],
  pairs: [
    pairWith([
      [...snapshotOf({ ...inStep, written: null })[0], ...snapshotOf(inStep)[1].slice(1)],
      snapshotOf(inStep)[1],
    ]),
  ],
};
function withoutB2([first, second]: LagSnapshot): LagSnapshot {
  const [, dead] = snapshotOf({ ...inStep, replayed: null })[1];
  return [first, [...second.slice(0, 1), dead!]];
}
const nobody: Partial<DrEvidence> = { clusters: [], pairs: [] };

describe('a region that cannot be asked, for a login here', () => {
  const message =
    'PostgreSQL at a1: cannot read the secret in /etc/sensei/monitor.password (ENOENT)';
  const [, ofB] = snapshotOf({ ...inStep, isStreaming: false });
  const isSilent = { ok: false, member: 'a1', message } as const;

  it.each([
    ['one-writer', 'internal'],
    ['same-system', 'internal'],
    ['same-timeline', 'auth'],
    ['streaming', 'auth'],
  ] as const)('is not called lost by the gate %s', (name, reason) => {
    const pairs = [pairWith([[{ ...isSilent, reason }], ofB])];
    const { verdict, advice } = gateNamed(name, { ...regionAIsDead, pairs });
    expect([verdict, advice]).toEqual([
      'UNKNOWN',
      `Mend the login here, and ask again; it does not say that orders-a is lost. ${message}.`,
    ]);
  });

  it('is told apart from one that does not answer', () => {
    const pairs = [pairWith([[{ ...isSilent, reason: 'internal' }], ofB])];
    expect(gateNamed('same-system', { pairs }).figure).toBe(
      'orders-a cannot be asked (a1: internal)',
    );
  });
});

table('one-writer', [
  ['passes with the one primary of the other region', 'PASS', /^orders-a\/a1/, {}],
  [
    'passes where this region alone writes',
    'PASS',
    /^orders-b\/b1/,
    { pairs: [pairOf({ isDemoted: true, isPromoted: true })] },
  ],
  [
    'fails for a primary in both regions',
    'FAIL',
    /^2 writers: orders-b\/b1, orders-a\/a1/,
    { pairs: [pairOf({ isPromoted: true })] },
  ],
  [
    'fails for a split brain of a cluster',
    'FAIL',
    /^orders-a has a split brain/,
    { clusters: [splitA, healthyB] },
  ],
  [
    'does not know whether a dead region writes',
    'UNKNOWN',
    /^orders-a is not known to be without a writer/,
    regionAIsDead,
  ],
  [
    'does not know whether a frozen primary writes',
    'UNKNOWN',
    /^orders-a is not known to be without a writer \(a1: connect\)/,
    frozenPrimary,
  ],
  [
    'tells of both regions where neither is known to be without a writer',
    'UNKNOWN',
    /^orders-b is not known .*\(b2: connect\); orders-a is not known .*\(a1: connect\)$/,
    { pairs: [pairWith(withoutB2(snapshotOf({ ...inStep, written: null, isStreaming: false })))] },
  ],
  ['does not know where nothing is configured', 'UNKNOWN', /^no copy is followed there/, nobody],
]);

table('same-system', [
  ['passes for the same identifier', 'PASS', /^77$/, {}],
  [
    'fails for another database',
    'FAIL',
    /^orders-b has 78, 77, orders-a has 77$/,
    { pairs: [pairOf({ copySystem: '78' })] },
  ],
  ['does not know of a dead region', 'UNKNOWN', /^orders-a does not answer/, regionAIsDead],
  [
    'does not know where the region itself is dead',
    'UNKNOWN',
    /^orders-b does not answer/,
    regionBIsDead,
  ],
  ['needs no primary where another member of the region tells', 'PASS', /^77$/, frozenPrimary],
]);

table('same-timeline', [
  [
    'does not know while the other region elects a primary',
    'UNKNOWN',
    /^orders-a has no primary$/,
    frozenPrimary,
  ],
  ['passes on one timeline', 'PASS', /^1$/, {}],
  [
    'fails for a copy that is ahead: it has a history of its own',
    'FAIL',
    /^2, the primary is on 1$/,
    { pairs: [pairOf({ copyTimeline: 2 })] },
  ],
  [
    'fails for a copy that has not followed',
    'FAIL',
    /^1, the primary is on 3$/,
    { pairs: [pairOf({ timeline: 3 })] },
  ],
  ['does not know of a dead region', 'UNKNOWN', /^orders-a does not answer/, regionAIsDead],
]);

describe('a copy as it was recorded', () => {
  const recordedPair = pairWith([
    [recordedMember('ab-healthy', 'a1')],
    [recordedMember('ab-healthy', 'b1')],
  ]);

  it.each<GateName>(['one-writer', 'same-system', 'same-timeline', 'streaming', 'replay-running'])(
    'passes the gate %s',
    (name) => {
      expect(gateNamed(name, { pairs: [recordedPair] }).verdict).toBe('PASS');
    },
  );
});

describe('gates of two copies', () => {
  it('tells of which one each figure is, and the worst decides', () => {
    const second = pairOf({ copyTimeline: 2 });
    const pairs = [pairOf(), { ...second, target: { ...second.target, name: 'users' } }];
    expect(gateNamed('same-timeline', { pairs })).toMatchObject({
      verdict: 'FAIL',
      figure: 'users: 2, the primary is on 1',
    });
    expect(gateNamed('same-system', { pairs }).figure).toBe('orders: 77; users: 77');
  });

  it('says what to do about each that is as bad as the worst', () => {
    const [behindB, aheadB] = [pairOf({ timeline: 3 }), pairOf({ copyTimeline: 2 })];
    const pairs = [behindB, { ...aheadB, target: { ...aheadB.target, name: 'users' } }];
    expect(gateNamed('same-timeline', { pairs }).advice).toBe(
      'See that the copy follows the primary onto its timeline. ' +
        'The copy has a history of its own: make it anew from the primary.',
    );
  });
});

/** Region B, whose members Patroni calls otherwise than the configuration: their addresses tell. */
const otherwiseNamed: Partial<DrEvidence> = {
  clusters: [
    healthyA,
    clusterOf('b', 'ab-healthy', 'b1', (snapshot) => ({
      ...snapshot,
      members: snapshot.members.map((member) =>
        member.status?.role === 'standby_leader'
          ? { name: member.name, status: { ...member.status, streamingTo: ['pg-b1'] } }
          : member,
      ),
      cluster: {
        from: 'b1',
        value: {
          ...snapshot.cluster!.value,
          members: snapshot.cluster!.value.members.map((each) => ({
            ...each,
            name: `pg-${each.name}`,
            apiUrl: `http://${each.name}.test:8008/patroni`,
          })),
        },
      },
    })),
  ],
};

table('standby-leader', [
  ['passes for the one that leads and runs', 'PASS', /^orders-b\/b2$/, {}],
  ['knows the one that leads by its address', 'PASS', /^orders-b\/b2$/, otherwiseNamed],
  ['passes while the other region is dead', 'PASS', /^orders-b\/b1$/, regionAIsDead],
  [
    'fails where the region has a primary already',
    'FAIL',
    /^orders-b\/b1 is a primary$/,
    promotedB,
  ],
  ['fails for two that lead', 'FAIL', /both lead$/, inB('b1', () => ({ role: 'standby_leader' }))],
  [
    'fails without any',
    'FAIL',
    /^orders-b: no standby leader$/,
    {
      clusters: [
        clusterOf('b', 'ab-healthy', 'b1', (snapshot) => ({
          ...snapshot,
          members: snapshot.members.map((member) =>
            member.status === undefined
              ? member
              : { ...member, status: { ...member.status, role: 'replica' } },
          ),
          cluster: { from: 'b1', value: { ...snapshot.cluster!.value, members: [] } },
        })),
      ],
    },
  ],
  [
    'fails for one whose PostgreSQL does not run',
    'FAIL',
    /^orders-b\/b2 is start failed$/,
    inB('b2', () => ({ state: 'start failed' })),
  ],
  [
    'does not know of one that does not answer',
    'UNKNOWN',
    /^orders-b\/b2 does not answer$/,
    without('b2'),
  ],
  [
    'does not know of a dead region',
    'UNKNOWN',
    /^orders-b: the leader is not known \(b1: timeout, b2: timeout\)$/,
    regionBIsDead,
  ],
  [
    'does not know where nothing is configured',
    'UNKNOWN',
    /^no Patroni cluster is watched there$/,
    nobody,
  ],
]);

/** What b1 says of its receiver. */
function withReceiver(receiver: MemberAnswer['receiver']): LagSnapshot {
  const [first, [b1, ...others]] = snapshotOf(inStep);
  if (b1?.ok !== true) throw new Error('b1 has no answer');
  return [first, [{ ...b1, answer: { ...b1.answer, receiver } }, ...others]];
}

table('streaming', [
  ['passes while it receives', 'PASS', /^orders-b\/b1$/, {}],
  [
    'fails where the primary is there and nothing comes',
    'FAIL',
    /^orders-b\/b1 receives nothing$/,
    { pairs: [pairOf({ isStreaming: false })] },
  ],
  [
    'does not know where there is nothing left to stream from',
    'UNKNOWN',
    /^orders-b\/b1 receives nothing, and orders-a does not answer$/,
    regionAIsDead,
  ],
  ['fails where the region has the primary', 'FAIL', /^orders-b has a primary$/, promotedB],
  [
    'does not know what a login without rights may not see',
    'UNKNOWN',
    /^not told$/,
    { pairs: [pairWith(withReceiver({ status: null, received_tli: null }))] },
  ],
]);

const behind = { written: '0/9000' } as const;
table('received-position', [
  ['passes where nothing is missing', 'PASS', /^nothing, 0 B behind \(RPO 1 min\)$/, {}],
  [
    'passes by a heartbeat that is young enough',
    'PASS',
    /^at most 400 ms, 16\.4 kB behind \(RPO 1 min\)$/,
    { pairs: [pairOf(behind)] },
  ],
  ['passes on the boundary', 'PASS', /^at most 400 ms, /, { pairs: [pairOf(behind)], rpoMs: 400 }],
  [
    'passes over a dead primary by a heartbeat that is young enough',
    'PASS',
    /^at most 400 ms \(RPO/,
    regionAIsDead,
  ],
  [
    'fails where the primary is known to be further on than the RPO',
    'FAIL',
    /^at least 1 min 40 s, 16\.4 kB behind \(RPO 1 min\)$/,
    {
      pairs: [
        pairOf({ ...behind, isStreaming: false, heartbeat: ['1', at - 100_000], writtenMs: at }),
      ],
    },
  ],
  [
    'does not know what a dead primary wrote since the last heartbeat',
    'UNKNOWN',
    /^at most 1 min 40 s \(RPO 1 min\); orders-a does not tell what it wrote since$/,
    { pairs: [pairOf({ written: null, isStreaming: false, heartbeat: ['1', at - 100_000] })] },
  ],
  [
    'does not know where the heartbeat itself is old',
    'UNKNOWN',
    /^at most 1 min 40 s, /,
    { pairs: [pairOf({ ...behind, heartbeat: ['1', at - 100_000], writtenMs: at - 100_000 })] },
  ],
  [
    'does not take equal positions for proof where the receiver is down',
    'UNKNOWN',
    /^at most 1 min 40 s, 0 B behind/,
    {
      pairs: [
        pairOf({ isStreaming: false, heartbeat: ['1', at - 100_000], writtenMs: at - 100_000 }),
      ],
    },
  ],
  [
    'passes where the copy has what the primary had just before',
    'PASS',
    /^at most 250 ms, 16\.4 kB behind \(RPO 1 min\)$/,
    { pairs: [pairAfter(250, '0/5000', { ...behind, heartbeat: ['1', at - 100_000] })] },
  ],
  [
    'does not pass where the copy lacks what the primary had just before',
    'UNKNOWN',
    /^at most 1 min 40 s, 16\.4 kB behind/,
    {
      pairs: [
        pairAfter(250, '0/5001', {
          ...behind,
          heartbeat: ['1', at - 100_000],
          writtenMs: at - 100_000,
        }),
      ],
    },
  ],
  [
    'does not take what waits for its replay for lost',
    'UNKNOWN',
    /^at most 1 min 40 s, /,
    {
      pairs: [
        pairOf({
          written: '0/90000',
          replayed: '0/100',
          received: '0/50000',
          heartbeat: ['1', at - 100_000],
          writtenMs: at,
        }),
      ],
    },
  ],
  [
    'does not take for lost what a paused replay has received',
    'UNKNOWN',
    /^at most 1 min 40 s, /,
    {
      pairs: [pairOf({ ...behind, isPaused: true, heartbeat: ['1', at - 100_000], writtenMs: at })],
    },
  ],
  [
    'fails also where the log was cut within a record',
    'FAIL',
    /^at least 1 min 40 s, /,
    {
      pairs: [
        pairOf({
          ...behind,
          received: '0/5010',
          isStreaming: false,
          heartbeat: ['1', at - 100_000],
          writtenMs: at,
        }),
      ],
    },
  ],
  [
    'compares no positions on two timelines',
    'PASS',
    /^at most 400 ms \(RPO 1 min\)$/,
    { pairs: [pairOf({ timeline: 3 })] },
  ],
]);

table('replay-running', [
  ['passes while it replays', 'PASS', /^orders-b\/b1 replays$/, {}],
  [
    'fails while it is paused',
    'FAIL',
    /^orders-b\/b1 is paused$/,
    { pairs: [pairOf({ isPaused: true })] },
  ],
  ['does not need the other region', 'PASS', /replays$/, regionAIsDead],
  ['does not know of a dead region', 'UNKNOWN', /^orders-b does not answer/, regionBIsDead],
]);

table('healthy-replica', [
  ['passes with one', 'PASS', /^orders-b: 1 of 1 replica$/, {}],
  [
    'passes with one that Patroni calls otherwise',
    'PASS',
    /^orders-b: 1 of 1 replica$/,
    otherwiseNamed,
  ],
  [
    'fails where it does not run',
    'FAIL',
    /^orders-b: 0 of 1 replica$/,
    inB('b1', () => ({ state: 'crashed' })),
  ],
  [
    'fails where the leader does not stream to it',
    'FAIL',
    /^orders-b: 0 of 1 replica$/,
    inB('b2', () => ({ streamingTo: [] })),
  ],
  [
    'fails where it is on another timeline',
    'FAIL',
    /^orders-b: 0 of 1 replica$/,
    inB('b1', () => ({ timeline: 9 })),
  ],
  [
    'passes where it cannot tell its timeline and the leader streams to it',
    'PASS',
    /^orders-b: 1 of 1 replica$/,
    inB('b1', () => ({ timeline: undefined })),
  ],
  [
    'does not know of one that does not answer',
    'UNKNOWN',
    /^orders-b: 0 of 1 replica \(b1: connect\)$/,
    without('b1'),
  ],
]);

/** As Patroni lists a member whose restart is scheduled. */
const { members: restarting } = clusterView.parse({
  members: [
    {
      name: 'b1',
      role: 'replica',
      state: 'running',
      scheduled_restart: { schedule: '2026-11-24T04:00' },
    },
  ],
});
table('no-pause', [
  [
    'passes where nothing is paused',
    'PASS',
    /^orders-b is not paused; orders-a is not paused$/,
    {},
  ],
  [
    'fails while the region is paused',
    'FAIL',
    /^orders-b is paused$/,
    listed('b', { isPaused: true }),
  ],
  [
    'fails while the other region is paused',
    'FAIL',
    /^orders-a is paused$/,
    listed('a', { isPaused: true }),
  ],
  [
    'fails for a scheduled switchover',
    'FAIL',
    /^a switchover of orders-b is scheduled for 2026-11-24T04:00$/,
    listed('b', { switchover: { at: '2026-11-24T04:00' } }),
  ],
  [
    'fails for a scheduled restart',
    'FAIL',
    /^a restart of orders-b\/b1 is scheduled for 2026-11-24T04:00$/,
    listed('b', { members: restarting }),
  ],
  [
    'does not need the leader of the other region',
    'PASS',
    /^orders-b is not paused; orders-a is not paused$/,
    frozenPrimary,
  ],
  [
    'goes on without a region that is dead',
    'PASS',
    /^orders-b is not paused; orders-a does not answer$/,
    regionAIsDead,
  ],
  [
    'does not know of the region itself where it is dead',
    'UNKNOWN',
    /^orders-b: not known/,
    regionBIsDead,
  ],
]);

table('dcs', [
  ['passes where every member saw it lately', 'PASS', /^orders-b: seen 1 s ago \(ttl 30 s\)$/, {}],
  [
    'does not need the other region',
    'PASS',
    /^orders-b: seen 1 s ago \(ttl 10 s\)$/,
    regionAIsDead,
  ],
  [
    'fails for a member that has lost it',
    'FAIL',
    /^orders-b: a member last saw it 40 s before the others$/,
    inB('b2', ({ dcsLastSeenSeconds = 0 }) => ({ dcsLastSeenSeconds: dcsLastSeenSeconds - 40 })),
  ],
  [
    'fails where all have lost it',
    'FAIL',
    /^orders-b: seen 1 min 1 s ago \(ttl 30 s\)$/,
    { clusters: [{ ...withoutStore(), atSeconds: healthyB.atSeconds + 60 }] },
  ],
  [
    'does not know where it was not seen lately and the lock is held all the same',
    'UNKNOWN',
    /^orders-b: seen 1 min 1 s ago/,
    { clusters: [{ ...healthyB, atSeconds: healthyB.atSeconds + 60 }] },
  ],
  ['does not know of a dead region', 'UNKNOWN', /^orders-b: not known/, regionBIsDead],
]);

function withoutStore() {
  return clusterOf('b', 'ab-healthy', 'b1', (snapshot) => ({
    ...snapshot,
    cluster: undefined,
    members: snapshot.members.map((member) =>
      member.status === undefined
        ? member
        : { ...member, status: { ...member.status, isClusterUnlocked: true } },
    ),
  }));
}

table('capacity', [
  ['passes with enough instances', 'PASS', /^api: 3 of 2$/, {}],
  ['passes with just enough', 'PASS', /^api: 2 of 2$/, { capacity: [instancesOf(2)] }],
  [
    'fails with too few, and names the component',
    'FAIL',
    /^api: 1 of 2$/,
    { capacity: [instancesOf(1)] },
  ],
  ['fails with none', 'FAIL', /^api: 0 of 2$/, { capacity: [instancesOf(0)] }],
  [
    'does not know of a component that cannot be read',
    'UNKNOWN',
    /^api: not known$/,
    { capacity: [instancesOf(null)] },
  ],
  [
    'does not know of a cluster that does not answer',
    'UNKNOWN',
    /^west: no answer$/,
    { capacity: [{ ...silentOf('west'), components: [] }] },
  ],
  [
    'does not know where nothing is configured',
    'UNKNOWN',
    /^no Kubernetes cluster is watched there$/,
    { capacity: [] },
  ],
]);

const exposure = { dataset: 'documents', startMs: at - minute, worstMs: 3000, targetMs: minute };
table('objects', [
  ['passes within the RPO', 'PASS', /^documents: 3 s \(RPO 1 min\)$/, {}],
  [
    'fails above the RPO',
    'FAIL',
    /^documents: 1 min 1 s \(RPO 1 min\)$/,
    { history: historyOf({ exposures: [{ ...exposure, worstMs: minute + 1 }] }) },
  ],
  [
    'takes the newest minute',
    'PASS',
    /^documents: 3 s/,
    {
      history: historyOf({
        exposures: [{ ...exposure, startMs: at - 2 * minute, worstMs: day }, exposure],
      }),
    },
  ],
  [
    'does not know where the exposure is unknown',
    'UNKNOWN',
    /^documents: not known$/,
    { history: historyOf({ exposures: [{ ...exposure, worstMs: null }] }) },
  ],
  [
    'does not know from what was recorded long ago',
    'UNKNOWN',
    /^documents: nothing was recorded in the last 5 min$/,
    { history: historyOf({ exposures: [{ ...exposure, startMs: at - 6 * minute }] }) },
  ],
  [
    'does not know where the store cannot be read',
    'UNKNOWN',
    /^the store cannot be read$/,
    { history: { ok: false, message: 'store sensei.db: no such file' } },
  ],
  [
    'does not know where nothing is configured',
    'UNKNOWN',
    /^no replication of objects is watched$/,
    { objects: [] },
  ],
  [
    'passes where the platform says that objects are not replicated',
    'PASS',
    /^not replicated$/,
    { objects: [], isOff: { postgresql: false, objects: true, redis: false } },
  ],
]);

table('redis', [
  ['passes where the Sentinels agree', 'PASS', /^cache: 3 of 3 agree$/, {}],
  [
    'fails where replicas are missing',
    'FAIL',
    /^cache: none agree, instances missing$/,
    {
      redis: [
        measuredOf('cache', [{ outcome: 'good' }, { outcome: 'bad', reason: 'instances_missing' }]),
      ],
    },
  ],
  [
    'does not know where no Sentinel is usable',
    'UNKNOWN',
    /^cache: no usable sentinel$/,
    { redis: [measuredOf('cache', [{ outcome: 'unknown', reason: 'no_usable_sentinel' }])] },
  ],
  [
    'does not know of Sentinels that do not answer',
    'UNKNOWN',
    /^cache: no answer$/,
    { redis: [silentOf('cache')] },
  ],
  [
    'does not know where nothing is configured',
    'UNKNOWN',
    /^no Redis is watched there$/,
    { redis: [] },
  ],
  [
    'passes where the platform says that there is none',
    'PASS',
    /^not used$/,
    { redis: [], isOff: { postgresql: false, objects: false, redis: true } },
  ],
]);

const restorable = { dataset: 'orders', path: 'backup', newestMs: at - minute, source: 'main' };
table('backups', [
  ['passes with one that was restored once', 'PASS', /^nightly: up to 2 s ago$/, {}],
  [
    'fails where archiving fails',
    'FAIL',
    /^nightly: archiver failing$/,
    {
      backups: [
        measuredOf('nightly', [{ outcome: 'bad', reason: 'archiver_failing' }], {
          restorePoints: [restorable],
        }),
      ],
    },
  ],
  [
    'fails where there is none',
    'FAIL',
    /^nightly: no backup$/,
    {
      backups: [
        measuredOf('nightly', [{ outcome: 'bad', reason: 'no_backup' }], {
          restorePoints: [{ ...restorable, newestMs: null }],
        }),
      ],
    },
  ],
  [
    'does not take one for evidence that was never restored',
    'UNKNOWN',
    /^nightly: up to 1 min ago, but no restore test is recorded$/,
    {
      backups: [
        measuredOf('nightly', [{ outcome: 'good' }], {
          restorePoints: [{ ...restorable, unproved: 'no restore test is recorded' }],
        }),
      ],
    },
  ],
  [
    'does not know of a repository that does not answer',
    'UNKNOWN',
    /^nightly: no answer$/,
    { backups: [silentOf('nightly')] },
  ],
  [
    'tells the worst of two',
    'UNKNOWN',
    /^weekly: no answer$/,
    {
      backups: [
        measuredOf('nightly', [{ outcome: 'good' }], { restorePoints: [restorable] }),
        silentOf('weekly'),
      ],
    },
  ],
  [
    'does not know where nothing is configured',
    'UNKNOWN',
    /^no backups are watched$/,
    { backups: [] },
  ],
]);

const drill = {
  id: '1',
  scenario: 'region',
  atMs: at - 30 * day,
  recoveryMs: minute,
  lossMs: 0,
  detail: '',
};
table('last-drill', [
  ['passes within a year and the RTO', 'PASS', /^30 d ago, it took 5 min \(RTO 15 min\)$/, {}],
  [
    'fails when it is too long ago',
    'FAIL',
    /^401 d ago, it took 1 min/,
    { history: historyOf({ drills: [{ ...drill, atMs: at - 401 * day }] }) },
  ],
  [
    'fails when it took longer than the RTO',
    'FAIL',
    /^30 d ago, it took 16 min \(RTO 15 min\)$/,
    { history: historyOf({ drills: [{ ...drill, recoveryMs: 16 * minute }] }) },
  ],
  [
    'takes the newest',
    'PASS',
    /^30 d ago/,
    { history: historyOf({ drills: [{ ...drill, atMs: at - 500 * day }, drill] }) },
  ],
  [
    'does not know of one that was not timed',
    'UNKNOWN',
    /^30 d ago, and its time was not measured$/,
    { history: historyOf({ drills: [{ ...drill, recoveryMs: null }] }) },
  ],
  [
    'takes no drill of a pod for one of a region',
    'UNKNOWN',
    /^no drill of a region is recorded$/,
    { history: historyOf({ drills: [{ ...drill, scenario: 'pod' }] }) },
  ],
  [
    'does not know where the store cannot be read',
    'UNKNOWN',
    /^the store cannot be read$/,
    { history: { ok: false, message: 'store sensei.db: no such file' } },
  ],
]);
