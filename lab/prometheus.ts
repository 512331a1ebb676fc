import { ports } from './addresses.js';
import type { Lab } from './lab.js';

const answerWithinMs = 30_000;

/** A series as Prometheus answers: Unix seconds, and the value as text. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Unix seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

type Point = readonly [number, string];
type RawData =
  | { readonly resultType: 'matrix'; readonly result: readonly Series[] }
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Series['metric']; readonly value: Point }[];
    }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Point };

function seriesOf(data: RawData): readonly Series[] {
  if (data.resultType === 'matrix') return data.result;
  if (data.resultType === 'vector')
    return data.result.map(({ metric, value }) => ({ metric, values: [value] }));
  return [{ metric: {}, values: [data.result] }];
}

/** Whether there is a value to draw: NaN is none. */
export function hasData(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some(([, value]) => value !== 'NaN'));
}

/** The API of the Prometheus of a lab, as Grafana asks it. */
export class Prometheus {
  private readonly url: string;

  constructor({ addresses: { monitoring } }: Lab) {
    this.url = `http://${monitoring}:${ports.prometheus}/api/v1`;
  }

  /** @throws Error with what Prometheus has against the query */
  async instant(query: string, atSeconds?: number): Promise<readonly Series[]> {
    const time = atSeconds === undefined ? {} : { time: String(atSeconds) };
    return seriesOf((await this.ask('query', { query, ...time })) as RawData);
  }

  async range(
    query: string,
    { start, end }: Span,
    stepSeconds: number,
  ): Promise<readonly Series[]> {
    const form = { query, start: String(start), end: String(end), step: String(stepSeconds) };
    return seriesOf((await this.ask('query_range', form)) as RawData);
  }

  /** Values of a label within a span, of the series that a selector matches. */
  async labelValues(
    label: string,
    selector: string | undefined,
    { start, end }: Span,
  ): Promise<string[]> {
    const form = new URLSearchParams({ start: String(start), end: String(end) });
    if (selector !== undefined) form.append('match[]', selector);
    const answer = await fetch(`${this.url}/label/${label}/values?${form.toString()}`, {
      signal: AbortSignal.timeout(answerWithinMs),
    });
    return (await dataOf(answer, selector ?? label)) as string[];
  }

  private async ask(path: string, form: Readonly<Record<string, string>>): Promise<unknown> {
    const answer = await fetch(`${this.url}/${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    return dataOf(answer, form['query'] ?? '');
  }
}

async function dataOf(answer: Response, query: string): Promise<unknown> {
  const { data, error } = (await answer.json()) as { data?: unknown; error?: string };
  if (error !== undefined) throw new Error(`Prometheus: ${error}, asked for ${query}`);
  return data;
}
