import { connect as connectTcp, isIP, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type SecureContext,
} from 'node:tls';
import { ProbeFailure } from './probe-failure.js';
import { openTunnel } from './proxy.js';
import type { TlsPeer } from './snapshot.js';
import { readTlsPeer } from './tls-peer.js';

/** Where a connection goes, and as whom the peer is to identify itself. */
export interface Route {
  /** The address that is dialled: one of the target's, or the proxy's. Never a name. */
  readonly address: string;
  readonly port: number;
  /** The name or address that the certificate must be for; undefined for plain HTTP. */
  readonly serverName: string | undefined;
  readonly secureContext: SecureContext | undefined;
  readonly acceptUnverified: boolean;
  /** `host:port` asked of the proxy at `address`; undefined when that is the server itself. */
  readonly tunnelTo: string | undefined;
  /** What a proxy is asked for instead of a path, with plain HTTP. */
  readonly absoluteUrl: string | undefined;
}

/** What happened on the connection of one request; times are monotonic milliseconds, 0 if not reached. */
export class Trace {
  socket: Socket | undefined;
  startedMs = 0;
  connectedMs = 0;
  securedMs = 0;
  firstByteMs = 0;
  /** The request went out on a connection that had been kept. */
  isReused = false;
  tls: TlsPeer | undefined;
  /** What ended the connection: node-fetch keeps no more of it than its message. */
  fault: Error | undefined;
  /** The head of an answer was there. */
  isAnswered = false;
  /** Its times are in the sums. */
  isAccounted = false;
  /** The probe was given up: whatever connection it still gets is not wanted. */
  isAbandoned = false;

  abandon(): void {
    this.isAbandoned = true;
    this.socket?.destroy(new ProbeFailure('timeout', 'given up at the deadline'));
  }
}

/** Called once: with a connection that may be written to, or with what is wrong. */
export type Ready = (error: Error | null, socket?: Socket) => void;

/** Settles a `Ready` once and keeps the socket from throwing errors that nobody listens to. */
function guard(socket: Socket, trace: Trace, ready: Ready): Ready {
  let isSettled = false;
  const settle: Ready = (error, opened) => {
    if (isSettled) return;
    isSettled = true;
    trace.fault = error ?? undefined;
    ready(error, opened);
  };
  socket.on('error', settle);
  return settle;
}

/** Dials the address; `autoSelectFamily` and names would hide which address failed. */
function dial(route: Route): Socket {
  return connectTcp({
    host: route.address,
    port: route.port,
    autoSelectFamily: false,
    noDelay: true,
  });
}

/** SNI is for names: an address must not be sent as one. */
function identityOf(serverName: string): ConnectionOptions {
  return isIP(serverName) === 0
    ? { servername: serverName, host: serverName }
    : { host: serverName };
}

/**
 * Shakes hands without letting verification end it, so that the certificate can be read; verified
 * apart from that, and nothing is sent to a peer that was not.
 */
function secure(base: Socket, route: Route, trace: Trace, ready: Ready): void {
  let verifiedLeaf: DetailedPeerCertificate | undefined;
  const socket = connectTls({
    ...identityOf(route.serverName ?? ''),
    socket: base,
    secureContext: route.secureContext,
    rejectUnauthorized: false,
    checkServerIdentity: (host, certificate) => {
      verifiedLeaf = certificate as DetailedPeerCertificate;
      return checkServerIdentity(host, certificate);
    },
  });
  trace.socket = socket;
  const settle = guard(socket, trace, ready);
  socket.once('secureConnect', () => {
    trace.securedMs = performance.now();
    trace.tls = readTlsPeer(socket, verifiedLeaf);
    if (trace.tls.verified || route.acceptUnverified) settle(null, socket);
    else socket.destroy(new ProbeFailure('tls', `certificate not accepted: ${trace.tls.fault}`));
  });
}

function established(base: Socket, route: Route, trace: Trace, ready: Ready): void {
  trace.connectedMs = performance.now();
  if (route.serverName === undefined) ready(null, base);
  else secure(base, route, trace, ready);
}

/** Connects, through the proxy's tunnel and with TLS where the route says so. */
export function openConnection(route: Route, trace: Trace, ready: Ready): void {
  trace.startedMs = performance.now();
  const socket = dial(route);
  trace.socket = socket;
  const settle = guard(socket, trace, ready);
  if (trace.isAbandoned) trace.abandon();
  socket.once('connect', () => {
    if (route.tunnelTo === undefined) established(socket, route, trace, settle);
    else
      openTunnel(socket, route.tunnelTo, settle, () => established(socket, route, trace, settle));
  });
}
