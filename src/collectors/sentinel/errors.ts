import { CollectionError, reasonOf, type FailureReason } from '../failure.js';

/** Error replies by their first word (Redis' own names). */
const byReply: readonly (readonly [RegExp, FailureReason])[] = [
  [/^(?:WRONGPASS|NOAUTH|NOPERM)|invalid username-password|invalid password/i, 'auth'],
  [
    /^(?:READONLY|LOADING|MASTERDOWN|NOREPLICAS|ERR|DENIED|MISCONF|OOM|CLUSTERDOWN|UNKILLABLE|BUSY)/,
    'protocol',
  ],
  [/Command timed out|connect ETIMEDOUT|Socket timeout/i, 'timeout'],
  [/Protocol error|Unexpected .*character|ParserError/i, 'body'],
  [/Connection is closed|Stream isn't writeable|Socket closed/i, 'connect'],
];

/** An error of `ioredis` as a failed collection that names the server. */
export function collectionError(server: string, cause: unknown): CollectionError {
  if (cause instanceof CollectionError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const known = reasonOf(cause);
  const name = cause instanceof Error ? cause.name : '';
  const reason =
    known !== 'internal'
      ? known
      : name === 'ParserError'
        ? 'body'
        : (byReply.find(([pattern]) => pattern.test(message))?.[1] ?? 'protocol');
  return new CollectionError(reason, `Redis at ${server}: ${message.slice(0, 200)}`, { cause });
}
