import { isDeepStrictEqual } from 'node:util';
import type { CollectorEnv } from '../collectors/contract.js';
import { jobId, TargetLoop, type CollectionSink, type Job } from './target-loop.js';

/** What becomes of targets when a configuration takes force. */
export interface TargetListener {
  added(job: Job): void;
  removed(job: Job): void;
}

/** Runs every configured target, each on its own timer. */
export class Runner {
  private readonly loops = new Map<string, TargetLoop>();

  constructor(
    private readonly env: CollectorEnv,
    private readonly sink: CollectionSink & TargetListener,
  ) {}

  get jobs(): readonly Job[] {
    return [...this.loops.values()].map((loop) => loop.job);
  }

  /** Makes exactly these jobs run. One that did not change goes on undisturbed, with its memory. */
  async apply(jobs: readonly Job[]): Promise<void> {
    const wanted = new Map(jobs.map((job) => [jobId(job), job]));
    await Promise.all(
      [...this.loops].map(([id, loop]) => {
        const job = wanted.get(id);
        const same = job !== undefined && isDeepStrictEqual(job.target, loop.job.target);
        return same ? Promise.resolve() : this.remove(id, loop);
      }),
    );
    const added = [...wanted].filter(([id]) => !this.loops.has(id));
    const kinds = new Set(added.map(([, { collector }]) => collector));
    // What cannot be loaded is told of by the collection that needs it.
    await Promise.allSettled([...kinds].map(async (collector) => collector.prepare?.()));
    for (const [id, job] of added) this.add(id, job);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.loops.values()].map((loop) => loop.stop()));
    this.loops.clear();
  }

  private add(id: string, job: Job): void {
    const loop = new TargetLoop(job, this.env, this.sink);
    this.loops.set(id, loop);
    this.sink.added(job);
    loop.start();
  }

  private async remove(id: string, loop: TargetLoop): Promise<void> {
    this.loops.delete(id);
    await loop.stop();
    this.sink.removed(loop.job);
  }
}
