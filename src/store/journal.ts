import type { Incident } from '../slo/incident.js';
import { explained, type Backend } from './backend.js';
import { readExecution, readExecutions, readUnfinished, writeExecution } from './executions.js';
import { readIncidents } from './history.js';
import type { StoreEnv, StoreSettings } from './open-store.js';
import { PostgresBackend } from './postgres/backend.js';
import { executing, readingExecutions, type Purpose } from './purpose.js';
import { SqliteBackend } from './sqlite/backend.js';
import type { TimeRange } from './store.js';

/** One execution as it is kept. Times are whole Unix milliseconds. */
export interface JournalEntry {
  readonly id: string;
  readonly startedMs: number;
  /** Null while it is not over. */
  readonly endedMs: number | null;
  /** All of it, as JSON can hold it. */
  readonly body: unknown;
}

/**
 * Where executions that change something are written down before and after every step. Every call may
 * reject; the error's message says what to do and never holds a credential. Entries are never pruned.
 */
export interface Journal {
  /** For people: the file, or host and database; never a credential. */
  readonly description: string;
  /** Makes or migrates what is missing; a damaged file is left as it is. Safe to call again. */
  open(): Promise<void>;
  /**
   * Tries to get the right to execute, which one process at a time has; answers whether this one has it
   * now. Held until `close`, the process's end or the loss of the connection: then `put` rejects, and
   * this must be called again. An exporter that records in the same store is not affected.
   */
  lock(): Promise<boolean>;
  /**
   * Writes an entry, or in the place of the one with its id. It is on disk when this resolves.
   * @throws Error without the lock, and for a second one that is not over
   */
  put(entry: JournalEntry): Promise<void>;
  /** The one that is not over: there is at most one. */
  unfinished(): Promise<JournalEntry | undefined>;
  /**
   * By the id, or its beginning of at least 8 characters.
   * @throws Error when several ids begin so
   */
  entry(id: string): Promise<JournalEntry | undefined>;
  /** Newest first. */
  entries(limit: number): Promise<JournalEntry[]>;
  /** Of the exporter that shares the store; none in a journal file of its own. See `Store.incidents`. */
  incidents(range: TimeRange, limit: number): Promise<Incident[]>;
  close(): Promise<void>;
}

/** What those may do with it who execute nothing. */
export type JournalReader = Omit<Journal, 'lock' | 'put'>;

class SqlJournalReader implements JournalReader {
  constructor(protected readonly backend: Backend) {}

  get description(): string {
    return this.backend.description;
  }

  open(): Promise<void> {
    return explained(this.backend, () => this.backend.open());
  }

  async unfinished(): Promise<JournalEntry | undefined> {
    return this.read(undefined, () => readUnfinished(this.backend.reader()));
  }

  async entry(id: string): Promise<JournalEntry | undefined> {
    return this.read(undefined, () => readExecution(this.backend.reader(), id));
  }

  async entries(limit: number): Promise<JournalEntry[]> {
    return this.read([], () => readExecutions(this.backend.reader(), limit));
  }

  async incidents(range: TimeRange, limit: number): Promise<Incident[]> {
    return this.read([], () => readIncidents(this.backend.reader(), range, limit));
  }

  close(): Promise<void> {
    return this.backend.close();
  }

  /** A reader does not migrate: a store from before there were executions holds none. */
  private read<Value>(none: Value, work: () => Promise<Value>): Promise<Value> {
    return explained(this.backend, async () => {
      try {
        return await work();
      } catch (error) {
        if (isMissingTable(error)) return none;
        throw error;
      }
    });
  }
}

class SqlJournal extends SqlJournalReader implements Journal {
  lock(): Promise<boolean> {
    return explained(this.backend, () => this.backend.acquire());
  }

  /** Looked at on both sides: nobody who took the place is overwritten, and nothing is lost unsaid. */
  put(entry: JournalEntry): Promise<void> {
    return explained(this.backend, async () => {
      const db = this.backend.writer();
      await this.backend.assertInPlace();
      await writeExecution(db, entry);
      await this.backend.assertInPlace();
    });
  }
}

function isMissingTable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '42P01') || /no such table/.test(error.message);
}

function backendOf(settings: StoreSettings, clock: StoreEnv['clock'], purpose: Purpose): Backend {
  return settings.kind === 'sqlite'
    ? new SqliteBackend(settings.file, purpose, { clock })
    : new PostgresBackend(settings.url, settings.deployment, purpose);
}

/** For the commands that execute; connects to nothing yet. */
export function journalOf(settings: StoreSettings, clock: StoreEnv['clock']): Journal {
  return new SqlJournal(backendOf(settings, clock, executing));
}

/** It makes, mends and migrates nothing, and may be asked beside whoever executes. */
export function journalReaderOf(settings: StoreSettings, clock: StoreEnv['clock']): JournalReader {
  return new SqlJournalReader(backendOf(settings, clock, readingExecutions));
}
