import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  PanelBuilder as HeatmapBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  byName,
  byThresholds,
  dressed,
  fixedColor,
  withTargets,
  type PanelSpec,
  type Placed,
} from './panel.js';
import { lineColors, type LineColor, type State } from './palette.js';
import { heatmapTarget, rangeTarget, type Query } from './query.js';

export interface LinesSpec extends PanelSpec {
  readonly queries: readonly Query[];
  /** Spans from milliseconds to hours, or from bytes to gigabytes. */
  readonly logarithmic?: boolean;
  readonly stacked?: boolean;
  /** Counts and states go in steps. */
  readonly steps?: boolean;
  /** Colours of lines by name. */
  readonly colors?: Readonly<Record<string, LineColor | State>>;
  /** Names, as a regular expression, of lines that others are measured against. */
  readonly targets?: string;
  /** Draws the limits as lines. */
  readonly drawLimits?: boolean;
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

function tooltip(): VizTooltipOptionsBuilder {
  // oxlint-disable-next-line unicorn/no-array-sort -- a builder, not an array
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}

/** Dashed, so that a target is told from what is measured by more than its colour. */
const targetStyle: DynamicConfigValue[] = [
  fixedColor('target'),
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
];

function scaled(panel: LinesBuilder, { logarithmic, stacked, drawLimits }: LinesSpec): void {
  if (logarithmic === true)
    panel.scaleDistribution(
      new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10),
    );
  if (stacked === true)
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (drawLimits === true)
    panel.thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
    );
}

/** How something went. Gaps stay gaps: what was not seen is not drawn over. */
export function lines(spec: LinesSpec): Placed {
  const panel = dressed(new LinesBuilder(), spec, spec.queries)
    .colorScheme(byName())
    .lineWidth(2)
    .fillOpacity(spec.stacked === true ? 30 : 0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .lineInterpolation(spec.steps === true ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .legend(legend())
    .tooltip(tooltip());
  scaled(panel, spec);
  for (const [name, color] of Object.entries(spec.colors ?? {}))
    panel.overrideByName(name, [fixedColor(color)]);
  if (spec.targets !== undefined) panel.overrideByRegexp(`/${spec.targets}/`, targetStyle);
  return {
    width: spec.width,
    height: spec.height ?? 8,
    panel: withTargets(panel, spec.queries, rangeTarget),
  };
}

export interface StatesSpec extends PanelSpec {
  readonly queries: readonly Query[];
}

/** Which state held when, one line each. */
export function states(spec: StatesSpec): Placed {
  const panel = dressed(new TimelineBuilder(), spec, spec.queries)
    .colorScheme(byThresholds())
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legend())
    .tooltip(tooltip());
  return {
    width: spec.width,
    height: spec.height ?? 7,
    panel: withTargets(panel, spec.queries, rangeTarget),
  };
}

export interface HeatSpec extends PanelSpec {
  readonly queries: readonly Query[];
}

/** How many fell into each bucket of a histogram, over time. */
export function heat(spec: HeatSpec): Placed {
  const colors = new HeatmapColorOptionsBuilder()
    .mode(HeatmapColorMode.Opacity)
    .fill(lineColors.first)
    .scale(HeatmapColorScale.Exponential)
    .exponent(0.5)
    .reverse(false)
    .steps(32);
  const panel = dressed(new HeatmapBuilder(), spec, spec.queries)
    .calculate(false)
    .color(colors)
    .cellGap(1)
    .exemplarsColor(lineColors.second);
  return {
    width: spec.width,
    height: spec.height ?? 8,
    panel: withTargets(panel, spec.queries, heatmapTarget),
  };
}
