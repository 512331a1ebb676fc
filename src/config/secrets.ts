import { open } from 'node:fs/promises';
import process from 'node:process';
import type { Clock, Secrets } from '../collectors/contract.js';
import type { SecretRef } from './values.js';

const maxBytes = 64 * 1024;
/** How long a value is kept, in milliseconds: a rotated secret is seen within it. */
const keptMs = 30_000;

async function readSecretFile(path: string): Promise<string> {
  let handle;
  try {
    handle = await open(path, 'r');
    const buffer = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) throw new Error(`has more than ${maxBytes} bytes`);
    return buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new Error(
      `cannot read the secret in ${path} (${code}); check the path and its permissions`,
      { cause },
    );
  } finally {
    await handle?.close();
  }
}

function readSecretVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`the environment variable ${name}, referenced as a secret, is not set`);
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
    const value =
      'file' in ref
        ? readSecretFile(ref.file)
        : Promise.resolve(ref).then(({ env }) => readSecretVariable(env));
    this.kept.set(id, { value, untilMs: nowMs + keptMs });
    value.catch(() => this.kept.delete(id));
    return value;
  }
}
