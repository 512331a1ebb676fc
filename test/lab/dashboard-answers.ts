import { hasData, type Prometheus, type Series, type Span } from '../../lab/prometheus.js';
import type { SnapshotAnswer } from '../../lab/snapshot.js';
import { substituted, type DashboardQuery } from '../dashboards/queries.js';

/** A query of a dashboard, as it was asked, and what came of it. */
export interface Answer {
  readonly query: DashboardQuery;
  readonly expr: string;
  readonly series: readonly Series[];
  /** When an instant query was asked: at the end, or when it last had a value before. */
  readonly atSeconds?: number;
  /** What Prometheus has against the query. */
  readonly fault?: string;
  /** Whether it had no value at any time. */
  readonly isEmpty: boolean;
  /** Whether it has none at the end, when all is well. */
  readonly isEmptyAtEnd: boolean;
}

type Asked = Pick<Answer, 'series' | 'atSeconds'>;

/** Scraped each second, Grafana's `$__rate_interval` is four of them. */
const intervals = { interval: '1s', rateInterval: '4s' };
/** What Grafana puts for All where a variable says so itself. */
const anything = '.*';
/** The SLO that is looked at in detail: it had outages, and spent of its budget. */
const shownSlo = 'orders-a-writes';

/** All of these as a regular expression in a string of PromQL, as Grafana writes it. */
function allOf(values: readonly string[]): string {
  const escaped = values.map((value) => value.replaceAll(/[$^*{}[\]+?.()|]/g, '\\\\$&'));
  return escaped.length === 1 ? escaped[0]! : `(${escaped.join('|')})`;
}

/** Asks for the dashboards of a life, as Grafana would. */
export class Asking {
  private variables: Record<string, string> = { region: anything, component: anything };
  private readonly range: string;

  constructor(
    private readonly prometheus: Prometheus,
    private readonly span: Span,
    readonly stepSeconds: number,
  ) {
    this.range = `${Math.ceil(span.end - span.start)}s`;
  }

  /** Variables first, for the other queries hold them. */
  async all(queries: readonly DashboardQuery[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    const variables = queries.filter(({ kind }) => kind === 'variable');
    const others = queries.filter(({ kind }) => kind !== 'variable');
    for (const query of [...variables, ...others]) answers.push(await this.answerTo(query));
    return answers;
  }

  private async answerTo(query: DashboardQuery): Promise<Answer> {
    const expr = this.filledIn(query);
    try {
      const answered =
        query.kind === 'variable'
          ? await this.variable(query, expr)
          : await (query.instant ? this.instant(expr) : this.ranged(expr));
      const isEmpty = !hasData(answered.series);
      const isEmptyAtEnd = isEmpty || (answered.atSeconds ?? this.span.end) < this.span.end;
      return { query, expr, ...answered, isEmpty, isEmptyAtEnd };
    } catch (error) {
      const fault = String(error);
      return { query, expr, series: [], fault, isEmpty: true, isEmptyAtEnd: true };
    }
  }

  private filledIn({ expr }: DashboardQuery): string {
    const { range, variables } = this;
    return substituted(expr, { ...intervals, range, variables });
  }

  /** `label_values(SELECTOR, LABEL)`; all values are chosen where the dashboard does not say what All is. */
  private async variable({ place }: DashboardQuery, expr: string): Promise<Asked> {
    const [, selector, label = ''] = /^label_values\((?:(.+),)?\s*(\w+)\)$/s.exec(expr) ?? [];
    if (label === '') throw new Error(`${place}: not a query for the values of a label`);
    const values = await this.prometheus.labelValues(label, selector, this.span);
    this.variables[label] ??= label === 'slo' ? shownSlo : allOf(values);
    const at = this.span.end;
    return {
      series: values.map((value) => ({ metric: { [label]: value }, values: [[at, '1']] as const })),
      atSeconds: at,
    };
  }

  private async ranged(expr: string): Promise<Asked> {
    return { series: await this.prometheus.range(expr, this.span, this.stepSeconds) };
  }

  /** What holds only while something fails has no value at the end: then the last that it had counts. */
  private async instant(expr: string): Promise<Asked> {
    const { series: over } = await this.ranged(expr);
    const { end } = this.span;
    const series = await this.prometheus.instant(expr, end);
    if (hasData(series)) return { series, atSeconds: end };
    const atSeconds = lastHeld(over) ?? end;
    return { series: valuesAt(over, atSeconds), atSeconds };
  }
}

/** The last instant at which any of the series has a value. */
function lastHeld(series: readonly Series[]): number | undefined {
  const held = series.flatMap(({ values }) =>
    values.filter(([, value]) => value !== 'NaN').map(([at]) => at),
  );
  return held.length === 0 ? undefined : Math.max(...held);
}

function valuesAt(series: readonly Series[], atSeconds: number): Series[] {
  return series
    .map(({ metric, values }) => ({ metric, values: values.filter(([at]) => at === atSeconds) }))
    .filter(({ values }) => values.length > 0);
}

/** For a failed test: where the query stands, and what was asked. */
export function shown({ query: { dashboard, kind, place }, expr, fault }: Answer): string {
  return `${dashboard}, ${kind} ${place}: ${fault ?? ''} ${expr}`;
}

/** How many dashboards, panels and queries there are, and how many have values. */
export function totalsOf(answers: readonly Answer[]): string {
  const distinct = (words: readonly string[]) => new Set(words).size;
  const ofKind = (kind: DashboardQuery['kind']) =>
    answers.filter(({ query }) => query.kind === kind).map(({ query }) => query);
  const panels = distinct(ofKind('panel').map(({ uid, panelId = 0 }) => `${uid} ${panelId}`));
  const [empty, emptyAtEnd] = [
    answers.filter(({ isEmpty }) => isEmpty).length,
    answers.filter(({ isEmptyAtEnd }) => isEmptyAtEnd).length,
  ];
  return [
    `${distinct(answers.map(({ query }) => query.uid))} dashboards, ${panels} panels,`,
    `queries: ${ofKind('panel').length} of panels, ${ofKind('variable').length} of variables,`,
    `${ofKind('annotation').length} of annotations; ${answers.length - empty} have values,`,
    `${emptyAtEnd - empty} of these only while something fails; ${empty} have none`,
  ].join(' ');
}

function snapshotAnswer({ query, expr, series, atSeconds }: Answer): SnapshotAnswer {
  const { uid: _uid, dashboard: _dashboard, ...place } = query;
  return { ...place, expr, series, ...(atSeconds !== undefined && { atSeconds }) };
}

/** Answers as a snapshot keeps them, by dashboard. */
export function snapshotAnswers(answers: readonly Answer[]): Map<string, SnapshotAnswer[]> {
  const uids = [...new Set(answers.map(({ query }) => query.uid))];
  const of = (uid: string) => answers.filter(({ query }) => query.uid === uid).map(snapshotAnswer);
  return new Map(uids.map((uid) => [uid, of(uid)]));
}
