import { replicasTargets, type ReplicasTarget } from '../../src/collectors/replicas/targets.js';
import { Inventory } from '../../src/collectors/replicas/inventory.js';
import { measureReplicas, type ReplicasMemory } from '../../src/collectors/replicas/measure.js';
import { parseObject } from '../../src/collectors/replicas/parse.js';
import type { SyncStatus } from '../../src/collectors/replicas/reflector.js';
import { allNamespaces } from '../../src/collectors/replicas/resources.js';
import { Viewer } from '../../src/collectors/replicas/view.js';
import type { Measurement } from '../../src/collectors/contract.js';
import type { Increment } from '../../src/metrics/sample.js';
import { parseConfig } from '../../src/config/load.js';
import { objectivesOf } from '../../src/deployment/objectives.js';
import { SloEngine } from '../../src/slo/engine.js';
import type { Incident, RecordedEvent } from '../../src/slo/incident.js';
import type { Instant } from '../../src/slo/observation.js';
import type { Change, ObjectStore, ResourceName } from '../kubernetes/object-store.js';

const stepMs = 200;
/** Wall time at the start of every scenario, in Unix milliseconds. */
export const beganMs = Date.UTC(2026, 10, 23, 20);

export interface WatchingOptions {
  readonly components: readonly object[];
  /** How late changes of a kind are received, in milliseconds. */
  readonly lateMs?: Partial<Record<ResourceName, number>>;
  readonly slo?: object;
}

function targetOf({ components, slo }: WatchingOptions) {
  const replicas = [{ name: 'east', region: 'eu', namespaces: ['sensei'], components }];
  const text = JSON.stringify({ deployment: 'd', slo: slo ?? {}, collectors: { replicas } });
  const result = parseConfig('t.yaml', text);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return { config: result.config, target: replicasTargets(result.config)[0]! };
}

/** A collector and an engine on the changes of a store, on virtual time: what they find, and when. */
export class Watching {
  readonly target: ReplicasTarget;
  readonly engine: SloEngine;
  /** As they were recorded, in order. */
  readonly events: RecordedEvent[] = [];
  private readonly inventory = new Inventory();
  private readonly viewer: Viewer;
  private memory: ReplicasMemory | undefined;
  private pending: { readonly atMs: number; readonly change: Change }[] = [];
  private nowMs: number;
  private ids = 0;
  /** Since when the API server is not heard. */
  private heardMs: number | undefined;
  /** Serving instances at each collection. */
  readonly history: {
    readonly atMs: number;
    readonly component: string;
    readonly serving: number;
  }[] = [];
  private readonly increments: Increment[] = [];
  last: Measurement<ReplicasMemory> | undefined;

  constructor(
    store: ObjectStore,
    options: WatchingOptions,
    /** Brings the cluster to this time, in milliseconds since it began. */
    private readonly runTo: (ms: number) => void,
    startMs: number,
  ) {
    this.nowMs = startMs;
    const { config, target } = targetOf(options);
    this.target = target;
    this.viewer = new Viewer(target, this.inventory);
    const settings = {
      stabilisationMs: config.slo.stabilisation,
      exposureGraceMs: 60_000,
      rpoTargetMs: 900_000,
      rtoTargetMs: 3_600_000,
      peers: [],
    };
    this.engine = new SloEngine(settings, () => `id-${(this.ids += 1)}`, {
      event: (event) => this.events.push(event),
      incident: () => undefined,
      renamed: () => undefined,
    });
    this.engine.configure(objectivesOf(config, []).slos, settings, () => false);
    this.list(store);
    store.onChange((change) => {
      const lateMs = options.lateMs?.[change.resource] ?? 0;
      this.pending.push({ atMs: this.nowMs + lateMs, change });
    });
  }

  get incidents(): readonly Incident[] {
    return this.engine.incidents.toReversed();
  }

  /** Milliseconds since the cluster began. */
  get elapsedMs(): number {
    return this.nowMs;
  }

  at(ms: number): Instant {
    return { wallMs: beganMs + ms, monoMs: 1000 + ms };
  }

  /** Lets time pass while the API server is not heard; then everything is listed again. */
  deaf(store: ObjectStore, ms: number, atItsEnd = () => {}): void {
    this.heardMs = this.nowMs;
    this.advance(ms);
    atItsEnd();
    this.heardMs = undefined;
    this.pending = [];
    this.list(store);
  }

  /** Lets time pass: the cluster acts, its changes are received, and collections are made. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.nowMs < untilMs) {
      const nextMs = Math.min(untilMs, (Math.floor(this.nowMs / stepMs) + 1) * stepMs);
      // In steps of a millisecond, so that a change is stamped when it is received.
      while (this.nowMs < nextMs) {
        this.nowMs += 1;
        this.runTo(this.nowMs);
        this.receive();
      }
      if (this.nowMs % stepMs === 0) this.collect();
    }
  }

  /** Steps of a counter so far. */
  counted(metric: string, labels: Readonly<Record<string, string>>): number {
    return this.increments
      .filter(
        (step) =>
          step.metric === metric &&
          Object.entries(labels).every(([key, value]) => step.labels[key] === value),
      )
      .reduce((sum, { by }) => sum + by, 0);
  }

  value(metric: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.last?.samples.find(
      (sample) =>
        sample.metric === metric &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;
  }

  private list(store: ObjectStore): void {
    for (const scope of this.target.scopes) {
      const records = store
        .list(scope.resource)
        .filter(({ metadata }) =>
          [metadata.namespace ?? '', allNamespaces].includes(scope.namespace),
        )
        .map((object) => parseObject(scope.resource, object, this.at(this.nowMs)));
      this.inventory.replace(scope, records, this.at(this.nowMs));
    }
  }

  private receive(): void {
    const due = this.pending.filter(({ atMs }) => atMs <= this.nowMs);
    if (due.length === 0 || this.heardMs !== undefined) return;
    this.pending = this.pending.filter(({ atMs }) => atMs > this.nowMs);
    for (const { change } of due) this.take(change);
  }

  private take({ resource, type, object }: Change): void {
    const namespace = object.metadata.namespace ?? '';
    const scope = this.target.scopes.find(
      (each) => each.resource === resource && each.namespace === namespace,
    );
    if (scope === undefined) return;
    const record = parseObject(resource, object, this.at(this.nowMs));
    if (type === 'DELETED') this.inventory.remove(scope, record);
    else this.inventory.upsert(scope, record);
  }

  private collect(): void {
    const now = this.at(this.nowMs);
    const freshAt = this.at(this.heardMs ?? this.nowMs);
    const status = { freshAt, failure: undefined, lists: 1, watches: 1, events: 0 };
    const statuses = this.target.scopes.map((scope): SyncStatus => ({
      scope,
      ...status,
      failures: new Map(),
      listed: 0,
    }));
    const snapshot = this.viewer.view(statuses, now);
    const span = { startedAt: now, endedAt: now };
    this.last = measureReplicas(this.target, snapshot, this.memory, span);
    this.memory = this.last.memory;
    this.increments.push(...this.last.increments.filter(({ by }) => by > 0));
    for (const { metric, labels, value } of this.last.samples) {
      if (metric !== 'sensei_replicas_serving') continue;
      this.history.push({ atMs: this.nowMs, component: labels['component'] ?? '', serving: value });
    }
    const { name, component, region, zone } = this.target;
    const origin = { target: `replicas/${name}`, component, region, zone };
    this.engine.observe(origin, { ...this.last, moment: { at: now, endedAt: now } });
    if (this.nowMs % 1000 === 0) this.engine.tick(now);
  }
}
