import type { Readable } from 'node:stream';
import fetch, { type RequestInit, type Response } from 'node-fetch';
import type { Transcript } from '../contract.js';
import { readBody, tooLarge, type Body } from './body.js';
import { Trace } from './connection.js';
import type { Endpoint } from './endpoint.js';
import { codeOf, failureOf, ProbeFailure } from './probe-failure.js';
import { nextHop, redirectTo, shownUrl, type Hop } from './redirect.js';
import type { HeaderRecord } from './request-headers.js';
import { bareHost } from './resolve.js';
import type { AddressResult, Failure, Phase, PhaseTimes, TlsPeer } from './snapshot.js';

/** Characters of an answer shown in a transcript. */
const shownCharacters = 500;
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT']);
const brokenConnection = new Set(['ECONNRESET', 'EPIPE']);

/** What the probes of one round have in common. */
export interface Round {
  readonly headers: HeaderRecord;
  readonly startedMs: number;
  readonly resolveMs: number;
  readonly transcript: Transcript | undefined;
}

/** One probe of one address, and what is known of it so far: it can be given up at any time. */
export class AddressProbe implements AddressResult {
  failure: Failure | undefined;
  durationMs = 0;
  readonly phases: PhaseTimes;
  status: number | undefined;
  redirects = 0;
  bodyBytes: number | undefined;
  tls: TlsPeer | undefined;
  private trace = new Trace();
  private isOver = false;

  constructor(
    private readonly endpoint: Endpoint,
    readonly address: string,
    private readonly dialled: string,
    private readonly round: Round,
  ) {
    const resolve = round.resolveMs;
    this.phases = { resolve, connect: NaN, tls: NaN, processing: NaN, transfer: NaN };
  }

  /** Ends with the outcome in its fields. @throws only what is a fault of the configuration or of this program */
  async run(): Promise<void> {
    try {
      await this.follow();
    } catch (error) {
      if (this.isOver) return;
      const failure = failureOf(this.trace.fault ?? error, this.trace.isAnswered);
      this.failure ??= failure;
    }
    this.end();
  }

  /** Gives up at the deadline; the connection is destroyed. */
  abandon(): void {
    if (this.isOver) return;
    this.account();
    this.trace.abandon();
    this.failure ??= { reason: 'timeout', message: 'no complete answer by the deadline' };
    this.end();
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.durationMs = performance.now() - this.round.startedMs;
  }

  private async follow(): Promise<void> {
    const { url, target } = this.endpoint;
    const { method, body } = target.settings;
    let hop: Hop = { url, method, body, address: this.dialled };
    const seen: string[] = [];
    for (;;) {
      const response = await this.send(hop);
      const location = target.settings.followRedirects ? redirectTo(response) : undefined;
      if (location === undefined) return this.judge(hop, response);
      await this.read(hop, response, false);
      seen.push(`${hop.method} ${hop.url.href}`);
      hop = await this.redirected(hop, location, response.status, seen);
    }
  }

  private async redirected(hop: Hop, location: string, status: number, seen: readonly string[]) {
    if (this.redirects >= this.endpoint.target.settings.maxRedirects) {
      throw new ProbeFailure('redirect', `more than ${this.redirects} redirects`);
    }
    this.redirects += 1;
    const next = nextHop(hop, location, status);
    if (seen.includes(`${next.method} ${next.url.href}`)) {
      throw new ProbeFailure('redirect', `redirected in a circle to ${shownUrl(next.url)}`);
    }
    return { ...next, address: await this.addressOf(next.url, hop) };
  }

  /** The pinned address while the host stays the same; another host is resolved anew. */
  private async addressOf(url: URL, hop: Hop): Promise<string> {
    if (this.endpoint.proxy !== undefined || url.hostname === hop.url.hostname) return hop.address;
    if (url.hostname === this.endpoint.url.hostname) return this.dialled;
    const begunMs = performance.now();
    const [first] = await this.endpoint.resolver.resolve(bareHost(url));
    this.add('resolve', performance.now() - begunMs);
    return first ?? '';
  }

  /** A kept connection that the server ended just then is no failure of the server. */
  private async send(hop: Hop): Promise<Response> {
    try {
      return await this.exchange(hop);
    } catch (error) {
      const { isReused, firstByteMs, isAbandoned } = this.trace;
      const isStale = isReused && firstByteMs === 0 && brokenConnection.has(codeOf(error) ?? '');
      if (!isStale || isAbandoned || !repeatable.has(hop.method)) throw error;
      return this.exchange(hop);
    }
  }

  private async exchange(hop: Hop): Promise<Response> {
    const { endpoint } = this;
    const context = await endpoint.contextFor(hop.url);
    if (this.isOver) throw new ProbeFailure('timeout', 'given up at the deadline');
    const trace = (this.trace = new Trace());
    const agent = endpoint.agentFor(this.dialled);
    agent.aim(hop.url.protocol, endpoint.routeTo(hop.url, hop.address, context), trace);
    try {
      const response = await fetch(hop.url.href, this.requestOf(hop, agent));
      trace.isAnswered = true;
      this.status = response.status;
      return response;
    } finally {
      this.account();
    }
  }

  private requestOf(hop: Hop, agent: RequestInit['agent'] & object): RequestInit {
    const { headers } = this.endpoint;
    return {
      method: hop.method,
      headers: this.endpoint.owns(hop.url) ? this.round.headers : headers.forOthers,
      redirect: 'manual',
      compress: false,
      agent,
      ...(hop.body !== undefined && takesBody(hop.method) && { body: hop.body }),
    };
  }

  /** Adds the phases that this connection went through to the sums. */
  private account(): void {
    if (this.isOver || this.trace.isAccounted) return;
    this.trace.isAccounted = true;
    const { startedMs, connectedMs, securedMs, firstByteMs, tls } = this.trace;
    if (tls !== undefined) this.tls = tls;
    if (connectedMs === 0) return;
    this.add('connect', connectedMs - startedMs);
    if (securedMs > 0) this.add('tls', securedMs - connectedMs);
    if (firstByteMs === 0) return;
    if (securedMs === 0) this.add('tls', 0);
    this.add('processing', firstByteMs - Math.max(connectedMs, securedMs));
  }

  private add(phase: Phase, ms: number): void {
    const before = this.phases[phase];
    this.phases[phase] = Number.isNaN(before) ? ms : before + ms;
  }

  private async judge(hop: Hop, response: Response): Promise<void> {
    const { assertions } = this.endpoint;
    const status = assertions.statusFailure(response.status);
    if (status !== undefined) this.failure = { reason: 'status', message: status };
    const isKept = assertions.readsBody || this.round.transcript !== undefined;
    const body = await this.read(hop, response, isKept);
    this.bodyBytes = body.bytes;
    if (this.failure === undefined) assertions.checkBody(body.text);
  }

  private async read(hop: Hop, response: Response, isKept: boolean): Promise<Body> {
    const { maxBodyBytes } = this.endpoint.target.settings;
    const announced = Number(response.headers.get('content-length') ?? 0);
    const stream = response.body as Readable | null;
    if (announced > maxBodyBytes && hop.method !== 'HEAD') {
      stream?.destroy();
      throw tooLarge(maxBodyBytes);
    }
    const body = await readBody(stream, maxBodyBytes, isKept);
    if (!this.isOver) this.add('transfer', performance.now() - this.trace.firstByteMs);
    this.note(hop, response, body);
    return body;
  }

  private note(hop: Hop, response: Response, body: Body): void {
    this.round.transcript?.note(
      `${hop.method} ${shownUrl(hop.url)} at ${hop.address}`,
      `${response.status} ${body.bytes} bytes ${body.text.slice(0, shownCharacters)}`,
    );
  }
}

function takesBody(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}
