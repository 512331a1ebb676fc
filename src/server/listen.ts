import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyLimits, serverLimits } from './limits.js';

export interface Listening {
  readonly url: string;
  /** Takes no new connections, lets requests under way end, then closes the rest. */
  close(): Promise<void>;
}

const drainMs = 2000;

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(force);
}

/** @throws Error naming the address when it cannot be listened on */
export async function listen(app: RequestListener, host: string, port: number): Promise<Listening> {
  const server = createServer({ maxHeaderSize: serverLimits.headerBytes }, app);
  applyLimits(server);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'error';
    throw new Error(`cannot listen on ${host}:${port} (${code}); set server.host and server.port`, {
      cause,
    });
  }
  const { port: bound } = server.address() as AddressInfo;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shownHost}:${bound}`, close: () => closeServer(server) };
}
