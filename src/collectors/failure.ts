/** Why a collection, or one member of it, failed. A bounded set: it is a label. */
export const failureReasons = [
  'dns',
  'connect',
  'tls',
  'timeout',
  'status',
  'body',
  'redirect',
  'too_large',
  'auth',
  'protocol',
  'internal',
] as const;
export type FailureReason = (typeof failureReasons)[number];

/** A failed collection. The message names the target and never holds a credential. */
export class CollectionError extends Error {
  override readonly name = 'CollectionError';
  constructor(
    readonly reason: FailureReason,
    message: string,
    options?: ErrorOptions,
    /** What is known all the same: the members' own failures, for the collector's `failed`. */
    readonly partial?: unknown,
  ) {
    super(message, options);
  }
}

const dnsCodes = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'EAI_NONAME',
  'EAI_FAIL',
  'ENODATA',
]);
const connectCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EHOSTDOWN',
  'ENETDOWN',
]);
const timeoutCodes = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function isTlsCode(code: string): boolean {
  return (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code.endsWith('_SIGNED_CERT') ||
    code.endsWith('_CERT_IN_CHAIN') ||
    code === 'EPROTO'
  );
}

/** The reason behind an error of `node:net`, `tls`, `dns` or an abort, looking through `cause`. */
export function reasonOf(error: unknown): FailureReason {
  for (let cause = error, depth = 0; cause !== undefined && depth < 5; depth += 1) {
    if (cause instanceof CollectionError) return cause.reason;
    const code = codeOf(cause);
    if (code !== undefined) {
      if (dnsCodes.has(code)) return 'dns';
      if (connectCodes.has(code)) return 'connect';
      if (timeoutCodes.has(code)) return 'timeout';
      if (isTlsCode(code)) return 'tls';
    }
    if (cause instanceof Error && (cause.name === 'AbortError' || cause.name === 'TimeoutError')) {
      return 'timeout';
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return 'internal';
}
