import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type DynamicConfigValue,
  type Panel,
  type Threshold,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Limits } from './limits.js';
import {
  lineColors,
  plain,
  shades,
  stateColors,
  type LineColor,
  type Shade,
  type State,
} from './palette.js';
import { dataSource, type Query } from './query.js';
import { unitOf, type Unit } from './units.js';
import { mappingsOf, type Words } from './words.js';

/** What every panel has, whatever its type. */
export interface PanelSpec {
  readonly title: string;
  /** What it means, and where to look when it is bad. */
  readonly description: string;
  /** Of 24 columns. */
  readonly width: number;
  readonly height?: number;
  /** Where it is not that of the metrics by the catalogue. */
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** What the values are called, where they are states. */
  readonly words?: Words;
  /** What no value is called beside words: Unknown unless said otherwise; when empty a gap stays blank. */
  readonly absent?: string;
  readonly limits?: Limits;
  /** How far back it looks, whatever time the dashboard shows. */
  readonly timeFrom?: string;
  /** Where a value leads to. */
  readonly links?: readonly ValueLink[];
  /** What stands there while there is nothing to show. */
  readonly none?: string;
}

/** A panel and the room that it takes. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly panel: Builder<Panel>;
}

/** What the builders of all panel types can do. */
interface Dressed {
  title(title: string): this;
  description(description: string): this;
  datasource(source: { type?: string; uid?: string }): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  min(min: number): this;
  max(max: number): this;
  noValue(text: string): this;
  timeFrom(time: string): this;
  mappings(mappings: ValueMapping[]): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  colorScheme(color: FieldColorBuilder): this;
  overrideByRegexp(regexp: string, properties: DynamicConfigValue[]): this;
  withTarget(target: Builder<Dataquery>): this;
}

export function stepsOf([base, ...rest]: Limits): Threshold[] {
  const color = (state: State | 'plain') => (state === 'plain' ? plain : stateColors[state]);
  return [
    { value: null, color: color(base) },
    ...rest.map(([value, state]) => ({ value, color: color(state) })),
  ];
}

/** Adds what every panel has. Without limits a value has the colour of text: nothing is good or bad by itself. */
export function dressed<Made extends Dressed>(
  panel: Made,
  spec: PanelSpec,
  queries: readonly Query[],
): Made {
  const { title, description, decimals, min, max, words, limits, none, links } = spec;
  const unit = spec.unit ?? unitOf(queries.map(({ expr }) => expr));
  panel.title(title).description(description).datasource(dataSource).unit(unit);
  panel.thresholds(
    new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(stepsOf(limits ?? ['plain'])),
  );
  if (decimals !== undefined) panel.decimals(decimals);
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (words !== undefined) panel.mappings(mappingsOf(words, spec.absent));
  if (links !== undefined) panel.overrideByRegexp('/.*/', [{ id: 'links', value: links }]);
  if (none !== undefined) panel.noValue(none);
  if (spec.timeFrom !== undefined) panel.timeFrom(spec.timeFrom);
  return panel;
}

export function withTargets<Made extends Dressed>(
  panel: Made,
  queries: readonly Query[],
  make: (query: Query, index: number) => Builder<Dataquery>,
): Made {
  for (const [index, query] of queries.entries()) panel.withTarget(make(query, index));
  return panel;
}

export function byThresholds(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** A colour for each name, the same wherever the name stands. */
export function byName(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);
}

export function fixedColor(color: Shade): DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: shades[color] } };
}

/** One colour for all lines: it means nothing, and there is usually one. */
export function alwaysColor(color: LineColor): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(lineColors[color]);
}

/** Where a value leads to. */
export interface ValueLink {
  readonly title: string;
  readonly url: string;
}

/** A link of a value to another dashboard, at the same time and with the same choices. */
export function drillDown(title: string, uid: string, variables: string): ValueLink {
  return {
    title,
    url: `/d/${uid}?\${__url_time_range}&\${datasource:queryparam}&\${deployment:queryparam}${variables}`,
  };
}
