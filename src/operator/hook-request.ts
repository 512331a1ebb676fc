import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import fetch, { Headers, type Response } from 'node-fetch';
import { readTlsMaterial } from '../collectors/http/tls-material.js';
import type { Secrets } from '../collectors/contract.js';
import type { Hook, HookHttp } from '../config/operations.js';
import { readAll, within, type HookAttempt, type Outcome } from './hook-attempt.js';
import { bodyOf, type HookContext } from './hook-context.js';
import { cutFromBytes } from './redact.js';

async function authorizationOf(
  { basicAuth, bearerToken }: HookHttp,
  secrets: Secrets,
): Promise<string | undefined> {
  if (bearerToken !== undefined) return `Bearer ${await secrets.read(bearerToken)}`;
  if (basicAuth === undefined) return undefined;
  const login = `${basicAuth.username}:${await secrets.read(basicAuth.password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

/** A value that no header can hold is told by its header's name: it may be a secret. */
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch (cause) {
    throw new Error(`the value of the header ${name} has a character that no header can have`, {
      cause,
    });
  }
}

async function headersOf(
  { name }: Hook,
  http: HookHttp,
  { execution }: HookContext,
  secrets: Secrets,
): Promise<Headers> {
  const authorization = await authorizationOf(http, secrets);
  const headers = new Headers();
  const fields: readonly (readonly [string, string])[] = [
    ['user-agent', 'sensei'],
    ['content-type', http.body === undefined ? 'application/json' : 'text/plain; charset=utf-8'],
    ['idempotency-key', `${execution}/${name}`],
    ...Object.entries(http.headers),
    ...(await readAll(http.secretHeaders, secrets)),
    ...(authorization === undefined ? [] : [['authorization', authorization] as const]),
  ];
  for (const [field, value] of fields) setHeader(headers, field, value);
  if (http.method === 'GET') headers.delete('content-type');
  return headers;
}

/** A connection of its own: what it was that failed is not left to a kept one. */
async function agentFor({ url, tls }: HookHttp): Promise<HttpAgent> {
  const material = await readTlsMaterial(tls);
  return new URL(url).protocol === 'https:' ? new HttpsAgent({ ...material }) : new HttpAgent();
}

/** The first of the body; the rest is not waited for. */
async function readBeginning({ body, status }: Response): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= cutFromBytes) break;
    }
  } catch (cause) {
    throw new Error(`status ${status}, but the answer broke off`, { cause });
  }
  return Buffer.concat(chunks).subarray(0, cutFromBytes).toString('utf8');
}

function detailOf(status: number): string {
  const isRedirect = status >= 300 && status < 400;
  return `status ${status}${isRedirect ? ', a redirect, which is not followed' : ''}`;
}

/** Makes the request of a hook. @throws Error where there was no complete answer, or a secret is missing */
export async function makeRequest(http: HookHttp, attempt: HookAttempt): Promise<Outcome> {
  const { hook, context, secrets, signal } = attempt;
  const headers = await within(signal, headersOf(hook, http, context, secrets));
  const agent = await within(signal, agentFor(http));
  try {
    const response = await fetch(http.url, {
      method: http.method,
      headers,
      ...(http.method !== 'GET' && { body: http.body ?? bodyOf(hook.name, context) }),
      agent,
      redirect: 'manual',
      compress: false,
      signal,
    });
    const output = await readBeginning(response);
    return { ok: response.ok, detail: detailOf(response.status), outputs: [output] };
  } finally {
    agent.destroy();
  }
}
