import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { placeholder } from './object-store.js';

const pollEveryMs = 100;

/** Copies new objects from one bucket to another; removals are not copied, as with a real one. */
export class ObjectReplicator {
  private readonly firstSeenMs = new Map<string, number>();
  private readonly copied = new Set<string>();
  private readonly corrupted = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private isCopying = false;
  private copying: Promise<void> = Promise.resolve();
  isStopped = false;
  isCorrupting = false;
  /** How long an object waits before it is copied. */
  delayMs = 0;

  constructor(
    private readonly s3: S3Client,
    private readonly source: string,
    private readonly destination: string,
    /** Copies, of this one and of one in the other direction: a copy is not copied back. */
    private readonly replicas = new Set<string>(),
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      if (!this.isCopying) this.copying = this.copyNew();
    }, pollEveryMs);
  }

  /** Settles once nothing is being copied any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.copying;
  }

  /** Copies truly again, also what was corrupted. */
  mend(): void {
    this.isStopped = false;
    this.isCorrupting = false;
    this.delayMs = 0;
    for (const key of this.corrupted) this.copied.delete(key);
    this.corrupted.clear();
  }

  private async copyNew(): Promise<void> {
    if (this.isStopped) return;
    this.isCopying = true;
    try {
      for (const key of await this.keys()) await this.copyWhenDue(key);
    } catch {
      // The next round tries again.
    } finally {
      this.isCopying = false;
    }
  }

  private async keys(): Promise<string[]> {
    const listed = await this.s3.send(new ListObjectsV2Command({ Bucket: this.source }));
    return (listed.Contents ?? []).flatMap(({ Key: key = '' }) =>
      key.endsWith(`/${placeholder}`) ? [] : key,
    );
  }

  private async copyWhenDue(key: string): Promise<void> {
    const nowMs = performance.now();
    const seenMs = this.firstSeenMs.get(key) ?? nowMs;
    this.firstSeenMs.set(key, seenMs);
    if (this.isStopped || this.copied.has(key) || nowMs - seenMs < this.delayMs) return;
    if (this.replicas.has(`${this.source}/${key}`)) return;
    const found = await this.s3.send(new GetObjectCommand({ Bucket: this.source, Key: key }));
    const body = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
    if (this.isCorrupting) {
      body.writeUInt8(body.readUInt8(0) ^ 1, 0);
      this.corrupted.add(key);
    }
    this.replicas.add(`${this.destination}/${key}`);
    await this.s3.send(new PutObjectCommand({ Bucket: this.destination, Key: key, Body: body }));
    this.copied.add(key);
  }
}
