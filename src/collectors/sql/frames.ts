import { CollectionError } from '../failure.js';

/** Bytes that one server may send in answer to one statement. */
export const maxAnswerBytes = 4 * 1024 * 1024;
/** The longest message that holds no rows: an error, a setting, a description of columns. */
const maxControlBytes = 64 * 1024;
const headerBytes = 5;

/** Backend messages that belong to this use of the protocol; COPY and replication do not. */
const knownTypes = new Set('RKSZEANTDC123nsIt');

function malformed(what: string): CollectionError {
  return new CollectionError('protocol', `not an answer of PostgreSQL: ${what}`);
}

/** Fields of an error or notice: a type and a text ended by NUL each, and NUL after the last. */
function checkFields(body: Buffer): void {
  let at = 0;
  while (at < body.length) {
    if (body[at] === 0) return;
    const end = body.indexOf(0, at + 1);
    if (end === -1) break;
    at = end + 1;
  }
  throw malformed('an error message without an end');
}

function checkHeader(type: string, length: number): void {
  if (!knownTypes.has(type)) throw malformed(`message type ${JSON.stringify(type)}`);
  if (length < headerBytes - 1) throw malformed(`a message of ${length} bytes`);
  if (type === 'D' && length > maxAnswerBytes)
    throw new CollectionError('too_large', `a row of ${length} bytes`);
  if (type !== 'D' && length > maxControlBytes) throw malformed(`a message of ${length} bytes`);
}

/**
 * Reads along with the message parser of `pg`, ahead of it, and refuses what that must not see: it
 * buffers a message of any length that is announced, and never returns from an error message without
 * an end. Throws `protocol` or `too_large`.
 */
export class FrameCheck {
  private held: Buffer = Buffer.alloc(0);
  private skip = 0;
  private received = 0;

  /** A new statement: the size limit begins anew. */
  begin(): void {
    this.received = 0;
  }

  /** @throws CollectionError */
  take(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.received > maxAnswerBytes)
      throw new CollectionError('too_large', `more than ${maxAnswerBytes} bytes`);
    let rest: Buffer | undefined =
      this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = Buffer.alloc(0);
    while (rest !== undefined) rest = this.next(rest);
  }

  /** Checks one message; undefined when the rest of it, or of its head, is still to come. */
  private next(bytes: Buffer): Buffer | undefined {
    const rest = bytes.subarray(this.skip);
    this.skip -= bytes.length - rest.length;
    if (this.skip > 0) return undefined;
    if (rest.length < headerBytes) return this.hold(rest);
    const type = rest.toString('latin1', 0, 1);
    const length = rest.readUInt32BE(1);
    checkHeader(type, length);
    if (type === 'E' || type === 'N') {
      if (rest.length < 1 + length) return this.hold(rest);
      checkFields(rest.subarray(headerBytes, 1 + length));
    }
    this.skip = 1 + length;
    return rest;
  }

  private hold(rest: Buffer): undefined {
    this.held = rest;
    return undefined;
  }
}
