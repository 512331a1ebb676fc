import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { ObjectReplicator } from '../../lab/object-replicator.js';
import {
  objectStoreKey,
  placeholder,
  startObjectStore,
  type ObjectStore,
} from '../../lab/object-store.js';
import type { Clock, Measurement, Secrets } from '../../src/collectors/contract.js';
import { CollectionError } from '../../src/collectors/failure.js';
import { objectsCollector } from '../../src/collectors/objects/index.js';
import type { ObjectsMemory } from '../../src/collectors/objects/measure.js';
import type { ObjectsTarget } from '../../src/collectors/objects/targets.js';
import type { ObjectsIo } from '../../src/collectors/objects/observe.js';
import { configOf } from '../support/collect.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

export const buckets = { source: 'east', destination: 'west' } as const;
const secrets: Secrets = { read: () => Promise.resolve(objectStoreKey) };

export interface Sides {
  readonly source: string;
  readonly destination: string;
}

export function targetFor({ source, destination }: Sides, extra: object = {}): ObjectsTarget {
  const keys = { accessKeyId: { env: 'ID' }, secretAccessKey: { env: 'KEY' } };
  const config = configOf({
    objects: [
      {
        name: 'documents',
        source: { bucket: buckets.source, endpoint: source, region: 'a', ...keys },
        destination: { bucket: buckets.destination, endpoint: destination, region: 'b', ...keys },
        interval: '2s',
        timeout: '1500ms',
        staleAfter: '2s',
        ...extra,
      },
    ],
  });
  return objectsCollector.targets(config)[0]!;
}

/** s3rver ends with an uncaught error where a folder is gone from under a request of before. */
const folders: string[] = [];
afterAll(async () => {
  await sleep(500);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A real S3 server with two buckets, and what copies from one to the other. */
export class Pair {
  private constructor(
    private readonly store: ObjectStore,
    readonly replicator: ObjectReplicator,
  ) {}

  get url(): string {
    return this.store.url;
  }

  get s3(): S3Client {
    return this.store.s3;
  }

  static async start(): Promise<Pair> {
    const folder = mkdtempSync(join(tmpdir(), 'sensei-objects-'));
    const names = [buckets.source, buckets.destination];
    const store = await startObjectStore('127.0.0.1', 0, folder, names, [
      'sensei-canary/test/documents/',
    ]);
    const replicator = new ObjectReplicator(store.s3, buckets.source, buckets.destination);
    replicator.start();
    folders.push(folder);
    return new Pair(store, replicator);
  }

  get sides(): Sides {
    return { source: this.url, destination: this.url };
  }

  async keys(bucket: keyof typeof buckets): Promise<string[]> {
    const listed = await this.s3.send(new ListObjectsV2Command({ Bucket: buckets[bucket] }));
    return (listed.Contents ?? []).flatMap(({ Key: key = '' }) =>
      key.endsWith(`/${placeholder}`) ? [] : key,
    );
  }

  async close(): Promise<void> {
    await this.replicator.stop();
    await this.store.close();
  }
}

/** A clock that can be set on by hand: time between collections need not pass. */
export class ShiftedClock implements Clock {
  wallShiftMs = 0;
  private shiftMs = 0;

  pass(ms: number): void {
    this.shiftMs += ms;
  }

  now() {
    const monoMs = performance.now() + this.shiftMs;
    return { monoMs, wallMs: performance.timeOrigin + monoMs + this.wallShiftMs };
  }
}

/** Collections of one target by one process. */
export class Process {
  private readonly io: ObjectsIo;
  private memory: ObjectsMemory | undefined;

  constructor(
    readonly target: ObjectsTarget,
    readonly clock = new ShiftedClock(),
  ) {
    this.io = objectsCollector.open(target, { clock, secrets });
  }

  async collect() {
    const startedAt = this.clock.now();
    const found = await this.observe(startedAt);
    this.memory = found.memory ?? this.memory;
    const [point] = found.restorePoints ?? [];
    const [observation] = found.observations ?? [];
    const nowMs = this.clock.now().wallMs;
    return {
      ...found,
      point,
      /** What would be lost now, in milliseconds. */
      exposureMs: point?.newestMs == null ? undefined : nowMs - point.newestMs,
      outcome:
        observation?.reason === undefined
          ? observation?.outcome
          : `${observation.outcome}: ${observation.reason}`,
      eventTypes: (found.events ?? []).map(({ type }) => type),
      value: (metric: string, labels: Readonly<Record<string, string>> = {}) =>
        found.samples?.find(
          (sample) =>
            sample.metric === metric &&
            Object.entries(labels).every(([key, wanted]) => sample.labels[key] === wanted),
        )?.value,
      counted: (metric: string) =>
        (found.increments ?? [])
          .filter((each) => each.metric === metric)
          .reduce((sum, { by }) => sum + by, 0),
    };
  }

  close(): Promise<void> {
    return objectsCollector.close(this.io);
  }

  private async observe(startedAt: ReturnType<ShiftedClock['now']>) {
    const signal = AbortSignal.timeout(this.target.timeoutMs);
    const spanTo = () => ({ startedAt, endedAt: this.clock.now() });
    type Found = Partial<Measurement<ObjectsMemory>> & { failure?: string; message?: string };
    try {
      const snapshot = await objectsCollector.observe(this.io, { signal });
      const found: Found = objectsCollector.measure(this.target, snapshot, this.memory, spanTo());
      return found;
    } catch (error) {
      if (!(error instanceof CollectionError)) throw error;
      const { reason, partial, message } = error;
      const found =
        objectsCollector.failed?.(this.target, reason, this.memory, spanTo(), partial) ?? {};
      const all: Found = { ...found, failure: reason, message };
      return all;
    }
  }
}
