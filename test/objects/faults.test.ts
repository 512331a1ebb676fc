import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  hang,
  hugeBody,
  ok,
  redirectLoop,
  refuse,
  resetOnAccept,
  slowDrip,
  startFaultyHttp,
  status,
  type Behaviour,
  type FaultyHttp,
} from '../support/faulty-http.js';
import { Bucket } from '../../src/collectors/s3/client.js';
import { Pair, Process, targetFor } from './stores.js';

const xmlError = (code: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

const faults: readonly (readonly [string, Behaviour, readonly string[]])[] = [
  ['refuses', refuse, ['connect']],
  ['resets', resetOnAccept, ['connect']],
  ['hangs', hang, ['timeout']],
  ['drips', slowDrip(), ['timeout', 'body', 'protocol']],
  ['sends what is no XML', ok(200, {}, 'not xml at all <'), ['body', 'protocol']],
  ['sends an endless answer', hugeBody(64 * 1024 * 1024), ['too_large', 'body']],
  ['redirects', redirectLoop, ['redirect']],
  ['answers 503', status(503, xmlError('SlowDown')), ['status']],
  ['answers 500 without a body', status(500), ['status']],
  ['denies', status(403, xmlError('AccessDenied')), ['auth']],
  ['knows no such bucket', status(404, xmlError('NoSuchBucket')), ['status']],
];

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function faulty(behaviour: Behaviour): Promise<FaultyHttp> {
  const server = await startFaultyHttp(behaviour);
  cleanups.push(() => server.close());
  return server;
}

async function pairOf(): Promise<Pair> {
  const pair = await Pair.start();
  cleanups.push(() => pair.close());
  return pair;
}

function processOf(sides: { source: string; destination: string }, extra: object = {}): Process {
  const made = new Process(targetFor(sides, extra));
  cleanups.push(() => made.close());
  return made;
}

describe('a source that', () => {
  it.each(faults)(
    '%s is told of, and the destination is asked all the same',
    async (_t, behaviour, reasons) => {
      const pair = await pairOf();
      const server = await faulty(behaviour);
      const found = await processOf({ source: server.url, destination: pair.url }).collect();
      expect(found.value('sensei_objects_up', { side: 'source' })).toBe(0);
      expect(found.value('sensei_objects_up', { side: 'destination' })).toBe(1);
      expect(reasons.map((reason) => `bad: source_${reason}`)).toContain(found.outcome);
      expect(found.point).toBeUndefined();
    },
  );
});

describe('a destination that', () => {
  it.each(faults)(
    '%s is told of, and canaries are put all the same',
    async (_t, behaviour, reasons) => {
      const pair = await pairOf();
      const server = await faulty(behaviour);
      const found = await processOf({ source: pair.url, destination: server.url }).collect();
      expect(found.value('sensei_objects_up', { side: 'source' })).toBe(1);
      expect(found.value('sensei_objects_up', { side: 'destination' })).toBe(0);
      expect(reasons.map((reason) => `bad: destination_${reason}`)).toContain(found.outcome);
      expect(await pair.keys('source')).toHaveLength(1);
    },
  );
});

describe('both sides', () => {
  it('dead fail the collection, and the point that was known stands', async () => {
    const pair = await pairOf();
    const collecting = processOf(pair.sides);
    let before = await collecting.collect();
    for (let round = 0; round < 10 && before.point === undefined; round += 1)
      before = await collecting.collect();
    await pair.close();
    collecting.clock.pass(5000);
    const dead = await collecting.collect();
    expect(dead.failure).toBe('connect');
    expect(dead.message).toContain('bucket east');
    expect(dead.point!.newestMs!).toBeLessThanOrEqual(before.point!.newestMs! + 2000);
    cleanups.splice(0, 1);
  });
});

describe('a bucket', () => {
  it('that is asked for several things at once has one client, also when its keys change', async () => {
    const pair = await pairOf();
    let key = 'S3RVER';
    const { source } = targetFor(pair.sides);
    const bucket = new Bucket(source.settings, { read: () => Promise.resolve(key) });
    const askTwice = () => {
      const signal = AbortSignal.timeout(5000);
      return Promise.all([bucket.list('', undefined, signal), bucket.list('', undefined, signal)]);
    };
    expect(await askTwice()).toHaveLength(2);
    key = 'no such key';
    await expect(askTwice()).rejects.toMatchObject({ reason: 'auth' });
    key = 'S3RVER';
    expect(await askTwice()).toHaveLength(2);
    bucket.close();
  });
});

describe('credentials', () => {
  it('stand in no message, fact or label', async () => {
    const server = await faulty(status(403, xmlError('AccessDenied')));
    const found = await processOf({ source: server.url, destination: server.url }).collect();
    expect(found.failure).toBe('auth');
    expect(JSON.stringify(found)).not.toContain('S3RVER');
  });
});

interface Statement {
  readonly Action: readonly string[];
}

function actionsOf(file: string): string[] {
  const path = fileURLToPath(new URL(`../../s3/${file}`, import.meta.url));
  const policy = JSON.parse(readFileSync(path, 'utf8')) as { Statement: readonly Statement[] };
  return policy.Statement.flatMap(({ Action: actions }) => actions).toSorted((a, b) =>
    a.localeCompare(b),
  );
}

/** Passes requests on, and notes the S3 action that each of them is. */
async function recording(target: string): Promise<{ url: string; actions: Set<string> }> {
  const actions = new Set<string>();
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/' } = request;
    const isList = url.includes('list-type=2');
    const verb = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }[method] ?? method;
    actions.add(isList ? 's3:ListBucket' : `s3:${verb}Object`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name]) => !/^(?:connection|content-length)$/.test(name),
      ),
    ) as Record<string, string>;
    const body = method === 'PUT' ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${target}${url}`, { method, headers, ...body });
    response.writeHead(answer.status, { date: answer.headers.get('date') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server: Server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, actions };
}

describe('the policies that are shipped', () => {
  it('allow exactly what is asked of each side', async () => {
    const pair = await pairOf();
    const source = await recording(pair.url);
    const destination = await recording(pair.url);
    const sides = { source: source.url, destination: destination.url };
    const first = processOf(sides);
    pair.replicator.isStopped = true;
    await first.collect();
    await first.close();
    pair.replicator.mend();
    const second = processOf(sides);
    for (let round = 0; round < 6; round += 1) {
      await second.collect();
      second.clock.pass(2000);
    }
    // Versions are there on AWS alone; removing one takes a right of its own.
    const versioned = (actions: ReadonlySet<string>) =>
      [...actions, 's3:DeleteObjectVersion'].toSorted((a, b) => a.localeCompare(b));
    expect(versioned(source.actions)).toEqual(actionsOf('source-policy.json'));
    expect(versioned(destination.actions)).toEqual(actionsOf('destination-policy.json'));
  });
});
