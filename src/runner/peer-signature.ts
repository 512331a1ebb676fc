import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Headers of a question between exporters, and of its answer. */
export const nonceHeader = 'x-sensei-nonce';
export const signatureHeader = 'x-sensei-signature';
/** Where one exporter asks another. */
export const peerPath = '/api/v1/peers/regions';

const shortestSecret = 16;

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

export function isNonce(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);
}

/** HMAC-SHA256 over what is said and the asker's nonce, so that neither can be made up or said again. */
export function sign(
  secret: string,
  kind: 'question' | 'answer',
  nonce: string,
  text = '',
): string {
  if (secret.length < shortestSecret) {
    throw new Error(
      `peers.secret: found ${secret.length} characters; expected at least ${shortestSecret}`,
    );
  }
  return createHmac('sha256', secret).update(`${kind}\n${nonce}\n${text}`).digest('hex');
}

/** Compares in constant time. */
export function isSigned(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
