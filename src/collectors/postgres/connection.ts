import { Socket } from 'node:net';
import pg from 'pg';
import type { HostPort, SecretRef, TlsSettings } from '../../config/values.js';
import type { Secrets } from '../contract.js';
import { CollectionError } from '../failure.js';
import { readTlsMaterial } from '../http/tls-material.js';
import { collectionError } from './errors.js';

/** How to reach one server. */
export interface ServerSettings {
  readonly address: HostPort;
  readonly database: string;
  readonly user: string;
  readonly password: SecretRef | undefined;
  readonly tls: TlsSettings | undefined;
  /** Whether the session may write. */
  readonly readOnly: boolean;
  /** Connect, statement and lock time-outs, in milliseconds. */
  readonly timeoutMs: number;
}

/** Bytes that one server may send in one collection. */
const maxBytes = 4 * 1024 * 1024;
const sizeCheckMs = 10;

interface Open {
  readonly client: pg.Client;
  readonly socket: Socket;
  /** Warnings of the server since the last query. */
  readonly warnings: string[];
}

/** One kept connection: made when first needed, re-made after any failure, never more than one. */
export class KeptConnection {
  private open: Open | undefined;
  readonly server: string;

  constructor(
    private readonly settings: ServerSettings,
    private readonly secrets: Secrets,
  ) {
    this.server = `${settings.address.host}:${settings.address.port}`;
  }

  /** Whether the next query uses a connection that is already there. */
  get isOpen(): boolean {
    return this.open !== undefined;
  }

  /** Connects unless connected. @throws CollectionError */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.open !== undefined) return;
    const open = await this.guard(() => this.makeClient());
    this.open = open;
    open.client.on('error', () => this.discard(open));
    open.client.on('end', () => this.discard(open));
    open.client.on('notice', ({ severity, message }) => {
      if (severity === 'WARNING' && open.warnings.length < 10) open.warnings.push(message ?? '');
    });
    await this.bounded(open, signal, () => open.client.connect());
  }

  /** Runs one statement on the kept connection. Any failure ends the connection. @throws CollectionError */
  async query(
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Record<string, unknown>[]> {
    await this.connect(signal);
    const { open } = this;
    if (open === undefined)
      throw new CollectionError('connect', `PostgreSQL at ${this.server}: connection lost`);
    open.warnings.length = 0;
    const result = await this.bounded(open, signal, () =>
      open.client.query<Record<string, unknown>>(text, [...values]),
    );
    return result.rows;
  }

  /** Warnings that the server sent with the last statement. */
  get warnings(): readonly string[] {
    return this.open?.warnings ?? [];
  }

  /** Ends the connection at once. */
  close(): void {
    if (this.open !== undefined) this.discard(this.open);
  }

  private async makeClient(): Promise<Open> {
    const { address, database, user, password, tls, readOnly, timeoutMs } = this.settings;
    const socket = new Socket();
    const client = new pg.Client({
      host: address.host,
      port: address.port,
      database,
      user,
      ...(password !== undefined && { password: await this.secrets.read(password) }),
      ssl: tls === undefined ? false : await readTlsMaterial(tls),
      stream: () => socket,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      application_name: 'sensei',
      keepAlive: true,
      options: `-c default_transaction_read_only=${readOnly ? 'on' : 'off'}`,
    });
    return { client, socket, warnings: [] };
  }

  private async guard<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw collectionError(this.server, error);
    }
  }

  /** Runs a step that ends with the signal and within the size limit; on failure the socket goes. */
  private async bounded<Value>(
    open: Open,
    signal: AbortSignal,
    work: () => Promise<Value>,
  ): Promise<Value> {
    let release = (): void => {};
    const limit = new Promise<never>((_resolve, reject) => {
      release = this.watch(open, signal, reject);
    });
    try {
      return await Promise.race([work(), limit]);
    } catch (error) {
      this.discard(open);
      throw collectionError(this.server, error);
    } finally {
      release();
    }
  }

  /** Rejects at the deadline and past the size limit; answers with the way to stop watching. */
  private watch(open: Open, signal: AbortSignal, reject: (error: Error) => void): () => void {
    const fail = (reason: 'timeout' | 'too_large', what: string) =>
      reject(new CollectionError(reason, `PostgreSQL at ${this.server}: ${what}`));
    const onAbort = () => fail('timeout', 'no answer by the deadline');
    const fromBytes = open.socket.bytesRead;
    const sizeCheck = setInterval(() => {
      if (open.socket.bytesRead - fromBytes > maxBytes)
        fail('too_large', `more than ${maxBytes} bytes`);
    }, sizeCheckMs);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => {
      clearInterval(sizeCheck);
      signal.removeEventListener('abort', onAbort);
    };
  }

  private discard(open: Open): void {
    if (this.open === open) this.open = undefined;
    open.socket.destroy();
  }
}
