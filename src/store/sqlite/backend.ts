import { chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import { migrate } from '../migrations.js';
import type { Backend } from '../backend.js';
import type { Purpose } from '../purpose.js';
import type { Tables } from '../tables.js';
import { threadDialect } from './dialect.js';
import { DatabaseThread, SqliteError } from './thread.js';

const damageCodes = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

const lockSuffixes = { recorder: '.lock', failover: '.failover.lock' } as const;

/** What to do about an error, by the beginning of its code. */
function remediesOf(purpose: Purpose): readonly (readonly [RegExp, string])[] {
  const { afterwards, damage, fileKey } = purpose;
  return [
    [/^SQLITE_FULL|^ENOSPC/, `the disk is full: make room; ${afterwards}`],
    [/^SQLITE_IOERR/, `the disk fails or is full: look at it; ${afterwards}`],
    [/^SQLITE_READONLY|^EROFS/, 'is read-only: let this user write it and its folder'],
    [/^SQLITE_CANTOPEN|^EACCES|^EPERM/, 'cannot be opened: let this user write the folder'],
    [/^SQLITE_BUSY|^SQLITE_LOCKED/, 'is held by another program: end that'],
    [/^SQLITE_CORRUPT|^SQLITE_NOTADB/, damage],
    [/^EISDIR/, `is a folder: give a file under ${fileKey}`],
    [/^ENOTDIR|^ENOENT|^EEXIST/, `has no folder that can be made: see ${fileKey}`],
  ];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isDamage(error: unknown): boolean {
  return [...damageCodes].some((code) => codeOf(error).startsWith(code));
}

/** @throws Error when it is a folder */
async function isThere(path: string): Promise<boolean> {
  const known = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (known?.isDirectory() === true) throw new SqliteError('EISDIR', 'is a folder');
  return known !== undefined;
}

/**
 * Only where there is nothing yet: to close a file that is there gives up every lock that this process
 * holds on it, SQLite's too.
 */
async function makeEmpty(path: string): Promise<void> {
  const made = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  });
  await made?.close();
}

export interface SqliteEnv {
  readonly clock: { now(): { readonly wallMs: number } };
  /** Told, in a sentence, when a damaged file was put aside; without it a damaged file is refused. */
  readonly onDamage?: (message: string) => void;
}

/** SQLite in one file, in a thread of its own. */
export class SqliteBackend implements Backend {
  readonly description: string;
  private readonly thread = new DatabaseThread();
  private readonly db: Kysely<Tables>;
  private readonly lockFile: string;
  private hasLock = false;
  /** Which file each path led to when it was taken. */
  private readonly inodes = new Map<string, bigint>();
  /** Opened and found whole; not again at every attempt after a full disk. */
  private isOpen = false;

  constructor(
    private readonly file: string,
    private readonly purpose: Purpose,
    private readonly env: SqliteEnv,
  ) {
    this.description = file;
    this.lockFile = `${file}${lockSuffixes[purpose.lock]}`;
    this.db = new Kysely<Tables>({ dialect: threadDialect(this.thread) });
  }

  async open(): Promise<void> {
    if (this.isOpen) return;
    if (this.purpose.isReadOnly) return this.openReadOnly();
    await this.makeFile();
    const check = await this.checked();
    if (check !== 'ok') await this.putAside(check);
    await migrate(this.db, 'sqlite');
    await this.remember(this.file);
    this.isOpen = true;
  }

  async acquire(): Promise<boolean> {
    const held = await this.thread.ask({
      kind: 'acquire',
      file: this.lockFile,
      waitMs: this.purpose.lockMs,
    });
    if (held === true && !this.hasLock) await this.remember(this.lockFile);
    this.hasLock = held === true;
    return this.hasLock;
  }

  writer(): Kysely<Tables> {
    if (!this.hasLock) throw new Error(this.purpose.refusal);
    return this.db;
  }

  reader(): Kysely<Tables> {
    return this.db;
  }

  async assertInPlace(): Promise<void> {
    for (const [path, inode] of this.inodes) {
      const { ino } = await stat(path, { bigint: true }).catch(() => ({ ino: undefined }));
      if (ino === inode) continue;
      throw new Error(
        `${path} was moved, removed or put aside while it was in use: put it back, and run this again`,
      );
    }
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
    [this.hasLock, this.isOpen] = [false, false];
    await this.thread.ask({ kind: 'close' }).catch(() => undefined);
    this.thread.stop();
  }

  explain(error: unknown): Error {
    const code = codeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    const remedy = remediesOf(this.purpose).find(([pattern]) => pattern.test(code))?.[1];
    const words = remedy === undefined ? message : `${remedy} (${code})`;
    if (code === 'SENSEI_LOST') this.hasLock = false;
    if (code === 'SENSEI_LOST' || isDamage(error)) this.isOpen = false;
    return new Error(`${this.purpose.noun} ${this.file}: ${words}`, { cause: error });
  }

  private async remember(path: string): Promise<void> {
    this.inodes.set(path, (await stat(path, { bigint: true })).ino);
  }

  /** @throws Error where there is no file: SQLite would make an empty one */
  private async openReadOnly(): Promise<void> {
    await stat(this.file).catch((cause: unknown) => {
      throw new Error(this.purpose.noFile, { cause });
    });
    await this.openFile();
    this.isOpen = true;
  }

  /** Made beforehand, so that nobody else may read it from its first moment on. */
  private async makeFile(): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    for (const path of [this.file, this.lockFile]) {
      if (!(await isThere(path))) await makeEmpty(path);
      await chmod(path, 0o600);
    }
  }

  private async checked(): Promise<string> {
    try {
      return await this.openFile();
    } catch (error) {
      if (isDamage(error)) return error instanceof SqliteError ? error.message : 'damaged';
      throw error;
    }
  }

  private async openFile(): Promise<string> {
    const { file } = this;
    const { isReadOnly, isDurable, busyMs } = this.purpose;
    return String(await this.thread.ask({ kind: 'open', file, isReadOnly, isDurable, busyMs }));
  }

  /** A damaged file is kept for whoever can mend it; recording begins anew. */
  private async putAside(why: string): Promise<void> {
    const { onDamage } = this.env;
    if (onDamage === undefined) throw new SqliteError('SQLITE_CORRUPT', why);
    await this.thread.ask({ kind: 'close' });
    const stamp = new Date(this.env.clock.now().wallMs).toISOString().replaceAll(':', '-');
    const aside = `${this.file}.damaged-${stamp}`;
    for (const suffix of ['', '-wal', '-shm']) {
      await rename(`${this.file}${suffix}`, `${aside}${suffix}`).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
      });
    }
    await this.makeFile();
    await this.openFile();
    if (this.hasLock) await this.acquire();
    const oneLine = why.replaceAll(/\s+/g, ' ').slice(0, 200);
    onDamage(
      `store ${this.file} was damaged (${oneLine}) and is now ${aside}; history begins anew. ` +
        'To mend it: sqlite3 FILE .recover',
    );
  }
}
