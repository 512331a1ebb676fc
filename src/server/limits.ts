import type { Server } from 'node:http';

/** What one client, or many, may take of the exporter. */
export const serverLimits = {
  /** Open connections at once; further ones are refused. */
  connections: 256,
  headerBytes: 16 * 1024,
  headerCount: 100,
  /** The whole request, in milliseconds. */
  requestMs: 10_000,
  /** An idle kept connection, in milliseconds: longer than Prometheus' usual interval. */
  idleMs: 65_000,
  /** Pages of `/metrics` being written at once; further scrapes get 503. */
  scrapesAtOnce: 8,
  /** Open pages that are kept fresh; further ones have to be reloaded. */
  liveClients: 100,
  /** What may wait to be read by one of them before it is let go. */
  liveBacklogBytes: 2 * 1024 * 1024,
} as const;

export function applyLimits(server: Server): void {
  server.maxConnections = serverLimits.connections;
  server.maxHeadersCount = serverLimits.headerCount;
  server.headersTimeout = serverLimits.requestMs;
  server.requestTimeout = serverLimits.requestMs;
  server.keepAliveTimeout = serverLimits.idleMs;
}
