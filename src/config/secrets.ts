import process from 'node:process';
import type { Clock, Secrets } from '../collectors/contract.js';
import { decodeUtf8, readAtMost } from './bounded-read.js';
import type { SecretRef } from './values.js';

const maxBytes = 64 * 1024;
/** How long a value is kept, in milliseconds: a rotated secret is seen within it. */
const keptMs = 30_000;

function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

async function readSecretFile(path: string): Promise<string> {
  try {
    const secret = decodeUtf8(await readAtMost(path, maxBytes)).replace(/\r?\n$/, '');
    if (secret === '') throw new Error('it is empty');
    return secret;
  } catch (cause) {
    throw new Error(
      `cannot read the secret in ${path} (${reasonFor(cause)}); check the path and its permissions`,
      { cause },
    );
  }
}

async function readSecretVariable(name: string): Promise<string> {
  const value = process.env[name];
  if (value === undefined || value === '') {
    const state = value === undefined ? 'not set' : 'empty';
    throw new Error(`the environment variable ${name}, referenced as a secret, is ${state}`);
  }
  return value;
}

/** Reads secrets by reference, and again after a short time. */
export class SecretReader implements Secrets {
  private readonly kept = new Map<
    string,
    { readonly value: Promise<string>; readonly untilMs: number }
  >();

  constructor(private readonly clock: Clock) {}

  read(ref: SecretRef): Promise<string> {
    const id = JSON.stringify(ref);
    const nowMs = this.clock.now().monoMs;
    const known = this.kept.get(id);
    if (known !== undefined && known.untilMs > nowMs) return known.value;
    const value = 'file' in ref ? readSecretFile(ref.file) : readSecretVariable(ref.env);
    this.kept.set(id, { value, untilMs: nowMs + keptMs });
    value.catch(() => this.kept.delete(id));
    return value;
  }
}
