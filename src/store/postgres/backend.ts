import type { Kysely } from 'kysely';
import { migrate } from '../migrations.js';
import type { Backend } from '../backend.js';
import type { Purpose } from '../purpose.js';
import type { Tables } from '../tables.js';
import { Session } from './session.js';

const schema = 'sensei_store';
const uniqueViolation = '23505';

/** What the server has set stays where it is as strong or stronger. */
const durably = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')`;

/** Host, port and database of a URL: all of it that may be shown. */
export function describeUrl(url: string): string {
  if (!URL.canParse(url)) return 'postgresql://(not a URL)';
  const { hostname, port, pathname } = new URL(url);
  return `postgresql://${hostname}:${port === '' ? 5432 : port}${pathname}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const remedies: Readonly<Record<string, string>> = {
  '28P01': 'the password is refused: see the URL that store.postgres.url refers to',
  '28000': 'the login is refused: see pg_hba.conf and the URL that store.postgres.url refers to',
  '3D000':
    'there is no such database: create it, or mend the URL that store.postgres.url refers to',
  '42501': `a right is missing: GRANT CREATE ON DATABASE to this role, or create schema ${schema} owned by it`,
  '25006': 'the server is read-only: the URL must lead to the primary',
  ECONNREFUSED: 'nobody listens there: is the server up?',
  ENOTFOUND: 'the host name does not resolve',
};

/** Codes and words of a connection that broke under a statement, or of a server that answers no more. */
function isBroken(code: string, said: string): boolean {
  return (
    /^(?:57P0[1-3]|08...|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code) ||
    /^Connection terminated|^Query read timeout/.test(said)
  );
}

/** PostgreSQL, shared by several processes: who may write is told by a lock that its session holds. */
export class PostgresBackend implements Backend {
  description = 'postgresql://';
  private writing: Session | undefined;
  private reading: Session | undefined;
  private hasLock = false;

  constructor(
    /** Reads the URL, which holds the password, each time anew. */
    private readonly url: () => Promise<string>,
    private readonly deployment: string,
    private readonly purpose: Purpose,
  ) {}

  async open(): Promise<void> {
    if (this.purpose.isReadOnly) return this.openReadOnly();
    if (this.writing?.isLost === false && this.reading?.isLost === false) return;
    await this.close();
    const url = await this.url();
    this.description = describeUrl(url);
    this.writing = await this.session(url);
    this.reading = await this.session(url);
    if (this.purpose.isDurable) await this.writing.query(durably);
    await this.makeSchema(this.writing);
    await this.reading.query(`SET search_path = ${schema}`);
    await migrate(this.writing.db, 'postgres');
  }

  private session(url: string): Promise<Session> {
    return Session.open(url, `sensei-${this.purpose.noun}`);
  }

  private async openReadOnly(): Promise<void> {
    if (this.reading?.isLost === false) return;
    const url = await this.url();
    this.description = describeUrl(url);
    this.reading = await this.session(url);
    await this.reading.query(`SET default_transaction_read_only = on; SET search_path = ${schema}`);
  }

  async acquire(): Promise<boolean> {
    const session = this.live(this.writing);
    if (this.hasLock) return true;
    const [row] = await session.query(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held',
      [this.lockKey],
    );
    this.hasLock = row?.['held'] === true;
    return this.hasLock;
  }

  writer(): Kysely<Tables> {
    const { db } = this.live(this.writing);
    if (!this.hasLock) throw new Error(this.purpose.refusal);
    return db;
  }

  reader(): Kysely<Tables> {
    return this.live(this.reading).db;
  }

  /** Lock and writes are of one session: who lost the one cannot do the other. */
  async assertInPlace(): Promise<void> {}

  async sizeBytes(): Promise<number> {
    const [row] = await this.live(this.reading).query(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relkind = 'r'`,
      [schema],
    );
    return Number(row?.['bytes'] ?? 0);
  }

  async close(): Promise<void> {
    this.hasLock = false;
    const sessions = [this.writing, this.reading];
    [this.writing, this.reading] = [undefined, undefined];
    for (const session of sessions) await session?.close();
  }

  explain(error: unknown): Error {
    const code = codeOf(error);
    // Messages of the driver may quote the URL, and the password with it.
    const said = error instanceof Error ? error.message : String(error);
    const message = said.replaceAll(/\b[a-z]+:\/\/[^\s"']*/gi, '(URL hidden)');
    const remedy = this.remedyOf(code);
    const { afterwards } = this.purpose;
    const unmended = isBroken(code, said) ? `${message}; ${afterwards}` : message;
    const words = remedy === undefined ? unmended : `${remedy} (${code})`;
    return new Error(`${this.purpose.noun} ${this.description}: ${words}`, { cause: error });
  }

  private remedyOf(code: string): string | undefined {
    if (code !== '53100') return remedies[code];
    return `the disk of the server is full: make room; ${this.purpose.afterwards}`;
  }

  /** Executions of all deployments are in one table that has one open row. */
  private get lockKey(): string {
    return this.purpose.lock === 'recorder' ? `sensei:${this.deployment}` : 'sensei-failover';
  }

  /** A session that is lost takes the right to write with it. */
  private live(session: Session | undefined): Session {
    if (session !== undefined && !session.isLost) return session;
    if (session === this.writing) this.hasLock = false;
    throw new Error(this.purpose.noConnection);
  }

  private async makeSchema(session: Session): Promise<void> {
    const [known] = await session.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
    if (known === undefined) {
      await session.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`).catch((error: unknown) => {
        // Another process made it in the same moment.
        if (codeOf(error) !== uniqueViolation) throw error;
      });
    }
    await session.query(`SET search_path = ${schema}`);
  }
}
