import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  custom,
  hang,
  hugeBody,
  ok,
  redirectLoop,
  refuse,
  resetHalfWay,
  slowDrip,
  startFaultyHttp,
  status,
  type Behaviour,
  type FaultyHttp,
  type FaultyHttpOptions,
} from '../support/faulty-http.js';
import { hookOf, run, SecretFiles } from './hook-harness.js';

const pemPath = (name: string) =>
  fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));
const tls = { key: readFileSync(pemPath('server.key')), cert: readFileSync(pemPath('server.crt')) };

/** Says what was sent to it, credentials and all. */
const echo = custom((request, response) => {
  void text(request).then((body) =>
    response.end(`${request.method} ${JSON.stringify(request.headers)} ${body}`),
  );
});

describe('a hook that is a request', () => {
  let files: SecretFiles;
  let server: FaultyHttp;
  beforeAll(() => {
    files = new SecretFiles();
  });
  afterAll(() => files.remove());
  afterEach(() => server.close());

  async function serve(behaviour: Behaviour, options: FaultyHttpOptions = {}) {
    server = await startFaultyHttp(behaviour, options);
    return server;
  }

  const request = (http: object, more: object = {}) =>
    hookOf({ http: { url: `${server.url}/fence?key=1`, ...http }, ...more });

  it.each([200, 202, 204])('is good with status %d', async (code) => {
    await serve(status(code));
    const found = await run(request({}));
    expect(found).toMatchObject({ ok: true, output: '', attempts: 1 });
    expect(found.detail).toMatch(new RegExp(`^status ${code}, after \\d`));
  });

  it('tells the server what it is about, and that a second time is the same request', async () => {
    await serve(echo);
    const { output } = await run(request({}));
    const [, method, headers, body] = /^(\w+) (\{.*?\}) (.*)$/.exec(output) ?? [];
    expect(method).toBe('POST');
    expect(JSON.parse(headers ?? '')).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'failover-7/stop-east',
    });
    expect(JSON.parse(body ?? '')).toEqual({
      execution: 'failover-7',
      kind: 'failover',
      mode: 'unplanned',
      from: 'east',
      to: 'west',
      deployment: 'orders',
      drill: true,
      hook: 'stop-east',
    });
  });

  it('sends the method, header fields and body that are given', async () => {
    await serve(echo);
    const found = await run(
      request({
        method: 'PUT',
        headers: { 'Content-Type': 'text/x-fence', 'X-Reason': 'drill' },
        body: 'state=fenced',
      }),
    );
    expect(found.output).toMatch(/^PUT .*"content-type":"text\/x-fence".* state=fenced$/);
    expect(found.output).toContain('"x-reason":"drill"');
  });

  it('sends no body with GET', async () => {
    await serve(echo);
    const { output } = await run(request({ method: 'GET' }));
    expect(output).toMatch(/^GET \{.*\}$/);
    expect(output).not.toContain('content-type');
  });

  it('sends its credentials, and shows none of them though the server says them again', async () => {
    await serve(echo);
    const secretHeaders = { 'X-Api-Key': files.write('key', 'hunter2-key') };
    const bearerToken = files.write('token', 'hunter2-token');
    const basicAuth = { username: 'ops', password: files.write('password', 'hunter2-pass') };
    const bearer = await run(request({ secretHeaders, bearerToken }));
    const basic = await run(request({ basicAuth }));
    expect(server.requests.map(({ headers }) => headers)).toMatchObject([
      { 'x-api-key': 'hunter2-key', authorization: 'Bearer hunter2-token' },
      { authorization: `Basic ${Buffer.from('ops:hunter2-pass').toString('base64')}` },
    ]);
    expect(bearer.output).toContain('"x-api-key":"(hidden)"');
    expect(bearer.output).toContain('"authorization":"Bearer (hidden)"');
    expect(basic.output).toMatch(/"authorization":"Basic b3BzO.\(hidden\)/);
    expect(JSON.stringify([bearer, basic])).not.toContain('hunter2');
  });

  it('is not made without its secret, which is named', async () => {
    await serve(ok());
    const found = await run(request({ bearerToken: { env: 'SENSEI_NOT_THERE' } }));
    expect(found.detail).toMatch(
      /^the environment variable SENSEI_NOT_THERE, referenced as a secret, is not set, after/,
    );
    expect(server.requests).toEqual([]);
  });

  it('is not made with a secret that no header can hold, which is not shown', async () => {
    await serve(ok());
    const found = await run(request({ bearerToken: files.write('lines', 'hunter2\nhunter2') }));
    expect(found).toMatchObject({ ok: false });
    expect(found.detail).toMatch(/^the value of the header authorization has a character/);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('is bad with a redirect, and follows none', async () => {
    await serve(redirectLoop);
    const found = await run(request({}));
    expect(found.ok).toBe(false);
    expect(found.detail).toMatch(/^status 302, a redirect, which is not followed, after/);
    expect(server.requests).toHaveLength(1);
  });

  it('is made again after a failure: 500 and then 200 is good with two tries', async () => {
    let asked = 0;
    const behaviour = custom((_request, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 500 : 200);
      response.end(asked === 1 ? 'try again' : 'fenced');
    });
    await serve(behaviour);
    const found = await run(request({}, { attempts: 2 }));
    expect(found).toMatchObject({ ok: true, output: 'fenced', attempts: 2 });
    expect(found.detail).toMatch(/^status 200, after .*, in try 2 of 2$/);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(['failover-7/stop-east', 'failover-7/stop-east']);
  });

  it('is bad after its last try, with what was answered', async () => {
    await serve(status(503, 'no capacity'));
    const found = await run(request({}, { attempts: 2 }));
    expect(found).toMatchObject({ ok: false, output: 'no capacity', attempts: 2 });
    expect(found.detail).toMatch(/^status 503, after .*, in try 2 of 2$/);
  });

  it.each([
    ['is silent', hang],
    ['sends an answer that does not end', slowDrip()],
  ])('is bad when the server %s until its time is over', async (_title, behaviour) => {
    await serve(behaviour);
    const found = await run(request({}, { timeout: '500ms' }));
    expect(found).toMatchObject({
      ok: false,
      detail: 'gave no complete answer within 500 ms',
      output: '',
      attempts: 1,
    });
    await server.allEnded();
  });

  it('reads of an endless answer what fits, and goes by its status', async () => {
    await serve(hugeBody(1024 * 1024 * 1024));
    const found = await run(request({}));
    expect(found.ok).toBe(true);
    expect(Buffer.byteLength(found.output)).toBeLessThanOrEqual(4096);
    await server.allEnded();
    expect(server.bytesSent()).toBeLessThan(64 * 1024 * 1024);
  });

  it('is bad when the answer breaks off', async () => {
    await serve(resetHalfWay);
    const found = await run(request({}));
    expect(found).toMatchObject({ ok: false, attempts: 1 });
    expect(found.detail).toMatch(/^status 200, but the answer broke off, after /);
  });

  it('is bad when nobody listens, and says so without the URL', async () => {
    await serve(refuse);
    const found = await run(request({}));
    expect(found.ok).toBe(false);
    expect(found.detail).toMatch(/^no answer: connect ECONNREFUSED 127\.0\.0\.1:\d+, after/);
  });

  it('refuses a server whose certificate it cannot verify, and sends it nothing', async () => {
    await serve(ok(), { tls });
    const found = await run(request({ bearerToken: files.write('tls', 'hunter2-tls') }));
    expect(found.ok).toBe(false);
    expect(found.detail).toMatch(/^no answer: .*certificate/);
    expect(server.requests).toEqual([]);
  });

  it('goes to one whose authority is given', async () => {
    await serve(ok(), { tls });
    const found = await run(request({ tls: { caFile: pemPath('ca.crt') } }));
    expect(found).toMatchObject({ ok: true, output: 'ok' });
  });

  it('names a file of TLS that is not there', async () => {
    await serve(ok(), { tls });
    const found = await run(request({ tls: { caFile: '/nowhere/ca.crt' } }));
    expect(found.detail).toMatch(/^cannot read \/nowhere\/ca\.crt \(tls\.caFile\), after/);
  });

  it('is ended when the execution is interrupted', async () => {
    await serve(hang);
    const stop = new AbortController();
    const running = run(request({}, { attempts: 3 }), stop.signal);
    setTimeout(() => stop.abort(), 300);
    const found = await running;
    expect(found).toMatchObject({ ok: false, attempts: 1 });
    expect(found.detail).toMatch(/^interrupted after .* in try 1 of 3$/);
    await server.allEnded();
  });

  it('is not tried again when the execution is interrupted in the pause between two tries', async () => {
    const stop = new AbortController();
    await serve(
      custom((_request, response) => {
        response.writeHead(500);
        response.end(() => setTimeout(() => stop.abort(), 200));
      }),
    );
    const found = await run(request({}, { attempts: 5 }), stop.signal);
    expect(found).toMatchObject({ ok: false, attempts: 1 });
    expect(server.requests).toHaveLength(1);
  });
});
