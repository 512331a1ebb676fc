import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch, { type Response } from 'node-fetch';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';
import type { TlsMaterial } from './tls-material.js';

/** One kept connection to one host. */
export interface KeptAgent {
  readonly agent: HttpAgent;
  /** How often a request went over a connection that was there already. */
  timesReused(): number;
  /** Destroys the connection. */
  close(): void;
}

export interface JsonRequest {
  /** GET when absent. */
  readonly method?: 'GET' | 'PATCH';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Without credentials: it is named in messages. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: KeptAgent;
  readonly maxBytes?: number;
  readonly signal: AbortSignal;
}

const defaultMaxBytes = 1024 * 1024;

/** An agent that keeps one connection to the host of the URL; connects nothing yet. */
export function openKeptAgent(url: string, tls: TlsMaterial): KeptAgent {
  const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
  const isHttps = new URL(url).protocol === 'https:';
  const agent = isHttps ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options);
  let reused = 0;
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reused += 1;
    reuse(socket, request);
  };
  return { agent, timesReused: () => reused, close: () => agent.destroy() };
}

/**
 * The JSON that the URL answers with. Integers of 16 digits and more, which a double may
 * not hold, come as strings of their digits.
 * @throws CollectionError whose message names the URL, with the status as its partial where there was one: `redirect` (none is followed), `auth` (401,
 * 403), `status` (any other than 200), `too_large`, `body` (no UTF-8, no JSON), `protocol` (no
 * HTTP), `timeout` (the signal), `connect`, `dns`, `tls`
 */
export async function getJson(request: JsonRequest): Promise<unknown> {
  const { agent, signal } = request;
  const reusedBefore = agent.timesReused();
  try {
    return await ask(request);
  } catch (error) {
    // The server may end an idle connection just as it is used again: that is no fault of its.
    const wasKept = agent.timesReused() > reusedBefore;
    if (!wasKept || signal.aborted || reasonOf(error) !== 'connect') throw error;
    return ask(request);
  }
}

async function ask(request: JsonRequest): Promise<unknown> {
  const { url, headers, agent, signal } = request;
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    const response = await fetch(url, {
      method: methodOf(request),
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      headers: {
        accept: 'application/json',
        'user-agent': 'sensei-exporter',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      agent: agent.agent,
      redirect: 'manual',
      compress: false,
      signal: attempt.signal,
    });
    requireOk(response, request);
    const body = await readBody(response, url, request.maxBytes ?? defaultMaxBytes);
    return parse(body, url);
  } catch (error) {
    // Without this an answer that nobody reads to its end would hold its connection open.
    attempt.abort();
    throw describe(error, request);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function methodOf({ method = 'GET' }: JsonRequest): string {
  return method;
}

function requireOk({ status }: Response, request: JsonRequest): void {
  if (status === 200) return;
  const message = `${methodOf(request)} ${request.url}: status ${status}`;
  throw new CollectionError(reasonOfStatus(status), message, undefined, { status });
}

/** The status that a request failed with; undefined where there was no answer, or a good one. */
export function statusOf(error: unknown): number | undefined {
  const partial = error instanceof CollectionError ? error.partial : undefined;
  if (typeof partial !== 'object' || partial === null || !('status' in partial)) return undefined;
  return typeof partial.status === 'number' ? partial.status : undefined;
}

function reasonOfStatus(status: number): FailureReason {
  if (status >= 300 && status < 400) return 'redirect';
  return status === 401 || status === 403 ? 'auth' : 'status';
}

/** The body, read to at most so many bytes. @throws CollectionError `too_large` */
export async function readBody(response: Response, url: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > maxBytes) {
      throw new CollectionError('too_large', `GET ${url}: more than ${maxBytes} bytes`);
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks, bytes);
}

function parse(body: Buffer, url: string): unknown {
  const text = decode(body, url);
  try {
    const value: unknown = JSON.parse(text);
    return /\d{16}/.test(text) ? JSON.parse(quoteLongIntegers(text)) : value;
  } catch (cause) {
    throw new CollectionError('body', `GET ${url}: the body is not JSON`, { cause });
  }
}

function decode(body: Buffer, url: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new CollectionError('body', `GET ${url}: the body is not UTF-8`, { cause });
  }
}

/** Takes text that is known to be JSON; strings are matched so that digits in them stay as they are. */
function quoteLongIntegers(json: string): string {
  return json.replaceAll(/"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    /^\d{16,}$/.test(token) ? `"${token}"` : token,
  );
}

function describe(error: unknown, request: JsonRequest): CollectionError {
  if (error instanceof CollectionError) return error;
  const asked = `${methodOf(request)} ${request.url}`;
  if (request.signal.aborted) {
    return new CollectionError('timeout', `${asked}: no complete answer in time`, { cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = `${asked}: ${text.replace(/^request to \S+ failed, reason: /, '')}`;
  return new CollectionError(isNotHttp(error) ? 'protocol' : reasonOf(error), message, {
    cause: error,
  });
}

/** Codes of Node's HTTP parser. */
function isNotHttp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_');
}
