import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A query of a dashboard as it is committed. */
export interface DashboardQuery {
  readonly dashboard: string;
  readonly uid: string;
  /** Title of the panel, or name of the variable or annotation. */
  readonly place: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  readonly expr: string;
  readonly instant: boolean;
  /** Of a query of a panel: number of the panel, and which of its queries it is. */
  readonly panelId?: number;
  readonly refId?: string;
}

export interface TargetJson {
  readonly expr: string;
  readonly refId: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly TargetJson[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly custom?: Readonly<Record<string, unknown>>;
    };
    readonly overrides: readonly {
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
}

interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: { readonly type: string; readonly uid: string };
}

interface AnnotationJson {
  readonly name: string;
  readonly expr?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly links: readonly {
    readonly type: string;
    readonly keepTime: boolean;
    readonly includeVars: boolean;
  }[];
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: { readonly list: readonly AnnotationJson[] };
}

const folder = fileURLToPath(new URL('../../grafana/dashboards', import.meta.url));

export function committedDashboards(): DashboardJson[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardJson);
}

function textOf({ query }: VariableJson): string {
  return typeof query === 'string' ? query : query.query;
}

function queriesOf({ title, uid, panels, templating, annotations }: DashboardJson) {
  const common = { dashboard: title, uid };
  return [
    ...panels.flatMap(({ id: panelId, title: place, targets = [] }) =>
      targets.map(({ expr, refId, instant = false }) => ({
        ...common,
        place,
        kind: 'panel' as const,
        expr,
        instant,
        panelId,
        refId,
      })),
    ),
    ...templating.list
      .filter(({ type }) => type === 'query')
      .map((variable) => ({
        ...common,
        place: variable.name,
        kind: 'variable' as const,
        expr: textOf(variable),
        instant: true,
      })),
    ...annotations.list.flatMap(({ name, expr }) =>
      expr === undefined
        ? []
        : [{ ...common, place: name, kind: 'annotation' as const, expr, instant: false }],
    ),
  ];
}

/** Every query of the committed dashboards. */
export function dashboardQueries(): DashboardQuery[] {
  return committedDashboards().flatMap(queriesOf);
}

/** What Grafana makes of a query before it asks Prometheus. */
export function substituted(
  expr: string,
  values: {
    readonly rateInterval: string;
    readonly range: string;
    readonly interval: string;
    readonly variables: Readonly<Record<string, string>>;
  },
): string {
  const macros: Readonly<Record<string, string>> = {
    __rate_interval: values.rateInterval,
    __range: values.range,
    __interval: values.interval,
  };
  return expr.replaceAll(/\$\{?(\w+)(?::\w+)?\}?/g, (whole, name: string) => {
    const value = macros[name] ?? values.variables[name];
    if (value === undefined) throw new Error(`${whole} in ${expr} has no value`);
    return value;
  });
}
