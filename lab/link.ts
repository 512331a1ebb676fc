// The line between the regions: a TCP proxy that can be slowed and cut while it runs.
// Both ways: what each region finds the other's write path at.
// Arguments: control port, port, then for each way the host that it listens on and the target's; the
// control listens on the first.
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';

const [controlPort = '', port = '', ...hosts] = process.argv.slice(2);
const open = new Set<Socket>();
let isCut = false;
let delayMs = 0;

/** Passes data on, each piece after the delay, in order: also when the delay is taken away. */
function pass(from: Socket, to: Socket): void {
  const waiting: { readonly dueMs: number; readonly chunk: Buffer }[] = [];
  const drain = () => {
    const nowMs = performance.now();
    while (waiting[0] !== undefined && waiting[0].dueMs <= nowMs) to.write(waiting.shift()!.chunk);
    if (waiting[0] !== undefined) setTimeout(drain, waiting[0].dueMs - nowMs);
  };
  from.on('data', (chunk: Buffer) => {
    if (delayMs === 0 && waiting.length === 0) {
      if (!to.write(chunk)) from.pause();
      return;
    }
    waiting.push({ dueMs: performance.now() + delayMs, chunk });
    if (waiting.length === 1) drain();
  });
  to.on('drain', () => from.resume());
  from.on('close', () => {
    open.delete(from);
    to.destroy();
  });
  from.on('error', () => to.destroy());
}

function carry(host: string, targetHost: string): void {
  createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const server = connect(Number(port), targetHost);
    open.add(client).add(server);
    pass(client, server);
    pass(server, client);
  }).listen(Number(port), host);
}

for (let way = 0; way < hosts.length; way += 2) carry(hosts[way] ?? '', hosts[way + 1] ?? '');

createHttpServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://link');
  if (url.pathname === '/cut') {
    isCut = true;
    for (const socket of open) socket.destroy();
  } else if (url.pathname === '/delay') {
    delayMs = Number(url.searchParams.get('ms') ?? 0);
  } else {
    isCut = false;
    delayMs = 0;
  }
  response.end('ok\n');
}).listen(Number(controlPort), hosts[0]);
