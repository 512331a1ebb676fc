import type { Response } from 'node-fetch';
import { ProbeFailure } from './probe-failure.js';

/** One request of a probe: the first, or one that a redirect asked for. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly body: string | undefined;
  /** The address that is dialled for it. */
  readonly address: string;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** A URL for messages: its query may hold a token. */
export function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?...'}`;
}

/** Where an answer sends on to; undefined where it is an answer in itself (a 304, a 300). */
export function redirectTo(response: Response): string | undefined {
  if (!redirectStatuses.has(response.status)) return undefined;
  const location = response.headers.get('location');
  if (location === null) throw new ProbeFailure('redirect', 'redirected without a Location');
  return location;
}

function resolveLocation(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href))
    throw new ProbeFailure('redirect', 'redirected to no URL');
  const url = new URL(location, from);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ProbeFailure('redirect', `redirected to ${url.protocol}`);
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/** Whether the request becomes a GET, as the fetch standard has it (HTTP-redirect fetch, step 12). */
function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}

/** The request that a redirect asks for. @throws ProbeFailure `redirect` */
export function nextHop(hop: Hop, location: string, status: number): Omit<Hop, 'address'> {
  const url = resolveLocation(hop.url, location);
  if (becomesGet(status, hop.method)) return { url, method: 'GET', body: undefined };
  return { url, method: hop.method, body: hop.body };
}
