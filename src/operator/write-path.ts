import { limitedSignal } from '../collectors/limited-signal.js';
import type { CollectorEnv } from '../collectors/contract.js';
import { reasonOf, type FailureReason } from '../collectors/failure.js';
import { closeCanary, observeCanary, openCanary } from '../collectors/postgres/canary.js';
import type { CanaryTarget } from '../collectors/postgres/targets.js';
import { KeptConnection } from '../collectors/sql/connection.js';
import { answeredState } from '../collectors/sql/errors.js';
import { writeQuery } from '../collectors/sql/queries.js';
import { serverOf } from './words.js';

/** What came of trying to write. `silent`: nothing said no. `unknown`: what was said is no answer to it. */
export interface Attempt {
  readonly way: string;
  readonly outcome: 'accepted' | 'refused' | 'silent' | 'unknown';
  readonly detail: string;
}

type Outcome = Attempt['outcome'];

/** Without an answer of PostgreSQL: a closed port says no, a host that is not found or reached does not. */
const byReason: Readonly<Partial<Record<FailureReason, Outcome>>> = {
  connect: 'refused',
  timeout: 'silent',
  dns: 'silent',
};

/**
 * By SQLSTATE (PostgreSQL, appendix A): read-only or in recovery, shut down, not up. Nothing else tells that
 * others cannot write: not too many connections (53300), and not a table that is missing (42P01).
 */
const byState: readonly (readonly [RegExp, Outcome])[] = [
  [/^(?:25006|57P0[123])$/, 'refused'],
  // A pooler that has no server behind it.
  [/^08/, 'silent'],
];

const unreachable = /\b(?:EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)\b/;

function outcomeOf(error: unknown, detail: string): Outcome {
  const state = answeredState(error);
  if (state !== undefined)
    return byState.find(([pattern]) => pattern.test(state))?.[1] ?? 'unknown';
  if (unreachable.test(detail)) return 'silent';
  return byReason[reasonOf(error)] ?? 'unknown';
}

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
  const signal = limitedSignal(parent, target.timeoutMs);
  const way = `${target.name} (${serverOf(target)})`;
  const { wallMs } = env.clock.now();
  const accepted = { way, outcome: 'accepted', detail: `${way} takes writes` } as const;
  let isWritten = false;
  try {
    await connection.query('BEGIN', [], signal);
    const values = [target.heartbeatWriter, String(Math.floor(wallMs)), wallMs / 1000];
    await connection.query(writeQuery(target.table), values, signal);
    isWritten = true;
    await connection.query('ROLLBACK', [], signal);
    return accepted;
  } catch (error) {
    // What becomes of the way back does not matter: the write was let through.
    if (isWritten) return accepted;
    const detail = error instanceof Error ? error.message : String(error);
    return { way, outcome: outcomeOf(error, detail), detail };
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
  const signal = limitedSignal(parent, target.timeoutMs);
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
