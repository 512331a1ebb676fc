import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  asked,
  bookmarkText,
  eventText,
  forbidden,
  listText,
  matchesLabels,
  statusOf,
  tooOld,
  type Asked,
  type Status,
} from './api-answers.js';
import {
  resources,
  type Change,
  type KubeObject,
  type ObjectStore,
  type ResourceName,
} from './object-store.js';

export interface ApiServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Tokens that are accepted; everybody is let in without it. */
  readonly tokens?: Set<string>;
  /** Time between two bookmarks of a watch, in milliseconds; the real one has a minute. */
  readonly bookmarkMs?: number;
}

/** What goes wrong, and how often or how long. Everything can be changed while the server runs. */
export interface ApiFaults {
  /** 429 with Retry-After, so many times. */
  tooManyRequests: { times: number; retryAfterSeconds: number };
  /** Another status, so many times. */
  status: { times: number; code: number };
  /** Before each answer, in milliseconds. */
  delayMs: number;
  /** Connections are accepted, and never answered. */
  isFrozen: boolean;
  /** Watches stay open and say nothing. */
  areWatchesFrozen: boolean;
  /** The next watches are told that their version is too old: by an event, or by the status 410. */
  tooOld: { times: number; how: 'event' | 'status' };
  noBookmarks: boolean;
  /** Every event is sent twice. */
  areEventsDoubled: boolean;
  /** Lists go on for ever. */
  isListEndless: boolean;
}

export interface ApiRequest {
  readonly verb: 'list' | 'watch' | 'get' | 'other';
  readonly resource: ResourceName | undefined;
  readonly path: string;
  readonly query: string;
  readonly isAuthenticated: boolean;
  /** The bearer token that came with it. */
  readonly token: string | undefined;
  readonly method: string;
}

/** What somebody writes, or reads of a single object. */
export interface Write {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

export interface Written {
  readonly code: number;
  readonly body: object;
}

/** Answers what it knows; undefined for all else. */
export type Extension = (write: Write) => Written | undefined;

interface Watch {
  readonly resource: ResourceName;
  readonly namespace: string;
  readonly selector: string;
  readonly response: ServerResponse;
  /** Changes that were held back while watches were frozen. */
  held: string[];
  readonly end: () => void;
}

interface Page {
  readonly resource: ResourceName;
  readonly revision: number;
  readonly items: readonly KubeObject[];
  readonly from: number;
}

const user = 'system:serviceaccount:sensei-monitoring:sensei-exporter';
const requestsKept = 20_000;
const missing = 'the server could not find the requested resource';

/** A list/watch API server over a store, that behaves as the real one does, at its worst too. */
export class ApiServer {
  readonly faults: ApiFaults = {
    tooManyRequests: { times: 0, retryAfterSeconds: 1 },
    status: { times: 0, code: 503 },
    delayMs: 0,
    isFrozen: false,
    areWatchesFrozen: false,
    tooOld: { times: 0, how: 'event' },
    noBookmarks: false,
    areEventsDoubled: false,
    isListEndless: false,
  };
  /** Who may do what; everything when undefined. */
  allow: ((request: Asked) => boolean) | undefined;
  /** What is served beside lists and watches; nothing is written without. */
  readonly extensions: Extension[] = [];
  readonly requests: ApiRequest[] = [];
  /** Bookmarks that watches of nodes were sent. */
  nodeBookmarks = 0;
  private readonly server: Server;
  private readonly watches = new Set<Watch>();
  private readonly sockets = new Set<Socket>();
  private readonly pages = new Map<string, Page>();
  private readonly stopListening: () => void;
  private port = 0;
  private pageNumber = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly options: ApiServerOptions = {},
  ) {
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.handle(request, response).catch(() => response.destroy());
    this.server =
      options.tls === undefined ? createServer(handle) : createSecureServer(options.tls, handle);
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.stopListening = store.onChange((change) => this.tell(change));
  }

  get url(): string {
    return `${this.options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  get openWatches(): number {
    return this.watches.size;
  }

  /** Listens, on the port that it had before where there was one. */
  async start(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Connections are refused until it is started again. */
  async refuse(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.resetConnections();
    await closed;
  }

  async stop(): Promise<void> {
    this.stopListening();
    if (this.server.listening) await this.refuse();
  }

  /** Every connection ends at once, without a word. */
  resetConnections(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Every watch ends as it does at its timeout. */
  endWatches(): void {
    for (const { end } of this.watches) end();
  }

  /** Every watch sends a piece of text, then ends. */
  endWatchesWith(text: string): void {
    for (const { response, end } of this.watches) {
      response.write(text);
      end();
    }
  }

  /** Every watch sends a piece of text, and goes on. */
  sayToWatches(text: string, resource?: ResourceName): void {
    for (const watch of this.watches) {
      if (resource === undefined || watch.resource === resource) watch.response.write(text);
    }
  }

  /** What was held back while watches were frozen is sent. */
  thawWatches(): void {
    this.faults.areWatchesFrozen = false;
    for (const watch of this.watches) {
      for (const text of watch.held) watch.response.write(text);
      watch.held = [];
    }
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const route = routeOf(url);
    this.note(request, url, route);
    if (this.faults.isFrozen) return;
    if (this.faults.delayMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.faults.delayMs));
    }
    const refusal = this.refusalOf(request, route);
    if (refusal !== undefined) return refuse(response, refusal.status, refusal.retryAfterSeconds);
    if (url.pathname === '/version') {
      return answer(response, JSON.stringify({ major: '1', minor: '32', gitVersion: 'v1.32.0' }));
    }
    const written = await this.extended(request, url);
    if (written !== undefined) {
      response.statusCode = written.code;
      return answer(response, JSON.stringify(written.body));
    }
    if (request.method !== 'GET') {
      return refuse(response, statusOf(404, 'NotFound', missing));
    }
    if (/^\/(?:livez|readyz|healthz)$/.test(url.pathname)) return answer(response, 'ok');
    if (route === undefined) {
      return refuse(response, statusOf(404, 'NotFound', missing));
    }
    if (route.verb === 'watch') return this.watch(route, url.searchParams, response);
    return this.list(route, url.searchParams, response);
  }

  private async extended(request: IncomingMessage, url: URL): Promise<Written | undefined> {
    if (this.extensions.length === 0) return undefined;
    const { method = 'GET' } = request;
    const sent = method === 'GET' ? '' : await text(request);
    const body: unknown = sent === '' ? {} : JSON.parse(sent);
    for (const extension of this.extensions) {
      const written = extension({ method, url, body });
      if (written !== undefined) return written;
    }
    return undefined;
  }

  private note(request: IncomingMessage, url: URL, route: Asked | undefined): void {
    this.requests.push({
      verb: route?.verb ?? 'other',
      resource: route?.resource,
      path: url.pathname,
      query: url.search,
      isAuthenticated: request.headers.authorization !== undefined,
      token: bearerOf(request),
      method: request.method ?? 'GET',
    });
    if (this.requests.length > requestsKept) this.requests.shift();
  }

  private refusalOf(request: IncomingMessage, route: Asked | undefined) {
    const { tooManyRequests, status } = this.faults;
    if (tooManyRequests.times > 0) {
      tooManyRequests.times -= 1;
      const { retryAfterSeconds } = tooManyRequests;
      return { status: statusOf(429, 'TooManyRequests', 'too many requests'), retryAfterSeconds };
    }
    if (status.times > 0) {
      status.times -= 1;
      return { status: statusOf(status.code, 'InternalError', 'the server is not able to answer') };
    }
    const token = bearerOf(request);
    const { tokens } = this.options;
    if (tokens !== undefined && (token === undefined || !tokens.has(token))) {
      return { status: statusOf(401, 'Unauthorized', 'Unauthorized') };
    }
    if (request.method !== 'GET' && this.extensions.length === 0) {
      return { status: statusOf(405, 'MethodNotAllowed', 'only reading is allowed') };
    }
    if (route !== undefined && this.allow?.(route) === false) {
      return { status: forbidden(user, route) };
    }
    return undefined;
  }

  private select(resource: ResourceName, namespace: string, selector: string): KubeObject[] {
    return this.store.list(resource).filter((object) => isSelected(object, namespace, selector));
  }

  /** One page of the objects of one instant: what changes meanwhile is in none of them. */
  private list({ resource, namespace }: Asked, query: URLSearchParams, response: ServerResponse) {
    const limit = Number(query.get('limit') ?? 0);
    const token = query.get('continue');
    const page =
      token === null ? this.firstPage(resource, namespace, query) : this.pages.get(token);
    if (page === undefined || page.revision < this.store.compactedRevision) {
      const message =
        'The provided continue parameter is too old to display a consistent list result.';
      return refuse(response, statusOf(410, 'Expired', message, { continue: 'inconsistent' }));
    }
    const { items, from, revision } = page;
    const isWhole = limit === 0 || query.get('resourceVersion') === '0';
    const shown = isWhole ? items : items.slice(from, from + limit);
    const left = items.length - from - shown.length;
    const next = this.faults.isListEndless
      ? this.keepPage({ ...page, from: 0 })
      : left > 0
        ? this.keepPage({ ...page, from: from + limit })
        : undefined;
    const metadata = {
      resourceVersion: String(revision),
      ...(next !== undefined && { continue: next, remainingItemCount: left }),
    };
    const { kind, groupVersion } = resources[resource];
    const head = JSON.stringify({ kind: `${kind}List`, apiVersion: groupVersion, metadata });
    answer(response, `${head.slice(0, -1)},"items":[${shown.map(listText).join(',')}]}`);
  }

  private firstPage(resource: ResourceName, namespace: string, query: URLSearchParams): Page {
    const items = this.select(resource, namespace, query.get('labelSelector') ?? '');
    return { resource, revision: this.store.revision, items, from: 0 };
  }

  private keepPage(page: Page): string {
    const token = Buffer.from(`page-${(this.pageNumber += 1)}`).toString('base64');
    this.pages.set(token, page);
    return token;
  }

  private watch({ resource, namespace }: Asked, query: URLSearchParams, response: ServerResponse) {
    const { tooOld: fault } = this.faults;
    const selector = query.get('labelSelector') ?? '';
    const since = Number(query.get('resourceVersion') ?? 0);
    if (fault.times > 0 && fault.how === 'status') {
      fault.times -= 1;
      return refuse(response, tooOld(since, this.store.revision));
    }
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const changes = since === 0 ? [] : this.store.changesSince(resource, since);
    if (changes === undefined || fault.times > 0) {
      if (fault.times > 0) fault.times -= 1;
      const object = tooOld(since, this.store.compactedRevision);
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const watch = this.keepWatch(resource, namespace, selector, query, response);
    if (since === 0) {
      for (const object of this.select(resource, namespace, selector)) {
        response.write(eventText('ADDED', object));
      }
    }
    for (const change of changes) this.send(watch, change);
  }

  private keepWatch(
    resource: ResourceName,
    namespace: string,
    selector: string,
    query: URLSearchParams,
    response: ServerResponse,
  ): Watch {
    const timers: NodeJS.Timeout[] = [];
    const forget = () => {
      for (const timer of timers) clearInterval(timer);
      this.watches.delete(watch);
    };
    const end = () => {
      forget();
      response.end();
    };
    const watch: Watch = { resource, namespace, selector, response, held: [], end };
    const timeoutSeconds = Number(query.get('timeoutSeconds') ?? 1800);
    timers.push(setTimeout(end, timeoutSeconds * 1000));
    if (query.get('allowWatchBookmarks') === 'true') {
      timers.push(setInterval(() => this.bookmark(watch), this.options.bookmarkMs ?? 60_000));
    }
    response.on('close', forget);
    response.on('error', forget);
    this.watches.add(watch);
    return watch;
  }

  private bookmark({ resource, response }: Watch): void {
    if (this.faults.noBookmarks || this.faults.areWatchesFrozen) return;
    response.write(bookmarkText(resource, this.store.revision));
    if (resource === 'nodes') this.nodeBookmarks += 1;
  }

  private tell(change: Change): void {
    for (const watch of this.watches) {
      if (watch.resource === change.resource) this.send(watch, change);
    }
  }

  /** To who selects, what no longer fits was deleted, and what begins to fit was added. */
  private send(watch: Watch, { type, object, previous }: Change): void {
    const { namespace, selector, response } = watch;
    const fits = isSelected(object, namespace, selector);
    const fitted = previous !== undefined && isSelected(previous, namespace, selector);
    const told =
      type === 'MODIFIED'
        ? fits
          ? fitted
            ? type
            : 'ADDED'
          : fitted
            ? 'DELETED'
            : undefined
        : type;
    if (told === undefined || (type !== 'MODIFIED' && !fits)) return;
    const text = eventText(told, object).repeat(this.faults.areEventsDoubled ? 2 : 1);
    if (this.faults.areWatchesFrozen) watch.held.push(text);
    else response.write(text);
  }
}

function isSelected({ metadata }: KubeObject, namespace: string, selector: string): boolean {
  const isHere = namespace === '' || metadata.namespace === namespace;
  return isHere && matchesLabels(selector, metadata.labels ?? {});
}

const names = Object.keys(resources) as ResourceName[];

/** What a path asks for; undefined where it is no collection that is served. */
function routeOf({ pathname, searchParams }: URL): Asked | undefined {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))\/(?:namespaces\/([^/]+)\/)?([a-z]+)$/.exec(
    pathname,
  );
  if (match === null) return undefined;
  const [, core, grouped, namespace = '', plural] = match;
  const resource = names.find(
    (name) => name === plural && resources[name].groupVersion === (core ?? grouped),
  );
  if (resource === undefined) return undefined;
  const isWatch = ['true', '1'].includes(searchParams.get('watch') ?? '');
  return asked(isWatch ? 'watch' : 'list', resource, decodeURIComponent(namespace));
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
}

function answer(response: ServerResponse, text: string): void {
  response.setHeader('content-type', text === 'ok' ? 'text/plain' : 'application/json');
  response.end(text);
}

function refuse(response: ServerResponse, status: Status, retryAfterSeconds?: number): void {
  response.statusCode = status.code;
  response.setHeader('content-type', 'application/json');
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  response.end(JSON.stringify(status));
}
