import type { Cluster } from './cluster.js';
import { isDeleting, isReady } from './cluster-objects.js';
import { matchesLabels, statusOf } from './api-answers.js';
import type { Extension, Written } from './api-server.js';

interface Selection {
  readonly mode: string;
  readonly value?: string;
  readonly selector: {
    readonly namespaces: readonly string[];
    readonly labelSelectors: Readonly<Record<string, string>>;
  };
}

interface ChaosMade {
  readonly kind: 'PodChaos' | 'NetworkChaos';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Selection & { readonly action: string };
}

type Kept = ChaosMade & {
  readonly metadata: { deletionTimestamp?: string; readonly finalizers: readonly string[] };
  readonly status: object;
};

const pattern =
  /^\/apis\/chaos-mesh\.org\/v1alpha1\/namespaces\/([^/]+)\/(podchaos|networkchaos)(?:\/([^/]+))?$/;
const controllerMs = 50;

/** The part of Chaos Mesh that drills meet: objects, their records, and the finalizer. */
export class ChaosMesh {
  /** Whether finalizers are taken off what is deleted. */
  isMending = true;
  /** Whether the kinds are known to the API server. */
  isInstalled = true;
  readonly objects = new Map<string, Kept>();
  /** Everything that was ever made, as it was sent. */
  readonly made: ChaosMade[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly cluster: Cluster) {}

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  readonly extension: Extension = ({ method, url, body }) => {
    const match = pattern.exec(url.pathname);
    if (match === null || !this.isInstalled) return undefined;
    const [, namespace = '', plural = '', name] = match;
    if (method === 'POST' && name === undefined)
      return this.create(plural, namespace, body as ChaosMade, url.searchParams.has('dryRun'));
    const key = `${plural}/${namespace}/${name ?? ''}`;
    const kept = this.objects.get(key);
    if (kept === undefined)
      return { code: 404, body: statusOf(404, 'NotFound', `${plural} "${name}" not found`) };
    if (method === 'DELETE') this.remove(key, kept);
    return { code: 200, body: this.objects.get(key) ?? kept };
  };

  private create(plural: string, namespace: string, given: ChaosMade, isDryRun: boolean): Written {
    const { name } = given.metadata;
    const key = `${plural}/${namespace}/${name}`;
    if (this.objects.has(key))
      return { code: 409, body: statusOf(409, 'AlreadyExists', `${name} already exists`) };
    const conditions = ['Selected', 'AllInjected', 'AllRecovered'].map((type) => ({
      type,
      status: type === 'AllRecovered' ? 'True' : 'False',
    }));
    const metadata = { ...given.metadata, finalizers: ['chaos-mesh/records'] };
    const kept = { ...given, metadata, status: { conditions, experiment: {} } };
    if (!isDryRun) {
      this.made.push(given);
      this.objects.set(key, kept);
      this.later(() => this.inject(key));
    }
    return { code: 201, body: kept };
  }

  private selected({ mode, value, selector }: Selection) {
    const labels = Object.entries(selector.labelSelectors).map(([name, each]) => `${name}=${each}`);
    const fitting = this.cluster
      .pods()
      .filter(
        (pod) =>
          selector.namespaces.includes(pod.metadata.namespace ?? '') &&
          matchesLabels(labels.join(','), pod.metadata.labels ?? {}) &&
          isReady(pod) &&
          !isDeleting(pod),
      );
    const share = Math.ceil((fitting.length * Number(value ?? 0)) / 100);
    const count = { one: 1, all: fitting.length, fixed: Number(value ?? 0) }[mode] ?? share;
    return fitting.slice(0, count);
  }

  private inject(key: string): void {
    const kept = this.objects.get(key);
    if (kept === undefined) return;
    const pods = this.selected(kept.spec);
    if (pods.length === 0) return this.later(() => this.inject(key));
    for (const { metadata } of pods) {
      if (kept.spec.action === 'pod-kill') this.cluster.deletePod(metadata.name);
    }
    const containerRecords = pods.map(({ metadata }) => ({
      id: `${metadata.namespace}/${metadata.name}`,
      selectorKey: '.',
      phase: 'Injected',
      injectedCount: 1,
      recoveredCount: 0,
    }));
    const conditions = ['Selected', 'AllInjected'].map((type) => ({ type, status: 'True' }));
    this.objects.set(key, { ...kept, status: { conditions, experiment: { containerRecords } } });
  }

  private remove(key: string, kept: Kept): void {
    const deletionTimestamp = new Date().toISOString();
    this.objects.set(key, { ...kept, metadata: { ...kept.metadata, deletionTimestamp } });
    this.later(() => this.mend(key));
  }

  private mend(key: string): void {
    if (this.isMending) this.objects.delete(key);
    else if (this.objects.has(key)) this.later(() => this.mend(key));
  }

  private later(work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, controllerMs);
    this.timers.add(timer);
  }
}
