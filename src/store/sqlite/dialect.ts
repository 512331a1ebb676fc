import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import { Mutex } from '../mutex.js';
import type { QueryAnswer } from './messages.js';
import type { DatabaseThread } from './thread.js';

function rowsOf({ columns, values }: QueryAnswer): Record<string, unknown>[] {
  const count = values instanceof Float64Array ? values.length / columns.length : values.length;
  return Array.from({ length: count }, (_, index) => {
    const row: Record<string, unknown> = {};
    for (let column = 0; column < columns.length; column += 1) {
      row[columns[column]!] = valueAt(values, index, column, columns.length);
    }
    return row;
  });
}

function valueAt(
  values: QueryAnswer['values'],
  row: number,
  column: number,
  width: number,
): unknown {
  if (!(values instanceof Float64Array)) return values[row]?.[column];
  const value = values[row * width + column]!;
  return Number.isNaN(value) ? null : value;
}

class ThreadConnection implements DatabaseConnection {
  constructor(private readonly thread: DatabaseThread) {}

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const answer = (await this.thread.ask({ kind: 'query', sql, parameters })) as QueryAnswer;
    return { rows: rowsOf(answer) as Row[], numAffectedRows: BigInt(answer.changes) };
  }

  // oxlint-disable-next-line require-yield -- kysely's interface; nothing here streams
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    await Promise.reject(new Error('the store does not stream'));
  }
}

/** One connection, one user of it at a time. */
class ThreadDriver implements Driver {
  private readonly mutex = new Mutex();
  private readonly connection: ThreadConnection;

  constructor(thread: DatabaseThread) {
    this.connection = new ThreadConnection(thread);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.mutex.lock();
    return this.connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  /** A full disk has SQLite roll back by itself: then there is nothing left to roll back. */
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch((error: unknown) => {
      if (!/no transaction is active/.test(String(error))) throw error;
    });
  }

  releaseConnection(): Promise<void> {
    this.mutex.unlock();
    return Promise.resolve();
  }

  async destroy(): Promise<void> {}
}

/** DDL of SQLite is transactional: two that migrate at once, or one that is killed, leave no half. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely's SQLite dialect over the database's own thread. */
export function threadDialect(thread: DatabaseThread): Dialect {
  return {
    createDriver: () => new ThreadDriver(thread),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
