import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import { migrate } from '../migrations.js';
import type { Backend } from '../sql-store.js';
import type { Tables } from '../tables.js';
import { threadDialect } from './dialect.js';
import { DatabaseThread, SqliteError } from './thread.js';

const damageCodes = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/** What to do about an error, by the beginning of its code. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'the disk is full: make room; recording goes on by itself'],
  [/^SQLITE_IOERR/, 'the disk fails or is full: look at it; recording goes on by itself'],
  [/^SQLITE_READONLY|^EROFS/, 'is read-only: let this user write it and its folder'],
  [/^SQLITE_CANTOPEN|^EACCES|^EPERM/, 'cannot be opened: let this user write the folder'],
  [/^SQLITE_BUSY|^SQLITE_LOCKED/, 'is held by another program: end that'],
  [/^SQLITE_CORRUPT|^SQLITE_NOTADB/, 'is damaged: it is put aside at the next attempt'],
  [/^EISDIR/, 'is a folder: give a file under store.file'],
  [/^ENOSPC/, 'the disk is full: make room; recording goes on by itself'],
  [/^ENOTDIR|^ENOENT|^EEXIST/, 'has no folder that can be made: see store.file'],
];

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isDamage(error: unknown): boolean {
  return [...damageCodes].some((code) => codeOf(error).startsWith(code));
}

/** SQLite in one file, in a thread of its own. */
export class SqliteBackend implements Backend {
  readonly description: string;
  private readonly thread = new DatabaseThread();
  private readonly db: Kysely<Tables>;
  private isRecorder = false;
  /** Opened and found whole; not again at every attempt after a full disk. */
  private isOpen = false;

  constructor(
    private readonly file: string,
    private readonly clock: { now(): { readonly wallMs: number } },
    /** Told, in a sentence, when a damaged file was put aside. */
    private readonly onDamage: (message: string) => void,
    private readonly isReadOnly = false,
  ) {
    this.description = file;
    this.db = new Kysely<Tables>({ dialect: threadDialect(this.thread) });
  }

  async open(): Promise<void> {
    if (this.isOpen) return;
    if (this.isReadOnly) return this.openReadOnly();
    await this.makeFile();
    const check = await this.checked();
    if (check !== 'ok') await this.putAside(check);
    await migrate(this.db, 'sqlite');
    this.isOpen = true;
  }

  async acquire(): Promise<boolean> {
    const held = await this.thread.ask({ kind: 'acquire', file: `${this.file}.lock` });
    this.isRecorder = held === true;
    return this.isRecorder;
  }

  writer(): Kysely<Tables> {
    if (!this.isRecorder) throw new Error('another exporter is the recorder of this store');
    return this.db;
  }

  reader(): Kysely<Tables> {
    return this.db;
  }

  async sizeBytes(): Promise<number> {
    const sizes = await Promise.all(
      [this.file, `${this.file}-wal`].map((path) =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async close(): Promise<void> {
    [this.isRecorder, this.isOpen] = [false, false];
    await this.thread.ask({ kind: 'close' }).catch(() => undefined);
    this.thread.stop();
  }

  explain(error: unknown): Error {
    const code = codeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    const remedy = remedies.find(([pattern]) => pattern.test(code))?.[1];
    const words = remedy === undefined ? message : `${remedy} (${code})`;
    if (code === 'SENSEI_LOST') this.isRecorder = false;
    if (code === 'SENSEI_LOST' || isDamage(error)) this.isOpen = false;
    return new Error(`store ${this.file}: ${words}`, { cause: error });
  }

  /** @throws Error where there is no file: SQLite would make an empty one */
  private async openReadOnly(): Promise<void> {
    await stat(this.file).catch((cause: unknown) => {
      throw new Error('no such file; run this where the exporter records', { cause });
    });
    await this.thread.ask({ kind: 'open', file: this.file, isReadOnly: true });
    this.isOpen = true;
  }

  /** Made beforehand, so that nobody else may read it from its first moment on. */
  private async makeFile(): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    for (const path of [this.file, `${this.file}.lock`]) {
      const handle = await open(path, 'a', 0o600);
      await handle.close();
      await chmod(path, 0o600);
    }
  }

  private async checked(): Promise<string> {
    try {
      return String(await this.thread.ask({ kind: 'open', file: this.file }));
    } catch (error) {
      if (isDamage(error)) return error instanceof SqliteError ? error.message : 'damaged';
      throw error;
    }
  }

  /** A damaged file is kept for whoever can mend it; recording begins anew. */
  private async putAside(why: string): Promise<void> {
    await this.thread.ask({ kind: 'close' });
    const stamp = new Date(this.clock.now().wallMs).toISOString().replaceAll(':', '-');
    const aside = `${this.file}.damaged-${stamp}`;
    for (const suffix of ['', '-wal', '-shm']) {
      await rename(`${this.file}${suffix}`, `${aside}${suffix}`).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
      });
    }
    await this.makeFile();
    await this.thread.ask({ kind: 'open', file: this.file });
    if (this.isRecorder) await this.acquire();
    const oneLine = why.replaceAll(/\s+/g, ' ').slice(0, 200);
    this.onDamage(
      `store ${this.file} was damaged (${oneLine}) and is now ${aside}; history begins anew. ` +
        'To mend it: sqlite3 FILE .recover',
    );
  }
}
