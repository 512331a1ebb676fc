import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readTlsPeer } from '../../src/collectors/lb/tls-peer.js';
import {
  custom,
  customConnection,
  hang,
  ok,
  refuse,
  slowDrip,
  startFaultyHttp,
  status,
  type Behaviour,
  type FaultyHttp,
} from '../support/faulty-http.js';
import {
  failuresOf,
  namesOf,
  pemPath,
  Prober,
  serverTls,
  signalled,
  valueOf,
  type ProbeOptions,
} from './harness.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function serve(
  behaviour: Behaviour,
  options?: Parameters<typeof startFaultyHttp>[1],
): Promise<FaultyHttp> {
  const server = await startFaultyHttp(behaviour, options);
  closers.push(() => server.close());
  return server;
}

function prober(settings: Record<string, unknown>, options?: ProbeOptions): Prober {
  const made = new Prober(settings, options);
  closers.push(() => made.close());
  return made;
}

function redirect(location: string, code = 302): Behaviour {
  return ok(code, { location }, '');
}

describe('addresses', () => {
  it('pitfall: a name with several addresses: each is probed, Host is kept, results and counts are per address', async () => {
    const good = await serve(ok(), { host: '127.0.0.2' });
    const bad = await serve(status(500), { host: '127.0.0.3', port: good.port });
    const lookUp = namesOf({ 'api.test': ['127.0.0.2', '127.0.0.3'] });
    const measurement = await prober(
      { url: `http://api.test:${good.port}/health` },
      { lookUp },
    ).probe();

    const success = (address: string) =>
      valueOf(measurement, 'sensei_lb_probe_success', { address });
    expect([success('127.0.0.2'), success('127.0.0.3')]).toEqual([1, 0]);
    expect(valueOf(measurement, 'sensei_lb_addresses_resolved')).toBe(2);
    expect(valueOf(measurement, 'sensei_lb_addresses_healthy')).toBe(1);
    for (const server of [good, bad]) {
      expect(server.requests.map(({ url, headers }) => [url, headers.host])).toEqual([
        ['/health', `api.test:${good.port}`],
      ]);
    }
    expect(measurement.observations[0]).toMatchObject({ outcome: 'bad', reason: 'status' });
  });

  it('pitfall: a name with several addresses: SNI is kept, and the certificate is checked against the name', async () => {
    const names: string[] = [];
    const server = await serve(ok(), {
      host: '127.0.0.2',
      tls: {
        ...serverTls('server'),
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
    });
    const lookUp = namesOf({ localhost: ['127.0.0.2'] });
    const measurement = await prober(
      { url: `https://localhost:${server.port}`, tls: { caFile: pemPath('ca.crt') } },
      { lookUp },
    ).probe();
    expect(names).toEqual(['localhost']);
    // The certificate is for localhost and 127.0.0.1, not for the address that was dialled.
    expect(valueOf(measurement, 'sensei_lb_tls_verified', { address: '127.0.0.2' })).toBe(1);
  });

  it('pitfall: a name with several addresses: their number is capped, and the number resolved is told', async () => {
    const server = await serve(ok());
    const addresses = Array.from({ length: 40 }, (_, index) => `127.0.0.${index + 1}`);
    const measurement = await prober(
      { url: `http://many.test:${server.port}`, maxAddresses: 1 },
      { lookUp: namesOf({ 'many.test': addresses }) },
    ).probe();
    expect(valueOf(measurement, 'sensei_lb_addresses_resolved')).toBe(40);
    expect(valueOf(measurement, 'sensei_lb_addresses_probed')).toBe(1);
    expect(valueOf(measurement, 'sensei_lb_addresses_healthy')).toBe(1);
  });

  it('an address that is an IP literal is never looked up', async () => {
    const server = await serve(ok());
    const probed = prober(
      { url: server.url },
      { lookUp: () => Promise.reject(new Error('looked up')) },
    );
    expect(failuresOf(await probed.probe())).toEqual({});
  });

  it('an IPv6 literal is dialled without its brackets', async () => {
    const server = await serve(ok(), { host: '::1' });
    const measurement = await prober({ url: server.url }).probe();
    expect(valueOf(measurement, 'sensei_lb_probe_success', { address: '::1' })).toBe(1);
  });

  it('addresses that the name lost are no longer shown', async () => {
    const server = await serve(ok());
    const names = { 'api.test': ['127.0.0.1', '127.0.0.9'] };
    const probed = prober(
      { url: `http://api.test:${server.port}` },
      { lookUp: (host, family) => namesOf(names)(host, family) },
    );
    expect((await probed.observe()).addresses).toHaveLength(2);
    names['api.test'] = ['127.0.0.1'];
    const after = await probed.probe();
    expect(after.memory.addresses.has('127.0.0.9')).toBe(false);
    expect(valueOf(after, 'sensei_lb_addresses_resolved')).toBe(1);
  });
});

describe('connections', () => {
  it('pitfall: Node hides faults: every probe makes a fresh connection to the pinned address', async () => {
    const server = await serve(ok());
    const probed = prober({ url: server.url });
    await probed.probe();
    await probed.probe();
    await probed.probe();
    expect(server.connections()).toBe(3);
    expect(new Set(server.requests.map(({ clientPort }) => clientPort)).size).toBe(3);
    expect(server.requests[0]?.headers.connection).toBe('close');
  });

  it('pitfall: Node hides faults: a dead first address is not papered over by trying the next', async () => {
    const server = await serve(ok(), { host: '127.0.0.2' });
    const lookUp = namesOf({ 'api.test': ['127.0.0.3', '127.0.0.2'] });
    const measurement = await prober({ url: `http://api.test:${server.port}` }, { lookUp }).probe();
    expect(valueOf(measurement, 'sensei_lb_probe_success', { address: '127.0.0.3' })).toBe(0);
    expect(failuresOf(measurement)).toEqual({ connect: 1 });
  });

  it.each(['http', 'https'])(
    'pitfall: keep-alive is a mode of its own: one kept %s connection serves all probes',
    async (scheme) => {
      const server = await serve(ok(), scheme === 'https' ? { tls: serverTls('server') } : {});
      const tls = { caFile: pemPath('ca.crt') };
      const probed = prober({ url: server.url, keepAlive: true, tls });
      const first = await probed.probe();
      const second = await probed.probe();
      expect(server.connections()).toBe(1);
      expect(server.requests).toHaveLength(2);
      const connect = { phase: 'connect' };
      expect(valueOf(first, 'sensei_lb_probe_phase_seconds', connect)).toBeGreaterThan(0);
      expect(valueOf(second, 'sensei_lb_probe_phase_seconds', connect)).toBe(0);
      expect(valueOf(second, 'sensei_lb_tls_verified')).toBe(scheme === 'https' ? 1 : undefined);
    },
  );

  it('a kept connection that the server ends as it is used again is made anew, not a failure', async () => {
    let answers = 0;
    const server = await serve(
      custom((request, response) => {
        answers += 1;
        if (answers === 2) request.socket.resetAndDestroy();
        else response.end('ok');
      }),
    );
    const probed = prober({ url: server.url, keepAlive: true });
    await probed.probe();
    expect(failuresOf(await probed.probe())).toEqual({});
    expect(server.connections()).toBe(2);
  });

  it('a fresh connection that is reset is a failure at once', async () => {
    const server = await serve(custom((request) => void request.socket.resetAndDestroy()));
    const probed = prober({ url: server.url, keepAlive: true });
    expect(failuresOf(await probed.probe())).toEqual({ connect: 1 });
    expect(server.connections()).toBe(1);
  });

  it('closing a target ends its kept connections', async () => {
    const { happened, happen } = signalled();
    const server = await serve(
      custom((request, response) => {
        request.socket.once('close', happen);
        response.end('ok');
      }),
    );
    const probed = new Prober({ url: server.url, keepAlive: true });
    await probed.probe();
    await probed.close();
    await happened;
    expect(server.connections()).toBe(1);
  });
});

describe('phases', () => {
  it('pitfall: phases resolve, connect, tls, processing and transfer are told, and add up to the duration at most', async () => {
    const server = await serve(
      custom((_request, response) => {
        setTimeout(() => {
          response.write('first');
          setTimeout(() => response.end('last'), 60);
        }, 120);
      }),
      { tls: serverTls('server') },
    );
    const measurement = await prober(
      { url: `https://localhost:${server.port}`, tls: { caFile: pemPath('ca.crt') } },
      {
        lookUp: async () => {
          await new Promise((resolve) => setTimeout(resolve, 40));
          return [{ address: '127.0.0.1', family: 4 }];
        },
      },
    ).probe();
    const phase = (name: string) =>
      valueOf(measurement, 'sensei_lb_probe_phase_seconds', { phase: name }) ?? NaN;
    // A timer may fire a millisecond early.
    expect(phase('resolve')).toBeGreaterThan(0.038);
    expect(phase('connect')).toBeGreaterThan(0);
    expect(phase('tls')).toBeGreaterThan(0);
    expect(phase('processing')).toBeGreaterThan(0.118);
    expect(phase('transfer')).toBeGreaterThan(0.058);
    const sum = ['resolve', 'connect', 'tls', 'processing', 'transfer']
      .map(phase)
      .reduce((total, each) => total + each, 0);
    expect(sum).toBeLessThanOrEqual(
      valueOf(measurement, 'sensei_lb_probe_duration_seconds') ?? NaN,
    );
  });

  it('pitfall: phases are summed over redirects', async () => {
    const server = await serve(
      custom((request, response) => {
        setTimeout(() => {
          response.writeHead(request.url === '/' ? 302 : 200, { location: '/final' });
          response.end('ok');
        }, 50);
      }),
    );
    const measurement = await prober({ url: server.url }).probe();
    const processing = { phase: 'processing' };
    expect(server.requests).toHaveLength(2);
    expect(
      valueOf(measurement, 'sensei_lb_probe_phase_seconds', processing),
    ).toBeGreaterThanOrEqual(0.098);
    expect(valueOf(measurement, 'sensei_lb_http_redirects')).toBe(1);
  });
});

describe('certificates', () => {
  it('pitfall: the end of a certificate survives its failed verification, as a timestamp', async () => {
    const server = await serve(ok(), { tls: serverTls('expired') });
    const tls = { caFile: pemPath('ca.crt') };
    const measurement = await prober({ url: server.url, tls }).probe();
    const notAfter = Date.parse('2021-01-01T00:00:00Z') / 1000;
    expect(failuresOf(measurement)).toEqual({ tls: 1 });
    expect(valueOf(measurement, 'sensei_lb_tls_certificate_not_after_timestamp_seconds')).toBe(
      notAfter,
    );
    expect(valueOf(measurement, 'sensei_lb_tls_chain_not_after_timestamp_seconds')).toBe(notAfter);
  });

  it('the ends of a verified certificate and of its chain are told, with the TLS version', async () => {
    const server = await serve(ok(), { tls: serverTls('server') });
    const measurement = await prober({
      url: server.url,
      tls: { caFile: pemPath('ca.crt') },
    }).probe();
    const leaf = valueOf(measurement, 'sensei_lb_tls_certificate_not_after_timestamp_seconds');
    const chain = valueOf(measurement, 'sensei_lb_tls_chain_not_after_timestamp_seconds');
    expect(leaf).toBe(Date.parse('2126-07-22T11:13:13Z') / 1000);
    expect(chain).toBe(leaf);
    expect(valueOf(measurement, 'sensei_lb_tls_info', { version: 'TLSv1.3' })).toBe(1);
  });

  it('the chain ends with the first of its certificates, and a chain in a circle is no trap', () => {
    const root = { valid_to: 'Jan  1 00:00:00 2030 GMT' } as DetailedPeerCertificate;
    root.issuerCertificate = root;
    const middle = { valid_to: 'Jan  1 00:00:00 2027 GMT', issuerCertificate: root };
    const leaf = { valid_to: 'Jan  1 00:00:00 2028 GMT', issuerCertificate: middle };
    const socket = { authorized: true, getProtocol: () => 'TLSv1.3' } as TLSSocket;
    expect(readTlsPeer(socket, leaf as DetailedPeerCertificate)).toMatchObject({
      leafNotAfterMs: Date.UTC(2028, 0, 1),
      chainNotAfterMs: Date.UTC(2027, 0, 1),
    });
  });

  it('insecureSkipVerify accepts the peer, and still tells that it was not verified', async () => {
    const server = await serve(ok(), { tls: serverTls('expired') });
    const measurement = await prober({
      url: server.url,
      tls: { insecureSkipVerify: true },
    }).probe();
    expect(failuresOf(measurement)).toEqual({});
    expect(valueOf(measurement, 'sensei_lb_tls_verified')).toBe(0);
    expect(valueOf(measurement, 'sensei_lb_probe_success')).toBe(1);
  });

  it('serverName is what is sent as SNI and what the certificate must be for', async () => {
    const server = await serve(ok(), { tls: serverTls('wrong-host') });
    const caFile = pemPath('ca.crt');
    const named = prober({ url: server.url, tls: { caFile, serverName: 'elsewhere.test' } });
    expect(failuresOf(await named.probe())).toEqual({});
    const hosted = prober({
      url: server.url,
      headers: { Host: 'elsewhere.test' },
      tls: { caFile },
    });
    expect(failuresOf(await hosted.probe())).toEqual({});
  });

  it('a client certificate is shown to the endpoint, and not to where it redirects', async () => {
    const seen: [string, string | undefined][] = [];
    const behaviour = (name: string, location?: string) =>
      custom((request, response) => {
        const { subject } = (
          request.socket as unknown as {
            getPeerCertificate(): { subject?: { CN: string } };
          }
        ).getPeerCertificate();
        seen.push([name, subject?.CN]);
        response.writeHead(location === undefined ? 200 : 307, { location: location ?? '' });
        response.end();
      });
    const tls = { ...serverTls('server'), requestCert: true, rejectUnauthorized: false };
    const other = await serve(behaviour('other'), { tls });
    const server = await serve(behaviour('endpoint', other.url), { tls });
    const settings = {
      caFile: pemPath('ca.crt'),
      certFile: pemPath('client.crt'),
      keyFile: pemPath('client.key'),
    };
    expect(failuresOf(await prober({ url: server.url, tls: settings }).probe())).toEqual({});
    expect(seen).toEqual([
      ['endpoint', 'client'],
      ['other', undefined],
    ]);
  });
});

describe('answers', () => {
  it('pitfall: a slow-drip body ends at the deadline, as `timeout`', async () => {
    const server = await serve(slowDrip(10));
    const measurement = await prober({ url: server.url }, { deadlineMs: 250 }).probe();
    expect(failuresOf(measurement)).toEqual({ timeout: 1 });
    expect(valueOf(measurement, 'sensei_lb_http_body_bytes')).toBeUndefined();
  });

  it('pitfall: bodies are read up to a limit, and one of exactly that length is accepted', async () => {
    const server = await serve(ok(200, {}, 'x'.repeat(10)));
    expect(failuresOf(await prober({ url: server.url, maxBodyBytes: 10 }).probe())).toEqual({});
    expect(failuresOf(await prober({ url: server.url, maxBodyBytes: 9 }).probe())).toEqual({
      too_large: 1,
    });
  });

  it('pitfall: a static 200 can come from an LB whose API is dead: the body decides', async () => {
    const server = await serve(ok(200, { 'content-type': 'text/html' }, '<h1>Maintenance</h1>'));
    expect(failuresOf(await prober({ url: server.url }).probe())).toEqual({});
    const strict = prober({ url: server.url, expectBody: '"status":\\s*"ok"' });
    expect(failuresOf(await strict.probe())).toEqual({ body: 1 });
  });

  it('accepts the status codes and classes that are configured, and no others', async () => {
    const server = await serve(status(418));
    const probe = (expectStatus: unknown[]) => prober({ url: server.url, expectStatus }).probe();
    expect(failuresOf(await probe([418]))).toEqual({});
    expect(failuresOf(await probe(['4xx']))).toEqual({});
    expect(failuresOf(await probe(['2xx', 417]))).toEqual({ status: 1 });
  });

  it('the announced length of an answer to HEAD is not a body', async () => {
    const server = await serve(ok(200, { 'content-length': '99999999' }));
    const measurement = await prober({ url: server.url, method: 'HEAD' }).probe();
    expect(failuresOf(measurement)).toEqual({});
    expect(valueOf(measurement, 'sensei_lb_http_body_bytes')).toBe(0);
  });

  it('sends the configured method, headers and body', async () => {
    let body = '';
    const server = await serve(
      custom((request, response) => {
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => response.end());
      }),
    );
    const headers = { 'X-Probe': 'sensei', 'Content-Type': 'application/json' };
    await prober({ url: `${server.url}/q?a=1`, method: 'POST', body: '{"a":1}', headers }).probe();
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: '/q?a=1',
      headers: { 'x-probe': 'sensei', 'content-type': 'application/json', 'content-length': '7' },
    });
    expect(body).toBe('{"a":1}');
  });
});

describe('redirects', () => {
  it('another host is resolved anew', async () => {
    const other = await serve(ok(), { host: '127.0.0.2' });
    const server = await serve(redirect(`http://other.test:${other.port}/x`));
    const lookUp = namesOf({ 'api.test': ['127.0.0.1'], 'other.test': ['127.0.0.2'] });
    const measurement = await prober({ url: `http://api.test:${server.port}` }, { lookUp }).probe();
    expect(failuresOf(measurement)).toEqual({});
    expect(other.requests[0]?.headers.host).toBe(`other.test:${other.port}`);
    expect(valueOf(measurement, 'sensei_lb_probe_success', { address: '127.0.0.1' })).toBe(1);
  });

  it('another host that does not resolve is `dns`', async () => {
    const server = await serve(redirect('http://gone.test/'));
    const measurement = await prober({ url: server.url }, { lookUp: namesOf({}) }).probe();
    expect(failuresOf(measurement)).toEqual({ dns: 1 });
  });

  it('the same host on another port stays at the pinned address', async () => {
    const second = await serve(ok(), { host: '127.0.0.2' });
    const first = await serve(redirect(`http://api.test:${second.port}/`), { host: '127.0.0.2' });
    const lookUp = namesOf({ 'api.test': ['127.0.0.2'] });
    const probed = prober({ url: `http://api.test:${first.port}` }, { lookUp });
    expect(failuresOf(await probed.probe())).toEqual({});
    expect(second.requests).toHaveLength(1);
  });

  it('credentials are never sent to another host', async () => {
    const other = await serve(ok());
    const server = await serve(redirect(`http://127.0.0.1:${other.port}/`, 307));
    await prober(
      {
        url: server.url,
        headers: { Cookie: 'session=1', 'X-Plain': 'yes', Authorization: 'Basic eDp5' },
        secretHeaders: { 'X-Secret-Key': { env: 'KEY' } },
        bearerToken: { env: 'TOKEN' },
      },
      { secrets: (ref) => Promise.resolve('env' in ref ? `value-of-${ref.env}` : '') },
    ).probe();
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer value-of-TOKEN',
      'x-secret-key': 'value-of-KEY',
      cookie: 'session=1',
    });
    const { headers } = other.requests[0]!;
    expect(headers).toMatchObject({ 'x-plain': 'yes' });
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|secret/)]),
    );
    expect(JSON.stringify(headers)).not.toMatch(/value-of|session/);
  });

  it('credentials in a Location are not used', async () => {
    const server = await serve(
      custom((request, response) => {
        const location = `http://u:p@${request.headers.host}/final`;
        response.writeHead(request.url === '/' ? 302 : 200, { location });
        response.end();
      }),
    );
    expect(failuresOf(await prober({ url: server.url }).probe())).toEqual({});
    expect(server.requests[1]?.headers.authorization).toBeUndefined();
  });

  it('more of them than maxRedirects are `redirect`', async () => {
    const server = await serve(
      custom((request, response) => {
        response.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` });
        response.end();
      }),
    );
    const measurement = await prober({ url: server.url, maxRedirects: 3 }).probe();
    expect(failuresOf(measurement)).toEqual({ redirect: 1 });
    expect(server.requests).toHaveLength(4);
  });

  it('are answers in themselves when they are not to be followed', async () => {
    const server = await serve(redirect('/elsewhere'));
    const measurement = await prober({
      url: server.url,
      followRedirects: false,
      expectStatus: [302],
    }).probe();
    expect(failuresOf(measurement)).toEqual({});
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [301, 'GET'],
    [302, 'GET'],
    [303, 'GET'],
    [307, 'POST'],
    [308, 'POST'],
  ])('a POST answered with %i goes on as %s', async (code, method) => {
    const server = await serve(
      custom((request, response) => {
        response.writeHead(request.url === '/' ? code : 200, { location: '/final' });
        response.end();
      }),
    );
    await prober({ url: server.url, method: 'POST', body: 'x' }).probe();
    expect(server.requests.map((request) => request.method)).toEqual(['POST', method]);
  });
});

/** Answers one CONNECT, whatever it asks for, with a connection to this port. */
function tunnel(socket: Socket, port: number, asked: string[]): void {
  socket.once('data', (head: Buffer) => {
    asked.push(head.toString());
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  });
}

describe('proxies', () => {
  it('the environment names none', async () => {
    const proxy = await serve(ok());
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'ALL_PROXY']) {
      vi.stubEnv(name, proxy.url);
    }
    const server = await serve(ok());
    expect(failuresOf(await prober({ url: server.url }).probe())).toEqual({});
    expect(proxy.connections()).toBe(0);
    expect(server.requests).toHaveLength(1);
  });

  it.each([false, true])(
    'plain HTTP asks a configured one for the absolute URL (keepAlive %s)',
    async (keepAlive) => {
      const proxy = await serve(ok());
      const url = 'http://api.test/health?x=1';
      const measurement = await prober(
        { url, proxy: proxy.url, keepAlive },
        { lookUp: namesOf({}) },
      ).probe();
      expect(failuresOf(measurement)).toEqual({});
      expect(proxy.requests[0]).toMatchObject({ url, headers: { host: 'api.test' } });
      expect(valueOf(measurement, 'sensei_lb_probe_success', { address: 'api.test' })).toBe(1);
    },
  );

  it('https goes through a tunnel of a configured one, and verifies the endpoint at its end', async () => {
    const server = await serve(ok(), { tls: serverTls('server') });
    const asked: string[] = [];
    const proxy = await serve(customConnection((socket) => tunnel(socket, server.port, asked)));
    const measurement = await prober(
      {
        url: `https://localhost:${server.port}`,
        proxy: proxy.url,
        tls: { caFile: pemPath('ca.crt') },
        bearerToken: { env: 'TOKEN' },
      },
      { lookUp: namesOf({}), secrets: () => Promise.resolve('geheim') },
    ).probe();
    expect(failuresOf(measurement)).toEqual({});
    expect(asked[0]).toContain(`CONNECT localhost:${server.port} HTTP/1.1`);
    expect(asked.join('')).not.toContain('geheim');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer geheim');
    expect(valueOf(measurement, 'sensei_lb_tls_verified', { address: 'localhost' })).toBe(1);
  });

  it.each([
    ['that gives no tunnel', customConnection((s) => s.end('HTTP/1.1 407 No\r\n\r\n')), 'connect'],
    ['that closes', customConnection((s) => s.end()), 'connect'],
    ['whose answer never ends', customConnection((s) => s.write('x'.repeat(100_000))), 'connect'],
    ['that never answers', hang, 'timeout'],
  ])('a configured one %s', async (_title, behaviour, reason) => {
    const proxy = await serve(behaviour);
    const probed = prober({ url: 'https://api.test/', proxy: proxy.url }, { deadlineMs: 300 });
    expect(failuresOf(await probed.probe())).toEqual({ [reason]: 1 });
  });

  it('a configured one that refuses is `connect`', async () => {
    const proxy = await serve(refuse);
    const probed = prober({ url: 'http://api.test/', proxy: proxy.url });
    expect(failuresOf(await probed.probe())).toEqual({ connect: 1 });
  });
});

describe('the transcript', () => {
  it('tells what was asked and answered, without credentials or query', async () => {
    const server = await serve(ok(200, {}, `{"status":"ok"}${' '.repeat(5000)}`));
    const notes: [string, string][] = [];
    await prober(
      { url: `${server.url}/health?token=geheim`, bearerToken: { env: 'TOKEN' } },
      {
        transcript: { note: (asked, answered) => void notes.push([asked, answered]) },
        secrets: () => Promise.resolve('geheim'),
      },
    ).probe();
    expect(notes).toHaveLength(1);
    expect(notes[0]?.[0]).toBe(`GET ${server.url}/health?... at 127.0.0.1`);
    expect(notes[0]?.[1]).toContain('200 5015 bytes {"status":"ok"}');
    expect(notes[0]?.[1].length).toBeLessThan(1000);
    expect(JSON.stringify(notes)).not.toContain('geheim');
  });
});
