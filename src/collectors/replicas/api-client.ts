import { existsSync } from 'node:fs';
import { Agent } from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import fetch, { type Response } from 'node-fetch';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';
import type { Access } from './targets.js';

/** What one asks of the API server. */
export interface ApiQuestion {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; with PATCH as a JSON merge patch. */
  readonly body?: object;
}

/** A request that the API server did not grant, with what it said. */
export class ApiError extends CollectionError {
  constructor(
    reason: FailureReason,
    message: string,
    readonly status: number | undefined,
    /** How long the server asks to be left alone, in milliseconds. */
    readonly retryAfterMs: number | undefined,
    options?: ErrorOptions,
  ) {
    super(reason, message, options);
  }
}

/** An answer whose body is still to be read. */
export interface ApiResponse {
  readonly response: Response;
  /** Where it was asked, for messages. */
  readonly url: string;
  /** Ends the connection. */
  close(): void;
}

const accountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const statusLimitBytes = 64 * 1024;

function reasonOfStatus(status: number): FailureReason {
  return status === 401 || status === 403 ? 'auth' : 'status';
}

/** What is read comes with 200 alone; what is made may be answered by 201, and what takes its time by 202. */
function isGranted(method: ApiQuestion['method'], status: number): boolean {
  return status === 200 || (method !== 'GET' && (status === 201 || status === 202));
}

function sentAs(
  method: ApiQuestion['method'],
  headers: Readonly<Record<string, string>>,
  body: object | undefined,
) {
  if (body === undefined) return { method };
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return { method, headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) };
}

function wordsOf(access: Access | undefined): string {
  if (access === undefined) return 'service account';
  const context = access.context === undefined ? '' : `, context ${access.context}`;
  return `kubeconfig ${access.file ?? process.env['KUBECONFIG'] ?? '~/.kube/config'}${context}`;
}

/** @throws Error that says what is missing, and where */
function load(config: KubeConfig, access: Access | undefined): void {
  if (access === undefined) {
    if (!existsSync(accountToken)) {
      throw new Error(
        `there is no ${accountToken}: outside of a pod give kubeconfig, inside of one mount the service account's token`,
      );
    }
    config.loadFromCluster();
    return;
  }
  if (access.file === undefined) config.loadFromDefault();
  else config.loadFromFile(access.file);
  if (access.context !== undefined) config.setCurrentContext(access.context);
  if (config.getCurrentCluster() === null) {
    const names = config.getContexts().map(({ name }) => name);
    throw new Error(
      `context ${JSON.stringify(config.getCurrentContext())} names no cluster; there are: ${names.join(', ') || 'none'}`,
    );
  }
}

/** What a Status object of the API says; the reason phrase where the body is none. */
async function messageOf(response: Response): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > statusLimitBytes) break;
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof body === 'object' && body !== null && 'message' in body) {
      return String(body.message).slice(0, 300);
    }
  } catch {
    // Proxies answer in HTML; the status says enough.
  }
  return response.statusText;
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 300) * 1000 : undefined;
}

/** Asks one API server, with the credentials of a kubeconfig or of the pod's service account. */
export class ApiClient {
  private config: Promise<KubeConfig> | undefined;

  constructor(private readonly access: Access | undefined) {}

  /**
   * GET of a path; the deadline is for the head of the answer.
   * @throws ApiError naming the URL: `auth` (401, 403), `status`, `timeout`, `connect`, `dns`, `tls`;
   * naming the kubeconfig: `internal` where it cannot be used
   */
  get(
    path: string,
    query: Readonly<Record<string, string>>,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    return this.ask({ method: 'GET', path, query }, deadlineMs, signal);
  }

  /**
   * The same for any method.
   * @throws ApiError as `get` does
   */
  async ask(
    { method, path, query = {}, body }: ApiQuestion,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const config = await this.load();
    const url = new URL(`${config.getCurrentCluster()!.server.replace(/\/$/, '')}${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    const shown = `${method} ${url.origin}${url.pathname}`;
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    const timer = setTimeout(abort, deadlineMs);
    let agent: Agent | undefined;
    const close = () => {
      signal.removeEventListener('abort', abort);
      attempt.abort();
      agent?.destroy();
    };
    try {
      const options = await this.authorised(config, attempt.signal);
      agent = options.agent;
      const response = await fetch(url, {
        ...options,
        ...sentAs(method, options.headers, body),
        redirect: 'manual',
        // Between here and the server something might hold back a stream to compress it.
        compress: query['watch'] === undefined,
        signal: attempt.signal,
      });
      if (!isGranted(method, response.status)) throw await this.refused(shown, response);
      clearTimeout(timer);
      return { response, url: shown, close };
    } catch (error) {
      clearTimeout(timer);
      const isLate = attempt.signal.aborted && !signal.aborted;
      close();
      throw describe(shown, error, isLate ? deadlineMs : undefined);
    }
  }

  private load(): Promise<KubeConfig> {
    this.config ??= loaded(this.access).catch((error: unknown) => {
      this.config = undefined;
      throw error;
    });
    return this.config;
  }

  /** Headers and agent; an exec plugin may have to be run for them. */
  private async authorised(config: KubeConfig, signal: AbortSignal) {
    const aborted = new Promise<never>((_resolve, reject) => {
      const fail = () => reject(new DOMException('deadline', 'TimeoutError'));
      if (signal.aborted) fail();
      else signal.addEventListener('abort', fail, { once: true });
    });
    const { agent, headers } = await Promise.race([config.applyToFetchOptions({}), aborted]);
    aborted.catch(() => undefined);
    const plain = Object.fromEntries(headers as unknown as Iterable<[string, string]>);
    return {
      ...(agent instanceof Agent && { agent }),
      headers: { ...plain, accept: 'application/json', 'user-agent': 'sensei-exporter' },
    };
  }

  private async refused(url: string, response: Response): Promise<ApiError> {
    const { status } = response;
    // A token may have been replaced: the next question reads it again.
    if (status === 401) this.config = undefined;
    const message = `${url}: status ${status}: ${await messageOf(response)}`;
    return new ApiError(reasonOfStatus(status), message, status, retryAfterOf(response));
  }
}

/** Loads the package: half a second in which nothing else goes on. */
export async function loadClient(): Promise<void> {
  await import('@kubernetes/client-node');
}

/** The package is large: it is loaded where a cluster is configured. */
async function loaded(access: Access | undefined): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  try {
    const config = new Config();
    load(config, access);
    return config;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(
      'internal',
      `${wordsOf(access)}: ${text.slice(0, 300)}`,
      undefined,
      undefined,
      { cause },
    );
  }
}

function describe(url: string, error: unknown, lateMs: number | undefined): CollectionError {
  if (error instanceof CollectionError) return error;
  if (lateMs !== undefined) {
    return new ApiError('timeout', `${url}: no answer within ${lateMs} ms`, undefined, undefined, {
      cause: error,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = `${url}: ${text.replace(/^request to \S+ failed, reason: /, '').slice(0, 300)}`;
  return new ApiError(reasonOf(error), message, undefined, undefined, { cause: error });
}
