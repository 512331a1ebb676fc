import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../../slo/observation.js';
import type { Outstanding, Replicated } from './snapshot.js';

/** Most canaries that are waited for; at this number no further one is put. */
export const mostOutstanding = 1000;

/** A canary that is waited for. */
export interface Canary {
  readonly key: string;
  /** When its PUT was begun, on the monotonic clock of this process. */
  readonly monoMs: number;
  /** SHA-256 of what was written; undefined until the one of an earlier process was read. */
  digest: string | undefined;
  versionId: string | undefined;
  isCorrupt: boolean;
}

export function digestOf(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** A key that sorts by time, and says it. */
export function newKey(prefix: string, { wallMs }: Instant): string {
  const time = String(Math.floor(wallMs)).padStart(13, '0');
  return `${prefix}${time}-${randomBytes(4).toString('hex')}`;
}

/** When the canary of a key was put, in Unix milliseconds; undefined for a key that is none. */
export function timeOfKey(prefix: string, key: string): number | undefined {
  const match = /^(\d{13})-[0-9a-f]{8}$/.exec(key.slice(prefix.length));
  return match === null ? undefined : Number(match[1]);
}

/** Canaries that the destination does not have yet. The oldest tells how far behind the copy is. */
export class Canaries {
  private readonly byKey = new Map<string, Canary>();
  private newestMonoMs: number | undefined;
  /** Whether an earlier process left some. */
  hasLeftovers = false;

  get size(): number {
    return this.byKey.size;
  }

  /** The oldest first. */
  get all(): readonly Canary[] {
    return [...this.byKey.values()].toSorted((a, b) => a.monoMs - b.monoMs);
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  add(canary: Canary): void {
    this.byKey.set(canary.key, canary);
  }

  drop(key: string): void {
    this.byKey.delete(key);
  }

  replicated({ key, monoMs }: Canary, now: Instant): Replicated {
    this.byKey.delete(key);
    this.newestMonoMs = Math.max(this.newestMonoMs ?? -Infinity, monoMs);
    return { key, seenMs: Math.max(0, now.monoMs - monoMs) };
  }

  /** By the wall clock as it is now: a clock that was set back makes nothing newer. */
  newestReplicatedMs(now: Instant): number | undefined {
    return this.newestMonoMs === undefined ? undefined : wallOf(this.newestMonoMs, now);
  }

  outstanding(now: Instant): Outstanding[] {
    return this.all.map(({ key, monoMs, isCorrupt }) => ({
      key,
      atMs: wallOf(monoMs, now),
      state: isCorrupt ? 'corrupt' : 'missing',
    }));
  }
}

function wallOf(monoMs: number, now: Instant): number {
  return now.wallMs - (now.monoMs - monoMs);
}
