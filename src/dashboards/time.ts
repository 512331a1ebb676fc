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
  alwaysColor,
  byName,
  byThresholds,
  dressed,
  fixedColor,
  withTargets,
  type PanelSpec,
  type Placed,
} from './panel.js';
import { lineColors, type LineColor, type Shade } from './palette.js';
import { heatmapTarget, rangeTarget, type Query } from './query.js';

export interface LinesSpec extends PanelSpec {
  readonly queries: readonly Query[];
  /** Spans from milliseconds to hours, or from bytes to gigabytes. */
  readonly logarithmic?: boolean;
  /** As that, but may be 0: the scale is linear up to here. */
  readonly linearUpTo?: number;
  /** The axis begins here unless there is something lower. */
  readonly softMin?: number;
  readonly stacked?: boolean;
  /** Counts and states go in steps. */
  readonly steps?: boolean;
  /** Colours of lines by name, or by a regular expression between slashes. */
  readonly colors?: Readonly<Record<string, Shade>>;
  /** One colour for all lines, where there is usually one. */
  readonly color?: LineColor;
  /** So many lines that their names would leave no room. */
  readonly hideLegend?: boolean;
  /** Fills from each line of the first name down to the one of the second: a bracket. */
  readonly between?: readonly [upper: string, lower: string];
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

function scaled(panel: LinesBuilder, spec: LinesSpec): void {
  const { logarithmic, linearUpTo, softMin, stacked, drawLimits } = spec;
  if (softMin !== undefined) panel.axisSoftMin(softMin);
  if (logarithmic === true)
    panel.scaleDistribution(
      new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10),
    );
  if (linearUpTo !== undefined)
    panel.scaleDistribution(
      new ScaleDistributionConfigBuilder()
        .type(ScaleDistribution.Symlog)
        // Bytes go in powers of two.
        .log(linearUpTo % 1024 === 0 ? 2 : 10)
        .linearThreshold(linearUpTo),
    );
  if (stacked === true)
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (drawLimits === true)
    panel.thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
    );
}

function colored(panel: LinesBuilder, { colors = {}, between }: LinesSpec): void {
  for (const [name, color] of Object.entries(colors)) {
    if (name.startsWith('/')) panel.overrideByRegexp(name, [fixedColor(color)]);
    else panel.overrideByName(name, [fixedColor(color)]);
  }
  if (between === undefined) return;
  const [upper, lower] = between;
  panel.overrideByName(upper, [
    { id: 'custom.fillBelowTo', value: lower },
    { id: 'custom.fillOpacity', value: 20 },
  ]);
}

/** How something went. Gaps stay gaps: what was not seen is not drawn over. */
export function lines(spec: LinesSpec): Placed {
  const panel = dressed(new LinesBuilder(), spec, spec.queries)
    .colorScheme(spec.color === undefined ? byName() : alwaysColor(spec.color))
    .lineWidth(2)
    .fillOpacity(spec.stacked === true ? 30 : 0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .lineInterpolation(spec.steps === true ? LineInterpolation.StepAfter : LineInterpolation.Linear)
    .legend(legend().showLegend(spec.hideLegend !== true))
    .tooltip(tooltip());
  scaled(panel, spec);
  colored(panel, spec);
  if (spec.targets !== undefined) panel.overrideByRegexp(`/${spec.targets}/`, targetStyle);
  return {
    width: spec.width,
    height: spec.height ?? 8,
    panel: withTargets(panel, spec.queries, rangeTarget),
  };
}

export interface StatesSpec extends PanelSpec {
  readonly queries: readonly Query[];
  /** Names that hold identifiers: their underscores become spaces. */
  readonly spaced?: boolean;
  /** Whether each stretch has its word in it; the legend has them all. */
  readonly showValue?: boolean;
  /** Only one state is possible: the legend would tell nothing. */
  readonly hideLegend?: boolean;
}

/** Which state held when, one line each. */
export function states(spec: StatesSpec): Placed {
  const panel = dressed(new TimelineBuilder(), spec, spec.queries)
    .colorScheme(byThresholds())
    .mergeValues(true)
    .showValue(spec.showValue === false ? VisibilityMode.Never : VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(legend().showLegend(spec.hideLegend !== true))
    .tooltip(tooltip());
  if (spec.spaced === true)
    panel.withTransformation({
      id: 'renameByRegex',
      options: { regex: '/_/g', renamePattern: ' ' },
    });
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
