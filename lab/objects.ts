// Two buckets, each copied to the other, in a process of their own.
// Arguments: host, port, control port, folder.
import { createServer } from 'node:http';
import { labBuckets, labPrefixes } from './addresses.js';
import { ObjectReplicator } from './object-replicator.js';
import { startObjectStore } from './object-store.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const [host = '', port = '', controlPort = '', folder = ''] = process.argv.slice(2);
// s3rver ends with an uncaught error where an object is removed while it is being read.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
});
const { regionA, regionB } = labBuckets;
const store = await startObjectStore(host, Number(port), folder, [regionA, regionB], labPrefixes);
const replicas = new Set<string>();
const replicators = [
  new ObjectReplicator(store.s3, regionA, regionB, replicas),
  new ObjectReplicator(store.s3, regionB, regionA, replicas),
];
for (const replicator of replicators) replicator.start();

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://objects');
  for (const replicator of replicators) {
    if (url.pathname === '/stop') replicator.isStopped = true;
    else if (url.pathname === '/corrupt') replicator.isCorrupting = true;
    else if (url.pathname === '/delay')
      replicator.delayMs = Number(url.searchParams.get('ms') ?? 0);
    else replicator.mend();
  }
  response.end('ok\n');
}).listen(Number(controlPort), host);
