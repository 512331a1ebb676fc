import { parentPort } from 'node:worker_threads';
import Database from 'libsql';
import type { Answer, Opening, QueryAnswer, Request } from './messages.js';

let database: Database.Database | undefined;
let isReadOnly = false;
/** Waited on, and never woken. */
const pause = new Int32Array(new SharedArrayBuffer(4));
/** While it is open, and its transaction with it, no other process gets the right to write. */
let lock: Database.Database | undefined;

/** Two that switch a new file over at once refuse each other, without the wait that others get. */
function useLog(opened: Database.Database, busyMs: number): void {
  const untilMs = performance.now() + busyMs;
  for (;;) {
    try {
      opened.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || performance.now() > untilMs) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

function open({ file, busyMs, isDurable }: Opening): string {
  database?.close();
  database = undefined;
  const opened = new Database(file);
  try {
    opened.exec(`PRAGMA busy_timeout = ${busyMs}`);
    useLog(opened, busyMs);
    opened.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    opened.exec('PRAGMA journal_size_limit = 4194304');
    const [row] = opened.prepare('PRAGMA quick_check(1)').all() as { quick_check?: string }[];
    database = opened;
    return row?.quick_check ?? 'no answer';
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** Nothing is checked or set up: what cannot be read says so when it is asked. */
function openReadOnly({ file, busyMs }: Opening): string {
  database = new Database(file);
  isReadOnly = true;
  database.exec(`PRAGMA busy_timeout = ${busyMs}`);
  database.exec('PRAGMA query_only = ON');
  return 'ok';
}

function acquire(file: string, waitMs: number): boolean {
  if (lock !== undefined) return true;
  const opened = new Database(file);
  try {
    opened.exec(`PRAGMA busy_timeout = ${waitMs}`);
    opened.exec('BEGIN EXCLUSIVE');
    lock = opened;
    return true;
  } catch (error) {
    opened.close();
    if (codeOf(error).startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

/** Rows of numbers alone in one block; undefined where anything else is among them. */
function packed(rows: readonly (readonly unknown[])[], width: number): Float64Array | undefined {
  const block = new Float64Array(rows.length * width);
  let at = 0;
  for (const row of rows) {
    for (const value of row) {
      if (typeof value !== 'number' && value !== null) return undefined;
      block[at] = value ?? NaN;
      at += 1;
    }
  }
  return block;
}

function query(sql: string, parameters: readonly unknown[]): QueryAnswer {
  if (database === undefined) throw new Error('the database is not open');
  const statement = database.prepare(sql);
  if (!statement.reader) {
    return { columns: [], values: [], changes: statement.run([...parameters]).changes };
  }
  const columns = statement.columns().map(({ name }) => name);
  const rows = statement.raw().all([...parameters]) as unknown[][];
  return { columns, values: packed(rows, columns.length) ?? rows, changes: 0 };
}

/** Leaves one file behind where it can: whoever copies it has all of it. */
function checkpoint(): void {
  if (isReadOnly) return;
  try {
    database?.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A full or damaged disk: what is in the log is read from there at the next start.
  }
}

function close(): void {
  checkpoint();
  database?.close();
  lock?.close();
  [database, lock] = [undefined, undefined];
}

function perform(request: Request): unknown {
  if (request.kind === 'open') return request.isReadOnly ? openReadOnly(request) : open(request);
  if (request.kind === 'acquire') return acquire(request.file, request.waitMs);
  if (request.kind === 'query') return query(request.sql, request.parameters);
  close();
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function answer(request: Request): Answer {
  const { id } = request;
  try {
    return { id, ok: true, value: perform(request) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, ok: false, code: codeOf(error), message };
  }
}

parentPort?.on('message', (request: Request) => {
  if (request.kind === 'end') {
    close();
    parentPort?.close();
  } else {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    parentPort?.postMessage(answer(request));
  }
});
