import type { Dashboard, Variable } from './dashboard.js';
import type { Source } from './source.js';

/** What a variable stands for in a query, and what its drop-down shows. */
export interface Resolved {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly shown: string;
  readonly isHidden: boolean;
}

export type Values = Readonly<Record<string, string>>;

/** In the order of Grafana's own pattern: `$name`, `[[name]]`, `${name}` and `${name:format}`. */
const reference = /\$(\w+)|\[\[(\w+)(?::\w+)?\]\]|\$\{(\w+)(?::\w+)?\}/g;

/** Fills in variables and macros; a name that is not known stays as it is, as in Grafana. */
export function substitute(text: string, values: Values): string {
  return text.replace(
    reference,
    (whole, bare?: string, bracketed?: string, braced?: string) =>
      values[bare ?? bracketed ?? braced ?? ''] ?? whole,
  );
}

const labelValuesCall = /^label_values\(\s*(?:(.+)\s*,\s*)?(\w+)\s*\)$/s;

/** The label and the selector of a `label_values(selector, label)` query. */
export function labelValuesQuery(
  query: string,
): { label: string; selector: string | undefined } | undefined {
  const match = labelValuesCall.exec(query.trim());
  return match === null ? undefined : { label: match[2] ?? '', selector: match[1]?.trim() };
}

/** Several values as Grafana writes them into a Prometheus selector. */
export function alternatives(values: readonly string[]): string {
  const escaped = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`;
}

function queryOf({ query }: Variable): string {
  return typeof query === 'string' ? query : (query?.query ?? '');
}

function chosen(variable: Variable, options: readonly string[], wished: string | undefined) {
  if (wished !== undefined) return { value: wished, shown: wished };
  if (variable.includeAll === true)
    return { value: variable.allValue ?? alternatives(options), shown: 'All' };
  const [first = ''] = options;
  return { value: first, shown: first };
}

async function optionsOf(
  { uid }: Dashboard,
  variable: Variable,
  source: Source,
  values: Values,
): Promise<readonly string[]> {
  if (variable.type !== 'query') return queryOf(variable).split(',');
  const asked = labelValuesQuery(substitute(queryOf(variable), values));
  if (asked === undefined) throw new Error(`variable ${variable.name}: not a label_values query`);
  return source.labelValues({ uid, ...asked });
}

/** Resolves the variables in turn, since a later one may depend on those before it. */
export async function resolveVariables(
  dashboard: Dashboard,
  source: Source,
  wishes: Values,
): Promise<readonly Resolved[]> {
  const values: Record<string, string> = {};
  const resolved: Resolved[] = [];
  for (const variable of dashboard.templating?.list ?? []) {
    const { name, label = name } = variable;
    const choice = chosen(
      variable,
      await optionsOf(dashboard, variable, source, values),
      wishes[name],
    );
    values[name] = choice.value;
    resolved.push({ name, label, ...choice, isHidden: variable.hide === 2 });
  }
  return resolved;
}

const scrapeSeconds = 15;

/** Seconds as a duration of PromQL. */
const seconds = (value: number) => `${Math.max(1, Math.round(value))}s`;

/** Grafana's macros; `$__rate_interval` is never below four scrapes. */
export function macros({ span, stepSeconds }: Source, scrapedEvery = scrapeSeconds): Values {
  const range = span.end - span.start;
  return {
    __interval: seconds(stepSeconds),
    __interval_ms: String(stepSeconds * 1000),
    __rate_interval: seconds(Math.max(stepSeconds + scrapedEvery, 4 * scrapedEvery)),
    __range: seconds(range),
    __range_s: String(Math.round(range)),
    __range_ms: String(Math.round(range * 1000)),
  };
}
