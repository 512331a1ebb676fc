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

function reasonFor(error: unknown): FailureReason {
  const state = sqlState(error);
  if (state !== undefined && 'severity' in (error as object)) {
    return byState.find(([pattern]) => pattern.test(state))?.[1] ?? 'protocol';
  }
  const known = reasonOf(error);
  if (known !== 'internal') return known;
  const message = error instanceof Error ? error.message : '';
  return byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? 'protocol';
}

/** An error of `pg` as a failed collection that names the server. */
export function collectionError(server: string, cause: unknown): CollectionError {
  if (cause instanceof CollectionError) return cause;
  const state = sqlState(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = state === undefined ? '' : ` (${state})`;
  return new CollectionError(reasonFor(cause), `PostgreSQL at ${server}: ${message}${code}`, {
    cause,
  });
}
