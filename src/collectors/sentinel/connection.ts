import { Redis } from 'ioredis';
import type { HostPort, SecretRef, TlsSettings } from '../../config/values.js';
import type { Secrets } from '../contract.js';
import { CollectionError } from '../failure.js';
import { readTlsMaterial } from '../http/tls-material.js';
import { ownSecret } from '../own-secret.js';
import { collectionError } from './errors.js';

/** How to log in to a Redis server or Sentinel. */
export interface RedisLogin {
  readonly username: string | undefined;
  readonly password: SecretRef | undefined;
  readonly tls: TlsSettings | undefined;
  /** Connect time-out, in milliseconds. */
  readonly timeoutMs: number;
}

/** What a command answered: a value, or the server's error reply. */
export type Reply = { readonly value: unknown } | { readonly error: string };

/** Bytes that one server may send in answer to one batch. */
const maxBytes = 2 * 1024 * 1024;
const sizeCheckMs = 10;

/** Options of a connection that makes no decision of its own: it neither queues nor retries. */
export async function redisOptions(address: HostPort, login: RedisLogin, secrets: Secrets) {
  const { username, password, tls, timeoutMs } = login;
  return {
    host: address.host,
    port: address.port,
    ...(username !== undefined && { username }),
    ...(password !== undefined && {
      password: await ownSecret(secrets, password, `Redis at ${address.host}:${address.port}`),
    }),
    ...(tls !== undefined && { tls: await readTlsMaterial(tls) }),
    // RESP2 is understood by every version; RESP3 answers in maps where RESP2 has lists.
    protocol: 2 as const,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    connectionName: 'sensei',
  };
}

/** One kept connection: made when first needed, re-made after any failure, never more than one. */
export class KeptRedis {
  private client: Redis | undefined;
  readonly server: string;

  constructor(
    private readonly address: HostPort,
    private readonly login: RedisLogin,
    private readonly secrets: Secrets,
  ) {
    this.server = `${address.host}:${address.port}`;
  }

  get isOpen(): boolean {
    return this.client !== undefined;
  }

  /** Connects unless connected. @throws CollectionError */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.client !== undefined) return;
    const client = await this.makeClient();
    this.client = client;
    let lastError: unknown;
    client.on('error', (error: unknown) => void (lastError ??= error));
    client.on('end', () => this.discard(client));
    await this.bounded(client, signal, async () => {
      try {
        await client.connect();
      } catch (error) {
        throw lastError ?? error;
      }
      if (lastError !== undefined) throw lastError;
    });
  }

  /**
   * Sends commands in one batch. An error reply is an answer; anything else that goes wrong ends the
   * connection. @throws CollectionError
   */
  async ask(commands: readonly (readonly string[])[], signal: AbortSignal): Promise<Reply[]> {
    await this.connect(signal);
    const { client } = this;
    if (client === undefined)
      throw new CollectionError('connect', `Redis at ${this.server}: connection lost`);
    return this.bounded(client, signal, async () => {
      const replies = await Promise.allSettled(
        commands.map(([name = '', ...parameters]) => client.call(name, ...parameters)),
      );
      return replies.map((reply) => this.replyOf(reply));
    });
  }

  /** Ends the connection at once. */
  close(): void {
    if (this.client !== undefined) this.discard(this.client);
  }

  private replyOf(reply: PromiseSettledResult<unknown>): Reply {
    if (reply.status === 'fulfilled') return { value: reply.value };
    const reason: unknown = reply.reason;
    if (reason instanceof Error && reason.name === 'ReplyError') return { error: reason.message };
    throw reason;
  }

  private async makeClient(): Promise<Redis> {
    try {
      const options = await redisOptions(this.address, this.login, this.secrets);
      return new Redis({ ...options, retryStrategy: () => null });
    } catch (error) {
      throw collectionError(this.server, error);
    }
  }

  /** Runs a step that ends with the signal and within the size limit; on failure the socket goes. */
  private async bounded<Value>(
    client: Redis,
    signal: AbortSignal,
    work: () => Promise<Value>,
  ): Promise<Value> {
    let release = (): void => {};
    const limit = new Promise<never>((_resolve, reject) => {
      release = this.watch(client, signal, reject);
    });
    const working = work();
    try {
      return await Promise.race([working, limit]);
    } catch (error) {
      working.catch(() => {});
      this.discard(client);
      throw collectionError(this.server, error);
    } finally {
      release();
    }
  }

  /** Rejects at the deadline and past the size limit; answers with the way to stop watching. */
  private watch(client: Redis, signal: AbortSignal, reject: (error: Error) => void): () => void {
    const fail = (reason: 'timeout' | 'too_large', what: string) =>
      reject(new CollectionError(reason, `Redis at ${this.server}: ${what}`));
    const onAbort = () => fail('timeout', 'no answer by the deadline');
    const fromBytes = client.stream?.bytesRead ?? 0;
    const sizeCheck = setInterval(() => {
      if ((client.stream?.bytesRead ?? 0) - fromBytes > maxBytes)
        fail('too_large', `more than ${maxBytes} bytes`);
    }, sizeCheckMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => {
      clearInterval(sizeCheck);
      signal.removeEventListener('abort', onAbort);
    };
  }

  private discard(client: Redis): void {
    if (this.client === client) this.client = undefined;
    client.disconnect();
    client.stream?.destroy();
  }
}
