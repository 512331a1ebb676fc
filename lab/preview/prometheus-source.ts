import type { LabelQuestion, Question, Series, Source, Span } from './source.js';

const answerWithinMs = 30_000;

type Point = readonly [number, string];
interface Sample {
  readonly metric: Series['metric'];
  readonly value: Point;
}
type RawData =
  | { readonly resultType: 'matrix'; readonly result: readonly Series[] }
  | { readonly resultType: 'vector'; readonly result: readonly Sample[] }
  | { readonly resultType: 'scalar'; readonly result: Point };

function seriesOf(data: RawData): readonly Series[] {
  if (data.resultType === 'matrix') return data.result;
  if (data.resultType === 'scalar') return [{ metric: {}, values: [data.result] }];
  return data.result.map(({ metric, value }) => ({ metric, values: [value] }));
}

async function dataOf(answer: Response, query: string): Promise<unknown> {
  const { data, error } = (await answer.json()) as { data?: unknown; error?: string };
  if (error !== undefined) throw new Error(`Prometheus: ${error}, asked for ${query}`);
  return data;
}

/** A live Prometheus, asked as Grafana asks it. */
export class PrometheusSource implements Source {
  constructor(
    private readonly url: string,
    readonly span: Span,
    readonly stepSeconds: number,
  ) {}

  /** @throws Error with what Prometheus has against the query */
  async answer({ expr: query, instant }: Question): Promise<readonly Series[]> {
    const { start, end } = this.span;
    const times: Record<string, string> = instant
      ? { time: String(end) }
      : { start: String(start), end: String(end), step: String(this.stepSeconds) };
    const path = instant ? 'query' : 'query_range';
    const answer = await this.ask(path, new URLSearchParams({ query, ...times }));
    return seriesOf((await dataOf(answer, query)) as RawData);
  }

  async labelValues({ label, selector }: LabelQuestion): Promise<readonly string[]> {
    const { start, end } = this.span;
    const form = new URLSearchParams({ start: String(start), end: String(end) });
    if (selector !== undefined) form.append('match[]', selector);
    const answer = await this.ask(`label/${label}/values?${form.toString()}`);
    return (await dataOf(answer, selector ?? label)) as string[];
  }

  private ask(path: string, form?: URLSearchParams): Promise<Response> {
    return fetch(`${this.url.replace(/\/$/, '')}/api/v1/${path}`, {
      ...(form && { method: 'POST', body: form }),
      signal: AbortSignal.timeout(answerWithinMs),
    });
  }
}
