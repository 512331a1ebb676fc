import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { advisedRunbooks } from '../../src/health/advice.js';
import { assess, overallHealth, type Health, type SeenSli } from '../../src/health/assess.js';
import type { ShownTarget } from '../../src/health/target.js';
import { statusModelOf } from '../status-page/status-model.js';

function sliOf(changes: Partial<SeenSli> = {}): SeenSli {
  return {
    sli: 'lb/api/availability',
    type: 'availability',
    component: 'api',
    region: 'eu',
    zone: '',
    outcome: 'good',
    reason: '',
    ...changes,
  };
}

const { targets } = statusModelOf();
const ofKind = (kind: string) => targets.filter((target) => target.kind === kind);
const [patroni] = ofKind('patroni') as [ShownTarget];
const leader = sliOf({ sli: 'patroni/orders/leader', component: 'postgresql' });

/** Something that answers, and has these facts. */
function answering(id: string, facts: Readonly<Record<string, string | number | boolean | null>>) {
  const named = Object.entries(facts).map(([name, value]) => ({ name, value }));
  const kind = id.slice(0, id.indexOf('/'));
  return { ...patroni, id, kind, component: 'api', memberZones: {}, facts: named };
}

function without(member: string): ShownTarget {
  const facts = patroni.facts.map((fact) =>
    fact.name === `members.${member}.up` ? { ...fact, value: false } : fact,
  );
  return { ...patroni, facts };
}

describe('the health of a component', () => {
  it('is told with what is live, what is the minimum, and in which zones', () => {
    expect(assess({ targets: [patroni], slis: [leader] })).toEqual([
      {
        component: 'postgresql',
        region: 'eu',
        health: 'healthy',
        live: 3,
        minimum: 2,
        zones: ['a', 'b', 'c'],
        finding: '',
        advice: '',
      },
    ]);
  });

  it.each<[string, ShownTarget[], SeenSli[], Health, string]>([
    [
      'its users are not served',
      ofKind('lb'),
      [sliOf({ outcome: 'bad', reason: 'timeout' })],
      'down',
      'api availability fails: timeout',
    ],
    [
      'one zone of it fails',
      ofKind('lb'),
      [
        sliOf(),
        sliOf({ sli: 'lb/apib/availability', zone: 'b', outcome: 'bad', reason: 'connect' }),
      ],
      'degraded',
      'apib availability fails in b: connect',
    ],
    ['a member does not answer', [without('pg3')], [leader], 'degraded', 'pg3 (c): no answer'],
    [
      'too few members are left',
      [
        without('pg3'),
        {
          ...without('pg2'),
          id: 'postgres/orders',
          kind: 'postgres',
          facts: [{ name: 'pg1.role', value: 'primary' }],
        },
      ],
      [leader],
      'degraded',
      '1 of at least 2 instances',
    ],
    [
      'its redundancy is lost',
      [patroni],
      [
        leader,
        sliOf({
          sli: 'patroni/orders/redundancy',
          component: 'postgresql',
          type: 'redundancy',
          outcome: 'bad',
          reason: 'no_synchronous_standby',
        }),
      ],
      'degraded',
      'orders redundancy fails: no synchronous standby',
    ],
    [
      'two members write, though a canary is written well',
      [answering('patroni/orders', { split_brain: true })],
      [sliOf({ sli: 'postgres-canary/orders/write' })],
      'down',
      'patroni/orders: a split brain: more than one member writes',
    ],
    [
      'two regions write',
      [answering('lag/orders', { writers: 2 })],
      [],
      'down',
      'lag/orders: 2 members of the two regions accept writes',
    ],
    [
      'its log is not archived',
      [answering('backups/nightly', { restorable: '2026-11-24T04:00:00Z', archiving: 'fails' })],
      [],
      'degraded',
      'backups/nightly: archiving fails',
    ],
    [
      'no backup can be restored',
      [answering('backups/nightly', { restorable: null, archiving: 'works' })],
      [],
      'degraded',
      'backups/nightly: no point to restore is known',
    ],
    [
      'nothing tells how it is',
      [
        {
          ...patroni,
          status: 'failed',
          stale: true,
          lastFailure: { at: '', reason: 'timeout', message: '' },
        },
      ],
      [{ ...leader, outcome: 'unknown', reason: 'timeout' }],
      'unknown',
      'orders leader is not known: timeout',
    ],
    [
      'it gave no answer in time',
      [{ ...patroni, status: 'pending', facts: [] }],
      [],
      'unknown',
      'pg1 (a): not known',
    ],
  ])('when %s', (_when, shown, slis, health, finding) => {
    const [found] = assess({ targets: shown, slis });
    expect(found).toMatchObject({ health, finding });
    expect(found!.advice).not.toBe('');
  });

  it('counts what Kubernetes runs, not what the load balancer shows of it beside', () => {
    const [workers] = ofKind('replicas') as [ShownTarget];
    const front = { ...ofKind('lb')[0]!, component: 'workers' };
    const found = assess({ targets: [workers, front], slis: [] });
    expect(found.find(({ component }) => component === 'workers')).toMatchObject({
      live: 5,
      minimum: 4,
      zones: ['a', 'b'],
    });
  });

  it('counts no endpoint of a load balancer: how many stand behind it, it does not tell', () => {
    const [found] = assess({ targets: ofKind('lb'), slis: [sliOf()] });
    expect(found).toMatchObject({ health: 'healthy', live: null, minimum: 2 });
  });

  it('is not spoilt by dangers that there are not, or that were there before', () => {
    const past = { ...answering('lag/orders', { writers: 2 }), stale: true };
    const calm = [
      answering('patroni/orders', { split_brain: false }),
      answering('lag/orders', { writers: 1 }),
      answering('backups/nightly', { restorable: '2026-11-24T04:00:00Z', archiving: 'works' }),
      answering('backups/dump', { restorable: '2026-11-24T04:00:00Z' }),
    ];
    expect(assess({ targets: [past, ...calm], slis: [] })[0]?.health).toBe('healthy');
  });

  it('is told for every region apart', () => {
    const west = { ...patroni, id: 'patroni/west', region: 'us', facts: without('pg1').facts };
    const found = assess({ targets: [patroni, west], slis: [] });
    expect(found.map(({ region, health }) => [region, health])).toEqual([
      ['eu', 'healthy'],
      ['us', 'degraded'],
    ]);
  });

  it('has the failure of a target told once, though its SLI is unknown for it', () => {
    const failed = { ...patroni, facts: [], status: 'failed', memberZones: {} } as const;
    const [found] = assess({ targets: [failed], slis: [{ ...leader, outcome: 'unknown' }] });
    expect(found!.finding).toBe('orders leader is not known');
  });
});

describe('the health of the deployment', () => {
  const of = (...healths: readonly Health[]) =>
    overallHealth(
      healths.map((health) => ({ ...assess({ targets: [patroni], slis: [] })[0]!, health })),
    );

  it.each<[Health, Health[]]>([
    ['healthy', ['healthy', 'healthy']],
    ['degraded', ['healthy', 'degraded']],
    ['unknown', ['healthy', 'degraded', 'unknown']],
    ['down', ['healthy', 'degraded', 'unknown', 'down']],
    ['unknown', []],
  ])('is %s of %j', (health, healths) => {
    expect(of(...healths)).toBe(health);
  });
});

describe('advice', () => {
  it('names runbooks that there are', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    expect(advisedRunbooks.length).toBeGreaterThan(8);
    expect(
      advisedRunbooks.filter((page) => !existsSync(`${root}docs/runbooks/${page}.md`)),
    ).toEqual([]);
  });
});
