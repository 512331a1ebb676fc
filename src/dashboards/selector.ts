import { highest, lowest, quoted } from '../alerts/promql.js';
import type { RecordedName } from '../alerts/recording-rules.js';
import { definitionOf, type Catalogue, type MetricName } from '../metrics/catalogue.js';

type Own<Name extends MetricName> = Catalogue[Name]['labels'][number];
/** Labels that a metric has by the catalogue, and those that Prometheus adds. */
type LabelOf<Name extends MetricName> = Own<Name> | 'job' | 'instance';

/** An exact value; a variable, such as `$slo`; one of several values; or any but this one. */
export type Match = string | readonly string[] | { readonly not: string };
type Matches<Name extends MetricName> = { readonly [Label in LabelOf<Name>]?: Match };

function matcher(label: string, match: Match): string {
  if (typeof match !== 'string') {
    return 'not' in match
      ? `${label}!=${quoted(match.not)}`
      : `${label}=~${quoted(match.join('|'))}`;
  }
  return `${label}${match.startsWith('$') ? '=~' : '='}${quoted(match)}`;
}

export function matchers(matches: Readonly<Record<string, Match | undefined>>): string {
  return Object.entries(matches)
    .flatMap(([label, match]) => (match === undefined ? [] : [matcher(label, match)]))
    .join(', ');
}

/** Exporters of the chosen deployment: of all metrics only one says which deployment it is about. */
const ofDeployment = { job: '$job', instance: '$instance' } as const;

/** Labels by which a dashboard may be narrowed, each by the variable of its name. */
export type Narrowing = 'region' | 'component';

/** A selector of one of the exporter's metrics; `suffix` for the parts of a histogram. */
export function selected<Name extends MetricName>(
  name: Name,
  matches: Matches<Name> = {},
  narrowings: readonly Narrowing[] = [],
  suffix: '' | '_bucket' | '_sum' | '_count' = '',
): string {
  const narrowed = narrowings.filter((label) => definitionOf(name).labels.includes(label));
  const variables = Object.fromEntries(narrowed.map((label) => [label, `$${label}`]));
  return `${name}${suffix}{${matchers({ ...ofDeployment, ...variables, ...matches })}}`;
}

type HistogramName = {
  [Name in MetricName]: Catalogue[Name]['type'] extends 'histogram' ? Name : never;
}[MetricName];
type CounterName = {
  [Name in MetricName]: Catalogue[Name]['type'] extends 'counter' ? Name : never;
}[MetricName];

/** Adds up by labels what each vantage point counts, every series once however many exporters tell of it. */
function summedOf(name: MetricName, by: readonly string[], expr: string): string {
  const all = [...definitionOf(name).labels, ...by.filter((label) => label === 'instance')];
  return `sum by (${by.join(', ')}) (${highest(all, expr)})`;
}

/** Questions about how something stands. */
function levels(narrowings: readonly Narrowing[]) {
  const raw = <Name extends MetricName>(name: Name, matches: Matches<Name> = {}) =>
    selected(name, matches, narrowings);
  type Ask = <Name extends MetricName>(
    name: Name,
    by: readonly LabelOf<Name>[],
    matches?: Matches<Name>,
  ) => string;
  const most: Ask = (name, by, matches) => highest(by, raw(name, matches));
  const least: Ask = (name, by, matches) => lowest(by, raw(name, matches));
  /** Seconds since the newest of the instants. */
  const age: Ask = (name, by, matches) => `time() - ${most(name, by, matches)}`;
  const total: Ask = (name, by, matches) => summedOf(name, by, raw(name, matches));
  return { raw, most, least, age, total };
}

/** Questions about how much happened. */
function events(narrowings: readonly Narrowing[]) {
  const over = <Name extends CounterName>(
    kind: 'rate' | 'increase',
    range: string,
    name: Name,
    by: readonly LabelOf<Name>[],
    matches: Matches<Name> = {},
  ) => summedOf(name, by, `${kind}(${selected(name, matches, narrowings)}[${range}])`);
  return {
    /** A second. */
    rate: <Name extends CounterName>(
      name: Name,
      by: readonly LabelOf<Name>[],
      matches: Matches<Name> = {},
    ) => over('rate', '$__rate_interval', name, by, matches),
    /** Within the time that is shown, or within the range. */
    increase: <Name extends CounterName>(
      name: Name,
      by: readonly LabelOf<Name>[],
      matches: Matches<Name> = {},
      range: '$__range' | '5m' = '$__range',
    ) => over('increase', range, name, by, matches),
  };
}

/** Selectors of the parts of histograms. */
function distributions(narrowings: readonly Narrowing[]) {
  return {
    bucket: <Name extends HistogramName>(name: Name, matches: Matches<Name> = {}) =>
      selected(name, matches, narrowings, '_bucket'),
    count: <Name extends HistogramName>(name: Name, matches: Matches<Name> = {}) =>
      selected(name, matches, narrowings, '_count'),
  };
}

/** The questions that panels ask, narrowed by the variables that their dashboard has. */
export function asking(...narrowings: readonly Narrowing[]) {
  return { ...levels(narrowings), ...events(narrowings), ...distributions(narrowings) };
}

/** What Prometheus and the process itself tell of each exporter. */
export type ProcessMetric =
  | 'up'
  | 'nodejs_eventloop_lag_p50_seconds'
  | 'nodejs_eventloop_lag_p99_seconds'
  | 'nodejs_heap_size_used_bytes'
  | 'process_cpu_seconds_total'
  | 'process_max_fds'
  | 'process_open_fds'
  | 'process_resident_memory_bytes'
  | 'process_start_time_seconds';

export function ofProcess(name: ProcessMetric): string {
  return `${name}{${matchers(ofDeployment)}}`;
}

/** A selector of a recorded series of the chosen deployment. */
export function recorded(
  name: RecordedName,
  matches: Readonly<Record<string, Match>> = {},
): string {
  return `${name}{${matchers({ sloth_service: '$deployment', ...matches })}}`;
}

/** Alerts of the chosen deployment that fire. */
export function firing(matches: Readonly<Record<string, Match>> = {}): string {
  return `ALERTS{${matchers({ alertstate: 'firing', deployment: '$deployment', ...matches })}}`;
}

/** One number for which of several exclusive series is 1. */
export function coded<Code extends string>(
  codes: Readonly<Record<Code, number>>,
  select: (code: Code) => string,
): string {
  return (Object.keys(codes) as Code[])
    .map((code) => `${codes[code]} * (${select(code)} == 1)`)
    .join('\nor ');
}
