import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { count, gauge } from '../../src/metrics/sample.js';
import { MetricsPage } from '../../src/telemetry/metrics-page.js';
import { startOtlp, type OtlpExport } from '../../src/telemetry/otlp/start-otlp.js';

const attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }));
const point = z.looseObject({
  attributes: attributes.optional(),
  asDouble: z.number().optional(),
  asInt: z.union([z.number(), z.string()]).optional(),
  startTimeUnixNano: z.string(),
  count: z.union([z.number(), z.string()]).optional(),
  sum: z.number().optional(),
  bucketCounts: z.array(z.union([z.number(), z.string()])).optional(),
  explicitBounds: z.array(z.number()).optional(),
});
const points = z.object({ dataPoints: z.array(point), isMonotonic: z.boolean().optional() });
const metric = z.looseObject({
  name: z.string(),
  unit: z.string().optional(),
  sum: points.optional(),
  gauge: points.optional(),
  histogram: points.optional(),
});
type OtlpMetric = z.infer<typeof metric>;
const metricsBody = z.object({
  resourceMetrics: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeMetrics: z.array(z.object({ metrics: z.array(metric) })),
    }),
  ),
});
const span = z.looseObject({
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  status: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
});
const tracesBody = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});

/** An OTLP/HTTP collector that keeps what it is sent. */
class Collector {
  readonly metrics: OtlpMetric[][] = [];
  readonly resources: z.infer<typeof attributes>[] = [];
  readonly spans: z.infer<typeof span>[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  answer: (response: ServerResponse) => void = (response) => response.end('{}');
  requests = 0;
  private readonly server: Server = createServer((request, response) => {
    void this.take(request).then(() => this.answer(response));
  });

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
    const body: unknown = JSON.parse(text.toString());
    this.requests += 1;
    this.headers.push(request.headers);
    if (request.url === '/v1/metrics') {
      const [only] = metricsBody.parse(body).resourceMetrics;
      this.metrics.push(only!.scopeMetrics.flatMap(({ metrics }) => metrics));
      this.resources.push(only!.resource.attributes);
    } else {
      const found = tracesBody.parse(body).resourceSpans;
      this.spans.push(
        ...found.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      );
    }
  }
}

function labelsOf(given: z.infer<typeof attributes> = []): string {
  const pairs = given.map(({ key, value }) => `${key}="${String(Object.values(value)[0])}"`);
  return pairs.toSorted().join(',');
}

/** Every series of a push as `name{labels}` and value, histograms as their parts. */
function seriesOf(metrics: readonly OtlpMetric[]): Map<string, number> {
  const series = new Map<string, number>();
  for (const { name, sum, gauge: gauges, histogram } of metrics) {
    for (const each of [...(sum?.dataPoints ?? []), ...(gauges?.dataPoints ?? [])]) {
      series.set(`${name}{${labelsOf(each.attributes)}}`, Number(each.asDouble ?? each.asInt));
    }
    for (const each of histogram?.dataPoints ?? []) {
      const labels = labelsOf(each.attributes);
      series.set(`${name}_count{${labels}}`, Number(each.count));
      series.set(`${name}_sum{${labels}}`, each.sum ?? NaN);
      let below = 0;
      each.bucketCounts?.forEach((inBucket, index) => {
        below += Number(inBucket);
        const bound = each.explicitBounds?.[index];
        const le = `le="${bound === undefined ? '+Inf' : bound}"`;
        const all = [...labels.split(',').filter((pair) => pair !== ''), le].toSorted().join(',');
        series.set(`${name}_bucket{${all}}`, below);
      });
    }
  }
  return series;
}

/** The same of the text of `/metrics`. */
async function seriesOfPage(page: MetricsPage): Promise<Map<string, number>> {
  let text = '';
  for await (const chunk of page.render('prometheus')) text += chunk;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines
      .map((line) => {
        const [, name = '', labels = '', value = ''] =
          /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
        const pairs = labels.match(/\w+="[^"]*"/g) ?? [];
        return [`${name}{${pairs.toSorted().join(',')}}`, Number(value)] as const;
      })
      .filter(([, value]) => Number.isFinite(value)),
  );
}

/** Once, at the end, with all the time that it takes. */
const anHour = { intervalMs: 3_600_000, timeoutMs: 30_000 };

describe('OTLP', () => {
  let collector: Collector;
  let page: MetricsPage;
  let endpoint: string;
  let otlp: OtlpExport | undefined;
  let errors: string[];

  beforeEach(async () => {
    collector = new Collector();
    endpoint = await collector.listen();
    page = new MetricsPage();
    errors = [];
    await page.start();
    const targets = Array.from({ length: 5000 }, (_, index) => `t${index}`);
    page.series.replaceGauges(
      'many',
      targets.map((target, index) =>
        gauge('sensei_collector_duration_seconds', { kind: 'lb', target }, index / 7),
      ),
    );
    page.series.increment('many', [
      count('sensei_collector_attempts_total', { kind: 'lb', target: 'a' }, 41),
      count('sensei_collector_attempts_total', { kind: 'lb', target: 'b' }, 0),
    ]);
    page.startDelay.observe(0.003);
    page.startDelay.observe(7);
    page.recoveryLow.observe({ component: 'redis', scenario: 'redis_primary' }, 2.2);
  });

  afterEach(async () => {
    await otlp?.stop();
    otlp = undefined;
    page.stop();
    await collector.close();
  });

  const start = async (given: Partial<Parameters<typeof startOtlp>[0]> = {}) => {
    const settings = { endpoint, headers: {}, metrics: true, traces: true, ...anHour, ...given };
    otlp = await startOtlp(settings, page, { 'sensei.deployment': 'orders' }, (message) =>
      errors.push(message),
    );
    return otlp;
  };

  it('pushes the same series with the same values as /metrics, however many there are', async () => {
    const { stop } = await start();
    await stop();
    const pushed = seriesOf(collector.metrics.at(-1)!);
    const shown = await seriesOfPage(page);
    expect(shown.size).toBeGreaterThan(5020);
    const different = [...shown].filter(([series, value]) => pushed.get(series) !== value);
    // The process's own figures are read anew every five seconds.
    expect(different.filter(([series]) => !/^(process|nodejs)_/.test(series))).toEqual([]);
    expect([...pushed.keys()].filter((series) => !shown.has(series))).toEqual([]);
  });

  it('says what each is: monotonic sums since the start of the process, units, the deployment', async () => {
    const { stop } = await start();
    await stop();
    const byName = new Map(collector.metrics.at(-1)!.map((each) => [each.name, each]));
    const attempts = byName.get('sensei_collector_attempts_total');
    expect(attempts?.sum?.isMonotonic).toBe(true);
    const startedMs = Number(attempts?.sum?.dataPoints[0]?.startTimeUnixNano) / 1e6;
    expect(Math.abs(startedMs - performance.timeOrigin)).toBeLessThan(5000);
    expect(byName.get('sensei_collector_duration_seconds')?.unit).toBe('s');
    expect(labelsOf(collector.resources.at(-1))).toContain('sensei.deployment="orders"');
  });

  it('sends spans with the times, attributes and errors they were given, and the headers', async () => {
    const { tracing, stop } = await start({ headers: { 'X-Token': 'secret' } });
    const at = { startMs: 1_795_000_000_000.5, endMs: 1_795_000_002_250 };
    tracing.span({ name: 'collect lb', ...at, attributes: { 'sensei.target': 'api' } });
    tracing.span({ name: 'store write', ...at, attributes: {}, error: 'the disk is full' });
    await stop();
    expect(collector.spans.map(({ name }) => name)).toEqual(['collect lb', 'store write']);
    expect(collector.spans[0]).toMatchObject({
      startTimeUnixNano: '1795000000000500000',
      endTimeUnixNano: '1795000002250000000',
    });
    expect(collector.spans[1]?.status).toMatchObject({ code: 2, message: 'the disk is full' });
    expect(collector.headers.every((headers) => headers['x-token'] === 'secret')).toBe(true);
  });

  it.each([
    ['hangs', () => {}],
    ['answers 503', (response: ServerResponse) => response.writeHead(503).end()],
    ['answers 400', (response: ServerResponse) => response.writeHead(400).end()],
  ])('a collector that %s neither holds up the end nor fills the log', async (_, answer) => {
    collector.answer = answer;
    const { tracing, stop } = await start({ intervalMs: 1000, timeoutMs: 300 });
    const span = { name: 's', startMs: 0, endMs: 1, attributes: {} };
    for (let index = 0; index < 10_000; index += 1) tracing.span(span);
    const beganMs = performance.now();
    await stop();
    expect(performance.now() - beganMs).toBeLessThan(15_000);
    expect(errors.length).toBeLessThanOrEqual(1);
    expect(errors.join('')).not.toContain('secret');
  });

  it('is not loaded where it is not asked for', () => {
    const script =
      "await import('./src/telemetry/otlp/start-otlp.ts'); const { Session } = await import('node:inspector/promises'); const s = new Session(); s.connect(); let n = 0; s.on('Debugger.scriptParsed', ({ params }) => { if (params.url.includes('@opentelemetry')) n += 1; }); await s.post('Debugger.enable'); console.log(n);";
    const out = execFileSync(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
    ]);
    expect(out.toString().trim()).toBe('0');
  });
});
