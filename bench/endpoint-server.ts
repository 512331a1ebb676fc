// A small HTTP server to be probed; /hang never answers. Sends its port when it listens.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  if (request.url === '/hang') return;
  response.setHeader('Content-Type', 'application/json');
  response.end('{"status":"ok"}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
