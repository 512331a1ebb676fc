import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { Mutex } from '../mutex.js';
import type { Tables } from '../tables.js';
import { within } from '../within.js';

const int8 = 20;
/** Of connecting, and of every statement, in milliseconds. */
const timeoutMs = 5000;
/** Longest wait for the server's goodbye, in milliseconds: it may be gone. */
const closeMs = 2000;

/** Whole numbers of 64 bits as numbers: times and counts are far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format),
};

/**
 * One session of the database, used by one at a time. It is not opened again once lost: what it held,
 * the right to write above all, is lost with it.
 */
export class Session {
  readonly db: Kysely<Tables>;
  private readonly mutex = new Mutex();
  private lost: Error | undefined;

  private constructor(private readonly client: pg.Client) {
    client.on('error', (error) => (this.lost ??= error));
    client.on('end', () => (this.lost ??= new Error('the connection has ended')));
    this.db = new Kysely<Tables>({
      dialect: new PostgresDialect({
        pool: { connect: () => this.take(), end: () => Promise.resolve() },
      }),
    });
  }

  /** @throws Error when the server cannot be reached or refuses */
  static async open(url: string, application: string): Promise<Session> {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + 1000,
      lock_timeout: timeoutMs,
      idle_in_transaction_session_timeout: timeoutMs,
      keepAlive: true,
      application_name: application,
      types,
    });
    const session = new Session(client);
    await client.connect();
    // A host that died without a word is noticed within some five seconds; its locks are free then.
    // The user timeout overrides the count of keepalives.
    await client.query(
      'SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 5000',
    );
    return session;
  }

  get isLost(): boolean {
    return this.lost !== undefined;
  }

  async query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const { rows } = await this.client.query<Record<string, unknown>>(sql, values);
    return rows;
  }

  async close(): Promise<void> {
    this.lost ??= new Error('the store was closed');
    await within(this.client.end(), closeMs);
    this.client.connection.stream.destroy();
  }

  private async take() {
    await this.mutex.lock();
    if (this.lost !== undefined) {
      this.mutex.unlock();
      throw this.lost;
    }
    return {
      query: this.client.query.bind(this.client),
      release: () => this.mutex.unlock(),
    } as never;
  }
}
