import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Where a store is, as it can be told to another process. */
export type Place =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface Task {
  readonly task: 'open' | 'lock' | 'write';
  readonly as: 'store' | 'journal';
  readonly place: Place;
  /** What was acknowledged before, and the pause between rows. */
  readonly from?: number;
  readonly pauseMs?: number;
}

export interface Report {
  readonly ready?: true;
  readonly opened?: true;
  readonly locked?: boolean;
  readonly count?: number;
  readonly said?: string;
  readonly error?: string;
}

/** Another process on the same store. */
export class OtherProcess {
  /** The last row that was acknowledged. */
  acknowledged = 0;
  /** What it complained of. */
  readonly said: string[] = [];

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ count, said, error }: Report) => {
      this.acknowledged = count ?? this.acknowledged;
      for (const complaint of [said, error]) if (complaint !== undefined) this.said.push(complaint);
    });
  }

  static async start(): Promise<OtherProcess> {
    const file = fileURLToPath(new URL('./other-process.ts', import.meta.url));
    const child = fork(file, [], { execArgv: ['--import', 'tsx'] });
    const other = new OtherProcess(child);
    await other.report();
    return other;
  }

  async tell(task: Task): Promise<Report> {
    this.child.send(task);
    return this.report();
  }

  /** Its next one. */
  async report(): Promise<Report> {
    const [report] = (await once(this.child, 'message')) as [Report];
    return report;
  }

  /** Until it has written one more row, however long that takes: it is in the middle of writing then. */
  async writesOn(): Promise<void> {
    const before = this.acknowledged;
    while (this.acknowledged === before) await this.report();
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
