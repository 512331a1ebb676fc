import {
  FieldTextAlignment,
  TableCellBackgroundDisplayMode,
  TableCellDisplayMode,
  TableCellHeight,
  TableSortByFieldStateBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  dressed,
  stepsOf,
  withTargets,
  type PanelSpec,
  type Placed,
  type ValueLink,
} from './panel.js';
import type { Limits } from './limits.js';
import type { Texts } from './names.js';
import { stateColors } from './palette.js';
import { refIdOf, tableTarget } from './query.js';
import { unitOf, type Unit } from './units.js';
import { mappingsOf, type Words } from './words.js';

export interface Column {
  readonly name: string;
  readonly expr: string;
  readonly unit?: Unit;
  readonly decimals?: number;
  readonly words?: Words;
  /** What no value is called. */
  readonly absent?: string;
  readonly limits?: Limits;
  /** Left out of the table: asked only for the rows it makes. */
  readonly hidden?: boolean;
}

export interface TableSpec extends Omit<PanelSpec, 'links'> {
  /** Labels that tell the rows apart, with their headings. Every column must have just these. */
  readonly rows: Readonly<Record<string, string>>;
  /** What the values of a label are called, by its heading. */
  readonly texts?: Readonly<Record<string, Texts>>;
  readonly columns: readonly Column[];
  /** Column to sort by, and whether the highest comes first. */
  readonly sort?: readonly [column: string, order: 'highest' | 'lowest'];
  /** Pixels that columns or labels need, by their headings. */
  readonly widths?: Readonly<Record<string, number>>;
  /** Links of the cells of a column or label, by its heading. */
  readonly links?: Readonly<Record<string, readonly ValueLink[]>>;
}

/** Pixels below which a column is not squeezed: with Grafana's own 150 wide tables scroll sideways. */
const narrowest = 60;
/** Headings over names that are long everywhere. */
const longNames: Readonly<Record<string, number>> = { SLO: 250 };

const coloredCell: DynamicConfigValue = {
  id: 'custom.cellOptions',
  value: {
    type: TableCellDisplayMode.ColorBackground,
    mode: TableCellBackgroundDisplayMode.Basic,
  },
};

function cellOf({ words, limits }: Column): DynamicConfigValue[] {
  return words === undefined && limits === undefined ? [] : [coloredCell];
}

function looksOf(column: Column): DynamicConfigValue[] {
  const { expr, unit = unitOf([expr]), decimals, words, limits, absent } = column;
  return [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(words === undefined && absent === undefined
      ? []
      : [{ id: 'mappings', value: mappingsOf(words ?? {}, absent) }]),
    ...(limits === undefined
      ? []
      : [
          { id: 'thresholds', value: { mode: 'absolute', steps: stepsOf(limits) } },
          { id: 'color', value: { mode: 'thresholds' } },
        ]),
    ...cellOf(column),
  ];
}

/** Headings in place of Grafana's names: a lone column is called Value, several Value #A and so on. */
function renames({ rows, columns }: TableSpec): Record<string, string> {
  const values = columns.map(({ name }, index) => [`Value #${refIdOf(index)}`, name] as const);
  return { ...rows, ...Object.fromEntries(values), Value: columns[0]!.name };
}

function organize(spec: TableSpec) {
  const order = [
    ...Object.keys(spec.rows),
    ...spec.columns.map((_, index) => `Value #${refIdOf(index)}`),
  ];
  const hidden = spec.columns.flatMap(({ hidden: isHidden }, index) =>
    isHidden === true
      ? [`Value #${refIdOf(index)}`, ...(spec.columns.length === 1 ? ['Value'] : [])]
      : [],
  );
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(['Time', ...hidden].map((name) => [name, true])),
      indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
      renameByName: renames(spec),
    },
  };
}

function optionOf(named: Texts[string], index: number) {
  if (typeof named === 'string') return { text: named, index };
  const [text, state] = named;
  return { text, color: stateColors[state], index };
}

function renamed(texts: Texts): DynamicConfigValue[] {
  const options = Object.fromEntries(
    Object.entries(texts).map(([value, named], index) => [value, optionOf(named, index)]),
  );
  const isColored = Object.values(texts).some((named) => typeof named !== 'string');
  return [
    { id: 'mappings', value: [{ type: 'value', options }] },
    ...(isColored ? [coloredCell] : []),
  ];
}

function widthsOf({ rows, widths }: TableSpec): [heading: string, width: number][] {
  const headings = new Set(Object.values(rows));
  const usual = Object.entries(longNames).filter(([heading]) => headings.has(heading));
  return Object.entries({ ...Object.fromEntries(usual), ...widths });
}

/** What stands now, a row each. */
export function table(spec: TableSpec): Placed {
  const { links, ...shared } = spec;
  const panel = dressed(new TableBuilder(), { ...shared, unit: 'short' }, [])
    .minWidth(narrowest)
    .align(FieldTextAlignment.Auto)
    .cellHeight(TableCellHeight.Sm)
    .showHeader(true);
  // What an empty table says Grafana writes into every empty cell, too, unless that has its own.
  panel.overrideByRegexp('/.*/', [{ id: 'noValue', value: '-' }]);
  if (spec.columns.length > 1) panel.withTransformation({ id: 'merge', options: {} });
  panel.withTransformation(organize(spec));
  for (const column of spec.columns) panel.overrideByName(column.name, looksOf(column));
  for (const [name, led] of Object.entries(links ?? {}))
    panel.overrideByName(name, [{ id: 'links', value: led }]);
  for (const [name, texts] of Object.entries(spec.texts ?? {}))
    panel.overrideByName(name, renamed(texts));
  for (const [name, width] of widthsOf(spec))
    panel.overrideByName(name, [{ id: 'custom.width', value: width }]);
  if (spec.sort !== undefined)
    panel.sortBy([
      new TableSortByFieldStateBuilder().displayName(spec.sort[0]).desc(spec.sort[1] === 'highest'),
    ]);
  return {
    width: spec.width,
    height: spec.height ?? 7,
    panel: withTargets(panel, spec.columns, tableTarget),
  };
}
