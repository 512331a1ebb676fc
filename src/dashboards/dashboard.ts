import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { wordsForNothing } from './may-be-empty.js';
import { stateColors } from './palette.js';
import type { Placed } from './panel.js';
import { publishedPanel, publishedVariable } from './published.js';
import { dataSource } from './query.js';
import { variablesOf, type VariableName } from './variables.js';

/** Panels under one heading, from left to right and then down. */
export interface Section {
  readonly title: string;
  /** Panels in brackets stand one below the other. */
  readonly panels: readonly (Placed | readonly Placed[])[];
}

/** Times at which something held, marked in all graphs. */
export interface Annotation {
  readonly name: string;
  readonly expr: string;
  readonly title: string;
  readonly text: string;
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly sections: readonly Section[];
  readonly annotations?: readonly Annotation[];
  /** How far back it looks at first. */
  readonly from?: string;
}

const columns = 24;

function pileOf(item: Placed | readonly Placed[]): readonly Placed[] {
  return 'panel' in item ? [item] : item;
}

/** A pile of panels from its top left corner. */
function piled(pile: readonly Placed[], x: number, top: number) {
  let y = top;
  return pile.map(({ width, height, panel }) => {
    const gridPos = { x, y, w: width, h: height };
    y += height;
    return { panel, gridPos };
  });
}

/** Says in words why there is nothing, where the panel does not do so itself. */
function explained(uid: string, panel: Panel): Panel {
  const { fieldConfig, title } = panel;
  const noValue = fieldConfig?.defaults.noValue ?? wordsForNothing(uid, title);
  if (fieldConfig === undefined || noValue === undefined) return panel;
  return {
    ...panel,
    fieldConfig: { ...fieldConfig, defaults: { ...fieldConfig.defaults, noValue } },
  };
}

/** Panels in rows that are as high as their highest pile. */
function placed(items: Section['panels'], top: number, firstId: number) {
  let [x, y, height] = [0, top, 0];
  const places = items.map(pileOf).flatMap((pile) => {
    const width = Math.max(...pile.map((each) => each.width));
    if (x + width > columns) [x, y, height] = [0, y + height, 0];
    const made = piled(pile, x, y);
    const own = pile.reduce((sum, each) => sum + each.height, 0);
    [x, height] = [x + width, Math.max(height, own)];
    return made;
  });
  const made = places.map(({ panel, gridPos }, index): Panel => ({
    ...publishedPanel(panel.build()),
    id: firstId + index,
    gridPos,
  }));
  return { made, bottom: y + height };
}

/** All panels with their places, numbered from 1. */
function laidOut({ uid, sections }: DashboardSpec): (Panel | RowPanel)[] {
  const all: (Panel | RowPanel)[] = [];
  let top = 0;
  for (const { title, panels } of sections) {
    const id = all.length + 1;
    const gridPos = { x: 0, y: top, w: columns, h: 1 };
    const { made, bottom } = placed(panels, top + 1, id + 1);
    all.push({ ...new RowBuilder(title).build(), id, gridPos });
    all.push(...made.map((panel) => explained(uid, panel)));
    top = bottom;
  }
  return all;
}

function annotation({ name, expr, title, text }: Annotation): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSource)
    .enable(true)
    .hide(false)
    .iconColor(stateColors.bad)
    .expr(expr)
    .step('15s')
    .titleFormat(title)
    .textFormat(text)
    .target(new DataqueryBuilder().refId('Anno').expr(expr).range());
}

function others(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Sensei')
    .type(DashboardLinkType.Dashboards)
    .tags(['sensei'])
    .asDropdown(false)
    .keepTime(true)
    .includeVars(true);
}

/** Newer Grafanas hide in a menu what has a placement. */
function unplaced<Of extends { placement?: unknown }>({ placement: _menu, ...rest }: Of) {
  return rest;
}

/** A dashboard as Grafana reads it. The same specification makes the same bytes. */
export function dashboardOf(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags(['sensei'])
    .version(1)
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: spec.from ?? 'now-6h', to: 'now' })
    .refresh('30s')
    .variables(variablesOf(spec.variables))
    .annotations((spec.annotations ?? []).map(annotation))
    .link(others());
  const { links = [], templating, annotations, ...made } = builder.build();
  return {
    ...made,
    id: null,
    links: links.map(unplaced),
    templating: { list: (templating.list ?? []).map(publishedVariable) },
    annotations: { list: (annotations.list ?? []).map(unplaced) },
    panels: laidOut(spec),
  };
}
