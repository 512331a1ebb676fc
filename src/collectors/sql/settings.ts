import type { HostPort, SecretRef, TlsSettings } from '../../config/values.js';
import type { ServerSettings } from './connection.js';

/** Part of the deadline that is left to hear that the server gave a statement up, in milliseconds. */
const reserveMs = 50;

/** Time-out of a statement, in milliseconds, for a collection with that deadline. */
export function withinDeadline(timeoutMs: number): number {
  return Math.max(Math.floor(timeoutMs / 2), timeoutMs - reserveMs);
}

interface Login {
  readonly database: string;
  readonly user: string;
  readonly password?: SecretRef | undefined;
  readonly tls?: TlsSettings | undefined;
}

/** How to read one member of a cluster, with the cluster's own login. */
export function readOnlySettings(
  { database, user, password, tls }: Login,
  address: HostPort,
  timeoutMs: number,
): ServerSettings {
  return {
    address,
    database,
    user,
    password,
    tls,
    readOnly: true,
    timeoutMs: withinDeadline(timeoutMs),
  };
}
