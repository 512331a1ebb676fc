import { describe, expect, it } from 'vitest';
import { Cluster, type WorkloadSettings } from './cluster.js';
import { conditionOf, type Condition, type Node, type Pod } from './cluster-objects.js';
import { ObjectStore, type Change, type KubeObject, type ResourceName } from './object-store.js';
import { RealClock, VirtualClock } from './sim-clock.js';

const beganMs = Date.parse('2026-11-23T20:00:00Z');
const settledMs = 30_000;
const namespace = 'sensei';

interface StatusOf {
  readonly [field: string]: unknown;
  readonly conditions?: readonly Condition[];
}

/** A cluster that has come to rest, and what has been written to its store since then. */
class Scene {
  readonly store = new ObjectStore();
  readonly clock = new VirtualClock();
  readonly cluster = new Cluster(this.store, this.clock, beganMs);
  changes: Change[] = [];

  constructor(zones: readonly string[] = ['a', 'b', 'c', 'a', 'b', 'c']) {
    for (const [index, zone] of zones.entries()) this.cluster.addNode(`n${index}`, zone);
  }

  with(settings: Partial<WorkloadSettings> = {}): this {
    this.cluster.createDeployment({ name: 'api', replicas: 3, ...settings });
    return this.settled();
  }

  settled(): this {
    this.clock.runTo(this.clock.now() + settledMs);
    this.changes = [];
    this.store.onChange((change) => this.changes.push(change));
    return this;
  }

  advance(ms: number): void {
    this.clock.runTo(this.clock.now() + ms);
  }

  of(resource: ResourceName, name?: string): Change[] {
    return this.changes.filter(
      (each) =>
        each.resource === resource && (name === undefined || each.object.metadata.name === name),
    );
  }

  pod(index = 0, app = 'api'): string {
    return this.cluster.pods(app)[index]!.metadata.name;
  }

  podNow(name: string): Pod | undefined {
    return this.store.get('pods', namespace, name) as Pod | undefined;
  }

  nodeNow(name: string): Node {
    return this.store.get('nodes', '', name) as Node;
  }

  status(resource: ResourceName, name: string): StatusOf {
    return statusIn(this.store.get(resource, namespace, name)!);
  }

  condition(type: string, name = 'api'): Condition | undefined {
    return conditionOf(this.status('deployments', name).conditions ?? [], type);
  }

  serving(app = 'api'): number | undefined {
    return this.cluster.counts.findLast(({ workload }) => workload === app)?.serving;
  }

  truth(what: string): string[] {
    return this.cluster.truth.filter((each) => each.what === what).map(({ subject }) => subject);
  }
}

function statusIn(object: KubeObject): StatusOf {
  return object['status'] as StatusOf;
}

/** A pod's change in few words, such as `MODIFIED ending not ready Running`. */
function podStep({ type, object }: Change): string {
  const { metadata, status } = object as Pod;
  const ready = conditionOf(status.conditions, 'Ready')?.status === 'True';
  const why = conditionOf(status.conditions, 'DisruptionTarget')?.reason;
  const words = [
    type,
    why,
    metadata.deletionTimestamp && 'ending',
    ready ? 'ready' : 'not ready',
    status.phase,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

function conditions(object: KubeObject): Record<string, string> {
  return Object.fromEntries(
    (statusIn(object).conditions ?? []).map(({ type, status, reason }) => [
      type,
      reason === undefined ? status : `${status} ${reason}`,
    ]),
  );
}

function containerOf(pod: KubeObject | undefined) {
  return (pod as Pod).status.containerStatuses![0]!;
}

function taintsOf({ spec }: Node): string[] {
  return (spec.taints ?? []).map(({ key, effect }) => `${key.split('/')[1]} ${effect}`);
}

describe('a pod', () => {
  it('is made, placed, taken, begun, and ready, in that order', () => {
    const here = new Scene().with({ replicas: 1 });
    here.cluster.scale('api', 2);
    here.advance(10_000);
    const name = here.of('pods').find(({ type }) => type === 'ADDED')!.object.metadata.name;
    const steps = here.of('pods', name);
    expect(steps.map(({ object }) => conditions(object))).toEqual([
      {},
      { PodScheduled: 'True' },
      {
        PodScheduled: 'True',
        Initialized: 'True',
        Ready: 'False ContainersNotReady',
        ContainersReady: 'False ContainersNotReady',
      },
      {
        PodScheduled: 'True',
        Initialized: 'True',
        Ready: 'False ContainersNotReady',
        ContainersReady: 'False ContainersNotReady',
      },
      { PodScheduled: 'True', Initialized: 'True', Ready: 'True', ContainersReady: 'True' },
    ]);
    const last = steps.at(-1)!.object as Pod;
    expect(containerOf(steps[2]!.object).state).toEqual({
      waiting: { reason: 'ContainerCreating' },
    });
    expect(containerOf(last)).toMatchObject({ ready: true, started: true, restartCount: 0 });
    expect(last.status).toMatchObject({ phase: 'Running', podIP: expect.any(String) });
    expect(JSON.stringify(last).length).toBeGreaterThan(4000);
    expect(JSON.stringify(last).length).toBeLessThan(8000);
  });

  it('that is deleted: marked, not ready, over, and only then gone', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.deletePod(name);
    here.advance(10_000);
    expect(here.of('pods', name).map(podStep)).toEqual([
      'MODIFIED ending ready Running',
      'MODIFIED ending not ready Running',
      'MODIFIED ending not ready Succeeded',
      'DELETED ending not ready Succeeded',
    ]);
    const [marked] = here.of('pods', name);
    expect(marked!.object.metadata).toMatchObject({
      deletionTimestamp: '2026-11-23T20:01:00Z',
      deletionGracePeriodSeconds: 30,
    });
    expect(here.serving()).toBe(3);
  });

  it('has been not ready since it was, although another reason is given later', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.deletePod(name);
    here.advance(10_000);
    const [, unready, over] = here
      .of('pods', name)
      .map(({ object }) => conditionOf((object as Pod).status.conditions, 'Ready')!);
    expect(unready!.lastTransitionTime).toBe('2026-11-23T20:00:30Z');
    expect(over).toMatchObject({
      reason: 'PodCompleted',
      lastTransitionTime: '2026-11-23T20:00:30Z',
    });
  });

  it('has another address than any other', () => {
    const here = new Scene().with({ replicas: 6 });
    const addresses = here.cluster.pods().map(({ status }) => status['podIP']);
    expect(new Set(addresses).size).toBe(6);
  });

  it('for which there is no place says so, and is placed as soon as there is one', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 3, affinity: 'required' });
    const waiting = here.cluster.pods().find(({ spec }) => spec.nodeName === undefined)!;
    expect(conditions(waiting)).toEqual({ PodScheduled: 'False Unschedulable' });
    here.cluster.addNode('n9', 'c');
    here.advance(10_000);
    expect(here.podNow(waiting.metadata.name)?.spec.nodeName).toBe('n9');
    expect(here.serving()).toBe(3);
  });
});

describe('a pod that has to be spread', () => {
  it('waits while it would make its zones differ by more, also by one that takes no pods', () => {
    const here = new Scene(['a', 'b', 'b']).with({ replicas: 2, maxSkew: 1 });
    here.cluster.cordon('n0');
    here.cluster.scale('api', 4);
    here.advance(10_000);
    const waiting = () =>
      here.cluster.pods('api').filter(({ spec }) => spec.nodeName === undefined);
    expect(here.serving()).toBe(3);
    expect(waiting()).toHaveLength(1);
    here.cluster.cordon('n0', false);
    here.advance(10_000);
    expect(waiting()).toEqual([]);
    expect(here.serving()).toBe(4);
  });

  it('says so in its specification', () => {
    const here = new Scene().with({ maxSkew: 1 });
    expect(here.cluster.pods('api')[0]!.spec['topologySpreadConstraints']).toMatchObject([
      { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
    ]);
  });
});

describe('a container', () => {
  it('that ends is counted as restarted when it begins again, not before', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.killContainer(name);
    here.advance(10_000);
    const steps = here.of('pods', name).map(({ object }) => containerOf(object));
    expect(steps.map(({ ready, restartCount }) => [ready, restartCount])).toEqual([
      [false, 0],
      [false, 1],
      [true, 1],
    ]);
    expect(steps[0]!.state).toMatchObject({ terminated: { exitCode: 1, reason: 'Error' } });
    expect(steps[1]!.lastState).toMatchObject({ terminated: { exitCode: 1 } });
    expect(here.of('pods').every(({ object }) => object.metadata.name === name)).toBe(true);
  });

  it('that ends again and again waits longer and longer, until it is mended', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.crashLoop(name);
    here.advance(60_000);
    const waits = here.of('pods', name).filter(({ object }) => {
      return JSON.stringify(containerOf(object).state).includes('CrashLoopBackOff');
    });
    expect(waits.map(({ object }) => containerOf(object).restartCount)).toEqual([1, 2, 3]);
    here.cluster.mend(name);
    here.advance(120_000);
    expect(containerOf(here.podNow(name))).toMatchObject({ ready: true, restartCount: 4 });
    const { length } = here.of('pods', name);
    here.advance(600_000);
    expect(here.of('pods', name)).toHaveLength(length);
  });

  it('ends again and again in all pods of a workload', () => {
    const here = new Scene().with();
    here.cluster.crashLoop('api');
    here.advance(30_000);
    expect(here.cluster.pods('api').map((pod) => containerOf(pod).restartCount)).toEqual([2, 2, 2]);
  });
});

describe('a Deployment', () => {
  it('that is scaled down: its specification, its set, its pods, and they are gone', () => {
    const here = new Scene().with({ replicas: 4 });
    here.cluster.scale('api', 2);
    here.advance(10_000);
    const firsts = ['deployments', 'replicasets', 'pods'].map((resource) =>
      here.changes.findIndex((each) => each.resource === resource),
    );
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
    expect(here.of('deployments')[0]!.object.metadata.generation).toBe(2);
    expect(here.of('replicasets')[0]!.object.metadata.generation).toBe(2);
    expect(here.of('pods').filter(({ type }) => type === 'DELETED')).toHaveLength(2);
    expect(here.status('deployments', 'api')).toMatchObject({ observedGeneration: 2, replicas: 2 });
    expect(here.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
    expect(here.serving()).toBe(2);
  });

  it('leaves out what is zero, as Go does, and a set of none still says so', () => {
    const here = new Scene().with({ replicas: 2 });
    expect(here.status('deployments', 'api')).not.toHaveProperty('unavailableReplicas');
    here.cluster.scale('api', 0);
    here.advance(10_000);
    const { conditions: _conditions, ...counts } = here.status('deployments', 'api');
    expect(counts).toEqual({ observedGeneration: 2 });
    const [set] = here.store.list('replicasets');
    expect(statusIn(set!)).toEqual({ replicas: 0, observedGeneration: 2 });
  });

  it('ends first what is not ready', () => {
    const here = new Scene().with();
    const last = here.pod(2);
    here.cluster.setReady(last, false);
    here.cluster.scale('api', 2);
    here.advance(10_000);
    expect(here.podNow(last)).toBeUndefined();
    expect(here.serving()).toBe(2);
  });

  it('ends what shares its node before what has been ready for less long', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 3 });
    const on = (node: string) =>
      here.cluster.pods('api').filter((pod) => pod.spec.nodeName === node);
    const [alone] = ['n0', 'n1'].map(on).find((pods) => pods.length === 1)!;
    const name = alone!.metadata.name;
    here.cluster.setReady(name, false);
    here.advance(5000);
    here.cluster.setReady(name, true);
    here.advance(5000);
    here.cluster.scale('api', 2);
    here.advance(10_000);
    expect([on('n0').length, on('n1').length]).toEqual([1, 1]);
    expect(here.podNow(name)).toBeDefined();
  });

  it('that is rolled out never has fewer or more pods than its strategy allows', () => {
    const here = new Scene().with({ replicas: 5, maxUnavailable: '25%', maxSurge: '25%' });
    here.cluster.rollout('api', 'api:2');
    let least = 5;
    let most = 5;
    here.store.onChange(({ resource }) => {
      if (resource !== 'pods') return;
      const alive = here.cluster.pods('api').filter(({ metadata }) => !metadata.deletionTimestamp);
      const ready = alive.filter(
        ({ status }) => conditionOf(status.conditions, 'Ready')?.status === 'True',
      );
      least = Math.min(least, ready.length);
      most = Math.max(most, alive.length);
    });
    here.advance(60_000);
    expect({ least, most }).toEqual({ least: 4, most: 7 });
    const images = here.cluster.pods('api').map(({ spec }) => spec.containers[0]!.image);
    expect(images).toEqual(Array.from({ length: 5 }, () => 'api:2'));
    expect(here.status('deployments', 'api')).toMatchObject({ updatedReplicas: 5, replicas: 5 });
  });

  it('tells of a rollout: begun, under way, done', () => {
    const here = new Scene().with();
    here.cluster.rolloutRestart('api');
    here.advance(60_000);
    const reasons = here
      .of('deployments')
      .map(({ object }) => conditionOf(statusIn(object).conditions ?? [], 'Progressing')!.reason);
    const distinct = reasons.filter((reason, index) => reason !== reasons[index - 1]);
    expect(distinct).toEqual([
      'NewReplicaSetAvailable',
      'NewReplicaSetCreated',
      'ReplicaSetUpdated',
      'NewReplicaSetAvailable',
    ]);
    expect(here.truth('rollout')).toEqual(['api']);
    expect(here.truth('rolled out')).toEqual(['api']);
    expect(here.store.get('deployments', namespace, 'api')!.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '2',
    });
  });

  it('counts pods that it has beyond what is wanted as unavailable while they begin', () => {
    const here = new Scene().with({ maxSurge: 1, maxUnavailable: 0 });
    here.cluster.rollout('api', 'broken');
    here.advance(30_000);
    expect(here.status('deployments', 'api')).toMatchObject({
      replicas: 4,
      availableReplicas: 3,
      unavailableReplicas: 1,
    });
    expect(here.serving()).toBe(3);
  });

  it('does not end old pods, not even sick ones, while new ones use up what may be missing', () => {
    const here = new Scene().with({ replicas: 10, maxSurge: 3, maxUnavailable: 2 });
    here.cluster.rollout('api', 'broken');
    here.advance(30_000);
    const sizes = () =>
      here.store.list('replicasets').map((set) => (set['spec'] as { replicas: number }).replicas);
    expect(sizes()).toEqual([8, 5]);
    const old = here.cluster.pods('api').find(({ spec }) => spec.containers[0]!.image === 'api:1')!;
    here.cluster.setReady(old.metadata.name, false);
    here.advance(30_000);
    expect(sizes()).toEqual([8, 5]);
  });

  it('gives a rollout up that does not get on in time, and goes on with a better one', () => {
    const here = new Scene().with({ maxUnavailable: 0, progressDeadlineSeconds: 60 });
    here.cluster.rollout('api', 'broken');
    here.advance(50_000);
    expect(here.condition('Progressing')?.status).toBe('True');
    expect(here.truth('rolled out')).toEqual([]);
    here.advance(20_000);
    expect(here.condition('Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    here.cluster.rollout('api', 'api:2');
    here.advance(60_000);
    expect(here.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
    expect(here.serving()).toBe(3);
  });

  it('stays rolled out when its pods fail afterwards, but says that it is not available', () => {
    const here = new Scene().with({ replicas: 3, maxUnavailable: 1 });
    for (const { metadata } of here.cluster.pods('api'))
      here.cluster.setReady(metadata.name, false);
    here.advance(1000);
    expect(here.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
    expect(here.condition('Available')).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
    });
    here.cluster.setReady(here.pod(), true);
    here.advance(1000);
    expect(here.status('deployments', 'api')).toMatchObject({ readyReplicas: 1 });
    expect(here.condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
  });

  it('does not count a pod as available before it has been ready for minReadySeconds', () => {
    const here = new Scene().with({ replicas: 2, minReadySeconds: 20 });
    here.cluster.deletePod(here.pod());
    here.advance(10_000);
    expect(here.status('deployments', 'api')).toMatchObject({
      readyReplicas: 2,
      availableReplicas: 1,
    });
    here.advance(20_000);
    expect(here.status('deployments', 'api')).toMatchObject({ availableReplicas: 2 });
  });

  it('that is recreated has no pod of both kinds at once', () => {
    const here = new Scene().with({ strategy: 'Recreate' });
    here.cluster.rollout('api', 'api:2');
    let isMixed = false;
    here.store.onChange(() => {
      const alive = here.cluster.pods('api').filter(({ metadata }) => !metadata.deletionTimestamp);
      isMixed ||= new Set(alive.map(({ spec }) => spec.containers[0]!.image)).size > 1;
    });
    here.advance(60_000);
    expect(isMixed).toBe(false);
    expect(here.serving()).toBe(3);
  });
});

describe('a StatefulSet', () => {
  function stateful(settings: Partial<WorkloadSettings> = {}): Scene {
    const here = new Scene();
    here.cluster.createStatefulSet({ name: 'db', replicas: 3, tolerationSeconds: 30, ...settings });
    return here.settled();
  }

  it('begins one pod after the other, and ends them the other way round', () => {
    const here = stateful({ replicas: 1 });
    here.cluster.scale('db', 3);
    here.advance(30_000);
    here.cluster.scale('db', 0);
    here.advance(30_000);
    const order = (type: Change['type']) =>
      here
        .of('pods')
        .filter((each) => each.type === type)
        .map(({ object }) => object.metadata.name);
    expect(order('ADDED')).toEqual(['db-1', 'db-2']);
    expect(order('DELETED')).toEqual(['db-2', 'db-1', 'db-0']);
    expect(here.status('statefulsets', 'db')).toMatchObject({ replicas: 0, availableReplicas: 0 });
  });

  it('is updated from the last to the first, down to its partition', () => {
    const here = stateful({ partition: 1 });
    here.cluster.rollout('db', 'db:2');
    here.advance(60_000);
    const images = here.cluster.pods('db').map(({ metadata, spec }) => {
      return `${metadata.name} ${spec.containers[0]!.image}`;
    });
    expect(images.toSorted()).toEqual(['db-0 db:1', 'db-1 db:2', 'db-2 db:2']);
    const status = here.status('statefulsets', 'db');
    expect(status).toMatchObject({ updatedReplicas: 2, currentReplicas: 1 });
    expect(status['currentRevision']).not.toBe(status['updateRevision']);
  });

  it('makes a pod anew that its node evicted', () => {
    const here = stateful();
    const { uid } = here.podNow('db-1')!.metadata;
    here.cluster.evictByPressure('db-1');
    here.advance(30_000);
    expect(here.podNow('db-1')?.metadata.uid).not.toBe(uid);
    expect(here.serving('db')).toBe(3);
  });

  it('does not replace a pod that cannot end, until its node is back', () => {
    const here = stateful();
    const { uid } = here.podNow('db-1')!.metadata;
    const node = here.podNow('db-1')!.spec.nodeName!;
    here.cluster.killNode(node);
    here.advance(300_000);
    expect(here.podNow('db-1')?.metadata).toMatchObject({
      uid,
      deletionTimestamp: expect.any(String),
    });
    here.cluster.reviveNode(node);
    here.advance(60_000);
    expect(here.podNow('db-1')?.metadata.uid).not.toBe(uid);
    expect(here.serving('db')).toBe(3);
  });
});

describe('a node', () => {
  it('that dies: unknown, its pods not ready, tainted, and its pods evicted, in that order', () => {
    const here = new Scene().with({ tolerationSeconds: 30 });
    const name = here.pod();
    const node = here.podNow(name)!.spec.nodeName!;
    here.cluster.killNode(node);
    here.advance(39_000);
    expect(here.of('pods')).toEqual([]);
    here.advance(120_000);
    const steps = here.changes
      .filter(({ object }) => [node, name].includes(object.metadata.name))
      .filter(({ resource }) => resource !== 'leases')
      .map((change) =>
        change.resource === 'nodes' ? taintsOf(change.object as Node).join(', ') : podStep(change),
      );
    expect(steps).toEqual([
      '',
      'MODIFIED not ready Running',
      'unreachable NoExecute',
      'unreachable NoExecute, unreachable NoSchedule',
      'MODIFIED DeletionByTaintManager not ready Running',
      'MODIFIED DeletionByTaintManager ending not ready Running',
    ]);
    expect(conditions(here.nodeNow(node))).toEqual({ Ready: 'Unknown NodeStatusUnknown' });
    expect(here.serving()).toBe(3);
    expect(here.truth('node not ready')).toEqual([node]);
  });

  it('that dies leaves what its kubelet last said of containers as it was', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.killNode(here.podNow(name)!.spec.nodeName!);
    here.advance(60_000);
    const pod = here.podNow(name)!;
    expect(conditions(pod)).toMatchObject({ Ready: 'False', ContainersReady: 'True' });
    expect(containerOf(pod)).toMatchObject({ ready: true });
  });

  it('that comes back in time keeps its pods, and loses its taints', () => {
    const here = new Scene().with();
    const name = here.pod();
    const { uid } = here.podNow(name)!.metadata;
    const node = here.podNow(name)!.spec.nodeName!;
    here.cluster.killNode(node);
    here.advance(100_000);
    here.cluster.reviveNode(node);
    here.advance(600_000);
    expect(here.podNow(name)?.metadata.uid).toBe(uid);
    expect(taintsOf(here.nodeNow(node))).toEqual([]);
    expect(here.serving()).toBe(3);
    expect(here.truth('node ready')).toEqual([node]);
  });

  it('that comes back after its pods were evicted ends them at last', () => {
    const here = new Scene().with({ tolerationSeconds: 30 });
    const name = here.pod();
    const node = here.podNow(name)!.spec.nodeName!;
    here.cluster.killNode(node);
    here.advance(200_000);
    expect(here.podNow(name)?.metadata.deletionTimestamp).toBeDefined();
    here.cluster.reviveNode(node);
    here.advance(20_000);
    expect(here.podNow(name)).toBeUndefined();
  });

  it('that is switched on again starts its containers anew', () => {
    const here = new Scene().with();
    const name = here.pod();
    const node = here.podNow(name)!.spec.nodeName!;
    here.cluster.killNode(node);
    here.advance(100_000);
    here.cluster.rebootNode(node);
    here.advance(30_000);
    expect(containerOf(here.podNow(name))).toMatchObject({
      ready: true,
      restartCount: 1,
      lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
    });
    expect(here.truth('container restarted')).toEqual([name]);
    expect(here.serving()).toBe(3);
  });

  it('whose object is removed: its pods fail, and are gone', () => {
    const here = new Scene().with();
    const name = here.pod();
    here.cluster.removeNode(here.podNow(name)!.spec.nodeName!);
    here.advance(60_000);
    expect(here.of('pods', name).map(podStep)).toEqual([
      'MODIFIED DeletionByPodGC ready Failed',
      'DELETED DeletionByPodGC ready Failed',
    ]);
    expect(here.serving()).toBe(3);
  });

  it('renews its lease every 10 s while it lives, in microseconds', () => {
    const here = new Scene().settled();
    here.advance(30_000);
    const renewals = () => here.of('leases', 'n0').map(({ object }) => object['spec']);
    expect(renewals()).toHaveLength(3);
    expect(renewals()[0]).toMatchObject({
      leaseDurationSeconds: 40,
      renewTime: expect.stringMatching(/\.\d{6}Z$/),
    });
    here.cluster.killNode('n0');
    here.advance(30_000);
    expect(renewals()).toHaveLength(3);
  });

  it('tells of itself every five minutes, though nothing changed but the time', () => {
    const here = new Scene().settled();
    here.advance(300_000);
    expect(here.of('nodes', 'n0')).toHaveLength(1);
    const [{ lastHeartbeatTime, lastTransitionTime } = {} as Condition] =
      here.nodeNow('n0').status.conditions;
    expect(lastHeartbeatTime).toBe('2026-11-23T20:05:00Z');
    expect(lastTransitionTime).toBe('2026-11-23T20:00:00Z');
  });

  it('that is cordoned is tainted as well, and gets no pods until it is uncordoned', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 2 });
    here.cluster.cordon('n0');
    here.advance(1000);
    expect(taintsOf(here.nodeNow('n0'))).toEqual(['unschedulable NoSchedule']);
    here.cluster.scale('api', 4);
    here.advance(10_000);
    const on = here.cluster.pods('api').filter(({ spec }) => spec.nodeName === 'n0');
    expect(on).toHaveLength(1);
    here.cluster.cordon('n0', false);
    here.advance(1000);
    expect(here.nodeNow('n0').spec).toEqual({});
  });
});

describe('a zone', () => {
  const givenUp = (here: Scene) =>
    here.store
      .list('nodes')
      .filter((node) => taintsOf(node as Node).includes('unreachable NoExecute')).length;

  it('that is lost: its nodes are given up one every 10 s', () => {
    const here = new Scene(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']).with();
    here.cluster.killZone('a');
    here.advance(50_000);
    const counts = [givenUp(here)];
    for (let step = 0; step < 3; step += 1) {
      here.advance(10_000);
      counts.push(givenUp(here));
    }
    expect(counts).toEqual([1, 2, 3, 3]);
    here.cluster.reviveZone('a');
    here.advance(60_000);
    expect(givenUp(here)).toBe(0);
  });

  it('that has lost most of its few nodes gives none of them up beyond the first', () => {
    const here = new Scene(['a', 'a', 'a', 'a', 'b']).with();
    for (const node of ['n0', 'n1', 'n2']) here.cluster.killNode(node);
    here.advance(300_000);
    expect(givenUp(here)).toBe(0);
  });

  it('gives nothing up where every zone is lost', () => {
    const here = new Scene(['a', 'b']).with({ tolerationSeconds: 5 });
    here.cluster.killZone('a');
    here.cluster.killZone('b');
    here.advance(300_000);
    expect(givenUp(here)).toBe(0);
    expect(here.of('pods').some(({ object }) => object.metadata.deletionTimestamp)).toBe(false);
    expect(here.truth('zone killed')).toEqual(['a', 'b']);
  });
});

describe('a drain', () => {
  it('takes each pod from the budget, tells why, deletes it, and waits where there is nothing left', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 4, minAvailable: 3 });
    here.cluster.drain('n0');
    const steps = here.changes.map(({ resource, object }) => {
      if (resource === 'nodes') return 'cordoned';
      if (resource === 'poddisruptionbudgets')
        return `${String(statusIn(object)['disruptionsAllowed'])} left`;
      return object.metadata.deletionTimestamp === undefined ? 'told' : 'deleted';
    });
    expect(steps).toEqual(['cordoned', '0 left', 'told', 'deleted']);
    let least = Infinity;
    here.store.onChange(() => (least = Math.min(least, here.serving() ?? Infinity)));
    here.advance(60_000);
    expect(least).toBe(3);
    expect(here.cluster.pods('api').every(({ spec }) => spec.nodeName === 'n1')).toBe(true);
    expect(here.truth('drained')).toEqual(['n0']);
  });

  it('never ends where the budget allows nothing', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 2, minAvailable: 2 });
    here.cluster.drain('n0');
    here.advance(120_000);
    expect(here.of('pods')).toEqual([]);
    expect(here.truth('drained')).toEqual([]);
  });

  it('does not wait for a pod that is not ready where enough others are', () => {
    const here = new Scene(['a', 'b']).with({ replicas: 3, minAvailable: 2 });
    const sick = here.cluster.pods('api').find(({ spec }) => spec.nodeName === 'n0')!;
    here.cluster.setReady(sick.metadata.name, false);
    here.advance(1000);
    here.cluster.drain('n0');
    here.advance(1000);
    expect(here.podNow(sick.metadata.name)?.metadata.deletionTimestamp).toBeDefined();
  });
});

describe('a budget', () => {
  it('says zero where nothing may go, and counts pods that end as expected', () => {
    const here = new Scene().with({ replicas: 3, minAvailable: 2 });
    here.cluster.deletePod(here.pod());
    here.advance(500);
    expect(here.status('poddisruptionbudgets', 'api')).toMatchObject({
      disruptionsAllowed: 0,
      currentHealthy: 2,
      desiredHealthy: 2,
      expectedPods: 4,
    });
    here.advance(10_000);
    expect(here.status('poddisruptionbudgets', 'api')).toMatchObject({
      disruptionsAllowed: 1,
      expectedPods: 3,
    });
  });
});

describe('an EndpointSlice', () => {
  it('tells of a pod that ends as terminating, and leaves it out once it is gone', () => {
    const here = new Scene().with({ hasService: true });
    const name = here.pod();
    here.cluster.deletePod(name);
    here.advance(10_000);
    const seen = here.of('endpointslices').map(({ object }) => {
      const endpoints = object['endpoints'] as {
        targetRef: { name: string };
        conditions: Record<string, boolean>;
      }[];
      const { ready, terminating } = endpoints.find(({ targetRef }) => targetRef.name === name)
        ?.conditions ?? { ready: false };
      return terminating === undefined ? 'left out' : { ready, terminating };
    });
    expect(seen[0]).toEqual({ ready: false, terminating: true });
    expect(seen.at(-1)).toBe('left out');
  });
});

describe('an EndpointSlice of a pod that its node evicted', () => {
  it('leaves it out, although it is still listed', () => {
    const here = new Scene().with({ hasService: true });
    const name = here.pod();
    here.cluster.evictByPressure(name);
    here.advance(10_000);
    expect(here.podNow(name)?.status.phase).toBe('Failed');
    const [slice] = here.store.list('endpointslices');
    expect(slice!['endpoints']).toHaveLength(3);
    expect(JSON.stringify(slice)).not.toContain(`"${name}"`);
  });
});

describe('a leader', () => {
  function led(): Scene {
    const here = new Scene();
    here.cluster.createDeployment({ name: 'orchestrator', replicas: 2, lease: 'orchestrator' });
    return here.settled();
  }

  const lease = (here: Scene) =>
    here.store.get('leases', namespace, 'orchestrator')!['spec'] as {
      holderIdentity: string;
      leaseTransitions: number;
      acquireTime: string;
    };

  it('that dies is followed by another one when its lease has run out', () => {
    const here = led();
    const before = lease(here);
    here.cluster.killNode(here.podNow(before.holderIdentity)!.spec.nodeName!);
    here.advance(14_000);
    expect(lease(here).holderIdentity).toBe(before.holderIdentity);
    here.advance(6000);
    expect(lease(here).holderIdentity).not.toBe(before.holderIdentity);
    expect(lease(here).leaseTransitions).toBe(before.leaseTransitions + 1);
    expect(lease(here).acquireTime > before.acquireTime).toBe(true);
  });

  it('that ends in good order lets go of its lease', () => {
    const here = led();
    here.cluster.deletePod(lease(here).holderIdentity);
    here.advance(1000);
    expect(lease(here).holderIdentity).toBe('');
    here.advance(4000);
    expect(lease(here).holderIdentity).not.toBe('');
  });
});

describe('the log of what happened', () => {
  it('has each change of what serves, with its instant', () => {
    const here = new Scene().with();
    here.cluster.killContainer(here.pod());
    here.advance(10_000);
    const since = here.cluster.counts
      .filter(({ atMs }) => atMs >= settledMs)
      .map(({ atMs, serving, desired }) => [atMs - settledMs, serving, desired]);
    expect(since).toEqual([
      [0, 2, 3],
      [2000, 3, 3],
    ]);
  });

  it('has nothing where nothing happens', () => {
    const here = new Scene().with({ hasService: true, minAvailable: 2 });
    here.advance(299_000 - settledMs);
    expect(here.changes.filter(({ resource }) => resource !== 'leases')).toEqual([]);
  });
});

describe('a large cluster', () => {
  it('of 5,000 pods on 500 nodes is there at once, and all is well in it', () => {
    const store = new ObjectStore();
    const clock = new RealClock();
    const cluster = new Cluster(store, clock, beganMs);
    cluster.populate({ nodes: 500, zones: 3, pods: 5000, deployments: 100 });
    clock.stop();
    const deployment = store.get('deployments', namespace, 'app-99')!;
    expect(store.list('pods')).toHaveLength(5000);
    expect(statusIn(deployment)).toMatchObject({ replicas: 50, availableReplicas: 50 });
    expect(conditions(deployment)).toMatchObject({ Progressing: 'True NewReplicaSetAvailable' });
  });
});
