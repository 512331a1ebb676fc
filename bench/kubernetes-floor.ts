// The floor: the same watches read and parsed, and nothing made of them. Argument: URL of the server.
import { get } from 'node:http';
import { createInterface } from 'node:readline';

const [url = ''] = process.argv.slice(2);
let events = 0;
const paths = [
  '/api/v1/nodes',
  '/api/v1/namespaces/sensei/pods',
  '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
];
for (const path of paths) {
  get(`${url}${path}?watch=true`, (response) => {
    createInterface(response).on('line', (line) => {
      if (JSON.parse(line) !== null) events += 1;
    });
  });
}
process.on('message', () => process.send?.(events));
process.on('disconnect', () => process.exit(0));
process.send?.('reading');
