import { gunzipSync } from 'node:zlib';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AnyCollector } from '../../src/collectors/contract.js';
import type { ReloadResult } from '../../src/deployment/reloader.js';
import { gauge } from '../../src/metrics/sample.js';
import { shownDrills, type DrillsAnswer } from '../../src/drills/standing.js';
import { HeartbeatBook } from '../../src/runner/heartbeat-book.js';
import { StateBook } from '../../src/runner/state-book.js';
import type { Job } from '../../src/runner/target-loop.js';
import { createApp, type ServedExporter } from '../../src/server/app.js';
import { negotiateFormat } from '../../src/server/metrics-route.js';
import { servedStatus } from '../status-page/status-server.js';
import { statusModelOf } from '../status-page/status-model.js';
import { incidentOf } from '../store/rows.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';

const job: Job = {
  collector: { kind: 'lb' } as AnyCollector,
  target: {
    name: 'api<b>',
    component: 'api',
    region: 'a',
    zone: '',
    intervalMs: 1000,
    timeoutMs: 500,
  },
};
const incidents = [
  incidentOf({ id: 'a' }),
  incidentOf({ id: 'b', scenario: 'redis_primary', component: 'redis' }),
];
const span = { startedAt: { wallMs: 0, monoMs: 0 }, endedAt: { wallMs: 1000, monoMs: 1000 } };

const drills = shownDrills(
  [],
  Array.from({ length: 150 }, (_, index) => ({
    id: `drill-${index}`,
    scenario: 'pod',
    atMs: -index,
    recoveryMs: 500,
    lossMs: null,
    detail: '',
  })),
  { periodsMs: {}, rtoMs: 0, nowMs: 0 },
);

describe('the HTTP server', () => {
  let served: ServedExporter;
  let reloadResult: ReloadResult;
  let mayReload: boolean;
  let hasTargets: boolean;
  beforeEach(() => {
    reloadResult = { ok: true, warnings: [] };
    mayReload = true;
    hasTargets = true;
    const page = new MetricsPage();
    page.series.replaceGauges('o', [
      gauge('sensei_collector_success', { kind: 'lb', target: 'a' }, 1),
    ]);
    served = {
      version: '1.2.3',
      page,
      book: new StateBook(),
      peers: {
        regions: () => ({ deployment: '', at: '', regions: [] }),
        peerSecret: () => Promise.resolve(undefined),
      },
      slos: {
        slos: () => ({ deployment: 'orders', at: '', slos: [] }),
        regions: () => ({ deployment: '', at: '', regions: [] }),
        compliance: () => ({
          deployment: 'orders',
          at: '',
          tier: 'standard',
          verdicts: [],
          exposures: [],
          worstDataset: null,
        }),
        incidents: () =>
          Promise.resolve({ deployment: 'orders', at: '', incidents, complete: true }),
        incident: (id) => Promise.resolve(incidents.find((each) => each.id === id)),
        drills: (limit) => ({
          deployment: 'orders',
          at: '',
          scenarios: [],
          drills: drills.slice(0, limit),
          total: drills.length,
        }),
      },
      heartbeats: new HeartbeatBook(),
      status: servedStatus(statusModelOf),
      deployment: () => 'orders',
      reload: () => Promise.resolve(reloadResult),
      hasTargets: () => hasTargets,
      reloadAllowed: () => mayReload,
      logError: () => {},
    };
  });
  const ask = () => request(createApp(served));

  it('serves Prometheus text by default', async () => {
    const answer = await ask().get('/metrics').expect(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('sensei_collector_success{kind="lb",target="a"} 1\n');
  });

  it('finds incidents by component and scenario, and one by its id', async () => {
    const ids = async (query: string) => {
      const { body } = await ask().get(`/api/v1/incidents?${query}`).expect(200);
      return (body as { incidents: { id: string }[] }).incidents.map(({ id }) => id);
    };
    expect(await ids('')).toEqual(['a', 'b']);
    expect(await ids('component=redis')).toEqual(['b']);
    expect(await ids('scenario=primary_database&from=24h')).toEqual(['a']);
    expect(await ids('limit=1')).toEqual(['a']);
    await ask().get('/api/v1/incidents/b').expect(200);
    await ask().get('/api/v1/incidents/c').expect(404);
  });

  it.each([
    ['from=yesterday', /from: expected an instant/],
    ['scenario=fire', /scenario: expected one of pod, node/],
    ['limit=0', /limit: expected a whole number/],
    ['colour=red', /colour: unknown; expected from/],
  ])('refuses incidents?%s with what is allowed', async (query, message) => {
    const { body } = await ask().get(`/api/v1/incidents?${query}`).expect(400);
    expect((body as { error: string }).error).toMatch(message);
  });

  it('lists heartbeats, to GET alone', async () => {
    const { body } = await ask().get('/api/v1/heartbeats').expect(200);
    expect(body).toMatchObject({ deployment: 'orders', clusters: [] });
    await ask().post('/api/v1/heartbeats').expect(405);
  });

  it('serves the newest drills, a hundred unless more are asked for, and how many there are', async () => {
    const asked = async (query: string) => {
      const { body } = await ask().get(`/api/v1/drills${query}`).expect(200);
      const { drills: found, total } = body as DrillsAnswer;
      return [found[0]?.id, found.length, total];
    };
    expect(await asked('')).toEqual(['drill-0', 100, 150]);
    expect(await asked('?limit=2')).toEqual(['drill-0', 2, 150]);
    expect(await asked('?limit=1000')).toEqual(['drill-0', 150, 150]);
  });

  it.each([
    ['limit=1001', 'limit: expected a whole number from 1 to 1000'],
    ['scenario=pod', 'scenario: unknown; expected limit'],
  ])('refuses drills?%s with what is allowed', async (query, message) => {
    const { body } = await ask().get(`/api/v1/drills?${query}`).expect(400);
    expect((body as { error: string }).error).toBe(message);
  });

  it('serves OpenMetrics to a scraper that asks for it as Prometheus does', async () => {
    const answer = await ask()
      .get('/metrics')
      .set('Accept', 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5')
      .expect(200);
    expect(answer.headers['content-type']).toMatch(
      /^application\/openmetrics-text; version=1\.0\.0/,
    );
    const body: unknown = answer.body;
    expect(answer.text ?? String(body)).toContain('# EOF');
  });

  it.each([
    [undefined, 'prometheus'],
    ['*/*', 'prometheus'],
    ['application/openmetrics-text; q=0, text/plain', 'prometheus'],
    ['text/plain, application/openmetrics-text;version=0.0.1;q=0.7', 'openmetrics'],
  ])('Accept %s gets %s', (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });

  it('compresses when asked, to the same text', async () => {
    const plain = await ask().get('/metrics').set('Accept-Encoding', 'identity').expect(200);
    const packed = await ask()
      .get('/metrics')
      .set('Accept-Encoding', 'gzip')
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => done(null, Buffer.concat(chunks)));
      })
      .expect(200);
    expect(packed.headers['content-encoding']).toBe('gzip');
    const body = packed.body as Buffer;
    const text = body[0] === 0x1f ? gunzipSync(body).toString() : body.toString();
    expect(text).toBe(plain.text);
  });

  it('is not ready before its targets are known, for then none of them waits', async () => {
    hasTargets = false;
    await ask().get('/-/ready').expect(503, 'starting: history is being read\n');
  });

  it('is ready once every target was collected, whatever the result', async () => {
    served.book.add(job);
    await ask().get('/-/ready').expect(503, '1 targets not collected yet\n');
    served.book.record(job, {
      ok: false,
      reason: 'connect',
      message: 'refused',
      measurement: {},
      span,
    });
    await ask().get('/-/ready').expect(200);
  });

  it('says what it believes, from where and since when; facts of before a failure are stale', async () => {
    served.book.add(job);
    const facts = [{ name: 'status', value: 200, source: 'GET http://x/' }];
    const measurement = {
      samples: [],
      increments: [],
      observations: [],
      events: [],
      facts,
      memory: undefined,
    };
    served.book.record(job, { ok: true, measurement, span });
    served.book.record(job, {
      ok: false,
      reason: 'timeout',
      message: 'late',
      measurement: {},
      span,
    });
    const { body } = await ask().get('/api/v1/state').expect(200);
    expect(body.targets[0]).toMatchObject({
      id: 'lb/api<b>',
      status: 'failed',
      stale: true,
      lastFailure: { reason: 'timeout' },
      facts: [
        { name: 'status', value: 200, source: 'GET http://x/', at: '1970-01-01T00:00:01.000Z' },
      ],
    });
  });

  it('reloads by POST alone, and answers with the faults of a bad file', async () => {
    await ask().get('/-/reload').expect(405);
    await ask().post('/-/reload').expect(200);
    reloadResult = { ok: false, faults: ['x.yaml:1:1 bad'] };
    await ask()
      .post('/-/reload')
      .expect(422, { ok: false, faults: ['x.yaml:1:1 bad'] });
  });

  it('refuses a reload from a web page, and any when it is switched off', async () => {
    await ask().post('/-/reload').set('Origin', 'http://evil.test').expect(403);
    mayReload = false;
    await ask().post('/-/reload').expect(403);
  });

  it('allows nothing to run in what it answers, and does not say what it is made with', async () => {
    const { headers } = await ask().get('/metrics').expect(200);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each(['/nope', '/metrics/x'])('answers 404 for %s', async (path) => {
    await ask().get(path).expect(404);
  });
});
