import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Registry,
  type Histogram,
  type Metric,
  type MetricObjectWithValues,
  type MetricValue,
} from 'prom-client';
import { familyHeader, formatValue, samplePrefix, type ExpositionFormat } from './exposition.js';
import {
  createProcessRegistry,
  createRecoveryHistogram,
  createStartDelayHistogram,
} from './self-metrics.js';
import { SeriesFamily, SeriesTable } from './series-table.js';

/** Lines made before the event loop gets a turn: well under a millisecond of work. */
const linesPerTurn = 1000;
const processSampleMs = 5000;

export type PromValues = MetricObjectWithValues<MetricValue<string>>;

/** What prom-client's metrics have, and its types leave out. */
interface Readable {
  get(): Promise<PromValues>;
}

/** prom-client types a metric's kind as an enum whose values are not what it holds. */
function named(values: PromValues): { name: string; help: string; type: string } {
  return { name: values.name, help: values.help, type: String(values.type) };
}

function promLines(metric: PromValues): string {
  let text = '';
  for (const { value, labels, ...rest } of metric.values) {
    const name = 'metricName' in rest ? String(rest.metricName) : metric.name;
    const names = Object.keys(labels);
    text += `${samplePrefix(name, names, labels as Record<string, string>)}${formatValue(value)}\n`;
  }
  return text;
}

/**
 * What `/metrics` shows. Holds the registry of prom-client with every catalogued family in it, and
 * writes it without I/O and without holding the event loop.
 */
export class MetricsPage {
  readonly registry = new Registry();
  readonly series = new SeriesTable();
  readonly startDelay: Histogram;
  readonly recoveryLow: Histogram<'component' | 'scenario'>;
  readonly recoveryHigh: Histogram<'component' | 'scenario'>;
  readonly processRegistry = createProcessRegistry();
  private processValues: readonly PromValues[] = [];
  private sampler: NodeJS.Timeout | undefined;

  constructor() {
    for (const family of this.series.families.values()) {
      this.registry.registerMetric(family as unknown as Metric);
    }
    this.startDelay = createStartDelayHistogram(this.registry);
    this.recoveryLow = createRecoveryHistogram(this.registry, 'sensei_recovery_time_low_seconds');
    this.recoveryHigh = createRecoveryHistogram(this.registry, 'sensei_recovery_time_high_seconds');
  }

  /** Begins to read the process's own metrics every few seconds. */
  async start(): Promise<void> {
    await this.sampleProcess();
    this.sampler = setInterval(() => void this.sampleProcess(), processSampleMs);
    this.sampler.unref();
  }

  stop(): void {
    clearInterval(this.sampler);
  }

  /** The page in chunks. Between chunks the event loop has had a turn. */
  async *render(format: ExpositionFormat): AsyncGenerator<string> {
    let chunk = '';
    let lines = 0;
    for (const metric of this.registry.getMetricsAsArray()) {
      const owned = metric as unknown as SeriesFamily | Readable;
      if (!(owned instanceof SeriesFamily)) {
        const values = await owned.get();
        chunk += familyHeader(named(values), format) + promLines(values);
        continue;
      }
      if (owned.series.size === 0) continue;
      chunk += familyHeader(owned, format);
      for (const { prefix, value } of owned.series.values()) {
        chunk += `${prefix}${formatValue(value)}\n`;
        lines += 1;
        if (lines % linesPerTurn !== 0) continue;
        yield chunk;
        chunk = '';
        await nextTurn();
      }
    }
    for (const values of this.processValues) {
      chunk += familyHeader(named(values), format) + promLines(values);
    }
    yield format === 'openmetrics' ? `${chunk}# EOF\n` : chunk;
  }

  /** Every family that has series, as prom-client has it. Between families the event loop has had a turn. */
  async *families(): AsyncGenerator<PromValues> {
    for (const metric of this.registry.getMetricsAsArray()) {
      yield await (metric as unknown as Readable).get();
      await nextTurn();
    }
    yield* this.processValues;
  }

  /** Reads the process's metrics; a failure keeps the last values. */
  private async sampleProcess(): Promise<void> {
    const read = await Promise.allSettled(
      (this.processRegistry.getMetricsAsArray() as unknown as Readable[]).map((metric) =>
        metric.get(),
      ),
    );
    this.processValues = read.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
  }
}
