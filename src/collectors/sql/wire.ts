import { lookup, type LookupAddress } from 'node:dns';
import { EventEmitter } from 'node:events';
import { Socket, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import pg from 'pg';
import type { HostPort } from '../../config/values.js';
import { CollectionError } from '../failure.js';
import type { FrameCheck } from './frames.js';

declare module 'pg' {
  interface Connection {
    attachListeners(stream: Readable): void;
  }
  interface ClientConfig {
    connection?: Connection;
  }
}

function toError(cause: unknown): Error {
  if (cause instanceof CollectionError) return cause;
  return new CollectionError('protocol', 'not an answer of PostgreSQL: a malformed message', {
    cause,
  });
}

/**
 * The connection of `pg`, which parses in a `data` listener: what is thrown there would end the
 * process. Here every chunk is checked first, and a throw ends the one connection.
 */
export class CheckedConnection extends pg.Connection {
  constructor(
    socket: Socket,
    ssl: NonNullable<pg.ClientConfig['ssl']>,
    private readonly frames: FrameCheck,
  ) {
    super({ stream: () => socket, ssl, keepAlive: true });
  }

  override attachListeners(stream: Readable): void {
    const checked = new EventEmitter();
    stream.on('end', () => checked.emit('end'));
    stream.on('data', (chunk: Buffer) => {
      if (stream.destroyed) return;
      try {
        this.frames.take(chunk);
        checked.emit('data', chunk);
      } catch (error) {
        stream.destroy(toError(error));
      }
    });
    super.attachListeners(checked as Readable);
  }
}

type Found = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** Opens sockets to one server, one at a time. */
export class Dialler {
  /** Told of the lookup under way; a socket that was given up is forgotten for the next one. */
  private waiting: Found | undefined;

  constructor(private readonly address: HostPort) {}

  /** A socket that connects to the server whatever name `pg` gives it: that one is for TLS. */
  socket(): Socket {
    const { host, port } = this.address;
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    return Object.assign(socket, { connect: () => connect({ host, port, lookup: this.lookUp }) });
  }

  /**
   * `dns.lookup` cannot be cancelled and holds a thread of a small pool: one that outlives its
   * connection is joined by the next connection instead of adding another.
   */
  private readonly lookUp: LookupFunction = (host, { all }, callback) => {
    const isUnderWay = this.waiting !== undefined;
    this.waiting = (error, found) => {
      const [first] = found;
      if (error !== null) callback(error, '');
      else if (all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    };
    if (!isUnderWay) lookup(host, { all: true }, (error, found) => this.answer(error, found));
  };

  private answer(error: NodeJS.ErrnoException | null, found: LookupAddress[] | undefined): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(error, found ?? []);
  }
}
