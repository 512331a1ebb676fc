import type { Socket } from 'node:net';
import pg from 'pg';
import type { HostPort, SecretRef, TlsSettings } from '../../config/values.js';
import type { Secrets } from '../contract.js';
import { CollectionError } from '../failure.js';
import { readTlsMaterial } from '../http/tls-material.js';
import { ownSecret } from '../own-secret.js';
import { collectionError, leavesSessionUsable } from './errors.js';
import { FrameCheck } from './frames.js';
import { CheckedConnection, Dialler } from './wire.js';

/** How to reach one server. */
export interface ServerSettings {
  readonly address: HostPort;
  readonly database: string;
  readonly user: string;
  readonly password: SecretRef | undefined;
  readonly tls: TlsSettings | undefined;
  /** Whether the session is made read-only; one that is not keeps what the server has set. */
  readonly readOnly: boolean;
  /** Connect, statement and lock time-outs, in milliseconds. */
  readonly timeoutMs: number;
}

/** A warning or notice of the server. Its words may be in another language; the routine is not. */
export interface Notice {
  readonly routine: string;
  readonly message: string;
}
const maxNotices = 10;

interface Open {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly frames: FrameCheck;
  /** What the server said beside its answer since the last query. */
  readonly notices: Notice[];
}

/** One kept connection: made when first needed, re-made after any failure, never more than one. */
export class KeptConnection {
  private open: Open | undefined;
  private made = 0;
  private readonly dialler: Dialler;
  readonly server: string;

  constructor(
    private readonly settings: ServerSettings,
    private readonly secrets: Secrets,
  ) {
    this.server = `${settings.address.host}:${settings.address.port}`;
    this.dialler = new Dialler(settings.address);
  }

  /** Connections made so far, each with its log-in. */
  get connectionsMade(): number {
    return this.made;
  }

  /** Connects unless connected. @throws CollectionError */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.open !== undefined) return;
    const open = await this.guard(() => this.makeClient());
    this.open = open;
    open.client.on('error', () => this.discard(open));
    open.client.on('end', () => this.discard(open));
    open.client.on('notice', ({ routine = '', message = '' }) => {
      if (open.notices.length < maxNotices) open.notices.push({ routine, message });
    });
    await this.bounded(open, signal, () => open.client.connect());
    this.made += 1;
  }

  /**
   * Runs one statement on the kept connection. The connection survives a statement that the server
   * refused, and no other failure. @throws CollectionError
   */
  async query(
    text: string,
    values: readonly unknown[],
    signal: AbortSignal,
  ): Promise<Record<string, unknown>[]> {
    await this.connect(signal);
    const { open } = this;
    if (open === undefined)
      throw new CollectionError('connect', `PostgreSQL at ${this.server}: connection lost`);
    open.notices.length = 0;
    open.frames.begin();
    const result = await this.bounded(open, signal, () =>
      open.client.query<Record<string, unknown>>(text, [...values]),
    );
    return result.rows;
  }

  /** What the server said beside the answer to the last statement. */
  get notices(): readonly Notice[] {
    return this.open?.notices ?? [];
  }

  /** Ends the connection at once. */
  close(): void {
    if (this.open !== undefined) this.discard(this.open);
  }

  /** Nothing is taken from the environment (PGPASSWORD, PGOPTIONS) or from ~/.pgpass. */
  private async makeClient(): Promise<Open> {
    const { address, database, user, tls, readOnly, timeoutMs } = this.settings;
    const password = await this.readPassword();
    const ssl = tls === undefined ? false : await readTlsMaterial(tls);
    const socket = this.dialler.socket();
    const frames = new FrameCheck();
    const client = new pg.Client({
      // `pg` expects this name in the certificate, whatever `servername` says.
      host: tls?.serverName ?? address.host,
      port: address.port,
      database,
      user,
      password: () => password,
      ssl,
      connection: new CheckedConnection(socket, ssl, frames),
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      application_name: 'sensei',
      options: readOnly ? '-c default_transaction_read_only=on' : ' ',
    });
    return { client, socket, frames, notices: [] };
  }

  private async readPassword(): Promise<string> {
    const { password } = this.settings;
    if (password === undefined) return '';
    return ownSecret(this.secrets, password, `PostgreSQL at ${this.server}`);
  }

  private async guard<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (error) {
      throw collectionError(this.server, error);
    }
  }

  /** Runs a step that ends with the signal; on failure the socket goes. */
  private async bounded<Value>(
    open: Open,
    signal: AbortSignal,
    work: () => Promise<Value>,
  ): Promise<Value> {
    let release = (): void => {};
    const limit = new Promise<never>((_resolve, reject) => {
      release = this.watch(signal, reject);
    });
    try {
      return await Promise.race([work(), limit]);
    } catch (error) {
      if (!leavesSessionUsable(error)) this.discard(open);
      throw collectionError(this.server, error);
    } finally {
      release();
    }
  }

  /** Rejects at the deadline; answers with the way to stop watching. */
  private watch(signal: AbortSignal, reject: (error: Error) => void): () => void {
    const onAbort = () =>
      reject(
        new CollectionError('timeout', `PostgreSQL at ${this.server}: no answer by the deadline`),
      );
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    return () => signal.removeEventListener('abort', onAbort);
  }

  private discard(open: Open): void {
    if (this.open === open) this.open = undefined;
    open.socket.destroy();
  }
}
