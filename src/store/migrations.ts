import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { Tables } from './tables.js';

type Database = 'sqlite' | 'postgres';

/** Rows of one SLO lie together, so that a start reads them in one go. */
function clustered(database: Database) {
  return database === 'sqlite' ? sql`without rowid` : sql``;
}

function first(database: Database): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('slices')
        .addColumn('slo', 'text', (column) => column.notNull())
        .addColumn('width_ms', 'bigint', (column) => column.notNull())
        .addColumn('start_ms', 'bigint', (column) => column.notNull())
        .addColumn('interval_ms', 'bigint', (column) => column.notNull())
        .addColumn('good', 'bigint', (column) => column.notNull())
        .addColumn('bad', 'bigint', (column) => column.notNull())
        .addColumn('unknown', 'bigint', (column) => column.notNull())
        .addColumn('excluded', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('slices_key', ['slo', 'width_ms', 'start_ms'])
        .modifyEnd(clustered(database))
        .execute();
      await db.schema
        .createTable('exposures')
        .addColumn('dataset', 'text', (column) => column.notNull())
        .addColumn('start_ms', 'bigint', (column) => column.notNull())
        .addColumn('worst_ms', 'bigint')
        .addColumn('target_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('exposures_key', ['dataset', 'start_ms'])
        .modifyEnd(clustered(database))
        .execute();
      for (const name of ['events', 'drills']) {
        await db.schema
          .createTable(name)
          .addColumn('id', 'text', (column) => column.primaryKey())
          .addColumn('at_ms', 'bigint', (column) => column.notNull())
          .addColumn('body', 'text', (column) => column.notNull())
          .execute();
        await db.schema.createIndex(`${name}_at`).on(name).column('at_ms').execute();
      }
      await db.schema
        .createTable('incidents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('slo', 'text', (column) => column.notNull())
        .addColumn('first_fail_ms', 'bigint', (column) => column.notNull())
        .addColumn('closed_ms', 'bigint')
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('incidents_first_fail')
        .on('incidents')
        .column('first_fail_ms')
        .execute();
      // An SLO has one outage at a time: a second one that is open is the same one written twice.
      await sql`create unique index incidents_open on incidents (slo) where closed_ms is null`.execute(
        db,
      );
    },
  };
}

const executions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('executions')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('started_ms', 'bigint', (column) => column.notNull())
      .addColumn('ended_ms', 'bigint')
      .addColumn('body', 'text', (column) => column.notNull())
      .execute();
    // One at a time: two that are not over would undo each other's work.
    await sql`create unique index executions_open on executions ((ended_ms is null)) where ended_ms is null`.execute(
      db,
    );
  },
};

function migrationsOf(database: Database): Record<string, Migration> {
  return { '0001-first': first(database), '0002-executions': executions };
}

/** A store that a newer version has migrated; this one must not write it. */
function sentenceOf(message: string): string {
  const later = /previously executed migration (\S+) is missing/.exec(message)?.[1];
  return later === undefined
    ? message
    : `a newer version has migrated it (${later}): use that version`;
}

/** Brings the schema up to date. @throws Error with the step that failed as its message */
export async function migrate(db: Kysely<Tables>, database: Database): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrationsOf(database)) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const step = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'schema';
  const message = error instanceof Error ? sentenceOf(error.message) : 'failed';
  throw new Error(`${step}: ${message}`, { cause: error });
}
