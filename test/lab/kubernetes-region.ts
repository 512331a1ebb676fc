import { writeFileSync } from 'node:fs';
import { until } from '../../lab/health.js';
import { ApiServer } from '../kubernetes/api-server.js';
import { Cluster } from '../kubernetes/cluster.js';
import { ObjectStore } from '../kubernetes/object-store.js';
import { RealClock } from '../kubernetes/sim-clock.js';
import { kubeconfigOf, serverTls, token } from '../replicas/synced.js';

/** Noticed in 3 s, where it takes 40 s elsewhere. */
export const hurriedTiming = {
  controllerMs: 20,
  startMs: 200,
  readyMs: 200,
  terminationMs: 300,
  leaseMs: 500,
  nodeGraceMs: 3000,
  nodeCheckMs: 500,
  podGcMs: 2000,
};
const zones = ['zone-a', 'zone-b', 'zone-c'] as const;
const shared = { hasService: true, minAvailable: 1, tolerationSeconds: 3 };

/** A simulated Kubernetes cluster of three zones with two nodes each, behind a real API over TLS. */
export class KubernetesRegion {
  private readonly clock = new RealClock();
  private readonly store = new ObjectStore();
  readonly cluster = new Cluster(this.store, this.clock, Date.now(), hurriedTiming);
  private readonly server = new ApiServer(this.store, {
    tls: serverTls,
    tokens: new Set([token]),
  });

  async start(kubeconfigFile: string): Promise<void> {
    for (const index of [0, 1, 2, 3, 4, 5]) this.cluster.addNode(`n${index}`, zones[index % 3]!);
    this.cluster.createDeployment({ ...shared, name: 'sensei-api', replicas: 4 });
    this.cluster.createDeployment({ ...shared, name: 'sensei-workers', replicas: 6 });
    const lease = 'sensei-orchestrator';
    this.cluster.createDeployment({ ...shared, name: lease, replicas: 2, lease });
    await this.server.start();
    writeFileSync(kubeconfigFile, kubeconfigOf(this.server.url), { mode: 0o600 });
    const isServing = () => Promise.resolve(this.servingPods() === 12);
    await until('pods that serve', isServing, 20_000, () => `${this.servingPods()} of 12 do`);
  }

  /** Until so many of them serve. */
  async scale(name: string, replicas: number): Promise<void> {
    this.cluster.scale(name, replicas);
    const isSo = () => Promise.resolve(this.serving().get(name) === replicas);
    await until(`${replicas} of ${name}`, isSo, 20_000, () => JSON.stringify([...this.serving()]));
  }

  /** Ends all connections to its API at once, and answers the next few questions with 503. */
  interrupt(): void {
    this.server.faults.status = { times: 6, code: 503 };
    this.server.resetConnections();
  }

  async stop(): Promise<void> {
    this.clock.stop();
    await this.server.stop();
  }

  private serving(): Map<string, number> {
    return new Map(this.cluster.counts.map(({ workload, serving }) => [workload, serving]));
  }

  private servingPods(): number {
    return [...this.serving().values()].reduce((sum, serving) => sum + serving, 0);
  }
}
