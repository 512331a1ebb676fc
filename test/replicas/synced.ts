import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { replicasCollector } from '../../src/collectors/replicas/index.js';
import { ClusterSync, observeReplicas } from '../../src/collectors/replicas/observe.js';
import type { ReplicasSnapshot } from '../../src/collectors/replicas/snapshot.js';
import {
  replicasTargets,
  type ReplicasTarget,
  type SyncTiming,
} from '../../src/collectors/replicas/targets.js';
import { systemClock } from '../../src/runner/clock.js';
import { ApiServer, type ApiServerOptions } from '../kubernetes/api-server.js';
import { Cluster } from '../kubernetes/cluster.js';
import { ObjectStore } from '../kubernetes/object-store.js';
import { VirtualClock } from '../kubernetes/sim-clock.js';
import { configOf, noSecrets } from '../support/collect.js';

/** Short, so that a test need not wait for what takes a minute elsewhere. */
const quick: SyncTiming = {
  heartbeatMs: 150,
  answerMs: 1000,
  silenceMs: 1200,
  watchMs: 60_000,
  backoffMs: 20,
  longestBackoffMs: 200,
  deniedMs: 150,
};

export const token = 'kubernetes-token-hunter2';

function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url)), 'utf8');
}

export const serverTls = { cert: fixture('server.crt'), key: fixture('server.key') };

/** A kubeconfig for a server. */
export function kubeconfigOf(url: string, bearer = token, more = ''): string {
  const trust = url.startsWith('https')
    ? `certificate-authority-data: ${Buffer.from(fixture('ca.crt')).toString('base64')}`
    : 'insecure-skip-tls-verify: true';
  return `apiVersion: v1
kind: Config
current-context: east
clusters: [{ name: c, cluster: { server: '${url}', ${trust} } }]
users: [{ name: u, user: { token: ${bearer} } }]
contexts: [{ name: east, context: { cluster: c, user: u } }]
${more}`;
}

export interface SyncedOptions {
  readonly server?: ApiServerOptions;
  readonly timing?: Partial<SyncTiming>;
  readonly staleMs?: number;
  readonly replicas?: number;
  /** What the component's pods are labelled with. */
  readonly app?: string;
  readonly entry?: object;
}

/** A server over a simulated cluster, and the collector that is kept in step with it. */
export class Synced {
  readonly store = new ObjectStore();
  readonly clock = new VirtualClock();
  readonly cluster = new Cluster(this.store, this.clock, Date.now());
  readonly server: ApiServer;
  readonly folder = mkdtempSync(join(tmpdir(), 'sensei-replicas-'));
  readonly file = join(this.folder, 'kubeconfig');
  private syncs: ClusterSync[] = [];

  constructor(private readonly options: SyncedOptions = {}) {
    for (const [index, zone] of ['a', 'b', 'c'].entries()) this.cluster.addNode(`n${index}`, zone);
    this.cluster.createDeployment({
      name: 'api',
      replicas: options.replicas ?? 6,
      hasService: true,
      minAvailable: 1,
      maxSurge: 3,
      maxUnavailable: 3,
    });
    this.pass(20_000);
    this.server = new ApiServer(this.store, options.server);
  }

  /** Lets time pass in the cluster, at once. */
  pass(ms: number): void {
    this.clock.runTo(this.clock.now() + ms);
  }

  async start(): Promise<this> {
    await this.server.start();
    writeFileSync(this.file, kubeconfigOf(this.server.url), { mode: 0o600 });
    return this;
  }

  async stop(): Promise<void> {
    for (const sync of this.syncs) sync.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get target(): ReplicasTarget {
    const entry = {
      name: 'east',
      region: 'eu',
      kubeconfig: { file: this.file },
      namespaces: ['sensei'],
      components: [{ component: 'api', deployment: 'api' }],
      ...this.options.entry,
    };
    const [target] = replicasTargets(configOf({ replicas: [entry] }));
    const { timing, staleMs = 30_000 } = this.options;
    return { ...target!, staleMs, timing: { ...quick, ...timing } };
  }

  /** Begins to keep in step. */
  open(target = this.target): ClusterSync {
    const sync = replicasCollector.open(target, {
      clock: systemClock,
      secrets: noSecrets,
    });
    this.syncs.push(sync);
    return sync;
  }

  observe(sync: ClusterSync, timeoutMs = 10_000): Promise<ReplicasSnapshot> {
    return observeReplicas(sync, { signal: AbortSignal.timeout(timeoutMs) });
  }

  /** Whether what is held is exactly what there is. */
  isInStep(snapshot: ReplicasSnapshot): boolean {
    const held = snapshot.components.flatMap(({ pods }) =>
      pods.map(({ uid, resourceVersion }) => `${uid}@${resourceVersion}`),
    );
    return JSON.stringify(held.toSorted()) === JSON.stringify(this.podsThereAre());
  }

  podsThereAre(): string[] {
    const { app = 'api' } = this.options;
    return this.cluster
      .pods(app)
      .map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`)
      .toSorted();
  }

  /** Waits until everything is watched. */
  async watched(): Promise<void> {
    await until(
      () => this.server.openWatches,
      (watches) => watches === this.target.scopes.length,
    );
  }

  /** Waits until it is; what it was then. The deadline is that of the test. */
  async inStep(sync: ClusterSync): Promise<ReplicasSnapshot> {
    return until(
      () => sync.snapshot(),
      (snapshot) =>
        this.isInStep(snapshot) && snapshot.scopes.every(({ failure }) => failure === undefined),
    );
  }
}

/** Asks again and again until the answer is as wanted. */
export async function until<Value>(
  ask: () => Value | Promise<Value>,
  isWanted: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (isWanted(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
