import { describe, expect, it } from 'vitest';
import type { Incident, RecordedEvent } from '../../src/slo/incident.js';
import { probedComponents, verdictsOf } from '../../src/slo/verdict.js';
import { Cluster, type WorkloadSettings } from '../kubernetes/cluster.js';
import { ObjectStore, type ResourceName } from '../kubernetes/object-store.js';
import { VirtualClock } from '../kubernetes/sim-clock.js';
import { beganMs, Watching } from './watching.js';

const settledMs = 30_000;
/** As exactly as the scenario's own clock is to be met. */
const exactlyMs = 1000;

interface Scene {
  readonly cluster: Cluster;
  readonly watching: Watching;
}

interface SceneOptions {
  readonly api?: Partial<WorkloadSettings>;
  readonly db?: Partial<WorkloadSettings>;
  readonly lateMs?: Partial<Record<ResourceName, number>>;
  readonly components?: readonly object[];
  /** Zones of the six nodes. */
  readonly zones?: readonly string[];
}

const components = [
  { component: 'api', deployment: 'api' },
  { component: 'orchestrator', deployment: 'orchestrator', lease: 'orchestrator' },
  { component: 'db', statefulSet: 'db', minimum: 2 },
];

/** Six nodes in three zones; everything runs, and has been watched for ten seconds. */
function scene(options: SceneOptions = {}): Scene {
  const store = new ObjectStore();
  const clock = new VirtualClock();
  const cluster = new Cluster(store, clock, beganMs);
  const zones = options.zones ?? ['a', 'b', 'c', 'a', 'b', 'c'];
  for (const [index, zone] of zones.entries()) cluster.addNode(`n${index}`, zone);
  const api = {
    name: 'api',
    replicas: 3,
    hasService: true,
    minAvailable: 2,
    tolerationSeconds: 30,
  };
  cluster.createDeployment({ ...api, ...options.api });
  const orchestrator = { name: 'orchestrator', replicas: 2, lease: 'orchestrator' };
  cluster.createDeployment({ ...orchestrator, tolerationSeconds: 30 });
  cluster.createStatefulSet({ name: 'db', replicas: 3, tolerationSeconds: 30, ...options.db });
  clock.runTo(settledMs);
  const watched = {
    components: options.components ?? components,
    ...(options.lateMs !== undefined && { lateMs: options.lateMs }),
  };
  const watching = new Watching(store, watched, (ms) => clock.runTo(ms), settledMs);
  watching.advance(10_000);
  expect(watching.events).toEqual([]);
  return { cluster, watching };
}

function podOf({ cluster }: Scene, app = 'api', index = 0): string {
  return cluster.pods(app)[index]!.metadata.name;
}

function nodeOf({ cluster }: Scene, app = 'api'): string {
  return cluster.pods(app)[0]!.spec.nodeName!;
}

function zoneOf({ cluster }: Scene, node: string): string {
  return cluster.store.get('nodes', '', node)!.metadata.labels!['topology.kubernetes.io/zone']!;
}

/** When the cluster's own log says that less served than was wanted: from, until; and the lowest share. */
function shortage({ cluster }: Scene, workload: string) {
  const counts = cluster.counts.filter(
    (each) => each.workload === workload && each.atMs > settledMs,
  );
  const isShort = ({ serving, desired }: (typeof counts)[number]) => serving < desired;
  const first = counts.find(isShort);
  const back = counts[counts.findLastIndex(isShort) + 1];
  const lowest = Math.min(...counts.map(({ serving, desired }) => serving / desired));
  return { fromMs: first?.atMs, untilMs: first && back?.atMs, lowest };
}

function truthAt({ cluster }: Scene, what: string, subject: string): number {
  return cluster.truth.findLast((each) => each.what === what && each.subject === subject)!.atMs;
}

function near(givenMs: number | null | undefined, truthMs: number | undefined): void {
  expect(givenMs).toBeTypeOf('number');
  expect(Math.abs(givenMs! - beganMs - truthMs!)).toBeLessThanOrEqual(exactlyMs);
}

/** The incident of a component's capacity is just as long as the cluster's own log says. */
function expectShortage(here: Scene, incident: Incident | undefined, workload: string): void {
  const { fromMs, untilMs, lowest } = shortage(here, workload);
  near(incident?.firstFailMs, fromMs);
  near(incident?.firstOkMs, untilMs);
  expect(incident!.lowMs).toBeLessThanOrEqual(untilMs! - fromMs! + 1);
  expect(incident!.highMs).toBeGreaterThanOrEqual(untilMs! - fromMs!);
  expect(incident!.lowestCapacity).toBeCloseTo(lowest, 6);
}

/** Every count that was exported was true within the last second. */
function expectTrueCounts({ cluster, watching }: Scene): void {
  for (const { atMs, component, serving } of watching.history) {
    const counts = cluster.counts.filter((each) => each.workload === component);
    const before = counts.findLast((each) => each.atMs <= atMs - exactlyMs);
    const during = counts.filter((each) => each.atMs > atMs - exactlyMs && each.atMs <= atMs);
    const true_ = [before, ...during].map((each) => each?.serving ?? 0);
    expect(true_, `${component} at ${atMs} ms`).toContain(serving);
  }
}

function shown(events: readonly RecordedEvent[], component?: string): string[] {
  return events
    .filter((event) => component === undefined || event.component === component)
    .map(({ type, planned }) => `${type}${planned === true ? ' (planned)' : ''}`);
}

function incidentsOf({ watching }: Scene, slo?: string): string[] {
  return watching.incidents
    .filter((incident) => slo === undefined || incident.slo === slo)
    .map(({ slo: name, class: kind, scenario }) => `${name}: ${kind}, ${scenario}`);
}

function eventAt({ watching }: Scene, type: string, subject?: string): number | undefined {
  return watching.events.find(
    (event) => event.type === type && (subject === undefined || event.subject === subject),
  )?.atMs;
}

describe('a failure becomes an incident of its kind, as long as it was', () => {
  it('a deleted pod', () => {
    const here = scene();
    const pod = podOf(here);
    here.cluster.deletePod(pod);
    here.watching.advance(30_000);
    expect(shown(here.watching.events)).toEqual(['pod_lost', 'pod_replaced']);
    near(eventAt(here, 'pod_lost', pod), truthAt(here, 'pod deleted', pod));
    near(eventAt(here, 'pod_replaced'), shortage(here, 'api').untilMs);
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
    expectShortage(here, here.watching.incidents[0], 'api');
    expectTrueCounts(here);
  });

  it('a container that ended', () => {
    const here = scene();
    here.cluster.killContainer(podOf(here));
    here.watching.advance(30_000);
    expect(shown(here.watching.events).toSorted()).toEqual([
      'container_restarted',
      'pod_back',
      'pod_lost',
    ]);
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
    expectShortage(here, here.watching.incidents[0], 'api');
    expectTrueCounts(here);
  });

  it('a pod that its node evicted for want of memory: it stays listed, and is replaced', () => {
    const here = scene();
    const pod = podOf(here);
    here.cluster.evictByPressure(pod);
    here.watching.advance(30_000);
    expect(shown(here.watching.events)).toEqual(['pod_lost', 'pod_replaced']);
    expect(here.watching.events[0]).toMatchObject({ subject: pod, component: 'api' });
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
    expect(here.watching.incidents[0]!.reasons).toHaveProperty('pod_evicted');
    expectShortage(here, here.watching.incidents[0], 'api');
    // What is over is in nobody's way: a rollout ends though it is still listed.
    here.cluster.rollout('api', 'api:2');
    here.watching.advance(30_000);
    expect(shown(here.watching.events).slice(2)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    expect(here.watching.incidents).toHaveLength(1);
  });

  it('a crash loop: one outage for as long as it goes on', () => {
    const here = scene();
    const pod = podOf(here);
    here.cluster.crashLoop(pod);
    here.watching.advance(60_000);
    expect(here.watching.incidents).toHaveLength(1);
    expect(here.watching.incidents[0]!.firstOkMs).toBeNull();
    here.cluster.mend(pod);
    here.watching.advance(60_000);
    const restarts = here.watching.events.filter(({ type }) => type === 'container_restarted');
    const status = here.cluster.pods('api').find(({ metadata }) => metadata.name === pod)!.status;
    expect(restarts).toHaveLength(status.containerStatuses![0]!.restartCount);
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
    expectShortage(here, here.watching.incidents[0], 'api');
    expect(here.watching.events[0]!.detail).toContain('Error');
  });

  it('a dead node: told 40 s late, bounded by when it last lived', () => {
    const here = scene();
    const node = nodeOf(here);
    const killedMs = here.watching.elapsedMs;
    here.cluster.killNode(node);
    here.watching.advance(150_000);
    expect(shown(here.watching.events, 'kubernetes')).toEqual(['node_not_ready']);
    near(eventAt(here, 'node_not_ready', node), truthAt(here, 'node not ready', node));
    expect(shown(here.watching.events, 'api')).toEqual(['pod_lost', 'pod_replaced']);
    const incident = here.watching.incidents.find(({ slo }) => slo === 'east-api-capacity')!;
    expect(incident).toMatchObject({ class: 'outage', scenario: 'node', verdict: 'met' });
    expectShortage(here, incident, 'api');
    // What the API says began late. The truth, from the death on, is within the bracket.
    const reallyMs = shortage(here, 'api').untilMs! - killedMs;
    expect(incident.lowMs).toBeLessThanOrEqual(reallyMs);
    expect(incident.highMs).toBeGreaterThanOrEqual(reallyMs);
    expect(incident.highMs! - reallyMs).toBeLessThanOrEqual(10_000 + exactlyMs);
    expectTrueCounts(here);
  });

  it('a dead node whose pods stay for 300 s is not back in 120 s', () => {
    const here = scene({ api: { tolerationSeconds: 300 } });
    here.cluster.killNode(nodeOf(here));
    here.watching.advance(400_000);
    const incident = here.watching.incidents.find(({ slo }) => slo === 'east-api-capacity')!;
    expect(incident).toMatchObject({ scenario: 'node', verdict: 'breached' });
    expectShortage(here, incident, 'api');
    expect(
      here.watching.value('sensei_replicas_unreachable_toleration_seconds', { component: 'api' }),
    ).toBe(300);
  });

  it('an instance of a StatefulSet on a dead node: nothing takes its place until the node is back', () => {
    const here = scene();
    const node = nodeOf(here, 'db');
    here.cluster.killNode(node);
    here.watching.advance(200_000);
    const db = () => here.watching.incidents.find(({ slo }) => slo === 'east-db-capacity')!;
    expect(db()).toMatchObject({ scenario: 'node', firstOkMs: null });
    const stuck = { component: 'db', finding: 'stuck_terminating' };
    expect(here.watching.value('sensei_replicas_finding', stuck)).toBe(1);
    expect(here.watching.value('sensei_replicas_stuck_terminating', { component: 'db' })).toBe(1);
    here.cluster.reviveNode(node);
    here.watching.advance(60_000);
    expectShortage(here, db(), 'db');
    expect(here.watching.value('sensei_replicas_finding', stuck)).toBe(0);
    expect(shown(here.watching.events, 'kubernetes')).toEqual(['node_not_ready', 'node_ready']);
    expectTrueCounts(here);
  });

  it('a node that was taken away', () => {
    const here = scene();
    const node = nodeOf(here);
    here.cluster.removeNode(node);
    here.watching.advance(120_000);
    near(eventAt(here, 'node_removed', node), truthAt(here, 'node removed', node));
    expect(shown(here.watching.events, 'kubernetes')).toEqual(['node_removed']);
    expect(incidentsOf(here, 'east-api-capacity')).toEqual(['east-api-capacity: outage, node']);
    expectShortage(
      here,
      here.watching.incidents.find(({ slo }) => slo === 'east-api-capacity'),
      'api',
    );
    expectTrueCounts(here);
  });

  it('a lost zone: half of the capacity must be left', () => {
    const here = scene({ api: { replicas: 4, zones: ['a', 'b'] } });
    const zone = zoneOf(here, nodeOf(here));
    here.cluster.killZone(zone);
    here.watching.advance(150_000);
    here.cluster.reviveZone(zone);
    here.watching.advance(60_000);
    expect(shown(here.watching.events, 'kubernetes')).toEqual([
      'node_not_ready',
      'node_not_ready',
      'zone_lost',
      'node_ready',
      'node_ready',
      'zone_back',
    ]);
    near(
      eventAt(here, 'zone_lost', zone),
      truthAt(here, 'node not ready', nodesIn(here, zone)[1]!),
    );
    near(eventAt(here, 'zone_back', zone), truthAt(here, 'node ready', nodesIn(here, zone)[0]!));
    const incident = here.watching.incidents.find(({ slo }) => slo === 'east-api-capacity')!;
    expect(incident).toMatchObject({ class: 'outage', scenario: 'zone', lowestCapacity: 0.5 });
    expectShortage(here, incident, 'api');
    expectTrueCounts(here);
  });

  it('a zone with many instances: they do not crowd out what explains them', () => {
    const here = scene({ api: { replicas: 60, zones: ['a', 'b'] } });
    here.cluster.killZone('a');
    here.watching.advance(60_000);
    const lost = here.watching.events.filter(
      ({ type, component }) => type === 'pod_lost' && component === 'api',
    );
    expect(lost).toHaveLength(21);
    expect(lost.at(-1)!.detail).toMatch(/^10 more: every node of its zone is lost/);
    const counted = here.watching.counted('sensei_replicas_pods_lost_total', { component: 'api' });
    expect(counted).toBe(30);
    expect(shown(here.watching.events, 'kubernetes')).toContain('zone_lost');
  });

  it('the loss of a leader, as long as nobody led', () => {
    const here = scene();
    const lease = () =>
      here.cluster.store.get('leases', 'sensei', 'orchestrator')!['spec'] as {
        holderIdentity: string;
      };
    const leader = lease().holderIdentity;
    const node = here.cluster.pods('orchestrator').find(({ metadata }) => metadata.name === leader)!
      .spec.nodeName!;
    here.cluster.killNode(node);
    const killedMs = here.watching.elapsedMs;
    here.watching.advance(60_000);
    const next = lease().holderIdentity;
    expect(next).not.toBe(leader);
    const incident = here.watching.incidents.find(({ slo }) => slo === 'east-orchestrator-leader')!;
    expect(incident).toMatchObject({ class: 'outage', verdict: 'met', targetMs: 30_000 });
    near(incident.firstOkMs, truthAt(here, 'leader', next));
    const reallyMs = truthAt(here, 'leader', next) - killedMs;
    expect(incident.lowMs).toBeLessThanOrEqual(reallyMs);
    expect(incident.highMs).toBeGreaterThanOrEqual(reallyMs);
    near(eventAt(here, 'lease_holder_changed'), truthAt(here, 'leader', next));
  });
});

function nodesIn(here: Scene, zone: string): string[] {
  return here.cluster.store
    .list('nodes')
    .map(({ metadata }) => metadata.name)
    .filter((name) => zoneOf(here, name) === zone);
}

describe('what is meant to happen is told, and is no incident', () => {
  it('a rollout', () => {
    const here = scene();
    here.cluster.rollout('api', 'api:2');
    here.watching.advance(60_000);
    expect(shown(here.watching.events)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    near(eventAt(here, 'rollout_began'), truthAt(here, 'rollout', 'api'));
    near(
      eventAt(here, 'rollout_ended'),
      here.cluster.counts.findLast(({ workload }) => workload === 'api')!.atMs,
    );
    expect(here.watching.incidents).toEqual([]);
    expectTrueCounts(here);
  });

  it('a rollout that makes all pods anew at once', () => {
    const here = scene({ api: { strategy: 'Recreate' } });
    here.cluster.rollout('api', 'api:2');
    here.watching.advance(60_000);
    expect(shown(here.watching.events)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    expect(here.watching.incidents).toEqual([]);
    expect(shortage(here, 'api').lowest).toBe(0);
  });

  it('a rolling update of a StatefulSet', () => {
    const here = scene();
    here.cluster.rollout('db', 'db:2');
    here.watching.advance(90_000);
    expect(shown(here.watching.events)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    expect(here.watching.incidents).toEqual([]);
    expectTrueCounts(here);
  });

  it('a rollout back to what was there before', () => {
    const here = scene();
    here.cluster.rollout('api', 'api:2');
    here.watching.advance(30_000);
    here.cluster.rollout('api', 'api:1');
    here.watching.advance(30_000);
    expect(shown(here.watching.events)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    expect(here.watching.incidents).toEqual([]);
  });

  it.each([
    ['deployment', 'api', 6, 2],
    ['StatefulSet', 'db', 5, 2],
  ])('a %s that is scaled up and down', (_kind, name, more, fewer) => {
    const here = scene();
    here.cluster.scale(name, more);
    here.watching.advance(60_000);
    expect(here.watching.value('sensei_replicas_serving', { component: name })).toBe(more);
    here.cluster.scale(name, fewer);
    here.watching.advance(60_000);
    expect(here.watching.value('sensei_replicas_serving', { component: name })).toBe(fewer);
    expect(shown(here.watching.events)).toEqual([
      'replicas_scaled (planned)',
      'replicas_scaled (planned)',
    ]);
    expect(here.watching.incidents).toEqual([]);
    expectTrueCounts(here);
  });

  it('a drain, and the machine being switched off after it', () => {
    const here = scene();
    const node = nodeOf(here);
    here.cluster.drain(node);
    here.watching.advance(60_000);
    here.cluster.killNode(node);
    here.watching.advance(90_000);
    here.cluster.reviveNode(node);
    here.watching.advance(10_000);
    here.cluster.cordon(node, false);
    here.watching.advance(10_000);
    expect(shown(here.watching.events, 'kubernetes')).toEqual([
      'node_cordoned (planned)',
      'node_not_ready (planned)',
      'node_ready',
      'node_uncordoned (planned)',
    ]);
    expect(shown(here.watching.events, 'api')).toEqual(['pod_evicted (planned)', 'pod_replaced']);
    near(eventAt(here, 'node_cordoned'), truthAt(here, 'drain', node));
    expect(incidentsOf(here).filter((each) => !each.includes('planned_switchover'))).toEqual([]);
    expectTrueCounts(here);
  });

  it('a node that an autoscaler removes, and with it a whole zone', () => {
    const here = scene();
    const nodes = nodesIn(here, 'a');
    for (const node of nodes) here.cluster.scaleDownNode(node);
    here.watching.advance(90_000);
    expect(shown(here.watching.events, 'kubernetes').toSorted()).toEqual([
      'node_cordoned (planned)',
      'node_cordoned (planned)',
      'node_removed (planned)',
      'node_removed (planned)',
    ]);
    expect(incidentsOf(here).filter((each) => !each.includes('planned_switchover'))).toEqual([]);
    expect(here.watching.value('sensei_replicas_serving', { component: 'api' })).toBe(3);
  });

  it('an update of a StatefulSet that is held back by a partition', () => {
    const here = scene({ db: { partition: 2 } });
    here.cluster.rollout('db', 'db:2');
    here.watching.advance(60_000);
    expect(shown(here.watching.events)).toEqual([
      'rollout_began (planned)',
      'rollout_ended (planned)',
    ]);
    expect(here.watching.incidents).toEqual([]);
    // What the update does not reach is still a loss when it is lost.
    here.cluster.deletePod('db-0');
    here.watching.advance(30_000);
    expect(incidentsOf(here)).toEqual(['east-db-capacity: outage, pod']);
  });

  it('a drain where the API server does not say who evicted', () => {
    const here = scene();
    const pod = podOf(here);
    here.cluster.cordon(here.cluster.pods('api')[0]!.spec.nodeName!);
    here.watching.advance(1000);
    here.cluster.deletePod(pod);
    here.watching.advance(30_000);
    expect(shown(here.watching.events, 'api')).toEqual(['pod_evicted (planned)', 'pod_replaced']);
    expect(here.watching.incidents).toEqual([]);
  });

  it('a cordoned node that is removed', () => {
    const here = scene();
    const node = nodeOf(here);
    here.cluster.drain(node);
    here.watching.advance(60_000);
    here.cluster.removeNode(node);
    here.watching.advance(30_000);
    expect(shown(here.watching.events, 'kubernetes')).toEqual([
      'node_cordoned (planned)',
      'node_removed (planned)',
    ]);
    expect(incidentsOf(here).filter((each) => !each.includes('planned_switchover'))).toEqual([]);
  });

  it.each([
    ['deployments 300 ms late', { deployments: 300, replicasets: 300 }],
    ['pods 300 ms late', { pods: 300 }],
    ['nodes 300 ms late', { nodes: 300 }],
  ])('also where the watches do not keep step: %s', (_name, lateMs) => {
    const here = scene({ lateMs });
    here.cluster.rollout('api', 'api:2');
    here.watching.advance(30_000);
    here.cluster.scale('api', 6);
    here.watching.advance(30_000);
    here.cluster.scale('api', 3);
    here.watching.advance(30_000);
    here.cluster.drain(nodeOf(here));
    here.watching.advance(60_000);
    expect(incidentsOf(here).filter((each) => !each.includes('planned_switchover'))).toEqual([]);
  });
});

describe('what happened while the API server was not heard', () => {
  it('is not made up: a rollout of that time is no loss', () => {
    const here = scene();
    here.cluster.rollout('api', 'api:2');
    here.watching.deaf(here.cluster.store, 90_000);
    const outcomes = here.watching.last!.observations.map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['unknown']));
    expect(here.watching.value('sensei_replicas_serving', { component: 'api' })).toBeUndefined();
    here.watching.advance(30_000);
    expect(shown(here.watching.events).filter((each) => each.startsWith('pod_'))).toEqual([]);
    expect(here.watching.incidents).toEqual([]);
    expect(here.watching.value('sensei_replicas_serving', { component: 'api' })).toBe(3);
  });

  it('is told where it is still so', () => {
    const here = scene();
    const pod = podOf(here);
    const nodes = here.cluster.store.list('nodes').map(({ metadata }) => metadata.name);
    for (const node of nodes) here.cluster.cordon(node);
    here.watching.advance(1000);
    here.cluster.deletePod(pod);
    here.watching.deaf(here.cluster.store, 60_000, () => {
      for (const node of nodes) here.cluster.cordon(node, false);
    });
    here.watching.advance(30_000);
    const lost = here.watching.events.filter(({ type }) => type === 'pod_lost');
    expect(lost.map(({ subject }) => subject)).toEqual([pod]);
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
  });

  it('is no failure of a leader, whose renewals were not heard', () => {
    const here = scene();
    here.watching.deaf(here.cluster.store, 25_000);
    here.watching.advance(10_000);
    expect(here.watching.incidents).toEqual([]);
  });
});

describe('a failure in the middle of what is planned', () => {
  it('is still one: a pod of a rollout under way is deleted', () => {
    const here = scene({ api: { replicas: 6 } });
    here.cluster.rollout('api', 'api:broken');
    here.watching.advance(20_000);
    expect(here.watching.incidents).toEqual([]);
    const ready = here.cluster
      .pods('api')
      .find((pod) => pod.spec.containers[0]!.image === 'api:1')!;
    here.cluster.killContainer(ready.metadata.name);
    here.watching.advance(30_000);
    expect(incidentsOf(here)).toEqual(['east-api-capacity: outage, pod']);
  });

  it('and what takes too long counts: a rollout that never ends', () => {
    const here = scene();
    here.cluster.rollout('api', 'api:broken');
    here.watching.advance(590_000);
    expect(here.watching.incidents).toEqual([]);
    here.watching.advance(30_000);
    const [incident] = here.watching.incidents;
    expect(incident).toMatchObject({
      slo: 'east-api-capacity',
      class: 'outage',
      reasons: { overdue: expect.any(Number) as number },
    });
  });

  it('and what is newly wanted, and never comes, counts after that time', () => {
    const here = scene({ api: { affinity: 'required' } });
    here.cluster.scale('api', 5);
    here.watching.advance(590_000);
    expect(here.watching.incidents).toEqual([]);
    here.watching.advance(30_000);
    expect(here.watching.incidents.map(({ slo }) => slo)).toEqual(['east-api-capacity']);
  });
});

describe('the deployment of the platform: three instances, preferred anti-affinity by zone', () => {
  const flags = (here: Scene) =>
    ['one_zone', 'one_node', 'below_minimum', 'zones_unknown'].filter(
      (finding) =>
        here.watching.value('sensei_replicas_finding', { component: 'api', finding }) === 1,
    );
  const redundancy = (here: Scene) =>
    here.watching.last!.observations.find(({ sli }) => sli === 'replicas/east/api/redundancy')!;

  it('is flagged when it is placed in one zone', () => {
    const here = scene({ api: { zones: ['a'] } });
    expect(flags(here)).toEqual(['one_zone']);
    expect(redundancy(here)).toMatchObject({ outcome: 'bad', reason: 'one_zone' });
    expect(
      here.watching.value('sensei_replicas_zone_serving', { component: 'api', zone: 'c' }),
    ).toBe(0);
    expect(here.watching.value('sensei_replicas_zone_loss_survivors', { component: 'api' })).toBe(
      0,
    );
  });

  it.each([
    ['no node has a zone', ['', '', '', '', '', ''], ['zones_unknown'], 'unknown'],
    ['some nodes have none', ['a', 'b', '', 'a', 'b', ''], [], 'good'],
    ['there is one zone alone', ['a', 'a', 'a', 'a', 'a', 'a'], ['one_zone'], 'bad'],
  ])('where %s', (_name, zones, flagged, outcome) => {
    const here = scene({ zones });
    expect(flags(here)).toEqual(flagged);
    expect(redundancy(here).outcome).toBe(outcome);
  });

  it('is not flagged when it is placed in two, and its declaration is told for what it is', () => {
    const here = scene({ api: { zones: ['a', 'b'] } });
    expect(flags(here)).toEqual([]);
    expect(redundancy(here).outcome).toBe('good');
    expect(here.watching.value('sensei_replicas_zone_loss_survivors', { component: 'api' })).toBe(
      1,
    );
    const declared = { component: 'api', topology: 'zone', constraint: 'preferred' };
    expect(here.watching.value('sensei_replicas_spread_info', declared)).toBe(1);
  });
});

describe('what guards a component', () => {
  const flag = (here: Scene, finding: string) =>
    here.watching.value('sensei_replicas_finding', { component: 'api', finding });

  it.each([
    [3, 1, 0],
    [2, 0, 0],
    [1, 0, 1],
  ])(
    'a budget that keeps %i of 3: blocks %i, permits too much %i',
    (minAvailable, blocks, permits) => {
      const here = scene({ api: { minAvailable } });
      expect(flag(here, 'budget_blocks_drain')).toBe(blocks);
      expect(flag(here, 'budget_permits_too_much')).toBe(permits);
    },
  );

  it('a service that does not send clients to an instance that serves', () => {
    const here = scene();
    expect(flag(here, 'endpoints_missing')).toBe(0);
    expect(here.watching.value('sensei_replicas_endpoints_ready', { service: 'api' })).toBe(3);
    const slice = here.cluster.store.get('endpointslices', 'sensei', 'api-1')!;
    here.cluster.store.put('endpointslices', {
      ...slice,
      endpoints: (slice['endpoints'] as object[]).slice(1),
    });
    here.watching.advance(1000);
    expect(flag(here, 'endpoints_missing')).toBe(1);
    expect(here.watching.value('sensei_replicas_endpoints_ready', { service: 'api' })).toBe(2);
  });

  it('a rollout that the controller has given up', () => {
    const here = scene();
    expect(flag(here, 'rollout_stuck')).toBe(0);
    const deployment = here.cluster.store.get('deployments', 'sensei', 'api')!;
    const conditions = [
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ];
    here.watching.advance(199);
    const status = { ...(deployment['status'] as object), conditions };
    here.cluster.store.put('deployments', { ...deployment, status });
    here.watching.advance(1);
    expect(flag(here, 'rollout_stuck')).toBe(1);
  });

  it('the minimum', () => {
    const here = scene();
    here.cluster.scale('api', 1);
    here.watching.advance(30_000);
    expect(flag(here, 'below_minimum')).toBe(1);
    here.cluster.store.remove('deployments', 'sensei', 'api');
    here.watching.advance(1000);
    expect(flag(here, 'workload_missing')).toBe(1);
    const capacity = here.watching.last!.observations.find(({ sli }) =>
      sli.endsWith('api/capacity'),
    );
    expect(capacity).toMatchObject({ outcome: 'unknown', reason: 'workload_missing' });
  });

  it('a status that is older than its specification is not trusted', () => {
    const here = scene();
    const deployment = here.cluster.store.get('deployments', 'sensei', 'api')!;
    expect(here.watching.value('sensei_replicas_available', { component: 'api' })).toBe(3);
    const metadata = { ...deployment.metadata, generation: 99 };
    here.watching.advance(199);
    here.cluster.store.put('deployments', { ...deployment, metadata });
    here.watching.advance(1);
    expect(here.watching.value('sensei_replicas_observed', { component: 'api' })).toBe(0);
    expect(here.watching.value('sensei_replicas_available', { component: 'api' })).toBeUndefined();
    expect(here.watching.value('sensei_replicas_serving', { component: 'api' })).toBe(3);
  });
});

describe('verdicts on what was lost', () => {
  const verdictOn = ({ watching }: Scene, disruption: string, probed: readonly string[] = []) =>
    verdictsOf({
      tier: 'enhanced',
      agreed: {},
      incidents: watching.incidents,
      drills: [],
      exposures: [],
      probed: new Set(probed),
      nowMs: watching.at(watching.elapsedMs).wallMs,
    }).find(
      (each) =>
        each.tier === 'enhanced' && each.disruption === disruption && each.objective === 'rto',
    )!;

  it('a pod: met where nobody noticed at the load balancer, no evidence where nobody looked', () => {
    const here = scene();
    here.cluster.deletePod(podOf(here));
    here.watching.advance(30_000);
    expect(verdictOn(here, 'pod', ['api']).status).toBe('met');
    expect(verdictOn(here, 'pod').status).toBe('no_evidence');
    expect(probedComponents(here.watching.engine.slos.map(({ slo }) => slo))).toEqual(new Set());
  });

  it.each([
    [30, 'met'],
    [300, 'breached'],
  ])('a node whose pods move after %i s: %s', (tolerationSeconds, status) => {
    const here = scene({ api: { tolerationSeconds }, components: components.slice(0, 1) });
    here.cluster.killNode(nodeOf(here));
    here.watching.advance(400_000);
    expect(verdictOn(here, 'node')).toMatchObject({ status, targetMs: 120_000 });
  });

  it.each([
    [['a', 'b'], 4, 'met', '50 %'],
    [['a'], 4, 'breached', '0 %'],
  ])('a zone, with instances in %j: %s', (zones, replicas, status, share) => {
    const here = scene({ api: { zones, replicas }, components: components.slice(0, 1) });
    here.cluster.killZone('a');
    here.watching.advance(150_000);
    here.cluster.reviveZone('a');
    here.watching.advance(60_000);
    const verdict = verdictOn(here, 'zone');
    expect(verdict.status).toBe(status);
    expect(verdict.reason).toContain(`left ${share} of the capacity`);
  });
});
