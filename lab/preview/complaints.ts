import type { Panel } from './dashboard.js';
import { isKnownMatcher } from './field-config.js';
import { isKnownReducer } from './reduce.js';
import { isKnownTransformation } from './transform.js';
import { isKnownUnit } from './unit.js';

/** Which values of an option are drawn; `any`: all, or it has no effect on a picture. */
type Accepted = 'any' | readonly unknown[];
type Accepts = Readonly<Record<string, Accepted>>;

const legend: Accepts = {
  'legend.showLegend': 'any',
  'legend.displayMode': ['list', 'table', 'hidden'],
  'legend.placement': ['bottom', 'right'],
  'legend.calcs': 'any',
  'legend.width': 'any',
};
const tooltip: Accepts = { 'tooltip.mode': 'any', 'tooltip.sort': 'any' };
const reduction: Accepts = { 'reduceOptions.calcs': 'any', 'reduceOptions.values': [false] };

const optionsOf: Readonly<Record<string, Accepts>> = {
  row: {},
  text: { mode: ['markdown'], content: 'any' },
  stat: {
    ...reduction,
    graphMode: ['none', 'area'],
    colorMode: ['none', 'value', 'background', 'background_solid'],
    justifyMode: ['auto', 'center'],
    textMode: ['auto', 'value', 'value_and_name', 'name', 'none'],
    wideLayout: [true],
    showPercentChange: [false],
    percentChangeColorMode: 'any',
    orientation: ['auto', 'horizontal', 'vertical'],
  },
  bargauge: {
    ...reduction,
    ...legend,
    'legend.showLegend': [false],
    displayMode: ['basic'],
    valueMode: ['color'],
    namePlacement: ['auto', 'left'],
    showUnfilled: [true],
    sizing: ['auto'],
    minVizWidth: 'any',
    minVizHeight: 'any',
    maxVizHeight: 'any',
    orientation: ['horizontal'],
  },
  table: {
    frameIndex: [0],
    showHeader: 'any',
    showTypeIcons: [false],
    'footer.show': [false],
    'footer.reducer': 'any',
    'footer.countRows': 'any',
    cellHeight: ['sm', 'md', 'lg'],
    sortBy: 'any',
  },
  timeseries: { ...legend, ...tooltip },
  'state-timeline': {
    ...legend,
    ...tooltip,
    showValue: ['auto', 'never'],
    rowHeight: 'any',
    mergeValues: [true],
    alignValue: ['left'],
    perPage: 'any',
  },
  heatmap: {
    calculate: [false],
    'color.mode': ['opacity'],
    'color.scheme': 'any',
    'color.fill': 'any',
    'color.exponent': [0.5],
    'color.steps': 'any',
    'color.reverse': [false],
    'color.scale': ['exponential'],
    'filterValues.le': 'any',
    showValue: 'any',
    cellGap: [1],
    'legend.show': 'any',
    'tooltip.mode': 'any',
    'exemplars.color': 'any',
    selectionMode: 'any',
  },
};

const custom: Accepts = {
  drawStyle: ['line', 'bars', 'points'],
  lineWidth: 'any',
  fillOpacity: 'any',
  lineInterpolation: ['linear', 'stepAfter', 'stepBefore', 'smooth'],
  'lineStyle.fill': ['solid', 'dash'],
  'lineStyle.dash': 'any',
  showPoints: ['auto', 'always', 'never'],
  pointSize: 'any',
  spanNulls: [true, false],
  'stacking.mode': ['none', 'normal'],
  'stacking.group': 'any',
  'scaleDistribution.type': ['linear', 'log', 'symlog'],
  'scaleDistribution.linearThreshold': 'any',
  'scaleDistribution.log': 'any',
  'thresholdsStyle.mode': ['off', 'line', 'area', 'line+area', 'dashed', 'dashed+area'],
  fillBelowTo: 'any',
  axisPlacement: ['auto'],
  'hideFrom.legend': 'any',
  'hideFrom.viz': 'any',
  'hideFrom.tooltip': 'any',
  'cellOptions.type': ['auto', 'color-background', 'color-text'],
  'cellOptions.mode': ['basic'],
  'cellOptions.wrapText': [false],
  align: ['auto', 'left', 'right', 'center'],
  inspect: 'any',
  width: 'any',
  minWidth: 'any',
  hidden: 'any',
};

const field: Accepts = {
  unit: 'any',
  decimals: 'any',
  min: 'any',
  max: 'any',
  noValue: 'any',
  displayName: 'any',
  'color.mode': ['fixed', 'thresholds', 'palette-classic', 'palette-classic-by-name'],
  'color.fixedColor': 'any',
  'thresholds.mode': ['absolute', 'percentage'],
  'thresholds.steps': 'any',
  mappings: 'any',
  links: 'any',
};

type Leaf = readonly [path: string, value: unknown];

/** Every setting with its path; a list is one setting. */
function leaves(value: unknown, path: string): readonly Leaf[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, each]) =>
    leaves(each, path === '' ? name : `${path}.${name}`),
  );
}

function refused(settings: unknown, accepts: Accepts, prefix = ''): readonly string[] {
  return leaves(settings, '').flatMap(([path, value]) => {
    const accepted = accepts[path];
    if (path === '' || accepted === 'any' || accepted?.includes(value) === true) return [];
    return [`${prefix}${path} = ${JSON.stringify(value)}`];
  });
}

function unknownIds(kind: string, ids: readonly string[], isKnown: (id: string) => boolean) {
  return ids.filter((id) => !isKnown(id)).map((id) => `${kind} ${id}`);
}

const fieldAndCustom: Accepts = {
  ...field,
  ...Object.fromEntries(
    Object.entries(custom).map(([name, accepted]) => [`custom.${name}`, accepted]),
  ),
};

/** An override's `custom.lineStyle` with an object reads as the paths within it. */
function propertyTree(properties: readonly { id: string; value?: unknown }[]): unknown {
  return Object.fromEntries(properties.map(({ id, value }) => [id, value]));
}

function ofFields({ fieldConfig = {} }: Panel): readonly string[] {
  const { defaults = {}, overrides = [] } = fieldConfig;
  const properties = overrides.flatMap(({ properties }) => properties);
  const units = [
    defaults.unit,
    ...properties.filter(({ id }) => id === 'unit').map(({ value }) => value),
  ];
  return [
    ...refused(defaults, fieldAndCustom),
    ...properties.flatMap((property) =>
      refused(propertyTree([property]), fieldAndCustom, 'override '),
    ),
    ...unknownIds(
      'matcher',
      overrides.map(({ matcher }) => matcher.id),
      isKnownMatcher,
    ),
    ...unknownIds(
      'unit',
      units.filter((unit) => typeof unit === 'string'),
      isKnownUnit,
    ),
  ];
}

/** What of a panel is not drawn as Grafana would: nothing of it is passed over in silence. */
export function complaintsAbout(panel: Panel): readonly string[] {
  const accepts = optionsOf[panel.type];
  if (accepts === undefined) return [`panel type ${panel.type}`];
  const { options = {}, transformations = [], repeat } = panel;
  const calcs = [...(options.reduceOptions?.calcs ?? []), ...(options.legend?.calcs ?? [])];
  const all = [
    ...refused(options, accepts),
    ...ofFields(panel),
    ...unknownIds('calculation', calcs, isKnownReducer),
    ...unknownIds(
      'transformation',
      transformations.map(({ id }) => id),
      isKnownTransformation,
    ),
    ...(repeat === undefined ? [] : [`repeat by ${repeat}`]),
    ...(panel.collapsed === true ? ['a collapsed row'] : []),
  ];
  return [...new Set(all)];
}
