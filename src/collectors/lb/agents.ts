import { Agent, type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { openConnection, type Route, type Trace } from './connection.js';
import type { TlsPeer } from './snapshot.js';

/**
 * An agent for one address. node-fetch asks its agent for a connection within the call of
 * `fetch`, so what `aim` says just before is what that request gets.
 */
export interface PinnedAgent extends Agent {
  aim(scheme: string, route: Route, trace: Trace): void;
}

/** What `node:http` calls on an agent and a request, though its types do not say so. */
interface WaitingRequest {
  onSocket(socket: Socket | null, error: Error | null): void;
}

const pool = Agent.prototype as unknown as {
  addRequest(this: Agent, request: ClientRequest, options: object): void;
};

/** A new connection for every request, none kept and none shared. */
export class FreshAgent extends Agent implements PinnedAgent {
  private route: Route | undefined;
  private trace: Trace | undefined;
  protocol = 'http:';

  constructor() {
    super({ keepAlive: false });
  }

  aim(scheme: string, route: Route, trace: Trace): void {
    this.protocol = scheme;
    this.route = route;
    this.trace = trace;
  }

  /** Replaces the pooling of `node:http`, of which nothing is wanted here. */
  addRequest(request: ClientRequest): void {
    const { route, trace } = this;
    if (route === undefined || trace === undefined) throw new Error('the agent was not aimed');
    if (route.absoluteUrl !== undefined) request.path = route.absoluteUrl;
    openConnection(route, trace, (error, socket) => {
      if (socket !== undefined) timeFirstByte(socket, trace);
      (request as unknown as WaitingRequest).onSocket(socket ?? null, error);
    });
  }
}

/** One connection kept from probe to probe. */
export class KeptAgent extends Agent implements PinnedAgent {
  private route: Route | undefined;
  private trace: Trace | undefined;
  private readonly peers = new WeakMap<object, TlsPeer>();
  protocol = 'http:';

  constructor() {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
  }

  aim(scheme: string, route: Route, trace: Trace): void {
    this.protocol = scheme;
    this.route = route;
    this.trace = trace;
  }

  addRequest(request: ClientRequest, options: object): void {
    const absoluteUrl = this.route?.absoluteUrl;
    if (absoluteUrl !== undefined) request.path = absoluteUrl;
    pool.addRequest.call(this, request, options);
  }

  override createConnection(
    _options: unknown,
    created?: (error: Error | null, socket: Socket) => void,
  ): undefined {
    const { route, trace } = this;
    if (route === undefined || trace === undefined) throw new Error('the agent was not aimed');
    openConnection(route, trace, (error, socket) => {
      if (socket !== undefined) {
        if (trace.tls !== undefined) this.peers.set(socket, trace.tls);
        timeFirstByte(socket, trace);
      }
      created?.(error, socket as Socket);
    });
  }

  override reuseSocket(socket: Socket, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    const { trace } = this;
    if (trace === undefined) return;
    trace.isReused = true;
    trace.socket = socket;
    trace.tls = this.peers.get(socket);
    trace.startedMs = trace.connectedMs = performance.now();
    if (trace.tls !== undefined) trace.securedMs = trace.connectedMs;
    timeFirstByte(socket, trace);
  }
}

function timeFirstByte(socket: Socket, trace: Trace): void {
  socket.once('data', () => {
    trace.firstByteMs = performance.now();
  });
}
