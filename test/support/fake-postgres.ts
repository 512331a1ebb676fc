import type { Socket } from 'node:net';
import { TLSSocket, createSecureContext, type SecureContextOptions } from 'node:tls';
import { startTcp, type TcpServer } from './faulty-tcp.js';

/** One message of PostgreSQL's protocol 3.0: a type, its length, a body. */
export function message(type: string, body: Buffer): Buffer {
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
const textTypeId = 25;
const booleanTypeId = 16;

function column(name: string, typeId: number): Buffer {
  return Buffer.concat([
    text(name),
    int32(0),
    int16(0),
    int32(typeId),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
}

function field(value: string | null): Buffer {
  if (value === null) return int32(-1);
  const data = Buffer.from(value);
  return Buffer.concat([int32(data.length), data]);
}

/** One row of one value, as long as it is. */
export function dataRow(data: Buffer): Buffer {
  return message('D', Buffer.concat([int16(1), int32(data.length), data]));
}

/** The description of a row of one JSON column named `answer`. */
export const jsonDescription = message(
  'T',
  Buffer.concat([int16(1), column('answer', jsonTypeId)]),
);

/** A row of one JSON column named `answer`, complete with description and end. */
export function jsonAnswer(value: unknown): Buffer {
  const data = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return Buffer.concat([jsonDescription, dataRow(data), message('C', text('SELECT 1')), ready]);
}

/** A row as the extended protocol gives it, or no row. */
export function rowAnswer(
  row: Readonly<Record<string, string | boolean | null>> | undefined,
): Buffer {
  const entries = Object.entries(row ?? {});
  const columns = entries.map(([name, value]) =>
    column(name, typeof value === 'boolean' ? booleanTypeId : textTypeId),
  );
  const fields = entries.map(([, value]) =>
    field(typeof value === 'boolean' ? (value ? 't' : 'f') : value),
  );
  const head = int16(entries.length);
  return Buffer.concat([
    message('1', Buffer.alloc(0)),
    message('2', Buffer.alloc(0)),
    message('T', Buffer.concat([head, ...columns])),
    ...(row === undefined ? [] : [message('D', Buffer.concat([head, ...fields]))]),
    message('C', text('SELECT 1')),
    ready,
  ]);
}

/** A warning beside an answer. */
export function warning(words: string, routine: string): Buffer {
  const fields = ['SWARNUNG', 'VWARNING', 'C01000', `M${words}`, `R${routine}`].map(text);
  return message('N', Buffer.concat([...fields, Buffer.from([0])]));
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
  /** Certificate and key, where it speaks TLS alone. */
  readonly tls?: SecureContextOptions;
}

/** The text of a simple query, or of a Parse and what follows it (their values come in a Bind). */
function statementOf(data: Buffer): string {
  return data.toString('latin1', 0, 1) === 'Q'
    ? data.toString('utf8', 5, data.length - 1)
    : data.toString('utf8', 5);
}

function serve(socket: Socket, { greeting, answer }: FakePostgresOptions): void {
  let isGreeted = false;
  socket.on('error', () => {});
  socket.on('data', (data) => {
    if (!isGreeted) {
      isGreeted = true;
      socket.write(greeting ?? Buffer.concat([authenticationOk, ready]));
      return;
    }
    const reply = answer(statementOf(data), socket);
    if (reply !== undefined) socket.write(reply);
  });
}

/** A server that speaks as much of the protocol as a scripted answer needs. */
export function startFakePostgres(options: FakePostgresOptions): Promise<TcpServer> {
  const { tls } = options;
  return startTcp((socket) => {
    if (tls === undefined) return serve(socket, options);
    socket.once('data', () => {
      socket.write('S');
      const secureContext = createSecureContext(tls);
      serve(new TLSSocket(socket, { isServer: true, secureContext }), options);
    });
  });
}
