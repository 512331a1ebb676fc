import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Ways in which a server of any protocol can be broken. */
export const tcpFaults = {
  /** Accepts and says nothing. */
  hang: (socket: Socket) => void socket.resume(),
  /** Closes with a reset at once. */
  reset: (socket: Socket) => void socket.resetAndDestroy(),
  /** Answers with bytes that are no answer. */
  garbage: (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
  /** Answers a byte every few milliseconds, for ever. */
  slowDrip: (socket: Socket) => {
    const timer = setInterval(() => socket.write('R'), 20);
    socket.on('close', () => clearInterval(timer));
  },
  /** Answers without end, as fast as it is read: a piece over and over, or noise. */
  flood: (socket: Socket, chunk: Buffer = randomBytes(256 * 1024)) => {
    const write = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', write);
    write();
  },
} as const satisfies Record<string, (socket: Socket) => void>;

export interface TcpServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Connections open now. */
  readonly open: () => number;
  /** Bytes written to clients so far. */
  readonly written: () => number;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 that treats every connection so. */
export async function startTcp(treat: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let gone = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      gone += socket.bytesWritten;
      sockets.delete(socket);
    });
    treat(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    written: () => gone + [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, 0),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function refusedPort(): Promise<number> {
  const server = await startTcp(() => {});
  await server.close();
  return server.port;
}
