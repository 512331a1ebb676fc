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
  type ContainerStatus,
  type Node,
  type Pod,
  type ReplicaSet,
  type Strength,
  type Template,
  type Workload,
} from './cluster-objects.js';
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
  readonly maxUnavailable?: number;
  readonly maxSurge?: number;
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
  }

  /** The machine dies; nobody else is told. */
  killNode(name: string): void {
    this.dead.add(name);
    this.happened('node killed', name);
  }

  reviveNode(name: string): void {
    this.dead.delete(name);
    this.happened('node revived', name);
    this.renewNode(name);
    this.clock.after(this.timing.startMs, () => this.nodeIsBack(name));
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
      spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] },
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

  deletePod(name: string): void {
    this.happened('pod deleted', name);
    this.terminate(this.pod(name));
  }

  /** Its container ends by itself and is started again. */
  killContainer(name: string): void {
    this.happened('container killed', name);
    this.crash(name, 0);
  }

  /** Its kubelet evicts it for want of memory: it stays listed as failed. */
  evictByPressure(name: string): void {
    this.happened('pod evicted', name);
    const pod = this.withDisruption(this.withReady(this.pod(name), false), 'TerminationByKubelet');
    this.put('pods', { ...pod, status: { ...pod.status, phase: 'Failed', reason: 'Evicted' } });
  }

  /** Its container ends again and again. */
  crashLoop(name: string): void {
    this.happened('crash loop', name);
    this.crashing.add(name);
    this.crash(name, 0);
  }

  mend(name: string): void {
    this.crashing.delete(name);
  }

  createDeployment(settings: WorkloadSettings): void {
    const { strategy = 'RollingUpdate', maxSurge = 1, maxUnavailable = 1 } = settings;
    const rollingUpdate = { maxSurge, maxUnavailable };
    this.createWorkload('deployments', settings, {
      progressDeadlineSeconds: 600,
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
    this.editSpec(name, (spec) => {
      const containers = spec.template.spec.containers.map((each) => ({ ...each, image }));
      return {
        ...spec,
        template: { ...spec.template, spec: { ...spec.template.spec, containers } },
      };
    });
  }

  /** Touches pods without anything that matters, as status updates do. */
  touch(name: string, note: string): void {
    const pod = this.pod(name);
    this.put('pods', { ...pod, status: { ...pod.status, message: note } });
  }

  /** A pod begins or ceases to be ready, without a restart. */
  setReady(name: string, ready: boolean): void {
    const pod = this.pod(name);
    this.put('pods', this.withReady(pod, ready));
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
    const status = this.deploymentStatus(workload, replicas, replicas, replicas, true);
    this.put('deployments', { ...workload, status });
    const set = this.setOf(workload, template, 1, replicas);
    this.put('replicasets', {
      ...set,
      status: { replicas, readyReplicas: replicas, observedGeneration: 1 },
    });
    for (let index = 0; index < replicas; index += 1) {
      const pod = podOf(this.podMeta(set, 'ReplicaSet', template), template, this.time());
      const placed = { ...pod, spec: { ...pod.spec, nodeName: `node-${this.ids % nodes}` } };
      this.handled.add(placed.metadata.uid);
      this.put('pods', this.withReady(this.running(placed), true));
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
    if (resource === 'nodes') this.soon('schedule', () => this.schedule());
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
      for (const set of old) this.scaleSet(set, 0);
      this.writeDeploymentStatus(deployment, newest, old);
      return;
    }
    const { replicas } = deployment.spec;
    if (newest === undefined) {
      const isFirst = sets.length === 0 || isRecreate;
      newest = this.setOf(
        deployment,
        deployment.spec.template,
        newestRevision + 1,
        isFirst ? replicas : 0,
      );
      this.put('replicasets', newest);
    } else if (revisionOf(newest) < newestRevision) {
      const annotations = { [revisionAnnotation]: String(newestRevision + 1) };
      newest = { ...newest, metadata: { ...newest.metadata, annotations } };
      this.put('replicasets', newest);
    }
    this.roll(deployment, newest, old);
    this.writeDeploymentStatus(deployment, newest, old);
  }

  /** One step of a rolling update, by the rules of the real controller. */
  private roll({ spec }: Workload, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
    const { replicas } = spec;
    const { maxSurge = 1, maxUnavailable = 1 } = spec.strategy?.rollingUpdate ?? {};
    const oldTotal = old.reduce((sum, set) => sum + set.spec.replicas, 0);
    if (oldTotal === 0) return this.scaleSet(newest, replicas);
    const room = replicas + maxSurge - oldTotal - newest.spec.replicas;
    const grown = Math.min(replicas, newest.spec.replicas + Math.max(0, room));
    this.scaleSet(newest, Math.min(grown, replicas));
    const notYet = grown - this.readyPodsOf(newest).length;
    let removable = oldTotal + grown - (replicas - maxUnavailable) - notYet;
    for (const set of old) {
      const less = Math.max(0, Math.min(set.spec.replicas, removable));
      removable -= less;
      this.scaleSet(set, set.spec.replicas - less);
    }
  }

  private scaleSet(set: ReplicaSet, replicas: number): void {
    if (set.spec.replicas === replicas) return;
    this.put('replicasets', { ...set, spec: { ...set.spec, replicas } });
  }

  private writeDeploymentStatus(
    deployment: Workload,
    newest: ReplicaSet | undefined,
    old: readonly ReplicaSet[],
  ): void {
    const all = newest === undefined ? old : [newest, ...old];
    const total = all.reduce((sum, set) => sum + this.livePodsOf(set).length, 0);
    const updated = newest === undefined ? 0 : this.livePodsOf(newest).length;
    const ready = all.reduce((sum, set) => sum + this.readyPodsOf(set).length, 0);
    const isDone = updated === deployment.spec.replicas && total === updated && ready >= updated;
    this.put('deployments', {
      ...deployment,
      status: this.deploymentStatus(deployment, total, updated, ready, isDone),
    });
  }

  private deploymentStatus(
    { metadata, spec }: Workload,
    replicas: number,
    updatedReplicas: number,
    ready: number,
    isDone: boolean,
  ): Workload['status'] {
    const reason = isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated';
    return {
      ...withoutZeros({
        observedGeneration: metadata.generation ?? 1,
        replicas,
        updatedReplicas,
        readyReplicas: ready,
        availableReplicas: ready,
        unavailableReplicas: Math.max(0, spec.replicas - ready),
      }),
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason,
          lastTransitionTime: timestamp(this.beganMs),
        },
      ],
    };
  }

  private reconcileSet(name: string): void {
    const set = this.store.get('replicasets', namespace, name) as ReplicaSet | undefined;
    if (set === undefined) return;
    const live = this.livePodsOf(set);
    for (let count = live.length; count < set.spec.replicas; count += 1) this.createPod(set);
    // Pods that are not ready go first, then the newest.
    const order = live.toSorted(
      (a, b) =>
        Number(isReady(a)) - Number(isReady(b)) || (a.metadata.name < b.metadata.name ? 1 : -1),
    );
    for (const pod of order.slice(0, Math.max(0, live.length - set.spec.replicas)))
      this.terminate(pod);
    const fresh = this.store.get('replicasets', namespace, name) as ReplicaSet;
    this.put('replicasets', {
      ...fresh,
      status: withoutZeros({
        replicas: this.livePodsOf(set).length,
        readyReplicas: this.readyPodsOf(set).length,
        observedGeneration: 1,
      }),
    });
  }

  private reconcileStatefulSet(name: string): void {
    const set = this.store.get('statefulsets', namespace, name) as Workload | undefined;
    if (set === undefined) return;
    const revision = `${name}-${digest(set.spec.template)}`;
    const byName = (index: number) =>
      this.store.get('pods', namespace, `${name}-${index}`) as Pod | undefined;
    const pods = Array.from({ length: 64 }, (_, index) => byName(index));
    this.stepStatefulSet(set, revision, pods);
    const mine = pods.flatMap((_, index) => byName(index) ?? []).filter((pod) => !isDeleting(pod));
    const updated = mine.filter(({ metadata }) => metadata.labels?.[revisionLabel] === revision);
    const isDone =
      updated.length === set.spec.replicas &&
      updated.every(isReady) &&
      mine.length === updated.length;
    const currentRevision = isDone ? revision : (set.status.currentRevision ?? revision);
    this.put('statefulsets', {
      ...set,
      status: {
        ...withoutZeros({
          observedGeneration: set.metadata.generation ?? 1,
          replicas: mine.length,
          readyReplicas: mine.filter(isReady).length,
          availableReplicas: mine.filter(isReady).length,
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
      if (isDeleting(pod) || !isReady(pod)) return;
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
      if (node === undefined) continue;
      const at = this.time();
      const conditions = withCondition(pod.status.conditions, {
        type: 'PodScheduled',
        status: 'True',
        lastTransitionTime: at,
      });
      this.put('pods', {
        ...pod,
        spec: { ...pod.spec, nodeName: node.metadata.name },
        status: { ...pod.status, conditions },
      });
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
    return nodes
      .filter(({ metadata }) => {
        const zone = this.zoneOf(metadata.name);
        return (zones === undefined || zones.includes(zone)) && !(isRequired && inZone(zone) > 0);
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
    this.handled.add(uid);
    this.clock.after(this.timing.startMs, () =>
      this.onLive(name, uid, (now) => this.put('pods', this.running(now))),
    );
    this.readyLater(name, uid, this.timing.startMs + this.timing.readyMs);
  }

  private readyLater(name: string, uid: string, ms: number): void {
    this.clock.after(ms, () =>
      this.onLive(name, uid, (pod) => {
        const isBroken = pod.spec.containers.some(({ image }) => image.includes('broken'));
        if (!isBroken) this.put('pods', this.withReady(pod, true));
        if (this.crashing.has(name)) this.clock.after(1000, () => this.crash(name, 1));
      }),
    );
  }

  /** Works on a pod if it is still the same and its node lives. */
  private onLive(name: string, uid: string, work: (pod: Pod) => void): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod === undefined || pod.metadata.uid !== uid || isDeleting(pod)) return;
    if (!this.dead.has(pod.spec.nodeName ?? '')) work(pod);
  }

  private endPod(pod: Pod): void {
    const { uid, name } = pod.metadata;
    if (this.handled.has(`end/${uid}`)) return;
    this.handled.add(`end/${uid}`);
    if (isReady(pod)) this.put('pods', this.withReady(pod, false));
    this.releaseLease(pod);
    this.clock.after(this.timing.terminationMs, () => {
      const isDead = this.dead.has(pod.spec.nodeName ?? '');
      if (isDead) this.handled.delete(`end/${uid}`);
      else if (this.store.get('pods', namespace, name)?.metadata.uid === uid)
        this.store.remove('pods', namespace, name);
    });
  }

  private crash(name: string, times: number): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    if (pod === undefined || (times > 0 && !this.crashing.has(name))) return;
    const backoffMs = times === 0 ? 0 : 10_000 * 2 ** Math.min(5, times - 1);
    const [status] = pod.status.containerStatuses ?? [];
    const restarted: ContainerStatus = {
      name: 'main',
      ready: false,
      restartCount: (status?.restartCount ?? 0) + 1,
      state: backoffMs === 0 ? { running: {} } : { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    };
    const unready = this.withReady(pod, false);
    this.put('pods', { ...unready, status: { ...unready.status, containerStatuses: [restarted] } });
    const { uid } = pod.metadata;
    this.clock.after(backoffMs + this.timing.startMs + this.timing.readyMs, () =>
      this.onLive(name, uid, (now) => {
        this.put('pods', this.withReady(now, true));
        if (this.crashing.has(name)) this.clock.after(1000, () => this.crash(name, times + 1));
      }),
    );
  }

  private checkNodes(): void {
    for (const node of this.store.list('nodes') as Node[]) {
      const { name } = node.metadata;
      const ready = conditionOf(node.status.conditions, 'Ready');
      const silentMs = this.clock.now() - (this.renewedMs.get(name) ?? 0);
      if (ready?.status === 'True' && silentMs > this.timing.nodeGraceMs) this.nodeIsUnknown(node);
    }
  }

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
    const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({
      key: 'node.kubernetes.io/unreachable',
      effect,
      timeAdded: at,
    }));
    this.happened('node not ready', name);
    this.put('nodes', {
      ...node,
      spec: { ...node.spec, taints },
      status: { ...node.status, conditions: withCondition(node.status.conditions, ready) },
    });
    for (const pod of this.podsOn(name)) {
      if (isReady(pod)) this.put('pods', this.withReady(pod, false));
      const seconds =
        pod.spec.tolerations.find(({ key }) => key.endsWith('unreachable'))?.tolerationSeconds ??
        300;
      this.clock.after(seconds * 1000, () => this.evictFromLost(name, pod));
    }
  }

  private evictFromLost(node: string, { metadata: { name, uid } }: Pod): void {
    const pod = this.store.get('pods', namespace, name) as Pod | undefined;
    const stands = conditionOf(
      (this.store.get('nodes', '', node) as Node | undefined)?.status.conditions ?? [],
      'Ready',
    );
    if (pod?.metadata.uid !== uid || isDeleting(pod) || stands?.status !== 'Unknown') return;
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
      const { taints: _taints, ...spec } = node.spec;
      return {
        ...node,
        spec,
        status: { ...node.status, conditions: withCondition(node.status.conditions, ready) },
      };
    });
    for (const pod of this.podsOn(name)) {
      if (isDeleting(pod)) this.syncPod(pod.metadata.name);
      else this.readyLater(pod.metadata.name, pod.metadata.uid, this.timing.readyMs);
    }
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

  private mayEvict(pod: Pod): boolean {
    const app = pod.metadata.labels?.['app'] ?? '';
    const minAvailable = this.settings.get(app)?.minAvailable ?? 0;
    const healthy = this.pods(app).filter((each) => isReady(each) && !isDeleting(each)).length;
    return healthy - 1 >= minAvailable;
  }

  private reconcileService(app: string): void {
    const settings = this.settings.get(app);
    const pods = this.pods(app);
    if (settings?.hasService === true) this.writeSlice(app, pods);
    if (settings?.minAvailable !== undefined) this.writeBudget(app, settings.minAvailable, pods);
  }

  private writeSlice(app: string, pods: readonly Pod[]): void {
    const endpoints = pods
      .filter(({ spec }) => spec.nodeName !== undefined)
      .map((pod) => {
        const serving = isReady(pod);
        return {
          addresses: [`10.0.0.${pod.metadata.uid.length}`],
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
      labels: { 'kubernetes.io/service-name': app },
    };
    this.put('endpointslices', {
      metadata,
      addressType: 'IPv4',
      endpoints: endpoints.length === 0 ? null : endpoints,
    });
  }

  private writeBudget(app: string, minAvailable: number, pods: readonly Pod[]): void {
    const healthy = pods.filter((pod) => isReady(pod) && !isDeleting(pod)).length;
    const known = this.store.get('poddisruptionbudgets', namespace, app);
    this.put('poddisruptionbudgets', {
      metadata: { name: app, namespace, uid: known?.metadata.uid ?? this.uid(), generation: 1 },
      spec: { minAvailable, selector: { matchLabels: { app } } },
      status: withoutZeros({
        observedGeneration: 1,
        currentHealthy: healthy,
        desiredHealthy: minAvailable,
        disruptionsAllowed: Math.max(0, healthy - minAvailable),
        expectedPods: pods.filter((pod) => !isDeleting(pod)).length,
      }),
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

  /** Who holds the lease renews it; when nobody did for its duration another one takes it. */
  private elect(app: string, lease: string): void {
    this.clock.after(renewalMs, () => this.elect(app, lease));
    const able = this.pods(app).filter(
      (pod) => this.isServing(pod) && !this.dead.has(pod.spec.nodeName ?? ''),
    );
    const known = this.store.get('leases', namespace, lease);
    const spec = known?.['spec'] as { holderIdentity: string; renewTime: string } | undefined;
    const holder = able.find(({ metadata }) => metadata.name === spec?.holderIdentity);
    const silentMs = spec === undefined ? Infinity : this.wallMs() - Date.parse(spec.renewTime);
    const isFree = spec?.holderIdentity === '' || silentMs > leaseSeconds * 1000;
    const next = holder ?? (isFree ? able[0] : undefined);
    if (next === undefined) return;
    if (holder === undefined) this.happened('leader', next.metadata.name);
    this.put('leases', {
      metadata: { name: lease, namespace, uid: known?.metadata.uid ?? this.uid() },
      spec: {
        holderIdentity: next.metadata.name,
        leaseDurationSeconds: leaseSeconds,
        renewTime: microTime(this.wallMs()),
      },
    });
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
    const { name, affinity = 'preferred', tolerationSeconds, lease } = settings;
    this.settings.set(name, settings);
    const given = { app: name, image: `${name}:1`, affinity };
    const template = templateOf({
      ...given,
      ...(tolerationSeconds !== undefined && { tolerationSeconds }),
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
    return {
      metadata: {
        name: `${owner.metadata.name}-${hash}`,
        namespace,
        uid: this.uid(),
        labels: { ...template.metadata.labels, [hashLabel]: hash },
        annotations: { [revisionAnnotation]: String(revision) },
        ownerReferences: ownedBy(owner, 'Deployment'),
      },
      spec: { replicas, template },
      status: {},
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
    if (pod.spec.nodeName === undefined) return this.store.remove('pods', namespace, name);
    const at = timestamp(this.wallMs() + 30_000);
    this.put('pods', { ...pod, metadata: { ...pod.metadata, deletionTimestamp: at } });
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

  private running(pod: Pod): Pod {
    const status = {
      name: 'main',
      ready: false,
      restartCount: 0,
      state: { running: {} },
      lastState: {},
    };
    return { ...pod, status: { ...pod.status, phase: 'Running', containerStatuses: [status] } };
  }

  private withReady(pod: Pod, ready: boolean): Pod {
    const at = this.time();
    const status = ready ? 'True' : 'False';
    const containerStatuses = (pod.status.containerStatuses ?? []).map((each) => ({
      ...each,
      ready,
      ...(ready && { state: { running: {} } }),
    }));
    const contained = withCondition(pod.status.conditions, {
      type: 'ContainersReady',
      status,
      lastTransitionTime: at,
    });
    const conditions = withCondition(contained, { type: 'Ready', status, lastTransitionTime: at });
    return { ...pod, status: { ...pod.status, conditions, containerStatuses } };
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
    return this.pods().filter(
      (pod) => isOwnedBy(pod, uid) && !isDeleting(pod) && pod.status.phase !== 'Failed',
    );
  }

  private readyPodsOf(owner: KubeObject): Pod[] {
    return this.livePodsOf(owner).filter(isReady);
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
}
