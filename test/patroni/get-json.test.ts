import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { getJson, openKeptAgent, type KeptAgent } from '../../src/collectors/http/get-json.js';
import { ok, startFaultyHttp, type FaultyHttp } from '../support/faulty-http.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

async function serving(body: string | Uint8Array): Promise<FaultyHttp> {
  const server = await startFaultyHttp(ok(200, {}, body));
  ends.push(() => server.close());
  return server;
}

function agentFor(url: string): KeptAgent {
  const agent = openKeptAgent(url, { rejectUnauthorized: true });
  ends.push(() => agent.close());
  return agent;
}

function get(url: string, options: { maxBytes?: number; agent?: KeptAgent } = {}) {
  const { agent = agentFor(url), ...rest } = options;
  return getJson({ url, headers: {}, agent, signal: AbortSignal.timeout(5000), ...rest });
}

describe('integers', () => {
  it.each([
    ['{"lsn": 18446744073709551615}', { lsn: '18446744073709551615' }],
    ['[9007199254740993]', ['9007199254740993']],
    ['{"lsn": 167772160}', { lsn: 167772160 }],
    ['{"id": "7711291248539396805"}', { id: '7711291248539396805' }],
    ['{"a \\" 1234567890123456 b": 1}', { 'a " 1234567890123456 b': 1 }],
    ['[1234567890123456.5, 1e3]', [1234567890123456.5, 1000]],
    ['["1234567890123456", 12]', ['1234567890123456', 12]],
  ])('%s', async (text, value) => {
    expect(await get((await serving(text)).url)).toEqual(value);
  });
});

describe('size', () => {
  it('a body of just the limit is taken, one byte more is not', async () => {
    const { url } = await serving(`"${'x'.repeat(98)}"`);
    await expect(get(url, { maxBytes: 100 })).resolves.toHaveLength(98);
    await expect(get(url, { maxBytes: 99 })).rejects.toMatchObject({
      reason: 'too_large',
      message: `GET ${url}: more than 99 bytes`,
    });
  });
});

/** Answers the first request of each connection, and ends the connection at the second. */
async function endingWhenReused(): Promise<{ server: Server; url: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    let requests = 0;
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      requests += 1;
      if (requests > 1) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { server, url: `http://127.0.0.1:${port}`, sockets };
}

describe('a kept connection', () => {
  it('that the server ends as it is used again is made anew, once', async () => {
    const { url, sockets } = await endingWhenReused();
    const agent = agentFor(url);
    await expect(get(url, { agent })).resolves.toEqual({});
    await expect(get(url, { agent })).resolves.toEqual({});
    expect(sockets).toHaveLength(2);
  });

  it('ends with its agent', async () => {
    const { url, sockets } = await endingWhenReused();
    const agent = agentFor(url);
    await get(url, { agent });
    const ended = once(sockets[0]!, 'close');
    agent.close();
    await ended;
    expect(sockets).toHaveLength(1);
  });
});

describe('messages', () => {
  it('name the URL once', async () => {
    const server = await serving('');
    const { url } = server;
    await server.close();
    const error = await get(url).catch((thrown: unknown) => thrown);
    expect((error as Error).message.split(url)).toHaveLength(2);
    expect(error).toMatchObject({ reason: 'connect' });
  });
});
