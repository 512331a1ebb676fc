// Usage: write-loop-redis.ts PORT MASTER-NAME SENTINEL-HOST...
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { within, writeLoop } from './write-loop.js';

const [port = '', master = '', ...sentinels] = process.argv.slice(2);
/** A slow write is a write: only one that hangs is none. */
const limitMs = 1000;

/** Sends one command on a new connection; its whole reply as text. */
function say(host: string, at: number, words: readonly string[], isWhole: RegExp): Promise<string> {
  let socket: Socket | undefined;
  const reply = new Promise<string>((resolve, reject) => {
    let text = '';
    socket = connect(at, host, () => {
      const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
      socket?.write(`*${words.length}\r\n${parts}`);
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (isWhole.test(text)) resolve(text);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
  return within(reply, limitMs).finally(() => socket?.destroy());
}

async function primary(count: number): Promise<{ host: string; at: number }> {
  const host = sentinels[count % sentinels.length] ?? '';
  const words = ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master];
  const reply = await say(host, Number(port), words, /^\*2\r\n\$\d+\r\n.+\r\n\$\d+\r\n\d+\r\n$/s);
  const [, , address = '', , at = ''] = reply.split('\r\n');
  return { host: address, at: Number(at) };
}

writeLoop(async (count) => {
  const { host, at } = await primary(count);
  const reply = await say(host, at, ['SET', 'truth', String(count)], /\r\n$/);
  if (!reply.startsWith('+OK')) throw new Error(reply);
});
