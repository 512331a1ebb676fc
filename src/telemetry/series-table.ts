import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import { catalogue, definitionOf, type MetricName } from '../metrics/catalogue.js';
import type { MetricDefinition } from '../metrics/definition.js';
import type { Increment, Sample } from '../metrics/sample.js';
import { samplePrefix } from './exposition.js';

/** One series: its line up to the value is made once, when the series is born. */
interface Series {
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly family: SeriesFamily;
  value: number;
  /** The collection that last set it; a gauge that a collection does not repeat is removed. */
  round: number;
}

/** All series of one metric, in the shape that a prom-client registry holds. */
export class SeriesFamily {
  readonly series = new Map<string, Series>();
  readonly aggregator = 'sum' as const;
  readonly help: string;
  readonly type: MetricDefinition['type'];
  readonly labelNames: readonly string[];
  /** Collectors on the hot path use the same labels object again: its prefix is made once. */
  private readonly prefixes = new WeakMap<object, string>();

  constructor(
    readonly name: string,
    definition: MetricDefinition,
  ) {
    this.help = definition.help;
    this.type = definition.type;
    this.labelNames = definition.labels;
  }

  prefixOf(labels: Readonly<Record<string, string>>): string {
    const known = this.prefixes.get(labels);
    if (known !== undefined) return known;
    const prefix = samplePrefix(this.name, this.labelNames, labels);
    this.prefixes.set(labels, prefix);
    return prefix;
  }

  /** prom-client's own view of the family, for its serialiser and for OTLP. */
  get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const values = [...this.series.values()].map(({ labels, value }) => ({ labels, value }));
    return Promise.resolve({
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: this.aggregator,
      collect: () => {},
      values,
    } as unknown as MetricObjectWithValues<MetricValue<string>>);
  }

  reset(): void {
    this.series.clear();
  }
}

interface Owned {
  readonly gauges: Map<string, Series>;
  readonly counters: Map<string, Series>;
  round: number;
}

/**
 * The current value of every series, by owner (one per target). The work of an update grows with
 * the owner's series alone, never with the table.
 */
export class SeriesTable {
  readonly families: ReadonlyMap<MetricName, SeriesFamily>;
  private readonly owners = new Map<string, Owned>();

  constructor() {
    const names = Object.keys(catalogue) as MetricName[];
    this.families = new Map(
      names
        .filter((name) => definitionOf(name).type !== 'histogram')
        .map((name) => [name, new SeriesFamily(name, definitionOf(name))]),
    );
  }

  /** Sets the owner's gauges to exactly these; those of before that are not among them vanish. */
  replaceGauges(owner: string, samples: readonly Sample[]): void {
    const owned = this.owned(owner);
    owned.round += 1;
    for (const { metric, labels, value } of samples) {
      const series = this.seriesOf(owned.gauges, metric, labels, owned.round);
      series.value = value;
      series.round = owned.round;
    }
    for (const [prefix, series] of owned.gauges) {
      if (series.round !== owned.round) this.drop(owned.gauges, prefix, series);
    }
  }

  /** Raises counters; a step of 0 makes the series exist. @throws RangeError for a negative step */
  increment(owner: string, increments: readonly Increment[]): void {
    const owned = this.owned(owner);
    for (const { metric, labels, by } of increments) {
      if (!(by >= 0)) throw new RangeError(`${metric}: a counter cannot step by ${by}`);
      this.seriesOf(owned.counters, metric, labels, 0).value += by;
    }
  }

  /** Removes the owner's counters that its configuration no longer has. */
  forget(owner: string): void {
    const owned = this.owners.get(owner);
    if (owned === undefined) return;
    for (const kind of [owned.gauges, owned.counters]) {
      for (const [prefix, series] of kind) this.drop(kind, prefix, series);
    }
    this.owners.delete(owner);
  }

  private owned(owner: string): Owned {
    let owned = this.owners.get(owner);
    if (owned === undefined) {
      owned = { gauges: new Map(), counters: new Map(), round: 0 };
      this.owners.set(owner, owned);
    }
    return owned;
  }

  private seriesOf(
    among: Map<string, Series>,
    metric: MetricName,
    labels: Readonly<Record<string, string>>,
    round: number,
  ): Series {
    const family = this.families.get(metric);
    if (family === undefined) throw new RangeError(`${metric} is not a gauge or counter`);
    const prefix = family.prefixOf(labels);
    const known = among.get(prefix);
    if (known !== undefined) return known;
    const series: Series = { prefix, labels, family, value: 0, round };
    among.set(prefix, series);
    family.series.set(prefix, series);
    return series;
  }

  private drop(among: Map<string, Series>, prefix: string, series: Series): void {
    among.delete(prefix);
    if (series.family.series.get(prefix) === series) series.family.series.delete(prefix);
  }
}
