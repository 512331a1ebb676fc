import type { DiagLogger } from '@opentelemetry/api';
import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { MetricsPage } from '../metrics-page.js';
import { noTracing, type FinishedSpan, type Tracing } from '../tracing.js';
import { hrTime, metricData, type SdkConstants } from './metric-data.js';

export interface OtlpSettings {
  /** Base URL of the collector. */
  readonly endpoint: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metrics: boolean;
  readonly traces: boolean;
}

export interface OtlpExport {
  readonly tracing: Tracing;
  /** Sends what waits, and ends within a few seconds. */
  readonly stop: () => Promise<void>;
}

/** Spans that wait for a collector; further ones are dropped. */
const mostSpans = 2048;
const stopMs = 3000;

function urlOf(endpoint: string, signal: 'metrics' | 'traces'): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/${signal}`;
}

/** Tells once when sending begins to fail; a collector that stays away fills no log. */
class FailureLog implements DiagLogger {
  private toldAtMs = -Infinity;

  constructor(private readonly tell: (message: string) => void) {}

  error(message: string): void {
    const nowMs = performance.now();
    if (nowMs - this.toldAtMs < 10 * 60_000) return;
    this.toldAtMs = nowMs;
    this.tell(`OpenTelemetry: ${message.slice(0, 300)} (told at most every ten minutes)`);
  }

  warn(): void {}
  info(): void {}
  debug(): void {}
  verbose(): void {}
}

/** The page of `/metrics` as a source of metrics: no second set of instruments. */
class PageProducer implements MetricProducer {
  private readonly start = hrTime(Date.now() - performance.now());

  constructor(
    private readonly page: MetricsPage,
    private readonly sdk: SdkConstants,
    private readonly resource: CollectionResult['resourceMetrics']['resource'],
  ) {}

  async collect(): Promise<CollectionResult> {
    const metrics = [];
    const errors: unknown[] = [];
    const moments = { start: this.start, end: hrTime(Date.now()) };
    try {
      for await (const family of this.page.families()) {
        if (family.values.length > 0) metrics.push(metricData(family, this.sdk, moments));
      }
    } catch (error) {
      errors.push(error);
    }
    const scopeMetrics = [{ scope: { name: 'sensei' }, metrics }];
    return { resourceMetrics: { resource: this.resource, scopeMetrics }, errors };
  }
}

/**
 * Begins to push metrics and spans. The packages of OpenTelemetry are loaded here and nowhere else. What
 * is given here stands; of the OTEL_* variables the SDK still honours those of sampling, span limits and
 * OTEL_SDK_DISABLED, and none can switch another exporter on.
 */
export async function startOtlp(
  settings: OtlpSettings,
  page: MetricsPage,
  resource: Readonly<Record<string, string>>,
  onError: (message: string) => void,
): Promise<OtlpExport> {
  const api = await import('@opentelemetry/api');
  const metrics = await import('@opentelemetry/sdk-metrics');
  const { NodeSDK, resources, tracing: traceSdk } = await import('@opentelemetry/sdk-node');
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  api.diag.setLogger(new FailureLog(onError), {
    logLevel: api.DiagLogLevel.ERROR,
    suppressOverrideMessage: true,
  });
  const { endpoint, headers, timeoutMs, intervalMs } = settings;
  const shared = { headers, timeoutMillis: timeoutMs };
  const described = resources.resourceFromAttributes({ 'service.name': 'sensei', ...resource });
  const constants: SdkConstants = {
    gauge: metrics.DataPointType.GAUGE,
    sum: metrics.DataPointType.SUM,
    histogram: metrics.DataPointType.HISTOGRAM,
    cumulative: metrics.AggregationTemporality.CUMULATIVE,
    double: api.ValueType.DOUBLE,
  };
  const reader = () =>
    new metrics.PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: urlOf(endpoint, 'metrics'), ...shared }),
      exportIntervalMillis: Math.max(intervalMs, timeoutMs),
      exportTimeoutMillis: timeoutMs,
      metricProducers: [new PageProducer(page, constants, described)],
    });
  const processor = () =>
    new traceSdk.BatchSpanProcessor(
      new OTLPTraceExporter({ url: urlOf(endpoint, 'traces'), ...shared }),
      { maxQueueSize: mostSpans, exportTimeoutMillis: timeoutMs },
    );
  const sdk = new NodeSDK({
    resource: described,
    autoDetectResources: false,
    instrumentations: [],
    logRecordProcessors: [],
    metricReaders: settings.metrics ? [reader()] : [],
    spanProcessors: settings.traces ? [processor()] : [],
  });
  sdk.start();
  return { tracing: settings.traces ? tracingOf(api) : noTracing, stop: () => end(sdk, api) };
}

function tracingOf(api: typeof import('@opentelemetry/api')): Tracing {
  const tracer = api.trace.getTracer('sensei');
  return {
    span({ name, startMs, endMs, attributes, error }: FinishedSpan): void {
      const span = tracer.startSpan(name, { root: true, startTime: hrTime(startMs), attributes });
      if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
      span.end(hrTime(endMs));
    },
  };
}

/** A collector that hangs must not hold up the end of the process. */
async function end(
  sdk: { shutdown(): Promise<void> },
  api: typeof import('@opentelemetry/api'),
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, stopMs);
  });
  await Promise.allSettled([Promise.race([sdk.shutdown(), limit])]);
  clearTimeout(timer);
  // What the SDK has made global goes with it.
  for (const each of [api.trace, api.metrics, api.context, api.propagation, api.diag])
    each.disable();
}
