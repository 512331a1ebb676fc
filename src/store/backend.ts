import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';

/** What differs between the databases. */
export interface Backend {
  readonly description: string;
  /** Connects, and makes or migrates the schema. Safe to call again. */
  open(): Promise<void>;
  /** Tries to get the right to write. */
  acquire(): Promise<boolean>;
  /** For writing, by the one that has the right. @throws Error when that is not this process */
  writer(): Kysely<Tables>;
  reader(): Kysely<Tables>;
  /** @throws Error when what was opened is no longer where others look for it, or its lock is not */
  assertInPlace(): Promise<void>;
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
  /** The error of a database in words that say what to do, without a credential. */
  explain(error: unknown): Error;
}

export async function explained<Value>(
  backend: Backend,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw backend.explain(error);
  }
}
