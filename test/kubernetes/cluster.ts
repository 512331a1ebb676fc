import {
  conditionOf,
  digest,
  hashLabel,
  isDeleting,
  isOwnedBy,
  isReady,
  microTime,
  nodeOf,
  ownedBy,
  podOf,
  revisionAnnotation,
  revisionLabel,
  templateOf,
  timestamp,
  withCondition,
  withoutZeros,
  type Node,
  type Pod,
  type ReplicaSet,
  type Strength,
  type Taint,
  type Template,
  type Workload,
} from './cluster-objects.js';
import { budgetStatus, disrupted, isFreeToGo, type Budget } from './cluster-budget.js';
import { givingUpPaceMs, isAllLost, type ZoneHealth } from './cluster-node-health.js';
import {
  accepted,
  backingOff,
  boundTo,
  completed,
  exited,
  isOver,
  restarted,
  running,
  unheard,
  unseenEnd,
  withReadiness,
  withoutPlace,
} from './cluster-pods.js';
import { boundsOf, grownTo, nextLookMs, shrunk, statusOf } from './cluster-rollout.js';
import { inOrderOfEnding } from './cluster-scale-down.js';
import type { KubeObject, ObjectStore, ResourceName } from './object-store.js';
import type { SimClock } from './sim-clock.js';

/** Times of the machinery, in milliseconds; those of a real cluster where nothing else is said. */
export interface ClusterTiming {
  readonly controllerMs: number;
  readonly startMs: number;
  readonly readyMs: number;
  readonly terminationMs: number;
  readonly leaseMs: number;
  /** After which a silent node is unknown (node-monitor-grace-period). */
  readonly nodeGraceMs: number;
  readonly nodeCheckMs: number;
  readonly podGcMs: number;
}

export const usualTiming: ClusterTiming = {
  controllerMs: 20,
  startMs: 1000,
  readyMs: 1000,
  terminationMs: 2000,
  leaseMs: 10_000,
  nodeGraceMs: 40_000,
  nodeCheckMs: 5000,
  podGcMs: 20_000,
};

export interface WorkloadSettings {
  readonly name: string;
  readonly replicas: number;
  readonly affinity?: Strength;
  readonly tolerationSeconds?: number;
  readonly strategy?: 'RollingUpdate' | 'Recreate';
  /** Absolute, or a share such as `25%`. */
  readonly maxUnavailable?: number | string;
  readonly maxSurge?: number | string;
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
  /** By how many its zones may differ; a pod that would make it more waits, as `DoNotSchedule` says. */
  readonly maxSkew?: number;
  /** Zones that its pods are put in; any when absent. */
  readonly zones?: readonly string[];
  /** Of a StatefulSet: the first ordinal that an update reaches. */
  readonly partition?: number;
  readonly hasService?: boolean;
  readonly minAvailable?: number;
  /** Name of the lease by which its pods elect a leader. */
  readonly lease?: string;
}

/** What really happened, in milliseconds since the beginning. */
export interface Truth {
  readonly atMs: number;
  readonly what: string;
  readonly subject: string;
}

export interface Count {
  readonly atMs: number;
  readonly workload: string;
  readonly desired: number;
  readonly serving: number;
}

const namespace = 'sensei';
const evictionRetryMs = 5000;
const renewalMs = 2000;
const leaseSeconds = 15;
/** What a kubelet writes of its node although nothing has changed. */
const nodeStatusMs = 300_000;
const deletionGraceSeconds = 30;
const longestBackoffMs = 300_000;
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulableTaint: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/**
 * A cluster whose controllers, kubelets and scheduler write to a store what the real ones write, in the
 * order in which they write it.
 */
export class Cluster {
  readonly truth: Truth[] = [];
  /** Serving pods of each workload, whenever they changed. */
  readonly counts: Count[] = [];
  private readonly settings = new Map<string, WorkloadSettings>();
  private readonly dead = new Set<string>();
  private readonly renewedMs = new Map<string, number>();
  private readonly due = new Set<string>();
  private readonly handled = new Set<string>();
  private readonly crashing = new Set<string>();
  /** When a zone's next node may be given up. */
  private readonly nextGivenUpMs = new Map<string, number>();
  /** Workloads whose rollout was begun and has not ended. */
  private readonly rolling = new Set<string>();
  private ids = 0;
  /** Whether the machinery rests: then only what somebody does happens. */
  private isIdle = false;

  constructor(
    readonly store: ObjectStore,
    private readonly clock: SimClock,
    /** Unix milliseconds at which the clock says 0. */
    private readonly beganMs: number,
    private readonly timing: ClusterTiming = usualTiming,
  ) {
    store.onChange(({ resource, object }) => {
      if (resource === 'leases' || this.isIdle) return;
      this.react(resource, object);
      if (resource !== 'endpointslices' && resource !== 'poddisruptionbudgets') this.countServing();
    });
    this.every(timing.nodeCheckMs, () => this.checkNodes());
    this.every(timing.podGcMs, () => this.collectGarbage());
  }

  // --- what somebody does ---

  addNode(name: string, zone: string): void {
    this.dead.delete(name);
    this.store.put('nodes', nodeOf(name, zone, this.uid(), this.time()));
    this.renewedMs.set(name, this.clock.now());
    this.renewNode(name);
    this.clock.after(nodeStatusMs, () => this.reportNode(name));
  }

  /** The machine dies; nobody else is told. */
  killNode(name: string): void {
    this.dead.add(name);
    this.happened('node killed', name);
  }

  /** It is heard again, and its containers never ended. */
  reviveNode(name: string): void {
    this.dead.delete(name);
    this.happened('node revived', name);
    this.renewNode(name);
    this.clock.after(this.timing.startMs, () => this.nodeIsBack(name));
  }

  /** It is switched on again: what was not evicted from it meanwhile is started anew. */
  rebootNode(name: string): void {
    this.reviveNode(name);
    for (const pod of this.podsOn(name)) {
      if (isDeleting(pod) || isOver(pod)) continue;
      this.clock.after(this.timing.startMs, () =>
        this.onLive(pod.metadata.name, pod.metadata.uid, (now) => this.startAnew(now)),
      );
    }
  }

  killZone(zone: string): void {
    for (const name of this.nodesOf(zone)) this.killNode(name);
    this.happened('zone killed', zone);
  }

  reviveZone(zone: string): void {
    for (const name of this.nodesOf(zone)) this.reviveNode(name);
    this.happened('zone revived', zone);
  }

  /** Its object is removed, as a cloud does with a machine that it took away. */
  removeNode(name: string): void {
    this.dead.add(name);
    this.happened('node removed', name);
    this.store.remove('nodes', '', name);
    this.store.remove('leases', 'kube-node-lease', name);
  }

  cordon(name: string, unschedulable = true): void {
    this.editNode(name, (node) => {
      const { unschedulable: _before, ...spec } = node.spec;
      return { ...node, spec: unschedulable ? { ...spec, unschedulable } : spec };
    });
  }

  /** An autoscaler marks it, evicts its pods, and removes it: it is never cordoned. */
  scaleDownNode(name: string): void {
    this.happened('node scaled down', name);
    this.editNode(name, (node) => ({
      ...node,
      spec: withTaint(node, { key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }),
    }));
    this.evictAll(name);
    this.clock.after(20_000, () => this.removeNode(name));
  }

  /** Cordons the node and evicts its pods, as many at a time as their budgets allow. */
  drain(name: string): void {
    this.happened('drain', name);
    this.cordon(name);
    this.evictAll(name);
  }

  /** One call of the eviction API; its uid is a precondition. */
  evict(name: string, uid: string | undefined): 'evicted' | 'refused' | 'missing' | 'another' {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod === undefined) return 'missing';
    if (uid !== undefined && uid !== pod.metadata.uid) return 'another';
    if (!this.mayEvict(pod)) return 'refused';
    this.happened('pod evicted', name);
    this.disrupt(pod, 'EvictionByEvictionAPI');
    return 'evicted';
  }

  deletePod(name: string): void {
    this.happened('pod deleted', name);
    this.terminate(this.pod(name));
  }

  /** Its container ends by itself and is started again. */
  killContainer(name: string): void {
    this.happened('container killed', name);
    this.crash(this.pod(name), 0);
  }

  /** Its kubelet evicts it for want of memory: it stays listed as failed. */
  evictByPressure(name: string): void {
    this.happened('pod evicted', name);
    const unready = withReadiness(this.pod(name), false, this.time());
    const pod = this.withDisruption(unready, 'TerminationByKubelet');
    this.put('pods', { ...pod, status: { ...pod.status, phase: 'Failed', reason: 'Evicted' } });
  }

  /** The container of a pod, or of all pods of a workload, ends again and again. */
  crashLoop(name: string): void {
    this.happened('crash loop', name);
    this.crashing.add(name);
    for (const pod of this.pods()) if (this.isCrashing(pod) && !isDeleting(pod)) this.crash(pod, 0);
  }

  mend(name: string): void {
    this.crashing.delete(name);
  }

  createDeployment(settings: WorkloadSettings): void {
    const { strategy = 'RollingUpdate', maxSurge = 1, maxUnavailable = 1 } = settings;
    const { minReadySeconds, progressDeadlineSeconds = 600 } = settings;
    const rollingUpdate = { maxSurge, maxUnavailable };
    this.createWorkload('deployments', settings, {
      progressDeadlineSeconds,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      strategy: { type: strategy, ...(strategy === 'RollingUpdate' && { rollingUpdate }) },
    });
  }

  createStatefulSet(settings: WorkloadSettings): void {
    this.createWorkload('statefulsets', settings, {
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { partition: settings.partition ?? 0 },
      },
    });
  }

  scale(name: string, replicas: number): void {
    this.happened('scaled', name);
    this.editSpec(name, (spec) => ({ ...spec, replicas }));
  }

  /** An image that contains `broken` never gets ready. */
  rollout(name: string, image: string): void {
    this.happened('rollout', name);
    this.rolling.add(name);
    this.editSpec(name, (spec) => {
      const containers = spec.template.spec.containers.map((each) => ({ ...each, image }));
      return {
        ...spec,
        template: { ...spec.template, spec: { ...spec.template.spec, containers } },
      };
    });
  }

  /** The same again, in new pods: `kubectl rollout restart`. */
  rolloutRestart(name: string): void {
    this.happened('rollout', name);
    this.rolling.add(name);
    const annotations = { 'kubectl.kubernetes.io/restartedAt': this.time() };
    this.editSpec(name, (spec) => {
      const metadata = { ...spec.template.metadata, annotations };
      return { ...spec, template: { ...spec.template, metadata } };
    });
  }

  /** Touches pods without anything that matters, as status updates do. */
  touch(name: string, note: string): void {
    const pod = this.pod(name);
    this.put('pods', { ...pod, status: { ...pod.status, message: note } });
  }

  /** A pod begins or ceases to be ready, without a restart. */
  setReady(name: string, ready: boolean): void {
    this.put('pods', withReadiness(this.pod(name), ready, this.time()));
  }

  pods(app?: string): Pod[] {
    const all = this.store.list('pods') as Pod[];
    return app === undefined ? all : all.filter(({ metadata }) => metadata.labels?.['app'] === app);
  }

  /** Many nodes and pods that are all well, at once. The controllers rest from then on. */
  populate(given: { nodes: number; zones: number; pods: number; deployments: number }): void {
    this.isIdle = true;
    for (let index = 0; index < given.nodes; index += 1) {
      this.addNode(`node-${index}`, `zone-${index % given.zones}`);
    }
    const each = Math.ceil(given.pods / given.deployments);
    for (let index = 0; index < given.deployments; index += 1) {
      this.populateDeployment(
        `app-${index}`,
        Math.min(each, given.pods - index * each),
        given.nodes,
      );
    }
  }

  // --- what the machinery does ---

  private populateDeployment(name: string, replicas: number, nodes: number): void {
    const template = templateOf({ app: name, image: 'app:1', affinity: 'preferred' });
    const settings = { name, replicas };
    this.settings.set(name, settings);
    const workload = this.workloadOf(settings, template, {});
    const made = this.setOf(workload, template, 1, replicas);
    const ready = { readyReplicas: replicas, availableReplicas: replicas };
    const counts = { fullyLabeledReplicas: replicas, ...ready };
    const set = { ...made, status: { replicas, ...counts, observedGeneration: 1 } };
    const begun = { ...workload, status: statusOf(workload, set, [], this.moment()) };
    this.put('deployments', { ...begun, status: statusOf(begun, set, [], this.moment()) });
    this.put('replicasets', set);
    for (let index = 0; index < replicas; index += 1) {
      const pod = podOf(this.podMeta(set, 'ReplicaSet', template), template, this.time());
      const placed = boundTo(pod, `node-${this.ids % nodes}`, this.time());
      this.handled.add(placed.metadata.uid);
      this.put('pods', withReadiness(this.begun(this.taken(placed)), true, this.time()));
    }
  }

  private every(ms: number, work: () => void): void {
    this.clock.after(ms, () => {
      work();
      this.every(ms, work);
    });
  }

  /** Once, a little later, however many changes ask for it. */
  private soon(key: string, work: () => void, ms = this.timing.controllerMs): void {
    if (this.due.has(key)) return;
    this.due.add(key);
    this.clock.after(ms, () => {
      this.due.delete(key);
      work();
    });
  }

  private react(resource: ResourceName, object: KubeObject): void {
    const { name } = object.metadata;
    if (resource === 'deployments') this.soon(`d/${name}`, () => this.reconcileDeployment(name));
    if (resource === 'statefulsets') this.soon(`s/${name}`, () => this.reconcileStatefulSet(name));
    if (resource === 'replicasets') this.reactToSet(object as ReplicaSet);
    if (resource === 'pods') this.reactToPod(object as Pod);
    if (resource === 'nodes') {
      this.soon('schedule', () => this.schedule());
      this.soon(`n/${name}`, () => this.taintByState(name));
    }
  }

  private reactToSet({ metadata: { name, ownerReferences } }: ReplicaSet): void {
    this.soon(`r/${name}`, () => this.reconcileSet(name));
    const owner = ownerReferences?.[0]?.name;
    if (owner !== undefined) this.soon(`d/${owner}`, () => this.reconcileDeployment(owner));
  }

  private reactToPod(pod: Pod): void {
    const { name, ownerReferences, labels } = pod.metadata;
    const owner = ownerReferences?.[0];
    if (owner?.kind === 'ReplicaSet')
      this.soon(`r/${owner.name}`, () => this.reconcileSet(owner.name));
    if (owner?.kind === 'StatefulSet') {
      this.soon(`s/${owner.name}`, () => this.reconcileStatefulSet(owner.name));
    }
    if (pod.spec.nodeName === undefined) this.soon('schedule', () => this.schedule());
    else this.soon(`k/${name}`, () => this.syncPod(name), 5);
    const app = labels?.['app'] ?? '';
    this.soon(`e/${app}`, () => this.reconcileService(app));
  }

  private reconcileDeployment(name: string): void {
    const deployment = this.store.get('deployments', namespace, name) as Workload | undefined;
    if (deployment === undefined) return;
    const hash = digest(deployment.spec.template);
    const sets = (this.store.list('replicasets') as ReplicaSet[]).filter((set) =>
      isOwnedBy(set, deployment.metadata.uid),
    );
    const revisionOf = (set: ReplicaSet) =>
      Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
    const newestRevision = Math.max(0, ...sets.map(revisionOf));
    let newest = sets.find(({ metadata }) => metadata.labels?.[hashLabel] === hash);
    const old = sets.filter((set) => set !== newest);
    const isRecreate = deployment.spec.strategy?.type === 'Recreate';
    if (isRecreate && old.some((set) => this.livePodsOf(set).length > 0 || set.spec.replicas > 0)) {
      for (const set of old) this.scaleSet(deployment, set, 0);
      this.writeDeploymentStatus(deployment, newest, old);
      return;
    }
    const { replicas } = deployment.spec;
    if (newest === undefined) {
      const first = isRecreate ? replicas : grownTo(deployment, 0, old);
      newest = this.setOf(deployment, deployment.spec.template, newestRevision + 1, first);
      this.put('replicasets', newest);
      this.writeDeploymentStatus(deployment, newest, old, true);
      return;
    }
    if (revisionOf(newest) < newestRevision) {
      const annotations = {
        ...newest.metadata.annotations,
        [revisionAnnotation]: String(newestRevision + 1),
      };
      newest = { ...newest, metadata: { ...newest.metadata, annotations } };
      this.put('replicasets', newest);
    }
    this.roll(deployment, newest, old);
    this.writeDeploymentStatus(deployment, newest, old);
  }

  /** One step of a rolling update: the newest set grows, or else old ones shrink. */
  private roll(deployment: Workload, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
    const { replicas } = deployment.spec;
    const size = newest.spec.replicas;
    const isAlone = old.every((set) => set.spec.replicas === 0);
    const grown = isAlone || size > replicas ? replicas : grownTo(deployment, size, old);
    if (grown !== size) return this.scaleSet(deployment, newest, grown);
    if (isAlone) return;
    const oldestFirst = old.filter((set) => set.spec.replicas > 0);
    for (const { set, replicas: left } of shrunk(deployment, newest, oldestFirst))
      this.scaleSet(deployment, set, left);
  }

  private scaleSet(deployment: Workload, set: ReplicaSet, replicas: number): void {
    if (set.spec.replicas === replicas) return;
    const generation = (set.metadata.generation ?? 1) + 1;
    this.put('replicasets', {
      ...set,
      metadata: {
        ...set.metadata,
        generation,
        annotations: { ...set.metadata.annotations, ...sizesOf(deployment) },
      },
      spec: { ...set.spec, replicas },
    });
  }

  private writeDeploymentStatus(
    deployment: Workload,
    newest: ReplicaSet | undefined,
    old: readonly ReplicaSet[],
    isNew = false,
  ): void {
    const fresh = (set: ReplicaSet) =>
      this.store.get('replicasets', namespace, set.metadata.name) as ReplicaSet;
    const now = newest && fresh(newest);
    const status = statusOf(deployment, now, old.map(fresh), { ...this.moment(), isNew });
    const revision = now?.metadata.annotations?.[revisionAnnotation];
    const annotations = {
      ...deployment.metadata.annotations,
      ...(revision !== undefined && { [revisionAnnotation]: revision }),
    };
    const written = { ...deployment, metadata: { ...deployment.metadata, annotations }, status };
    if (isRolledOut(written) && this.rolling.delete(deployment.metadata.name))
      this.happened('rolled out', deployment.metadata.name);
    this.put('deployments', written);
    this.lookAgain(written);
  }

  /** A rollout that does not get on is given up when its time has run out, without anything happening. */
  private lookAgain(deployment: Workload): void {
    const { name } = deployment.metadata;
    const atMs = nextLookMs(deployment);
    if (atMs === undefined) return;
    const inMs = Math.max(this.timing.controllerMs, atMs - this.wallMs());
    this.soon(`look/${name}`, () => this.reconcileDeployment(name), inMs);
  }

  private reconcileSet(name: string): void {
    const set = this.store.get('replicasets', namespace, name) as ReplicaSet | undefined;
    if (set === undefined) return;
    const live = this.livePodsOf(set);
    for (let count = live.length; count < set.spec.replicas; count += 1) this.createPod(set);
    const surplus = Math.max(0, live.length - set.spec.replicas);
    const ending = surplus === 0 ? [] : inOrderOfEnding(live, this.relatedTo(set));
    for (const pod of ending.slice(0, surplus)) this.terminate(pod);
    this.writeSetStatus(name);
  }

  private writeSetStatus(name: string): void {
    const set = this.store.get('replicasets', namespace, name) as ReplicaSet;
    const live = this.livePodsOf(set);
    const ready = live.filter(isReady);
    const available = ready.filter((pod) => this.untilAvailableMs(set, pod) <= 0);
    const waitMs = Math.min(...ready.map((pod) => this.untilAvailableMs(set, pod)).filter(isLater));
    if (waitMs !== Infinity) this.soon(`wait/${name}`, () => this.reconcileSet(name), waitMs);
    const counts = {
      fullyLabeledReplicas: live.length,
      readyReplicas: ready.length,
      availableReplicas: available.length,
      observedGeneration: set.metadata.generation ?? 1,
    };
    const status = { replicas: live.length, ...withoutZeros(counts) };
    this.put('replicasets', { ...set, status });
  }

  private untilAvailableMs({ spec: { minReadySeconds = 0 } }: ReplicaSet, { status }: Pod): number {
    if (minReadySeconds === 0) return 0;
    const since = conditionOf(status.conditions, 'Ready')?.lastTransitionTime ?? '';
    return Date.parse(since) + minReadySeconds * 1000 - this.wallMs();
  }

  /** Active pods of all sets of its Deployment. */
  private relatedTo(set: ReplicaSet): Pod[] {
    const owner = set.metadata.ownerReferences?.[0]?.uid ?? '';
    const sets = (this.store.list('replicasets') as ReplicaSet[]).filter((each) =>
      isOwnedBy(each, owner),
    );
    return sets.flatMap((each) => this.livePodsOf(each));
  }

  private reconcileStatefulSet(name: string): void {
    const set = this.store.get('statefulsets', namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const revision = `${name}-${digest(set.spec.template)}`;
    const byName = (index: number) =>
      this.store.get('pods', namespace, `${name}-${index}`) as Pod | undefined;
    const pods = Array.from({ length: 64 }, (_, index) => byName(index));
    this.stepStatefulSet(set, revision, pods);
    const mine = pods
      .flatMap((_, index) => byName(index) ?? [])
      .filter((pod) => !isDeleting(pod) && !isOver(pod));
    const updated = mine.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
    const isDone =
      updated.length === set.spec.replicas &&
      updated.every(isReady) &&
      mine.length === updated.length;
    if (isDone && this.rolling.delete(name)) this.happened('rolled out', name);
    const currentRevision = isDone ? revision : (set.status.currentRevision ?? revision);
    this.put('statefulsets', {
      ...set,
      status: {
        replicas: mine.length,
        availableReplicas: mine.filter(isReady).length,
        collisionCount: 0,
        ...withoutZeros({
          observedGeneration: set.metadata.generation ?? 1,
          readyReplicas: mine.filter(isReady).length,
          currentReplicas: isDone ? updated.length : mine.length - updated.length,
          updatedReplicas: updated.length,
        }),
        currentRevision,
        updateRevision: revision,
      },
    });
  }

  /** The first thing that there is to do, in order: one pod at a time. */
  private stepStatefulSet(
    set: Workload,
    revision: string,
    pods: readonly (Pod | undefined)[],
  ): void {
    const { replicas, template } = set.spec;
    const wanted = pods.slice(0, replicas);
    for (const [index, pod] of wanted.entries()) {
      // One that is stuck ending keeps its name: nothing takes its place.
      if (pod === undefined) return this.createStatefulPod(set, template, revision, index);
      if (isDeleting(pod)) return;
      if (isOver(pod)) return this.terminate(pod);
      if (!isReady(pod)) return;
    }
    const surplus = pods.slice(replicas).findLast((pod) => pod !== undefined);
    if (surplus !== undefined) {
      if (!isDeleting(surplus)) this.terminate(surplus);
      return;
    }
    const { partition = 0 } = this.settings.get(set.metadata.name) ?? {};
    const outdated = wanted
      .slice(partition)
      .findLast((pod) => pod?.metadata.labels?.[revisionLabel] !== revision);
    if (outdated !== undefined) this.terminate(outdated);
  }

  private schedule(): void {
    const nodes = (this.store.list('nodes') as Node[]).filter(
      ({ spec, status }) =>
        spec.unschedulable !== true &&
        (spec.taints ?? []).length === 0 &&
        conditionOf(status.conditions, 'Ready')?.status === 'True',
    );
    for (const pod of this.pods()) {
      if (pod.spec.nodeName !== undefined || isDeleting(pod)) continue;
      const node = this.placeOf(pod, nodes);
      const at = this.time();
      const next =
        node === undefined ? withoutPlace(pod, at) : boundTo(pod, node.metadata.name, at);
      this.put('pods', next);
    }
  }

  /** The zone with the fewest of its kind, and there the node with the fewest. */
  private placeOf(pod: Pod, nodes: readonly Node[]): Node | undefined {
    const app = pod.metadata.labels?.['app'] ?? '';
    const zones = this.settings.get(app)?.zones;
    const siblings = this.pods(app).filter(
      (each) => !isDeleting(each) && each.spec.nodeName !== undefined,
    );
    const on = (node: string) => siblings.filter(({ spec }) => spec.nodeName === node).length;
    const inZone = (zone: string) =>
      siblings.filter(({ spec }) => this.zoneOf(spec.nodeName ?? '') === zone).length;
    const isRequired = this.settings.get(app)?.affinity === 'required';
    const { maxSkew = Infinity } = this.settings.get(app) ?? {};
    // Zones count that have any node, also one that takes no pods at the moment.
    const fewest = Math.min(...this.zoneNames().map(inZone));
    return nodes
      .filter(({ metadata }) => {
        const zone = this.zoneOf(metadata.name);
        const isFull = isRequired ? inZone(zone) > 0 : inZone(zone) + 1 - fewest > maxSkew;
        return (zones === undefined || zones.includes(zone)) && !isFull;
      })
      .toSorted(({ metadata: a }, { metadata: b }) => {
        const byZone = inZone(this.zoneOf(a.name)) - inZone(this.zoneOf(b.name));
        return byZone || on(a.name) - on(b.name) || (a.name < b.name ? -1 : 1);
      })[0];
  }

  /** What the kubelet does with a pod of its node. */
  private syncPod(name: string): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod === undefined || this.dead.has(pod.spec.nodeName ?? '')) return;
    const { uid } = pod.metadata;
    if (isDeleting(pod)) return this.endPod(pod);
    if (this.handled.has(uid)) return;
    if (isOver(pod)) return;
    this.handled.add(uid);
    this.put('pods', this.taken(pod));
    this.clock.after(this.timing.startMs, () =>
      this.onLive(name, uid, (now) => this.put('pods', this.begun(now))),
    );
    this.readyLater(name, uid, this.timing.startMs + this.timing.readyMs);
  }

  private readyLater(name: string, uid: string, ms: number): void {
    this.clock.after(ms, () =>
      this.onLive(name, uid, (pod) => {
        const isBroken = pod.spec.containers.some(({ image }) => image.includes('broken'));
        if (!isBroken) this.put('pods', withReadiness(pod, true, this.time()));
        this.crashAgain(pod, 1);
      }),
    );
  }

  /** Works on a pod if it is still the same and its node lives. */
  private onLive(name: string, uid: string, work: (pod: Pod) => void): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod === undefined || pod.metadata.uid !== uid || isDeleting(pod)) return;
    if (isOver(pod)) return;
    if (!this.dead.has(pod.spec.nodeName ?? '')) work(pod);
  }

  private endPod(pod: Pod): void {
    const { uid } = pod.metadata;
    if (this.handled.has(`end/${uid}`)) return;
    this.handled.add(`end/${uid}`);
    if (isReady(pod)) this.put('pods', withReadiness(pod, false, this.time()));
    this.releaseLease(pod);
    this.clock.after(this.timing.terminationMs, () => this.finishPod(pod));
  }

  /** Its containers have ended: it is over, and then its object is removed. */
  private finishPod({ metadata: { uid, name }, spec }: Pod): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod?.metadata.uid !== uid) return;
    if (this.dead.has(spec.nodeName ?? '')) {
      this.handled.delete(`end/${uid}`);
      return;
    }
    if (!isOver(pod)) this.put('pods', completed(pod, this.time()));
    this.clock.after(this.timing.controllerMs, () => {
      if (this.store.get('pods', namespace, name)?.metadata.uid === uid)
        this.store.remove('pods', namespace, name);
    });
  }

  /** Its container ends; the kubelet starts it again, later and later. */
  private crash(pod: Pod, times: number): void {
    const { name, uid } = pod.metadata;
    const { startMs, readyMs } = this.timing;
    const backoffMs = times === 0 ? 0 : Math.min(longestBackoffMs, 10_000 * 2 ** (times - 1));
    const later = (ms: number, work: (now: Pod) => void) =>
      this.clock.after(ms, () => this.onLive(name, uid, work));
    this.put('pods', exited(pod, this.time()));
    if (backoffMs > 0) later(this.timing.controllerMs, (now) => this.put('pods', backingOff(now)));
    later(backoffMs + startMs, (now) => this.put('pods', restarted(now, this.time())));
    later(backoffMs + startMs + readyMs, (now) => {
      this.put('pods', withReadiness(now, true, this.time()));
      this.crashAgain(now, times + 1);
    });
  }

  private startAnew(pod: Pod): void {
    this.happened('container restarted', pod.metadata.name);
    this.put('pods', restarted(exited(pod, this.time(), unseenEnd), this.time()));
  }

  private crashAgain({ metadata: { name, uid } }: Pod, times: number): void {
    this.clock.after(1000, () =>
      this.onLive(name, uid, (pod) => {
        if (this.isCrashing(pod)) this.crash(pod, times);
      }),
    );
  }

  private isCrashing({ metadata: { name, labels } }: Pod): boolean {
    return this.crashing.has(name) || this.crashing.has(labels?.['app'] ?? '');
  }

  private checkNodes(): void {
    for (const node of this.store.list('nodes') as Node[]) {
      const { name } = node.metadata;
      const ready = conditionOf(node.status.conditions, 'Ready');
      const silentMs = this.clock.now() - (this.renewedMs.get(name) ?? 0);
      if (ready?.status === 'True' && silentMs > this.timing.nodeGraceMs) this.nodeIsUnknown(node);
    }
    this.giveNodesUp();
  }

  /** Its state first, then the readiness of its pods; its taints follow. */
  private nodeIsUnknown(node: Node): void {
    const { name } = node.metadata;
    const at = this.time();
    const before = conditionOf(node.status.conditions, 'Ready');
    const ready = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      lastTransitionTime: at,
      lastHeartbeatTime: before?.lastHeartbeatTime ?? at,
    };
    this.happened('node not ready', name);
    const conditions = withCondition(node.status.conditions, ready);
    this.put('nodes', { ...node, status: { ...node.status, conditions } });
    for (const pod of this.podsOn(name)) if (isReady(pod)) this.put('pods', unheard(pod, at));
  }

  /** Taints that follow at once from what a node's object says. */
  private taintByState(name: string): void {
    this.editNode(name, (node) => {
      const lost: Taint = { key: unreachable, effect: 'NoSchedule', timeAdded: this.time() };
      const marked = this.isUnknown(node) ? withTaint(node, lost) : withoutTaint(node, lost);
      const cordoned = { ...node, spec: marked };
      const spec =
        node.spec.unschedulable === true
          ? withTaint(cordoned, { ...unschedulableTaint, timeAdded: this.time() })
          : withoutTaint(cordoned, unschedulableTaint);
      return { ...node, spec };
    });
  }

  private isUnknown({ status }: Node): boolean {
    return conditionOf(status.conditions, 'Ready')?.status === 'Unknown';
  }

  /** Lost nodes are given up one after the other in each zone. */
  private giveNodesUp(): void {
    const all = this.store.list('nodes') as Node[];
    const zones = this.zoneNames().map((zone) => {
      const nodes = all.filter(({ metadata }) => this.zoneOf(metadata.name) === zone);
      return [zone, nodes] as const;
    });
    const healths = new Map(zones.map(([zone, nodes]) => [zone, this.healthOf(nodes)]));
    for (const [zone, nodes] of zones) {
      if (isAllLost(healths.values())) this.keepAll(nodes);
      else this.giveUpNext(zone, nodes, healths.get(zone)!);
    }
  }

  private healthOf(nodes: readonly Node[]): ZoneHealth {
    const ready = nodes.filter(
      ({ status }) => conditionOf(status.conditions, 'Ready')?.status === 'True',
    ).length;
    return { ready, lost: nodes.length - ready };
  }

  private giveUpNext(zone: string, nodes: readonly Node[], health: ZoneHealth): void {
    const paceMs = givingUpPaceMs(health);
    const next = nodes.find((node) => this.isUnknown(node) && givenUpSince(node) === undefined);
    const isTooSoon = this.clock.now() < (this.nextGivenUpMs.get(zone) ?? 0);
    if (next === undefined || isTooSoon || paceMs === Infinity) return;
    this.nextGivenUpMs.set(zone, this.clock.now() + paceMs);
    this.giveUp(next);
  }

  private giveUp(node: Node): void {
    const { name } = node.metadata;
    const timeAdded = this.time();
    const spec = withTaint(node, { key: unreachable, effect: 'NoExecute', timeAdded });
    this.put('nodes', { ...node, spec });
    for (const pod of this.podsOn(name)) {
      const seconds = staySeconds(pod);
      if (seconds !== Infinity)
        this.clock.after(seconds * 1000, () => this.evictFromLost(name, timeAdded, pod));
    }
  }

  private keepAll(nodes: readonly Node[]): void {
    for (const node of nodes) {
      const spec = withoutTaint(node, { key: unreachable, effect: 'NoExecute' });
      this.put('nodes', { ...node, spec });
    }
  }

  private evictFromLost(node: string, since: string, { metadata: { name, uid } }: Pod): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    const lost = this.store.get('nodes', '', node) as Node | undefined;
    if (pod?.metadata.uid !== uid || isDeleting(pod)) return;
    if (lost === undefined || givenUpSince(lost) !== since) return;
    this.disrupt(pod, 'DeletionByTaintManager');
  }

  private nodeIsBack(name: string): void {
    if (this.dead.has(name)) return;
    const at = this.time();
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      lastHeartbeatTime: at,
      lastTransitionTime: at,
    };
    this.happened('node ready', name);
    this.editNode(name, (node) => {
      const conditions = withCondition(node.status.conditions, ready);
      return { ...node, status: { ...node.status, conditions } };
    });
    this.soon(`back/${name}`, () => this.takeBack(name));
    for (const pod of this.podsOn(name)) {
      if (isDeleting(pod)) this.syncPod(pod.metadata.name);
      else this.readyLater(pod.metadata.name, pod.metadata.uid, this.timing.readyMs);
    }
  }

  /** What marked it as given up goes once it is ready again. */
  private takeBack(name: string): void {
    this.editNode(name, (node) =>
      this.isUnknown(node)
        ? node
        : { ...node, spec: withoutTaint(node, { key: unreachable, effect: 'NoExecute' }) },
    );
  }

  private collectGarbage(): void {
    for (const pod of this.pods()) {
      const { nodeName } = pod.spec;
      if (nodeName === undefined || this.store.get('nodes', '', nodeName) !== undefined) continue;
      const { uid, name } = pod.metadata;
      // It waits one more round, for the node may only be late.
      if (!this.handled.has(`orphan/${uid}`)) {
        this.handled.add(`orphan/${uid}`);
        continue;
      }
      const failed = this.withDisruption(pod, 'DeletionByPodGC');
      this.put('pods', { ...failed, status: { ...failed.status, phase: 'Failed' } });
      this.store.remove('pods', namespace, name);
    }
  }

  private evictAll(node: string): void {
    const left = this.podsOn(node).filter((pod) => !isDeleting(pod));
    for (const pod of left) {
      if (this.mayEvict(pod)) this.disrupt(pod, 'EvictionByEvictionAPI');
    }
    if (this.podsOn(node).length > 0) this.clock.after(evictionRetryMs, () => this.evictAll(node));
    else this.happened('drained', node);
  }

  /** Takes it from the budget first, as the eviction API does. */
  private mayEvict(pod: Pod): boolean {
    const app = pod.metadata.labels?.['app'] ?? '';
    const budget = this.store.get('poddisruptionbudgets', namespace, app) as Budget | undefined;
    if (budget === undefined || isFreeToGo(budget, pod)) return true;
    const taken = disrupted(budget, pod.metadata.name, this.time());
    if (taken !== undefined) this.put('poddisruptionbudgets', taken);
    return taken !== undefined;
  }

  private reconcileService(app: string): void {
    const settings = this.settings.get(app);
    const pods = this.pods(app);
    if (settings?.hasService === true) this.writeSlice(app, pods);
    if (settings?.minAvailable !== undefined) this.writeBudget(app, settings.minAvailable, pods);
  }

  private writeSlice(app: string, pods: readonly Pod[]): void {
    const endpoints = pods
      .filter((pod) => pod.status['podIP'] !== undefined && !isOver(pod))
      .map((pod) => {
        const serving = isReady(pod);
        return {
          addresses: [pod.status['podIP']],
          conditions: { ready: serving && !isDeleting(pod), serving, terminating: isDeleting(pod) },
          nodeName: pod.spec.nodeName,
          zone: this.zoneOf(pod.spec.nodeName ?? ''),
          targetRef: { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid },
        };
      });
    const known = this.store.get('endpointslices', namespace, `${app}-1`);
    const metadata = {
      name: `${app}-1`,
      namespace,
      uid: known?.metadata.uid ?? this.uid(),
      labels: {
        'kubernetes.io/service-name': app,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    };
    this.put('endpointslices', {
      metadata,
      addressType: 'IPv4',
      endpoints: endpoints.length === 0 ? null : endpoints,
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    });
  }

  private writeBudget(app: string, minAvailable: number, pods: readonly Pod[]): void {
    const known = this.store.get('poddisruptionbudgets', namespace, app) as Budget | undefined;
    this.put('poddisruptionbudgets', {
      metadata: { name: app, namespace, uid: known?.metadata.uid ?? this.uid(), generation: 1 },
      spec: { minAvailable, selector: { matchLabels: { app } } },
      status: budgetStatus(minAvailable, pods, known?.status, this.time()),
    });
  }

  private renewNode(name: string): void {
    if (this.dead.has(name) || this.store.get('nodes', '', name) === undefined) return;
    this.renewedMs.set(name, this.clock.now());
    const known = this.store.get('leases', 'kube-node-lease', name);
    this.put('leases', {
      metadata: { name, namespace: 'kube-node-lease', uid: known?.metadata.uid ?? this.uid() },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime(this.wallMs()) },
    });
    this.soon(`lease/${name}`, () => this.renewNode(name), this.timing.leaseMs);
  }

  /** Its kubelet tells of its node now and then, though nothing has changed. */
  private reportNode(name: string): void {
    if (this.store.get('nodes', '', name) === undefined) return;
    this.clock.after(nodeStatusMs, () => this.reportNode(name));
    if (this.dead.has(name)) return;
    this.editNode(name, (node) => {
      const conditions = node.status.conditions.map((each) =>
        each.type === 'Ready' ? { ...each, lastHeartbeatTime: this.time() } : each,
      );
      return { ...node, status: { ...node.status, conditions } };
    });
  }

  /** Who holds the lease renews it; when nobody did for its duration another one takes it. */
  private elect(app: string, lease: string): void {
    this.clock.after(renewalMs, () => this.elect(app, lease));
    const able = this.pods(app).filter(
      (pod) => this.isServing(pod) && !this.dead.has(pod.spec.nodeName ?? ''),
    );
    const known = this.store.get('leases', namespace, lease);
    const spec = known?.['spec'] as LeaderSpec | undefined;
    const holder = able.find(({ metadata }) => metadata.name === spec?.holderIdentity);
    const silentMs = spec === undefined ? Infinity : this.wallMs() - Date.parse(spec.renewTime);
    const isFree = spec?.holderIdentity === '' || silentMs > leaseSeconds * 1000;
    const next = holder ?? (isFree ? able[0] : undefined);
    if (next === undefined) return;
    if (holder === undefined) this.happened('leader', next.metadata.name);
    this.put('leases', {
      metadata: { name: lease, namespace, uid: known?.metadata.uid ?? this.uid() },
      spec: {
        ...this.termOf(next.metadata.name, spec),
        leaseDurationSeconds: leaseSeconds,
        renewTime: microTime(this.wallMs()),
      },
    });
  }

  private termOf(holderIdentity: string, before: LeaderSpec | undefined) {
    if (before?.holderIdentity === holderIdentity) return { holderIdentity, ...pickTerm(before) };
    const leaseTransitions = before === undefined ? 0 : before.leaseTransitions + 1;
    return { holderIdentity, acquireTime: microTime(this.wallMs()), leaseTransitions };
  }

  /** Who leads and ends in good order lets go of the lease, as the usual client library does. */
  private releaseLease({ metadata }: Pod): void {
    const lease = this.settings.get(metadata.labels?.['app'] ?? '')?.lease ?? '';
    const known = this.store.get('leases', namespace, lease);
    const spec = known?.['spec'] as { holderIdentity: string } | undefined;
    if (known === undefined || spec?.holderIdentity !== metadata.name) return;
    this.put('leases', {
      ...known,
      spec: {
        ...spec,
        holderIdentity: '',
        acquireTime: microTime(this.wallMs()),
        renewTime: microTime(this.wallMs()),
        leaseDurationSeconds: 1,
      },
    });
  }

  // --- objects ---

  private createWorkload(
    resource: 'deployments' | 'statefulsets',
    settings: WorkloadSettings,
    more: object,
  ): void {
    const { name, affinity = 'preferred', tolerationSeconds, maxSkew, lease } = settings;
    this.settings.set(name, settings);
    const given = { app: name, image: `${name}:1`, affinity };
    const template = templateOf({
      ...given,
      ...(tolerationSeconds !== undefined && { tolerationSeconds }),
      ...(maxSkew !== undefined && { maxSkew }),
    });
    this.put(resource, this.workloadOf(settings, template, more));
    if (lease !== undefined) this.elect(name, lease);
  }

  private workloadOf(
    { name, replicas }: WorkloadSettings,
    template: Template,
    more: object,
  ): Workload {
    const metadata = {
      name,
      namespace,
      uid: this.uid(),
      generation: 1,
      creationTimestamp: this.time(),
      labels: { app: name, tier: 'platform' },
    };
    return {
      metadata,
      spec: { replicas, selector: { matchLabels: { app: name } }, template, ...more },
      status: {},
    };
  }

  private setOf(
    owner: Workload,
    template: Template,
    revision: number,
    replicas: number,
  ): ReplicaSet {
    const hash = digest(template);
    const { minReadySeconds } = owner.spec;
    return {
      metadata: {
        name: `${owner.metadata.name}-${hash}`,
        namespace,
        uid: this.uid(),
        generation: 1,
        creationTimestamp: this.time(),
        labels: { ...template.metadata.labels, [hashLabel]: hash },
        annotations: {
          ...sizesOf(owner),
          [revisionAnnotation]: String(revision),
        },
        ownerReferences: ownedBy(owner, 'Deployment'),
      },
      spec: {
        replicas,
        ...(minReadySeconds !== undefined && { minReadySeconds }),
        selector: { matchLabels: { ...template.metadata.labels, [hashLabel]: hash } },
        template,
      },
      status: { replicas: 0 },
    };
  }

  private podMeta(
    owner: KubeObject,
    kind: string,
    { metadata: { labels } }: Template,
    name?: string,
    more: Readonly<Record<string, string>> = {},
  ) {
    const uid = this.uid();
    return {
      name: name ?? `${owner.metadata.name}-${String(this.ids).padStart(5, '0')}`,
      namespace,
      uid,
      labels: { ...labels, ...more },
      ownerReferences: ownedBy(owner, kind),
    };
  }

  private createPod(set: ReplicaSet): void {
    const { template } = set.spec;
    const hash = { [hashLabel]: set.metadata.labels?.[hashLabel] ?? '' };
    const meta = this.podMeta(set, 'ReplicaSet', template, undefined, hash);
    this.put('pods', podOf(meta, template, this.time()));
  }

  private createStatefulPod(
    set: Workload,
    template: Template,
    revision: string,
    index: number,
  ): void {
    const name = `${set.metadata.name}-${index}`;
    const meta = this.podMeta(set, 'StatefulSet', template, name, { [revisionLabel]: revision });
    this.put('pods', podOf(meta, template, this.time()));
  }

  /** Marks it as ending; its kubelet ends it. One that runs nowhere is gone at once. */
  private terminate(pod: Pod): void {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined) return;
    if (pod.spec.nodeName === undefined || isOver(pod))
      return this.store.remove('pods', namespace, name);
    const ending = {
      deletionTimestamp: timestamp(this.wallMs() + deletionGraceSeconds * 1000),
      deletionGracePeriodSeconds: deletionGraceSeconds,
    };
    this.put('pods', { ...pod, metadata: { ...pod.metadata, ...ending } });
  }

  private withDisruption(pod: Pod, reason: string): Pod {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason,
      lastTransitionTime: this.time(),
    };
    return {
      ...pod,
      status: { ...pod.status, conditions: withCondition(pod.status.conditions, condition) },
    };
  }

  /** The reason is written first, the deletion after it. */
  private disrupt(pod: Pod, reason: string): void {
    const marked = this.withDisruption(pod, reason);
    this.put('pods', marked);
    this.terminate(marked);
  }

  private taken(pod: Pod): Pod {
    const index = this.store
      .list('nodes')
      .findIndex(({ metadata }) => metadata.name === pod.spec.nodeName);
    return accepted(pod, `10.1.${Math.floor(index / 250)}.${(index % 250) + 1}`, this.time());
  }

  private begun(pod: Pod): Pod {
    const id = Number(pod.metadata.uid.slice(-12));
    const podIP = `10.${64 + (Math.floor(id / 62_500) % 64)}.${Math.floor(id / 250) % 250}.${(id % 250) + 1}`;
    return running(pod, podIP, this.time());
  }

  private editSpec(name: string, edit: (spec: Workload['spec']) => Workload['spec']): void {
    const resource =
      this.store.get('deployments', namespace, name) === undefined ? 'statefulsets' : 'deployments';
    const workload = this.store.get(resource, namespace, name) as Workload;
    const generation = (workload.metadata.generation ?? 1) + 1;
    this.put(resource, {
      ...workload,
      metadata: { ...workload.metadata, generation },
      spec: edit(workload.spec),
    });
  }

  private editNode(name: string, edit: (node: Node) => Node): void {
    const node = this.store.get('nodes', '', name) as Node | undefined;
    if (node !== undefined) this.put('nodes', edit(node));
  }

  private put(resource: ResourceName, object: KubeObject): void {
    this.store.put(resource, object);
  }

  private pod(name: string): Pod {
    const pod = this.store.get('pods', namespace, name);
    if (pod === undefined) throw new Error(`there is no pod ${name}`);
    return pod as Pod;
  }

  private podsOn(node: string): Pod[] {
    return this.pods().filter(({ spec }) => spec.nodeName === node);
  }

  private livePodsOf({ metadata: { uid } }: KubeObject): Pod[] {
    return this.pods().filter((pod) => isOwnedBy(pod, uid) && !isDeleting(pod) && !isOver(pod));
  }

  private zoneNames(): string[] {
    return [...new Set(this.store.list('nodes').map(({ metadata }) => this.zoneOf(metadata.name)))];
  }

  private nodesOf(zone: string): string[] {
    const names = this.store.list('nodes').map(({ metadata }) => metadata.name);
    return names.filter((name) => this.zoneOf(name) === zone);
  }

  private zoneOf(node: string): string {
    return (
      this.store.get('nodes', '', node)?.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''
    );
  }

  private isServing(pod: Pod): boolean {
    const node = this.store.get('nodes', '', pod.spec.nodeName ?? '') as Node | undefined;
    const isNodeReady = conditionOf(node?.status.conditions ?? [], 'Ready')?.status === 'True';
    return isReady(pod) && !isDeleting(pod) && pod.status.phase === 'Running' && isNodeReady;
  }

  /** What the API says is serving, told whenever it differs from before. */
  private countServing(): void {
    for (const [name] of this.settings) {
      const workload = (this.store.get('deployments', namespace, name) ??
        this.store.get('statefulsets', namespace, name)) as Workload | undefined;
      if (workload === undefined || this.settings.size > 20) continue;
      const serving = this.pods(name).filter((pod) => this.isServing(pod)).length;
      const desired = workload.spec.replicas;
      const last = this.counts.findLast((each) => each.workload === name);
      if (last?.serving === serving && last.desired === desired) continue;
      this.counts.push({ atMs: this.clock.now(), workload: name, desired, serving });
    }
  }

  private happened(what: string, subject: string): void {
    this.truth.push({ atMs: this.clock.now(), what, subject });
  }

  private uid(): string {
    this.ids += 1;
    return `00000000-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
  }

  private wallMs(): number {
    return this.beganMs + this.clock.now();
  }

  private time(): string {
    return timestamp(this.wallMs());
  }

  private moment() {
    return { nowMs: this.wallMs(), at: this.time() };
  }
}

interface LeaderSpec {
  readonly holderIdentity: string;
  readonly renewTime: string;
  readonly acquireTime: string;
  readonly leaseTransitions: number;
}

function pickTerm({ acquireTime, leaseTransitions }: LeaderSpec) {
  return { acquireTime, leaseTransitions };
}

function sizesOf(deployment: Workload): Record<string, string> {
  const { replicas } = deployment.spec;
  return {
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(replicas + boundsOf(deployment).maxSurge),
  };
}

function isRolledOut({ metadata, status, spec }: Workload): boolean {
  const counts = [status['replicas'], status['updatedReplicas'], status['availableReplicas']];
  const isObserved = status.observedGeneration === metadata.generation;
  return isObserved && counts.every((count) => (count ?? 0) === spec.replicas);
}

function isLater(ms: number): boolean {
  return ms > 0;
}

function isSameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

function withTaint({ spec }: Node, taint: Taint): Node['spec'] {
  const before = spec.taints ?? [];
  if (before.some((each) => isSameTaint(each, taint))) return spec;
  return { ...spec, taints: [...before, taint] };
}

function withoutTaint({ spec }: Node, taint: Taint): Node['spec'] {
  const { taints = [], ...rest } = spec;
  const left = taints.filter((each) => !isSameTaint(each, taint));
  return left.length === 0 ? rest : { ...rest, taints: left };
}

/** When pods began to be sent away from it. */
function givenUpSince({ spec }: Node): string | undefined {
  return spec.taints?.find(({ key, effect }) => key === unreachable && effect === 'NoExecute')
    ?.timeAdded;
}

/** How long a pod stays on a node that cannot be reached; Infinity for ever. */
function staySeconds({ spec }: Pod): number {
  const fitting = spec.tolerations.filter(
    ({ key, effect }) =>
      (key ?? unreachable) === unreachable && (effect ?? 'NoExecute') === 'NoExecute',
  );
  if (fitting.length === 0) return 0;
  return Math.min(...fitting.map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity));
}
