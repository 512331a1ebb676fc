import type { Socket } from 'node:net';
import { startTcp, type TcpServer } from './faulty-tcp.js';

/** One message of PostgreSQL's protocol 3.0: a type, its length, a body. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number) => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const text = (value: string) => Buffer.from(`${value}\0`);

const authenticationOk = message('R', int32(0));
export const ready = message('Z', Buffer.from('I'));
const jsonTypeId = 114;

/** A row of one JSON column named `answer`, complete with description and end. */
export function jsonAnswer(value: unknown): Buffer {
  const data = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  const column = Buffer.concat([
    text('answer'),
    int32(0),
    int16(0),
    int32(jsonTypeId),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
  return Buffer.concat([
    message('T', Buffer.concat([int16(1), column])),
    message('D', Buffer.concat([int16(1), int32(data.length), data])),
    message('C', text('SELECT 1')),
    ready,
  ]);
}

export function errorAnswer(code: string, words: string): Buffer {
  return message(
    'E',
    Buffer.concat([
      text('SERROR'),
      text('VERROR'),
      text(`C${code}`),
      text(`M${words}`),
      Buffer.from([0]),
    ]),
  );
}

export interface FakePostgresOptions {
  /** What the server says to a log-in; the default lets everybody in. */
  readonly greeting?: Buffer;
  /** What it says to a query, or does with the connection. */
  readonly answer: (sql: string, socket: Socket) => Buffer | undefined;
}

/** A server that speaks as much of the protocol as a scripted answer needs. */
export function startFakePostgres({ greeting, answer }: FakePostgresOptions): Promise<TcpServer> {
  return startTcp((socket) => {
    let isGreeted = false;
    socket.on('data', (data) => {
      if (!isGreeted) {
        isGreeted = true;
        socket.write(greeting ?? Buffer.concat([authenticationOk, ready]));
        return;
      }
      if (data.toString('latin1', 0, 1) !== 'Q') return;
      const reply = answer(data.toString('utf8', 5, data.length - 1), socket);
      if (reply !== undefined) socket.write(reply);
    });
  });
}
