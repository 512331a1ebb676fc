import type { CollectorEnv } from '../collectors/contract.js';
import { reasonOf } from '../collectors/failure.js';
import { closeCanary, observeCanary, openCanary } from '../collectors/postgres/canary.js';
import type { CanaryTarget } from '../collectors/postgres/targets.js';
import { KeptConnection } from '../collectors/sql/connection.js';
import { writeQuery } from '../collectors/sql/queries.js';
import { serverOf } from './words.js';

/** What came of trying to write. `silent`: nothing said no. `unknown`: the login is no good. */
export interface Attempt {
  readonly way: string;
  readonly outcome: 'accepted' | 'refused' | 'silent' | 'unknown';
  readonly detail: string;
}

const outcomes: Readonly<Partial<Record<ReturnType<typeof reasonOf>, Attempt['outcome']>>> = {
  timeout: 'silent',
  auth: 'unknown',
  internal: 'unknown',
  tls: 'unknown',
};

/**
 * Writes a row and takes it back: a server that lets this through lets everybody's writes through. Never
 * throws.
 */
export async function attemptWrite(
  target: CanaryTarget,
  env: CollectorEnv,
  parent: AbortSignal,
): Promise<Attempt> {
  const connection = new KeptConnection(target.settings, env.secrets);
  const signal = AbortSignal.any([parent, AbortSignal.timeout(target.timeoutMs)]);
  const way = `${target.name} (${serverOf(target)})`;
  const { wallMs } = env.clock.now();
  try {
    await connection.query('BEGIN', [], signal);
    const values = [target.heartbeatWriter, String(Math.floor(wallMs)), wallMs / 1000];
    await connection.query(writeQuery(target.table), values, signal);
    await connection.query('ROLLBACK', [], signal);
    return { way, outcome: 'accepted', detail: `${way} takes writes` };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { way, outcome: outcomes[reasonOf(error)] ?? 'refused', detail };
  } finally {
    connection.close();
  }
}

/** A heartbeat that was committed and read back. */
export type Beat =
  | { readonly ok: true; readonly begunMs: number; readonly endedMs: number }
  | {
      readonly ok: false;
      readonly begunMs: number;
      readonly message: string;
      /** Nobody listened, or it was a standby: others could not write either. */
      readonly isRefused: boolean;
    };

function isRefusal(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return reasonOf(error) === 'connect' || message.includes('(25006)');
}

/** Commits a heartbeat and reads it back, on a connection of its own. Never throws. */
export async function beatOnce(
  target: CanaryTarget,
  env: CollectorEnv,
  parent: AbortSignal,
): Promise<Beat> {
  const begunMs = env.clock.now().wallMs;
  const io = openCanary(target, env);
  const signal = AbortSignal.any([parent, AbortSignal.timeout(target.timeoutMs)]);
  try {
    await observeCanary(io, { signal });
    return { ok: true, begunMs, endedMs: env.clock.now().wallMs };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, begunMs, message, isRefused: isRefusal(error) };
  } finally {
    await closeCanary(io);
  }
}
