import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import type { Secrets } from '../../src/collectors/contract.js';
import { configSchema } from '../../src/config/schema.js';
import { systemClock } from '../../src/runner/clock.js';
import { Peers, type Heard } from '../../src/runner/peers.js';
import { peerPath } from '../../src/runner/peer-signature.js';
import { peerRoute } from '../../src/server/peer-route.js';
import type { RegionStanding } from '../../src/slo/region.js';

const secret = 'a secret of some length';
const secretsOf = (value: string): Secrets => ({ read: () => Promise.resolve(value) });
const servers: Server[] = [];
const asking: Peers[] = [];

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const down: RegionStanding = {
  region: 'a',
  state: 'suspected',
  isDownHere: true,
  votes: 1,
  vantagePoints: 2,
};

function exporterThatSees(regions: readonly RegionStanding[], deployment = 'orders') {
  const app = express();
  const served = {
    regions: () => ({ deployment, at: '', regions }),
    peerSecret: () => Promise.resolve(secret),
  };
  app.get(peerPath, peerRoute(served));
  return listening(app as RequestListener);
}

interface Told {
  readonly heard: Heard[];
  readonly errors: (string | undefined)[];
}

/** One that answers is given all the time that it needs. */
function ask(url: string, known = secret, timeout = '10s'): Told {
  const told: Told = { heard: [], errors: [] };
  const peers = new Peers(secretsOf(known), systemClock, {
    heard: (_peer, view) => void told.heard.push(view),
    changed: (_peer, error) => void told.errors.push(error),
  });
  asking.push(peers);
  const exporters = [{ name: 'west', url }];
  const block = { secret: { env: 'X' }, interval: '200ms', timeout, exporters };
  peers.configure(configSchema.parse({ deployment: 'orders', peers: block }));
  return told;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

afterEach(() => {
  for (const peers of asking.splice(0)) peers.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('another exporter', () => {
  it('tells what it sees of each region', async () => {
    const told = ask(await exporterThatSees([down]));
    await until(() => told.heard.length > 0);
    expect(told.heard[0]).toEqual(new Map([['a', true]]));
    expect(told.errors).toEqual([undefined]);
  });

  it('tells nothing to one that does not know the secret', async () => {
    const url = await exporterThatSees([down]);
    const answer = await fetch(`${url}${peerPath}`);
    expect(answer.status).toBe(403);
    const told = ask(url, 'another secret, as long');
    await until(() => told.errors.length > 0);
    expect(told.errors[0]).toContain('status 403');
    expect(told.heard).toEqual([undefined]);
  });

  const unsigned: RequestListener = (_request, response) =>
    void response.end(JSON.stringify({ deployment: 'orders', regions: [down] }));
  const endless: RequestListener = (_request, response) => {
    const write = () => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', write);
    write();
  };
  const silent: RequestListener = () => {};
  const elsewhere: RequestListener = (_request, response) =>
    void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();

  it.each([
    ['an answer that is not signed', unsigned, 'not signed'],
    ['an answer without end', endless, 'more than'],
    ['no answer at all', silent, 'abort'],
    ['a redirect, which is not followed', elsewhere, 'status 302'],
  ])('with %s is not heard', async (_title, listener, message) => {
    const timeout = listener === silent ? '300ms' : '10s';
    const told = ask(await listening(listener), secret, timeout);
    await until(() => told.errors.length > 0);
    expect(told.errors[0]).toMatch(new RegExp(message, 'i'));
    expect(told.heard.every((view) => view === undefined)).toBe(true);
  });

  it('of another deployment is not heard', async () => {
    const told = ask(await exporterThatSees([down], 'billing'));
    await until(() => told.errors.length > 0);
    expect(told.errors[0]).toContain('it watches billing, not orders');
  });

  it('is heard again when it is back, and told of once each time', async () => {
    let isBack = false;
    const app = express();
    const served = {
      regions: () => ({ deployment: 'orders', at: '', regions: [down] }),
      peerSecret: () => Promise.resolve(secret),
    };
    app.get(peerPath, (_request, response, next) => {
      if (isBack) next();
      else response.status(503).end();
    });
    app.get(peerPath, peerRoute(served));
    const told = ask(await listening(app as RequestListener));
    await until(() => told.heard.length >= 3);
    isBack = true;
    await until(() => told.errors.length === 2);
    expect(told.errors).toEqual([expect.stringContaining('status 503'), undefined]);
    expect(told.heard.at(-1)).toEqual(new Map([['a', true]]));
  });

  it('is asked no more once it is no longer configured', async () => {
    let asked = 0;
    const told = ask(await listening((_request, response) => void ((asked += 1), response.end())));
    await until(() => asked > 0);
    asking[0]!.stop();
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(asked).toBeLessThanOrEqual(before + 1);
    expect(told.heard.filter((view) => view !== undefined)).toEqual([]);
  });
});
