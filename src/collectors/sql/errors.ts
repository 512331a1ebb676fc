import pg from 'pg';
import { CollectionError, reasonOf, type FailureReason } from '../failure.js';

/** SQLSTATE classes and codes by what they mean for a collection (PostgreSQL, appendix A). */
const byState: readonly (readonly [RegExp, FailureReason])[] = [
  [/^(?:28|42501|3D000)/, 'auth'],
  [/^(?:57014|55P03|25P03)$/, 'timeout'],
  [/^(?:08|57P|53300)/, 'connect'],
];

/** Messages of `pg` that carry no code. */
const byMessage: readonly (readonly [RegExp, FailureReason])[] = [
  [/does not support SSL|SSL connection/i, 'tls'],
  [/timeout expired|timeout exceeded/i, 'timeout'],
  [/Connection terminated|Client was closed|not queryable|socket hang up/i, 'connect'],
  [/SASL|password/i, 'auth'],
];

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** The SQLSTATE that a server answered with, looking through `cause`; undefined where none answered. */
export function answeredState(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; depth += 1) {
    if (cause instanceof pg.DatabaseError) return cause.code;
    cause = cause.cause;
  }
  return undefined;
}

/** Errors after which the server ends the session, or it is not known what became of it. */
const endsSession = /^(?:08|28|3D|53|57P|58|XX|25P03)/;

/** Whether the server refused the statement and goes on listening: the connection need not be re-made. */
export function leavesSessionUsable(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && error instanceof pg.DatabaseError && !endsSession.test(state);
}

function reasonFor(error: unknown): FailureReason {
  const state = sqlState(error);
  if (state !== undefined && 'severity' in (error as object)) {
    return byState.find(([pattern]) => pattern.test(state))?.[1] ?? 'protocol';
  }
  const known = reasonOf(error);
  if (known !== 'internal') return known;
  // A value of type json that is none: `pg` parses it.
  if (error instanceof SyntaxError) return 'body';
  const message = error instanceof Error ? error.message : '';
  return byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? 'protocol';
}

/** What was found on the wire does not know whose wire it was. */
function withServer(server: string, error: CollectionError): CollectionError {
  if (error.message.includes(server)) return error;
  return new CollectionError(error.reason, `PostgreSQL at ${server}: ${error.message}`, {
    cause: error,
  });
}

/** An error of `pg` as a failed collection that names the server. */
export function collectionError(server: string, cause: unknown): CollectionError {
  if (cause instanceof CollectionError) return withServer(server, cause);
  const state = sqlState(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = state === undefined ? '' : ` (${state})`;
  return new CollectionError(reasonFor(cause), `PostgreSQL at ${server}: ${message}${code}`, {
    cause,
  });
}
