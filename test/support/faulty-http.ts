import { EventEmitter, once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

/** What arrived at a faulty server. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** The local port that the client came from: tells connections apart. */
  readonly clientPort: number;
}

/** Writes an answer, or fails to. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type Behaviour =
  | { readonly kind: 'http'; readonly handle: Handler }
  | { readonly kind: 'connection'; readonly accept: (socket: Socket) => void }
  | { readonly kind: 'refuse' };

export interface FaultyHttp {
  readonly url: string;
  readonly port: number;
  /** HTTP requests whose head was read, in order. */
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** Bytes that left for clients so far, as the kernel took them. */
  bytesSent(): number;
  /** Settles once no connection is open. */
  allEnded(): Promise<void>;
  /** Ends the listener and destroys every socket. */
  close(): Promise<void>;
}

type Body = string | Uint8Array;

function reply(handle: Handler): Behaviour {
  return { kind: 'http', handle };
}

/** Answers with this. */
export function ok(
  status = 200,
  headers: Record<string, string> = {},
  body: Body = 'ok',
): Behaviour {
  return reply((_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  });
}

export function status(code: number, body: Body = ''): Behaviour {
  return ok(code, {}, body);
}

/** A port that nobody listens on. */
export const refuse: Behaviour = { kind: 'refuse' };

/** Accepts and never answers. */
export const hang: Behaviour = { kind: 'connection', accept: (socket) => void socket.resume() };

/** Resets every connection as soon as it is accepted. */
export const resetOnAccept: Behaviour = {
  kind: 'connection',
  accept: (socket) => void socket.resetAndDestroy(),
};

/** Sends the head and half of the body that it announced, then resets. */
export const resetHalfWay: Behaviour = reply((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '64' });
  response.write('{"state": "running", "role": "re', () => {
    setTimeout(() => response.socket?.resetAndDestroy(), 20);
  });
});

/** Sends the head at once and then a byte every so many milliseconds, for ever. */
export function slowDrip(everyMs = 20): Behaviour {
  return reply((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => response.write('x'), everyMs);
    response.once('close', () => clearInterval(timer));
  });
}

/** Redirects to itself for ever. */
export const redirectLoop: Behaviour = reply((request, response) => {
  response.writeHead(302, { location: request.url ?? '/' });
  response.end();
});

/** Streams a body of so many bytes, as fast as the client takes it; its length announced or not. */
export function hugeBody(bytes = 100 * 1024 * 1024, isAnnounced = false): Behaviour {
  return reply((_request, response) => {
    if (isAnnounced) response.setHeader('content-length', String(bytes));
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let left = bytes;
    const push = () => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', push);
          return;
        }
      }
      response.end();
    };
    push();
  });
}

export const malformedJson: Behaviour = ok(
  200,
  { 'content-type': 'application/json' },
  '{"state": running,, "role"}',
);

/** A complete answer whose JSON stops in the middle. */
export const truncatedJson: Behaviour = ok(
  200,
  { 'content-type': 'application/json' },
  '{"state": "running", "role": "replica", "xlog": {"received_loc',
);

export const nonUtf8: Behaviour = ok(
  200,
  { 'content-type': 'application/json' },
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc3, 0x28, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
);

/** Any other behaviour over HTTP. */
export function custom(handle: Handler): Behaviour {
  return reply(handle);
}

/** Any other behaviour of the bare connection. */
export function customConnection(accept: (socket: Socket) => void): Behaviour {
  return { kind: 'connection', accept };
}

export interface FaultyHttpOptions {
  /** PEM texts and the like of `node:https`; plain HTTP when absent. */
  readonly tls?: ServerOptions;
  /** Loopback address to listen on. */
  readonly host?: string;
  readonly port?: number;
}

function serverFor(behaviour: Behaviour, tls: ServerOptions | undefined, handle: Handler): Server {
  if (behaviour.kind !== 'http') return createTcpServer();
  return tls === undefined ? createHttpServer(handle) : createHttpsServer(tls, handle);
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Starts a server that behaves badly in the given way. */
export async function startFaultyHttp(
  behaviour: Behaviour,
  { tls, host = '127.0.0.1', port = 0 }: FaultyHttpOptions = {},
): Promise<FaultyHttp> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const ended = new EventEmitter();
  let accepted = 0;
  let closedBytes = 0;
  const server = serverFor(behaviour, tls, (request, response) => {
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      clientPort: request.socket.remotePort ?? 0,
    });
    request.resume();
    response.on('error', ignoreBrokenPipe);
    if (behaviour.kind === 'http') behaviour.handle(request, response);
  });
  server.on('tlsClientError', ignoreBrokenPipe);
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', ignoreBrokenPipe);
    socket.once('close', () => {
      sockets.delete(socket);
      closedBytes += sentBy(socket);
      if (sockets.size === 0) ended.emit('all');
    });
    if (behaviour.kind === 'connection') behaviour.accept(socket);
  });
  const listening = await listen(server, port, host);
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  if (behaviour.kind === 'refuse') await close();
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${authority}:${listening}`,
    port: listening,
    requests,
    connections: () => accepted,
    allEnded: async () => {
      if (sockets.size > 0) await once(ended, 'all');
    },
    bytesSent: () => [...sockets].reduce((sum, socket) => sum + sentBy(socket), closedBytes),
    close,
  };
}

/** Bytes that the kernel took; what is still queued in the process does not count. */
function sentBy(socket: Socket): number {
  return Math.max(0, socket.bytesWritten - socket.writableLength);
}

/** Clients that go away in the middle are what these servers are for. */
function ignoreBrokenPipe(): void {}
