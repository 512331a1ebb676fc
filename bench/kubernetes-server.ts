// A Kubernetes API server with a cluster of its own, in a process of its own. Arguments: pods, nodes,
// components, changes a second. Sends its URL; at `toggle` an instance of app-0 begins or ceases to be
// ready, and the instant is sent.
import { ApiServer } from '../test/kubernetes/api-server.js';
import { Cluster } from '../test/kubernetes/cluster.js';
import { ObjectStore } from '../test/kubernetes/object-store.js';
import { RealClock } from '../test/kubernetes/sim-clock.js';

const [pods = 0, nodes = 0, deployments = 0, changes = 0] = process.argv.slice(2).map(Number);
const store = new ObjectStore();
const cluster = new Cluster(store, new RealClock(), Date.now());
cluster.populate({ nodes, zones: 3, pods, deployments });
const names = cluster.pods().map(({ metadata }) => metadata.name);
const [toggled = ''] = names;
const server = new ApiServer(store);
let isReady = true;
let touched = 0;

function churn(): void {
  for (let index = 0; index < changes / 10; index += 1) {
    touched += 1;
    cluster.touch(names[(touched * 7919) % names.length] ?? '', `touch ${touched}`);
  }
}

process.on('message', (message) => {
  if (message === 'churn') setInterval(churn, 100);
  if (message !== 'toggle') return;
  isReady = !isReady;
  cluster.setReady(toggled, isReady);
  process.send?.({ isReady, atMs: performance.timeOrigin + performance.now() });
});
process.on('disconnect', () => process.exit(0));
await server.start();
process.send?.(server.url);
