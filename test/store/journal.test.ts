import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runner/clock.js';
import { journalOf, journalReaderOf, type Journal } from '../../src/store/journal.js';
import { storeOf } from '../../src/store/open-store.js';
import { executing, recording } from '../../src/store/purpose.js';
import { SqliteBackend } from '../../src/store/sqlite/backend.js';
import { journalSuite, migrationSuite, type JournalBench } from './journal-suite.js';
import { executionOf } from './rows.js';

function run(file: string, ...statements: string[]): void {
  const database = new Database(file);
  // Whoever had it open before may be about to let go of it.
  database.exec('PRAGMA busy_timeout = 5000');
  for (const statement of statements) database.exec(statement);
  database.close();
}

function fresh(): Promise<JournalBench> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-journal-'));
  const place = { kind: 'sqlite', file: join(folder, 'deep', 'sensei.db') } as const;
  return Promise.resolve({
    place,
    journal: () => journalOf(place, systemClock),
    read: () => journalReaderOf(place, systemClock),
    store: () => storeOf(place, { clock: systemClock, onDamage: () => {} }),
    age: () =>
      Promise.resolve(
        run(
          place.file,
          'DROP TABLE executions',
          "DELETE FROM kysely_migration WHERE name = '0002-executions'",
        ),
      ),
    remove: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  });
}

journalSuite('SQLite', fresh);
migrationSuite('SQLite', fresh);

describe('a journal in one file', () => {
  let folder: string;
  let file: string;
  let journal: Journal;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-journal-'));
    file = join(folder, 'failover.db');
    journal = journalOf({ kind: 'sqlite', file }, systemClock);
  });

  afterEach(async () => {
    await journal.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function started(): Promise<void> {
    await journal.open();
    expect(await journal.lock()).toBe(true);
  }

  it('is readable by its owner alone, with its lock', async () => {
    await started();
    for (const path of [file, `${file}.failover.lock`]) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  it('has every commit on disk, unlike the history of an exporter', async () => {
    const level = async (backend: SqliteBackend) => {
      await backend.open();
      const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(
        backend.reader(),
      );
      await backend.close();
      return rows[0]?.synchronous;
    };
    const env = { clock: systemClock };
    // https://www.sqlite.org/pragma.html#pragma_synchronous: 1 is NORMAL, 2 is FULL.
    expect(await level(new SqliteBackend(file, executing, env))).toBe(2);
    expect(await level(new SqliteBackend(file, recording, env))).toBe(1);
  });

  it('waits for another process that is setting the new file up', async () => {
    writeFileSync(file, 'no database, for its thread to be up');
    await expect(journal.open()).rejects.toThrow(/damaged/);
    writeFileSync(file, '');
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const opening = journal.open();
    await new Promise((resolve) => setTimeout(resolve, 500));
    other.exec('COMMIT');
    await opening;
    other.close();
    expect(await journal.lock()).toBe(true);
  });

  it('whose lock somebody else touches for a moment is not refused for that', async () => {
    await journal.open();
    const other = new Database(`${file}.failover.lock`);
    other.exec('BEGIN EXCLUSIVE');
    const locking = journal.lock();
    await new Promise((resolve) => setTimeout(resolve, 100));
    other.close();
    expect(await locking).toBe(true);
  });

  it('that is damaged is left as it is, and what to do is told', async () => {
    const text = 'this is no database at all\n'.repeat(500);
    writeFileSync(file, text);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(journal.open()).rejects.toThrow(
        /^journal .*failover\.db: is damaged and was left as it is: mend a copy.*journal\.file/,
      );
    }
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(folder).filter((name) => name.includes('.damaged-'))).toEqual([]);
  });

  it.each([
    ['is a folder', () => mkdirSync(file), /is a folder: give a file under .*journal\.file/],
    [
      'was migrated by a newer version',
      async () => {
        await journal.open();
        await journal.close();
        run(file, "INSERT INTO kysely_migration VALUES ('0009-later', '2030-01-01T00:00:00.000Z')");
      },
      /a newer version has migrated it \(0009-later\): use that version/,
    ],
  ] as const)('that %s is told of by name, with what to do', async (_, make, message) => {
    await make();
    await expect(journal.open()).rejects.toThrow(message);
    await expect(journal.open()).rejects.toThrow(/^journal .*failover\.db: /);
  });

  it.each([
    ['itself', ''],
    ['its lock', '.failover.lock'],
  ])('takes nothing more once %s was put elsewhere', async (_, suffix) => {
    await started();
    await journal.put(executionOf());
    const path = `${file}${suffix}`;
    renameSync(path, `${path}.damaged-2026`);
    const moved = /was moved, removed or put aside while it was in use: put it back/;
    await expect(journal.put(executionOf())).rejects.toThrow(moved);
    writeFileSync(path, '');
    await expect(journal.put(executionOf())).rejects.toThrow(moved);
    renameSync(`${path}.damaged-2026`, path);
    await journal.put(executionOf());
    expect(await journal.entries(10)).toHaveLength(2);
  });

  it('that is not there is not made by those who read', async () => {
    const reader = journalReaderOf({ kind: 'sqlite', file }, systemClock);
    await expect(reader.open()).rejects.toThrow(
      /^journal .*failover\.db: no such file: nothing was ever executed.*journal\.file/,
    );
    await reader.close();
    expect(existsSync(file)).toBe(false);
  });
});
