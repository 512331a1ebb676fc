import { Worker } from 'node:worker_threads';
import type { Answer, Asked } from './messages.js';

/** An error of SQLite, with its code, such as `SQLITE_FULL`. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Longest wait for one answer, in milliseconds: a disk that hangs must not pile work up. */
const deadlineMs = 10_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Run from sources, as tests are, the thread needs a loader of its own for TypeScript. */
function startWorker(): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url));
  const file = JSON.stringify(new URL('./worker.ts', import.meta.url).href);
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${file}, ${file}))`;
  return new Worker(load, { eval: true });
}

/**
 * The database in a thread of its own: its disk must never hold up the probes. Requests are answered in
 * their order. While one is overdue, further ones are refused at once.
 */
export class DatabaseThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private overdue = 0;

  /** @throws SqliteError */
  async ask(asked: Asked): Promise<unknown> {
    if (this.overdue > 0)
      throw new SqliteError('SENSEI_OVERDUE', 'the disk has not answered for 10 s');
    const worker = (this.worker ??= this.start());
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      let isOverdue = false;
      const timer = setTimeout(() => {
        isOverdue = true;
        this.overdue += 1;
        reject(new SqliteError('SENSEI_OVERDUE', 'the disk has not answered for 10 s'));
      }, deadlineMs);
      const settle = () => {
        clearTimeout(timer);
        if (isOverdue) this.overdue -= 1;
      };
      this.waiting.set(id, {
        resolve: (value) => (settle(), resolve(value)),
        reject: (error) => (settle(), reject(error)),
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      worker.postMessage({ ...asked, id });
    });
  }

  /**
   * Has the thread end itself once it has answered what it was asked. It is never terminated: where a
   * call of the database library comes back to a thread that is gone, the whole process aborts.
   */
  stop(): void {
    this.worker?.postMessage({ kind: 'end', id: 0 });
    this.worker = undefined;
    this.failAll('the store was closed');
  }

  private start(): Worker {
    const worker = startWorker();
    worker.on('message', (answer: Answer) => this.answered(answer));
    worker.on('error', (error) => this.lost(worker, error.message));
    worker.on('exit', () => this.lost(worker, 'its thread ended'));
    worker.unref();
    return worker;
  }

  private answered(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(new SqliteError(answer.code, answer.message));
  }

  /** The next request begins with a new thread. */
  private lost(worker: Worker, why: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.failAll(why);
  }

  private failAll(why: string): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(new SqliteError('SENSEI_LOST', why));
  }
}
