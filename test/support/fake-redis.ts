import type { Socket } from 'node:net';
import { startTcp, type TcpServer } from './faulty-tcp.js';

export type RespValue = string | number | readonly RespValue[] | { readonly error: string };

/** A value as RESP2 writes it. */
export function resp(value: RespValue): string {
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
  if (typeof value === 'number') return `:${value}\r\n`;
  if ('error' in value) return `-${value.error}\r\n`;
  return `*${value.length}\r\n${value.map(resp).join('')}`;
}

/** Commands in what a client sent: arrays of bulk strings. */
function commandsIn(data: string): string[][] {
  const lines = data.split('\r\n');
  const commands: string[][] = [];
  for (let at = 0; at < lines.length;) {
    const count = /^\*(\d+)$/.exec(lines[at] ?? '')?.[1];
    if (count === undefined) break;
    commands.push(
      Array.from({ length: Number(count) }, (_, index) => lines[at + 2 + index * 2] ?? ''),
    );
    at += 1 + Number(count) * 2;
  }
  return commands;
}

/** A server that answers each command as scripted; nothing when the script gives nothing. */
export function startFakeRedis(
  answer: (command: readonly string[], socket: Socket) => RespValue | Buffer | undefined,
): Promise<TcpServer> {
  return startTcp((socket) => {
    socket.on('data', (data) => {
      for (const command of commandsIn(data.toString('utf8'))) {
        const value = answer(command, socket);
        if (value === undefined) continue;
        socket.write(Buffer.isBuffer(value) ? value : resp(value));
      }
    });
  });
}
