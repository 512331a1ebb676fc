import type { Instant } from '../../slo/observation.js';
import type { Clock } from '../contract.js';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';
import { readBody } from '../http/get-json.js';
import { ApiError, type ApiClient, type ApiResponse } from './api-client.js';
import { parseObject } from './parse.js';
import type { AnyRecord } from './records.js';
import { grantOf, pathOf, scopeWords, type Scope } from './resources.js';
import type { SyncTiming } from './targets.js';
import { linesOf } from './watch-lines.js';

/** Takes what was read. */
export interface ReflectorSink {
  /** Everything that there is. */
  replace(scope: Scope, records: readonly AnyRecord[], at: Instant): void;
  upsert(scope: Scope, record: AnyRecord): void;
  remove(scope: Scope, record: AnyRecord): void;
}

export interface SyncFailure {
  readonly reason: FailureReason;
  /** Names the scope and, for a missing right, the rule that would grant it. */
  readonly message: string;
  readonly isDenied: boolean;
  readonly at: Instant;
}

/** How one scope is kept up with. */
export interface SyncStatus {
  readonly scope: Scope;
  /** The last instant at which what is held is known to have been current; undefined before the first list. */
  readonly freshAt: Instant | undefined;
  /** Why it is not kept up with now; undefined while it is. */
  readonly failure: SyncFailure | undefined;
  /** Counts since the reflector began. */
  readonly lists: number;
  readonly watches: number;
  readonly events: number;
  readonly failures: ReadonlyMap<FailureReason, number>;
  /** Objects received by the list under way. */
  readonly listed: number;
}

/** Objects asked for at once: a page is parsed in one go, and must not hold everything up. */
const pageSize = 100;
/** Pages in a row without anything new: a page may be empty, a list must end. */
const maxBarrenPages = 100;
const maxPageBytes = 64 * 1024 * 1024;
const maxEventBytes = 4 * 1024 * 1024;
const maxObjects = 200_000;
/** A watch that lasted this long was no failure, however it ended. */
const soundMs = 5000;

interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** A text of an object; empty where there is none. */
function textOf(value: unknown, key: string): string {
  const found = field(value, key);
  return typeof found === 'string' ? found : '';
}

function parseLine(line: string, where: string): WatchEvent {
  try {
    const event: unknown = JSON.parse(line);
    return { type: textOf(event, 'type'), object: field(event, 'object') };
  } catch (cause) {
    throw new CollectionError('body', `${where}: an event is not JSON`, { cause });
  }
}

interface OpenWatch {
  readonly openedAt: Instant;
  heardAt: Instant;
  endedBecause: string | undefined;
  readonly end: (because: string) => void;
}

/** What was held is too old to go on from: everything is listed again. */
class Expired extends Error {}

function isExpired(error: unknown): boolean {
  return error instanceof Expired || (error instanceof ApiError && error.status === 410);
}

/**
 * Lists a scope, then watches it from there, for as long as it is open; begins again after every failure.
 * What it holds is replaced whole by a list, and never blanked before the next one is complete.
 */
export class Reflector {
  private readonly ended = new AbortController();
  private version = '';
  private freshAt: Instant | undefined;
  private failure: SyncFailure | undefined;
  private watch: OpenWatch | undefined;
  private failuresInRow = 0;
  private lists = 0;
  private watches = 0;
  private events = 0;
  private listed = 0;
  private readonly failures = new Map<FailureReason, number>();
  private wake: (() => void) | undefined;

  constructor(
    readonly scope: Scope,
    private readonly client: ApiClient,
    private readonly clock: Clock,
    private readonly timing: SyncTiming,
    private readonly sink: ReflectorSink,
    /** Called whenever the first list or the first failure is there. */
    private readonly settled: () => void,
  ) {}

  get status(): SyncStatus {
    const { scope, freshAt, failure, lists, watches, events, listed } = this;
    // A copy: what failed since is the difference from the one before.
    const failures = new Map(this.failures);
    return { scope, freshAt, failure, lists, watches, events, failures, listed };
  }

  start(): void {
    void this.run();
  }

  close(): void {
    this.ended.abort();
    this.watch?.end('the exporter is stopping');
    this.wake?.();
  }

  /** The API server answered a question that was asked then: a watch that was open before is current. */
  vouch(askedAt: Instant): void {
    const { watch } = this;
    if (watch === undefined || watch.openedAt.monoMs > askedAt.monoMs) return;
    this.freshAt = later(this.freshAt, askedAt);
  }

  /** The API server was away for a while: a watch that heard nothing since then may be dead. */
  distrust(since: Instant): void {
    if (this.watch !== undefined && this.watch.heardAt.monoMs < since.monoMs) {
      this.watch.end('the API server had been away');
    }
    this.wake?.();
  }

  private get isClosed(): boolean {
    return this.ended.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      try {
        if (this.version === '') await this.list();
        await this.follow();
        if (this.failuresInRow > 0) await this.pause(this.waitAfter(undefined, false));
      } catch (error) {
        if (this.isClosed) return;
        await this.failed(error);
      }
    }
  }

  private async failed(error: unknown): Promise<void> {
    if (isExpired(error)) this.version = '';
    const isDenied = error instanceof ApiError && error.status === 403;
    const reason = error instanceof CollectionError ? error.reason : reasonOf(error);
    const text = error instanceof Error ? error.message : String(error);
    // Being told to list again is no failure, unless it never ends.
    if (!isExpired(error) || this.failuresInRow > 0) {
      const grant = isDenied ? `; to grant it: ${grantOf(this.scope)}` : '';
      const message = `${scopeWords(this.scope)}: ${text}${grant}`;
      this.failure = { reason, message, isDenied, at: this.clock.now() };
      this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
      this.settled();
    }
    this.failuresInRow += 1;
    await this.pause(this.waitAfter(error, isDenied));
  }

  /** Twice as long after each failure, and never all at once. */
  private waitAfter(error: unknown, isDenied: boolean): number {
    const { backoffMs, longestBackoffMs, deniedMs } = this.timing;
    if (isDenied) return deniedMs;
    const doubled = backoffMs * 2 ** Math.min(10, this.failuresInRow - 1);
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(asked, Math.min(longestBackoffMs, doubled) * (0.5 + Math.random() / 2));
  }

  private async pause(ms: number): Promise<void> {
    if (this.isClosed) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.wake = undefined;
  }

  /** Everything that there is, page by page, of one instant. */
  private async list(): Promise<void> {
    const { labelSelector } = this.scope;
    const records = new Map<string, AnyRecord>();
    let token = '';
    let version = '';
    const startedAt = this.clock.now();
    let barren = 0;
    this.listed = 0;
    for (let page = 0; page === 0 || token !== ''; page += 1) {
      if (barren >= maxBarrenPages || records.size > maxObjects) {
        throw new CollectionError(
          'too_large',
          `the list does not end: ${records.size} objects so far`,
        );
      }
      const body = await this.page({
        limit: String(pageSize),
        ...(labelSelector !== undefined && { labelSelector }),
        ...(token !== '' && { continue: token }),
      });
      const metadata = field(body, 'metadata');
      version = textOf(metadata, 'resourceVersion');
      token = textOf(metadata, 'continue');
      this.keepPage(body, records);
      barren = records.size > this.listed ? 0 : barren + 1;
      this.listed = records.size;
    }
    if (version === '' || version === '0') {
      throw new CollectionError('body', 'the list has no resourceVersion to watch from');
    }
    this.sink.replace(this.scope, [...records.values()], this.clock.now());
    this.version = version;
    this.lists += 1;
    this.listed = 0;
    this.freshAt = later(this.freshAt, startedAt);
  }

  private keepPage(body: unknown, records: Map<string, AnyRecord>): void {
    const items = field(body, 'items') ?? [];
    if (!Array.isArray(items)) throw new CollectionError('body', 'the list has no items');
    const at = this.clock.now();
    for (const item of items) {
      const record = this.parsed(item, at);
      records.set(`${record.namespace}/${record.name}`, record);
    }
  }

  private async page(query: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = await this.ask(query);
    // A body that trickles in for ever ends here too.
    const timer = setTimeout(() => answer.close(), this.timing.answerMs * 10);
    try {
      const body = await readBody(answer.response, answer.url, maxPageBytes);
      return JSON.parse(body.toString('utf8')) as unknown;
    } catch (cause) {
      if (cause instanceof CollectionError) throw cause;
      const isJson = cause instanceof SyntaxError;
      throw new CollectionError(
        isJson ? 'body' : 'connect',
        `${answer.url}: ${isJson ? 'the body is not JSON' : 'the answer broke off'}`,
        { cause },
      );
    } finally {
      clearTimeout(timer);
      answer.close();
    }
  }

  private ask(query: Readonly<Record<string, string>>): Promise<ApiResponse> {
    return this.client.get(pathOf(this.scope), query, this.timing.answerMs, this.ended.signal);
  }

  private parsed(raw: unknown, at: Instant): AnyRecord {
    try {
      return parseObject(this.scope.resource, raw, at);
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new CollectionError('body', text, { cause });
    }
  }

  /** Watches until the server ends it, or it breaks. */
  private async follow(): Promise<void> {
    const { labelSelector } = this.scope;
    const { watchMs, silenceMs } = this.timing;
    const openedAt = this.clock.now();
    const answer = await this.ask({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.version,
      timeoutSeconds: String(Math.ceil((watchMs * (0.8 + Math.random() / 5)) / 1000)),
      ...(labelSelector !== undefined && { labelSelector }),
    });
    this.watches += 1;
    this.opened(openedAt, answer);
    const silence = setTimeout(
      () => this.watch?.end(`nothing was heard for ${silenceMs} ms`),
      silenceMs,
    );
    try {
      const chunks = this.heard(answer.response.body ?? [], silence);
      for await (const line of linesOf(chunks, answer.url, maxEventBytes)) {
        this.take(parseLine(line, answer.url));
      }
    } catch (cause) {
      throw this.describeEnd(cause, answer.url);
    } finally {
      clearTimeout(silence);
      this.closed(openedAt);
      answer.close();
    }
  }

  /** Notes that something came in, before anything is made of it. */
  private async *heard(
    chunks: AsyncIterable<unknown> | Iterable<unknown>,
    silence: NodeJS.Timeout,
  ): AsyncGenerator {
    for await (const chunk of chunks) {
      silence.refresh();
      if (this.watch !== undefined) this.watch.heardAt = this.clock.now();
      yield chunk;
    }
  }

  private describeEnd(cause: unknown, url: string): unknown {
    if (cause instanceof CollectionError || cause instanceof Expired) return cause;
    const { endedBecause } = this.watch ?? {};
    return endedBecause === undefined
      ? new CollectionError('connect', `${url}: the watch broke off`, { cause })
      : new CollectionError('timeout', `${url}: ${endedBecause}`, { cause });
  }

  private opened(openedAt: Instant, answer: ApiResponse): void {
    const watch: OpenWatch = {
      openedAt,
      heardAt: this.clock.now(),
      endedBecause: undefined,
      end: (because) => {
        watch.endedBecause = because;
        answer.close();
      },
    };
    this.watch = watch;
    this.freshAt = later(this.freshAt, openedAt);
    this.failure = undefined;
    this.settled();
  }

  private closed(openedAt: Instant): void {
    this.watch = undefined;
    const isSound = this.clock.now().monoMs - openedAt.monoMs >= soundMs;
    // A server that ends every watch at once is not asked again at once.
    this.failuresInRow = isSound ? 0 : this.failuresInRow + 1;
  }

  private take({ type, object }: WatchEvent): void {
    const at = this.clock.now();
    if (type === 'ERROR') throw this.errorOf(object);
    if (type === 'BOOKMARK') {
      this.advance(field(field(object, 'metadata'), 'resourceVersion'), at);
      return;
    }
    if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return;
    const record = this.parsed(object, at);
    this.events += 1;
    this.failuresInRow = 0;
    if (type === 'DELETED') this.sink.remove(this.scope, record);
    else this.sink.upsert(this.scope, record);
    this.advance(record.resourceVersion, at);
  }

  private advance(version: unknown, at: Instant): void {
    if (typeof version === 'string' && version !== '') this.version = version;
    this.freshAt = later(this.freshAt, at);
  }

  private errorOf(status: unknown): Error {
    const message = textOf(status, 'message').slice(0, 300) || 'the watch failed';
    const code = Number(field(status, 'code') ?? 0);
    const reason = field(status, 'reason');
    if (code === 410 || reason === 'Expired' || reason === 'Gone') return new Expired(message);
    return new ApiError('status', `the watch ended: ${code} ${message}`, code, undefined);
  }
}

function later(known: Instant | undefined, at: Instant): Instant {
  return known === undefined || at.monoMs > known.monoMs ? at : known;
}
