import { reasonOf } from '../failure.js';
import { lbReasons, type Failure, type LbReason } from './snapshot.js';

/** Ends the probe of one address. Its message names no credential and no query string. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  constructor(
    readonly reason: LbReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

function isLbReason(reason: string): reason is LbReason {
  return (lbReasons as readonly string[]).includes(reason);
}

/** The code of a system, TLS or HTTP parser error, also when node-fetch has wrapped it. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** An answer that is not HTTP: its head has no usable status, or its body is broken. */
function parserReason(code: string, hasHead: boolean): LbReason {
  if (code === 'HPE_HEADER_OVERFLOW') return 'too_large';
  return hasHead ? 'body' : 'status';
}

/**
 * What an error of the connection means. Errors without a code are faults of this program and
 * are thrown on.
 */
export function failureOf(error: unknown, hasHead: boolean): Failure {
  if (error instanceof ProbeFailure) return { reason: error.reason, message: messageOf(error) };
  const code = codeOf(error);
  if (code === undefined) throw error;
  if (code.startsWith('HPE_')) {
    return { reason: parserReason(code, hasHead), message: `not HTTP as it should be: ${code}` };
  }
  const reason = reasonOf(error);
  return {
    reason: isLbReason(reason) ? reason : 'connect',
    message: `the connection failed: ${code}`,
  };
}

function messageOf(error: ProbeFailure): string {
  const code = codeOf(error.cause);
  return code === undefined ? error.message : `${error.message}: ${code}`;
}
