import type { Readable } from 'node:stream';
import { ProbeFailure } from './probe-failure.js';

export interface Body {
  readonly bytes: number;
  /** Empty when it was not to be kept. */
  readonly text: string;
}

const empty: Body = { bytes: 0, text: '' };

/**
 * Reads a body to its end, but never more than so many bytes of it. What is not UTF-8 in it
 * becomes U+FFFD.
 * @throws ProbeFailure `too_large`, having ended the connection
 */
export function readBody(
  stream: Readable | null,
  maxBytes: number,
  isKept: boolean,
): Promise<Body> | Body {
  if (stream === null) return empty;
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        reject(tooLarge(maxBytes));
        stream.destroy();
      } else if (isKept) chunks.push(chunk);
    });
    stream.once('end', () => {
      resolve({ bytes, text: isKept ? Buffer.concat(chunks).toString('utf8') : '' });
    });
    stream.once('error', reject);
  });
}

export function tooLarge(maxBytes: number): ProbeFailure {
  return new ProbeFailure('too_large', `the body is longer than ${maxBytes} bytes`);
}
