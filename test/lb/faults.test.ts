import { afterEach, describe, expect, it } from 'vitest';
import { phases } from '../../src/collectors/lb/snapshot.js';
import {
  custom,
  customConnection,
  hang,
  hugeBody,
  malformedJson,
  nonUtf8,
  ok,
  redirectLoop,
  refuse,
  resetHalfWay,
  resetOnAccept,
  slowDrip,
  startFaultyHttp,
  status,
  truncatedJson,
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

/** Gauges of one address that only an answer gives. */
const answerMetrics = [
  'sensei_lb_http_status_code',
  'sensei_lb_http_redirects',
  'sensei_lb_http_body_bytes',
];

interface Fault {
  readonly title: string;
  readonly behaviour: Behaviour;
  readonly reason: string;
  readonly settings?: Record<string, unknown>;
  readonly deadlineMs?: number;
  /** Phases that were ended in spite of it. */
  readonly ended: readonly string[];
  readonly status?: number;
}

const upToProcessing = ['resolve', 'connect', 'tls', 'processing'];
const faults: Fault[] = [
  {
    title: 'a refused connection is `connect`',
    behaviour: refuse,
    reason: 'connect',
    ended: ['resolve'],
  },
  {
    title: 'a server that accepts and never answers is `timeout`',
    behaviour: hang,
    reason: 'timeout',
    deadlineMs: 200,
    ended: ['resolve', 'connect'],
  },
  {
    title: 'a reset half-way through the body is `connect`',
    behaviour: resetHalfWay,
    reason: 'connect',
    ended: upToProcessing,
    status: 200,
  },
  {
    title: 'a server that closes in the middle of a chunked body is `connect`',
    behaviour: custom((_request, response) => {
      response.write('half', () => response.socket?.end());
    }),
    reason: 'connect',
    ended: upToProcessing,
    status: 200,
  },
  {
    title: 'a 5xx is `status`, and shows its code',
    behaviour: status(503, 'no server is available'),
    reason: 'status',
    ended: [...phases],
    status: 503,
  },
  {
    title: 'a 5xx whose body hangs is still `status`',
    behaviour: custom((_request, response) => {
      response.writeHead(500);
      response.write('x');
    }),
    reason: 'status',
    deadlineMs: 200,
    ended: upToProcessing,
    status: 500,
  },
  {
    title: 'a body that drips for ever is `timeout`',
    behaviour: slowDrip(10),
    reason: 'timeout',
    deadlineMs: 200,
    ended: upToProcessing,
    status: 200,
  },
  {
    title: 'a redirect loop is `redirect`',
    behaviour: redirectLoop,
    reason: 'redirect',
    ended: [...phases],
    status: 302,
  },
  {
    title: 'a redirect without a Location is `redirect`',
    behaviour: ok(302),
    reason: 'redirect',
    ended: upToProcessing,
    status: 302,
  },
  {
    title: 'a redirect to something that is not HTTP is `redirect`',
    behaviour: ok(302, { location: 'file:///etc/passwd' }),
    reason: 'redirect',
    ended: [...phases],
    status: 302,
  },
  {
    title: 'a body of 100 MB is `too_large`',
    behaviour: hugeBody(),
    reason: 'too_large',
    ended: upToProcessing,
    status: 200,
  },
  {
    title: 'a body that is announced as too long is `too_large`',
    behaviour: ok(200, { 'content-length': '100000000' }, 'x'),
    reason: 'too_large',
    ended: upToProcessing,
    status: 200,
  },
  {
    title: 'malformed JSON fails a body match',
    behaviour: malformedJson,
    reason: 'body',
    settings: { expectBody: '^\\{"state": "running", "role": "\\w+"' },
    ended: [...phases],
    status: 200,
  },
  {
    title: 'truncated JSON fails a body match',
    behaviour: truncatedJson,
    reason: 'body',
    settings: { expectBody: '\\}$' },
    ended: [...phases],
    status: 200,
  },
  {
    title: 'a body that is not UTF-8 fails a body match',
    behaviour: nonUtf8,
    reason: 'body',
    settings: { expectBody: '"status":"ok"' },
    ended: [...phases],
    status: 200,
  },
  {
    title: 'a body that must not match is `body`',
    behaviour: ok(200, {}, '{"status":"degraded"}'),
    reason: 'body',
    settings: { rejectBody: 'degraded' },
    ended: [...phases],
    status: 200,
  },
  {
    title: 'an answer that is not HTTP is `status`',
    behaviour: customConnection((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
    reason: 'status',
    ended: upToProcessing,
  },
  {
    title: 'a head without end is `too_large`',
    behaviour: customConnection((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const line = `x-filler: ${'y'.repeat(1000)}\r\n`;
      socket.write(line.repeat(100));
    }),
    reason: 'too_large',
    ended: upToProcessing,
  },
  {
    title: 'a switch of protocols that nobody asked for ends at the deadline',
    behaviour: customConnection((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    }),
    reason: 'timeout',
    deadlineMs: 200,
    ended: upToProcessing,
  },
];

describe('a faulty endpoint', () => {
  it.each(faults)('$title', async ({ behaviour, reason, settings, deadlineMs, ended, status }) => {
    const server = await serve(behaviour);
    const measurement = await prober(
      { url: server.url, ...settings },
      deadlineMs === undefined ? {} : { deadlineMs },
    ).probe();

    expect(failuresOf(measurement)).toEqual({ [reason]: 1 });
    expect(measurement.observations).toMatchObject([
      { sli: 'lb/api/availability', outcome: 'bad', reason },
    ]);
    expect(valueOf(measurement, 'sensei_lb_probe_success')).toBe(0);
    expect(valueOf(measurement, 'sensei_lb_addresses_healthy')).toBe(0);
    expect(valueOf(measurement, 'sensei_lb_probe_duration_seconds')).toBeGreaterThan(0);
    expect(valueOf(measurement, 'sensei_lb_http_status_code')).toBe(status);
    const shown = phases.filter(
      (phase) => valueOf(measurement, 'sensei_lb_probe_phase_seconds', { phase }) !== undefined,
    );
    expect(shown).toEqual(ended);
  });

  it('a reset as soon as it is connected is `connect`', async () => {
    const server = await serve(resetOnAccept);
    const measurement = await prober({ url: server.url }).probe();
    expect(failuresOf(measurement)).toEqual({ connect: 1 });
    expect(valueOf(measurement, 'sensei_lb_http_status_code')).toBeUndefined();
  });

  it('a name that does not resolve is `dns`, and shows nothing of addresses', async () => {
    const measurement = await prober({ url: 'http://gone.test/' }, { lookUp: namesOf({}) }).probe();
    expect(failuresOf(measurement)).toEqual({ dns: 1 });
    expect(measurement.samples).toEqual([]);
    expect(measurement.observations).toMatchObject([{ outcome: 'bad', reason: 'dns' }]);
  });

  it('a name server that never answers is `dns`, at the deadline, and lookups do not pile up', async () => {
    let asked = 0;
    const lookUp = () => {
      asked += 1;
      return new Promise<never>(() => {});
    };
    const probed = prober({ url: 'http://slow.test/' }, { lookUp, deadlineMs: 50 });
    expect(failuresOf(await probed.probe())).toEqual({ dns: 1 });
    expect(failuresOf(await probed.probe())).toEqual({ dns: 1 });
    expect(asked).toBe(1);
  });

  it('a name with no address of the wanted family is `dns`', async () => {
    const lookUp = namesOf({ 'four.test': ['127.0.0.1'] });
    const probed = prober({ url: 'http://four.test/', addressFamily: 'ipv6' }, { lookUp });
    expect(failuresOf(await probed.probe())).toEqual({ dns: 1 });
  });

  it('a wrong password is `status`', async () => {
    const server = await serve(
      custom((request, response) => {
        const wanted = `Basic ${Buffer.from('u:right').toString('base64')}`;
        response.writeHead(request.headers.authorization === wanted ? 200 : 401);
        response.end();
      }),
    );
    const settings = {
      url: server.url,
      basicAuth: { username: 'u', password: { env: 'LB_PASSWORD' } },
    };
    const wrong = prober(settings, { secrets: () => Promise.resolve('wrong') });
    expect(failuresOf(await wrong.probe())).toEqual({ status: 1 });
    const right = prober(settings, { secrets: () => Promise.resolve('right') });
    expect(failuresOf(await right.probe())).toEqual({});
  });

  it.each([
    ['expired', 'CERT_HAS_EXPIRED'],
    ['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('a certificate that is %s is `tls`, and no request reaches the server', async (name, code) => {
    const server = await serve(ok(), { tls: serverTls(name) });
    const probed = prober({ url: server.url, tls: { caFile: pemPath('ca.crt') } });
    const { addresses } = await probed.observe();
    expect(addresses[0]?.failure).toEqual({
      reason: 'tls',
      message: `certificate not accepted: ${code}`,
    });
    expect(valueOf(await probed.probe(), 'sensei_lb_tls_verified')).toBe(0);
    expect(server.requests).toEqual([]);
  });

  it('a certificate of an unknown authority is `tls`', async () => {
    const server = await serve(ok(), { tls: serverTls('server') });
    expect(failuresOf(await prober({ url: server.url }).probe())).toEqual({ tls: 1 });
  });

  it('a plain server behind an https URL is `tls`', async () => {
    const server = await serve(
      customConnection((socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
    );
    const url = server.url.replace('http:', 'https:');
    expect(failuresOf(await prober({ url }).probe())).toEqual({ tls: 1 });
  });

  it('a TLS handshake that never ends is `timeout`', async () => {
    const server = await serve(hang);
    const url = server.url.replace('http:', 'https:');
    const measurement = await prober({ url }, { deadlineMs: 200 }).probe();
    expect(failuresOf(measurement)).toEqual({ timeout: 1 });
    expect(valueOf(measurement, 'sensei_lb_probe_phase_seconds', { phase: 'tls' })).toBe(undefined);
  });

  it.each([
    ['streamed', false],
    ['announced', true],
  ])(
    'of a body of 100 MB that is %s no more is taken than the sockets hold',
    async (_how, isAnnounced) => {
      const server = await serve(hugeBody(100 * 1024 * 1024, isAnnounced));
      const measurement = await prober({ url: server.url, maxBodyBytes: 1000 }).probe();
      expect(failuresOf(measurement)).toEqual({ too_large: 1 });
      await server.allEnded();
      expect(server.bytesSent()).toBeLessThan(16 * 1024 * 1024);
    },
  );

  it('ends every connection that it opened, also those that were given up', async () => {
    const { happened, happen } = signalled();
    const server = await serve(
      customConnection((socket) => void socket.resume().once('close', happen)),
    );
    await prober({ url: server.url }, { deadlineMs: 100 }).probe();
    await happened;
    expect(server.connections()).toBe(1);
  });

  it('loses every gauge of a failed probe that only an answer gives', async () => {
    const server = await serve(ok());
    const probed = prober({ url: server.url });
    const before = await probed.probe();
    expect(answerMetrics.map((metric) => valueOf(before, metric))).toEqual([200, 0, 2]);
    await server.close();
    const after = await probed.probe();
    expect(answerMetrics.map((metric) => valueOf(after, metric))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(valueOf(after, 'sensei_lb_up')).toBe(1);
  });
});

describe('trouble of the configuration fails the collection, not the endpoint', () => {
  it('a CA file that is not there is `tls`', async () => {
    const server = await serve(ok(), { tls: serverTls('server') });
    const probed = prober({ url: server.url, tls: { caFile: '/nowhere/ca.crt' } });
    await expect(probed.observe()).rejects.toMatchObject({
      reason: 'tls',
      message: 'cannot read /nowhere/ca.crt (tls.caFile)',
    });
  });

  it('a key file that holds no key is `tls`', async () => {
    const server = await serve(ok(), { tls: serverTls('server') });
    const tls = { certFile: pemPath('client.crt'), keyFile: pemPath('client.crt') };
    await expect(prober({ url: server.url, tls }).observe()).rejects.toMatchObject({
      reason: 'tls',
    });
  });

  it('a secret that cannot be read is `auth`, and means unknown for the SLI', async () => {
    const server = await serve(ok());
    const settings = { url: server.url, bearerToken: { file: '/nowhere/token' } };
    const probed = prober(settings, {
      secrets: () => Promise.reject(new Error('/nowhere/token: no such file')),
    });
    await expect(probed.observe()).rejects.toMatchObject({
      reason: 'auth',
      message: 'lb/api: a secret: /nowhere/token: no such file',
    });
    expect(server.requests).toEqual([]);
  });

  it('a secret with a line break is `auth`, and the message does not show it', async () => {
    const server = await serve(ok());
    const settings = { url: server.url, secretHeaders: { 'X-Key': { env: 'LB_KEY' } } };
    const probed = prober(settings, { secrets: () => Promise.resolve('geheim\nx: y') });
    await expect(probed.observe()).rejects.toMatchObject({
      reason: 'auth',
      message: 'lb/api: the secret for the header x-key holds a character that no header may hold',
    });
  });
});
