import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../lab/postgres-server.js';
import { systemClock } from '../../src/runner/clock.js';
import { journalOf, journalReaderOf, type Journal } from '../../src/store/journal.js';
import { storeOf, type StoreSettings } from '../../src/store/open-store.js';
import { journalSuite, migrationSuite, type JournalBench } from '../store/journal-suite.js';
import { executionOf } from '../store/rows.js';

const server = new PostgresServer();
let databases = 0;

beforeAll(async () => server.up());
afterAll(async () => server.down());

async function newDatabase(): Promise<string> {
  databases += 1;
  await server.sql(`CREATE DATABASE journal${databases}`);
  return `journal${databases}`;
}

function settingsOf(database: string, given: { user?: string; deployment?: string } = {}) {
  const { user, deployment = 'orders' } = given;
  const url = () => Promise.resolve(server.url(database, user));
  return { kind: 'postgres', url, deployment } satisfies StoreSettings;
}

async function fresh(): Promise<JournalBench> {
  const database = await newDatabase();
  const settings = settingsOf(database);
  return {
    place: { kind: 'postgres', url: server.url(database) },
    journal: () => journalOf(settings, systemClock),
    read: () => journalReaderOf(settings, systemClock),
    store: () => storeOf(settings, { clock: systemClock, onDamage: () => {} }),
    age: async () => {
      await server.sql('DROP TABLE sensei_store.executions', database);
      await server.sql(
        "DELETE FROM sensei_store.kysely_migration WHERE name = '0002-executions'",
        database,
      );
    },
    remove: async () => undefined,
  };
}

journalSuite('PostgreSQL', fresh);
migrationSuite('PostgreSQL', fresh);

describe('a journal in a shared database', () => {
  const journals: Journal[] = [];

  afterEach(async () => {
    await Promise.all(journals.splice(0).map((journal) => journal.close()));
  });

  function journalIn(...where: Parameters<typeof settingsOf>): Journal {
    const journal = journalOf(settingsOf(...where), systemClock);
    journals.push(journal);
    return journal;
  }

  async function locked(database: string): Promise<Journal> {
    const journal = journalIn(database);
    await journal.open();
    expect(await journal.lock()).toBe(true);
    return journal;
  }

  /** Process ids of its sessions in a database: of the one that holds the lock, or of all. */
  async function sessions(database: string, which: 'all' | 'locked'): Promise<number[]> {
    const locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'";
    const pids = await server.sql(
      `SELECT pid FROM pg_stat_activity WHERE datname = '${database}' AND application_name = 'sensei-journal'` +
        (which === 'all' ? '' : ` AND pid IN (${locks})`),
    );
    return pids.split('\n').map(Number);
  }

  it('is executed by one at a time, whatever its deployment is called', async () => {
    const database = await newDatabase();
    await locked(database);
    const other = journalIn(database, { deployment: 'payments' });
    await other.open();
    expect(await other.lock()).toBe(false);
  });

  it('takes nothing more from one who lost the connection, until the right is got anew', async () => {
    const database = await newDatabase();
    const journal = await locked(database);
    const [pid] = await sessions(database, 'locked');
    await server.sql(`SELECT pg_terminate_backend(${pid}, 10000)`);
    const successor = await locked(database);
    const told = async () =>
      journal.put(executionOf()).then(
        () => 'written',
        (error: Error) => error.message,
      );
    expect(await told()).toMatch(/^journal postgresql:\/\/.*sensei dr resume/);
    expect(await told()).toMatch(
      /^journal postgresql:\/\/.*the connection was lost.*sensei dr resume/,
    );
    expect(await told()).not.toContain('s3cret');
    await journal.open();
    expect(await told()).toMatch(/no right to execute/);
    expect(await journal.lock()).toBe(false);
    await successor.close();
    expect(await journal.lock()).toBe(true);
    expect(await told()).toBe('written');
    expect(await journal.entries(10)).toHaveLength(1);
  });

  it('has on disk what it took, also of a server that answers commits early', async () => {
    const database = await newDatabase();
    await server.sql("ALTER SYSTEM SET wal_writer_delay = '10s'");
    await server.sql(`ALTER DATABASE ${database} SET synchronous_commit = off`);
    await server.sql('SELECT pg_reload_conf()');
    const journal = await locked(database);
    const execution = executionOf({ endedMs: null });
    await journal.put(execution);
    await server.stop();
    await server.start();
    await server.sql('ALTER SYSTEM RESET wal_writer_delay');
    await server.sql('SELECT pg_reload_conf()');
    const reader = journalReaderOf(settingsOf(database), systemClock);
    await reader.open();
    expect(await reader.unfinished()).toEqual(execution);
    await reader.close();
  });

  it('is opened though another process makes the schema in the same moment', async () => {
    const database = await newDatabase();
    const making = server.sql('CREATE SCHEMA sensei_store; SELECT pg_sleep(4)', database);
    await expect
      .poll(() => server.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
      .toBe('1');
    await locked(database);
    await making;
  });

  it('is closed though the server says nothing any more', async () => {
    const database = await newDatabase();
    const journal = await locked(database);
    const pids = await sessions(database, 'all');
    expect(pids.length).toBeGreaterThan(1);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    await journal.close().finally(() => {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    });
    await expect(journal.put(executionOf())).rejects.toThrow(/sensei dr resume/);
  });

  it('tells what is wrong and what to do, and never its password', async () => {
    const database = await newDatabase();
    const readOnly = await newDatabase();
    await server.sql(`ALTER DATABASE ${readOnly} SET default_transaction_read_only = on`);
    await server.sql('CREATE ROLE lowly LOGIN');
    const failures = [
      [journalIn('nowhere'), /there is no such database.*store\.postgres\.url/],
      [journalIn(database, { user: 'lowly' }), /GRANT CREATE ON DATABASE/],
      [journalIn(readOnly), /the server is read-only: the URL must lead to the primary/],
    ] as const;
    for (const [journal, message] of failures) {
      const said = await journal.open().then(
        () => 'opened',
        (error: Error) => error.message,
      );
      expect(said).toMatch(message);
      expect(said).toMatch(/^journal postgresql:\/\/127/);
      expect(`${said} ${journal.description}`).not.toContain('s3cret');
    }
  });
});
