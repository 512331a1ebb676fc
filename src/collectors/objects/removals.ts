import type { Bucket } from '../s3/client.js';

/** Most objects that are remembered to be removed. */
const mostWaiting = 2000;
/** Objects that are tried to be removed in one collection. */
const triedAtOnce = 50;

interface Removal {
  readonly bucket: Bucket;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Canaries that have done their work, until each is removed; one that cannot be is tried again. */
export class Removals {
  private readonly waiting = new Map<string, Removal>();

  get size(): number {
    return this.waiting.size;
  }

  get keys(): ReadonlySet<string> {
    return new Set([...this.waiting.values()].map(({ key }) => key));
  }

  add(bucket: Bucket, key: string, versionId: string | undefined): void {
    if (this.waiting.size < mostWaiting)
      this.waiting.set(`${bucket.where} ${key}`, { bucket, key, versionId });
  }

  /** Removes what waits in one bucket. @throws the last failure, after all were tried */
  async run(bucket: Bucket, signal: AbortSignal): Promise<void> {
    let failure: unknown;
    const mine = [...this.waiting].filter(([, removal]) => removal.bucket === bucket);
    for (const [id, { key, versionId }] of mine.slice(0, triedAtOnce)) {
      try {
        await bucket.remove(key, versionId, signal);
        this.waiting.delete(id);
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}
