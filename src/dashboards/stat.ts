import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as GaugesBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { BarGaugeDisplayMode, VizOrientation } from '@grafana/grafana-foundation-sdk/common';
import type { LineColor } from './palette.js';
import {
  alwaysColor,
  byThresholds,
  dressed,
  withTargets,
  type PanelSpec,
  type Placed,
} from './panel.js';
import { bucketTarget, instantTarget, type Query } from './query.js';

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}

export interface StatSpec extends PanelSpec {
  readonly queries: readonly Query[];
  /** Shows the name beside the value, where there may be several. */
  readonly named?: boolean;
  /** Shows the name alone: it is what is asked for. */
  readonly nameOnly?: boolean;
}

function textMode({ named, nameOnly }: StatSpec): BigValueTextMode {
  if (nameOnly === true) return BigValueTextMode.Name;
  return named === true ? BigValueTextMode.ValueAndName : BigValueTextMode.Value;
}

/** How something stands now, large. */
export function stat(spec: StatSpec): Placed {
  const colored = spec.words !== undefined || spec.limits !== undefined;
  const panel = dressed(new StatBuilder(), spec, spec.queries)
    .colorScheme(byThresholds())
    .colorMode(colored ? BigValueColorMode.Background : BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .justifyMode(BigValueJustifyMode.Auto)
    .textMode(textMode(spec))
    .reduceOptions(lastValue());
  return {
    width: spec.width,
    height: spec.height ?? 4,
    panel: withTargets(panel, spec.queries, instantTarget),
  };
}

export interface BarsSpec extends PanelSpec {
  readonly queries: readonly Query[];
  /** Buckets of a histogram, each with what fell into it and not into the one below. */
  readonly buckets?: boolean;
  /** One colour for all bars, where none is good or bad. */
  readonly color?: LineColor;
}

/** How several of a kind stand now, beside each other. */
export function bars(spec: BarsSpec): Placed {
  const panel = dressed(new GaugesBuilder(), spec, spec.queries)
    .colorScheme(spec.color === undefined ? byThresholds() : alwaysColor(spec.color))
    .displayMode(BarGaugeDisplayMode.Basic)
    .orientation(VizOrientation.Horizontal)
    .showUnfilled(true)
    .reduceOptions(lastValue());
  return {
    width: spec.width,
    height: spec.height ?? 7,
    panel: withTargets(panel, spec.queries, spec.buckets === true ? bucketTarget : instantTarget),
  };
}
