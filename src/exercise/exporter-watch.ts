import type { Look } from '../drills/recovery.js';
import { SeriesRecorder } from '../drills/series.js';
import { messageOf } from './injection.js';

const lookEveryMs = 1000;

/** Asks the exporter once. @throws Error naming the URL */
export type AskExporter = (sinceMs: number) => Promise<Look>;

/** Looks at the exporter every second, and keeps what it says. */
export class ExporterWatch {
  private readonly recorder: SeriesRecorder;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private slices: ReadonlyMap<string, number> = new Map();
  /** How often the exporter was started again, or has begun to count anew, since it was first asked. */
  restarts = 0;
  /** The last answer; undefined before there was one. */
  latest: Look | undefined;
  /** Why the last question was not answered; undefined where it was. */
  fault: string | undefined;

  constructor(
    private readonly ask: AskExporter,
    slos: readonly string[],
    private readonly sinceMs: number,
  ) {
    this.recorder = new SeriesRecorder(slos);
  }

  get series() {
    return this.recorder.series();
  }

  /** The first look is over when this is. */
  async start(): Promise<void> {
    await this.look();
    this.next();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Waits, look by look, until it is so; answers whether it was before the time was over. */
  async until(isSo: () => boolean, limitMs: number, signal: AbortSignal): Promise<boolean> {
    const endMs = performance.now() + limitMs;
    while (!isSo()) {
      signal.throwIfAborted();
      if (performance.now() >= endMs) return false;
      await this.nextLook(signal);
    }
    return true;
  }

  private nextLook(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  private next(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.look().then(() => this.next()), lookEveryMs);
  }

  /** Slices only grow: fewer than a look ago are those of another process. */
  private count({ slos }: Look): void {
    if (slos.some(({ name, slices }) => slices < (this.slices.get(name) ?? 0))) this.restarts += 1;
    this.slices = new Map(slos.map(({ name, slices }) => [name, slices]));
  }

  private async look(): Promise<void> {
    try {
      const look = await this.ask(this.sinceMs);
      this.count(look);
      this.latest = look;
      this.fault = undefined;
      this.recorder.add(look.atMs, new Map(look.slos.map(({ name, now }) => [name, now])));
    } catch (error) {
      this.fault = messageOf(error);
      this.recorder.add(Date.now(), undefined);
    }
    for (const done of this.waiting) done();
  }
}
