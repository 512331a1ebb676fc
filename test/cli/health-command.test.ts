import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSensei } from '../support/run-sensei.js';
import { startStatusServer } from '../status-page/status-server.js';

const patroni = {
  name: 'orders',
  region: 'a',
  members: [
    { name: 'pg1', url: 'http://127.0.0.1:1', zone: 'a' },
    { name: 'pg2', url: 'http://127.0.0.1:1', zone: 'b' },
  ],
};

describe('sensei health check', () => {
  let folder: string;
  let port: number;
  const server = createServer((request, response) => {
    // One that never answers, and one that does.
    if (request.url !== '/hang') response.end('{"status":"ok"}');
  });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-health-'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const check = (collectors: object, ...args: readonly string[]) => {
    const file = join(folder, 'sensei.yaml');
    writeFileSync(file, JSON.stringify({ deployment: 'orders', collectors }));
    return runSensei('health', 'check', '-c', file, ...args);
  };
  const api = (path: string, place: object = {}) => ({
    name: `api${path.replace('/', '-')}`,
    url: `http://127.0.0.1:${port}${path}`,
    component: 'dashboard-of-tests',
    interval: '60s',
    timeout: '20s',
    ...place,
  });

  it('exits 0 where everything serves, and says so', async () => {
    const { stdout, code } = await check({ lb: [api('/ok')] });
    expect(stdout).toMatch(/^dashboard-of-tests {2,}- {2,}healthy/m);
    expect(stdout).toMatch(/^healthy: everything serves/m);
    expect(code).toBe(0);
  });

  it('exits 1 where one zone fails', async () => {
    const lb = [api('/ok'), { ...api('/other', { zone: 'b' }), expectBody: 'never said' }];
    const { stdout, code } = await check({ lb });
    expect(stdout).toMatch(/degraded.*fails in b: body.*sensei probe lb\/api-other/);
    expect(code).toBe(1);
  });

  it('exits 2 where nothing answers, with what to do', async () => {
    const { stdout, code } = await check({ patroni: [patroni] });
    expect(stdout).toMatch(/postgresql.*unknown.*0 \/ 2.*sensei probe patroni\/orders/);
    expect(code).toBe(2);
  });

  it('ends at its timeout though a target hangs, and calls that unknown or down, never well', async () => {
    const lb = [{ ...api('/hang'), interval: '60s', timeout: '50s' }];
    const { stdout, code } = await check({ lb }, '--timeout', '500ms', '--json');
    const answer = JSON.parse(stdout) as { health: string; tookMs: number };
    expect(answer.health).not.toBe('healthy');
    expect(answer.tookMs).toBeLessThan(50_000);
    expect(code).toBe(2);
  });

  it('looks at the named component alone', async () => {
    const { stdout, code } = await check(
      { lb: [api('/ok')], patroni: [patroni] },
      '--component',
      'dashboard-of-tests',
    );
    expect(stdout).not.toContain('postgresql');
    expect(code).toBe(0);
  });

  it('calls a component that is not watched unknown, not healthy', async () => {
    const { stdout, code } = await check(
      { lb: [api('/ok')] },
      '--component',
      'dashboard-of-tests',
      '--component',
      'nothing-of-the-kind',
    );
    expect(stdout).toMatch(/^nothing-of-the-kind .* unknown .*nothing of it is watched/m);
    expect(code).toBe(2);
  });

  it.each([
    [[], /either -c FILE/],
    [['-c', 'x.yaml', '--exporter', 'http://127.0.0.1:1'], /either -c FILE/],
    [['-c', '/nowhere.yaml'], /nowhere\.yaml/],
    [['--exporter', 'http://127.0.0.1:1'], /ECONNREFUSED.*is it running/],
    [['--timeout', 'soon', '-c', 'x'], /expected a duration from 1ms to 1h/],
  ])('%j is refused with 2 and what to do', async (args, message) => {
    const { stderr, code } = await runSensei('health', 'check', ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('is not fooled by something else that listens where the exporter should', async () => {
    const other = await startStatusServer(() => {
      throw new Error('not asked for here');
    });
    const { stderr, code } = await runSensei('health', 'check', '--exporter', `${other.url}/nope`);
    await other.close();
    expect(stderr).toMatch(/status 404/);
    expect(code).toBe(2);
  });
});
