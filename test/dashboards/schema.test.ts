import { describe, expect, it } from 'vitest';
import { grafanaVersions, panelTypes, parts, validatorOf, type Part } from './grafana-schema.js';
import { committedDashboards, type DashboardJson, type PanelJson } from './queries.js';

/**
 * The published types know of annotations what all data sources have in common. These are Prometheus'
 * own, as Grafana itself writes them.
 */
const ofPrometheus = ['expr', 'step', 'titleFormat', 'textFormat', 'target'];

function withoutOwn(dashboard: DashboardJson): unknown {
  const list = dashboard.annotations.list.map((annotation) =>
    Object.fromEntries(Object.entries(annotation).filter(([name]) => !ofPrometheus.includes(name))),
  );
  return { ...dashboard, annotations: { list } };
}

function partsOf({ type, options, fieldConfig }: PanelJson): [Part, unknown][] {
  const own: [string, unknown][] = [
    [`${type}_options`, options],
    [`${type}_fields`, fieldConfig?.defaults.custom ?? {}],
  ];
  return own.filter(([part]) => (parts as readonly string[]).includes(part)) as [Part, unknown][];
}

const dashboards = committedDashboards();
const [first] = dashboards;
const panels = dashboards.flatMap(({ uid, panels: all }) =>
  all.filter(({ type }) => type !== 'row').map((panel) => ({ uid, panel })),
);

describe('the types of panels', () => {
  it('are those that are checked', () => {
    expect(new Set(panels.map(({ panel }) => panel.type))).toEqual(new Set(panelTypes));
  });
});

describe.each(grafanaVersions)('what Grafana %i publishes', (version) => {
  const faultsOf = validatorOf(version);

  it('lets every dashboard pass', () => {
    expect(
      dashboards.flatMap((dashboard) =>
        faultsOf('dashboard', withoutOwn(dashboard)).map((fault) => `${dashboard.uid}${fault}`),
      ),
    ).toEqual([]);
  });

  it('lets the settings of every panel pass', () => {
    expect(
      panels.flatMap(({ uid, panel }) =>
        partsOf(panel).flatMap(([part, json]) =>
          faultsOf(part, json).map((fault) => `${uid}: ${panel.title}: ${part}${fault}`),
        ),
      ),
    ).toEqual([]);
  });

  it.each([
    ['a property that does not exist', { ...first, refreshes: '30s' }],
    ['a version of the wrong type', { ...first, version: 'one' }],
    ['links that are no list', { ...first, links: {} }],
    ['a panel without a type', { ...first, panels: [{ title: 'x', options: {} }] }],
  ])('refuses a dashboard with %s', (_fault, json) => {
    expect(faultsOf('dashboard', json)).not.toEqual([]);
  });

  it.each([
    ['stat_options', { colorMode: 'rainbow' }],
    ['stat_options', { colourMode: 'none' }],
    ['table_options', { cellHeight: 4 }],
    ['timeseries_fields', { lineWidth: 'thick' }],
    ['timeseries_fields', { drawStile: 'line' }],
    ['state-timeline_fields', { fillOpacity: true }],
    ['heatmap_options', { calculate: 'no' }],
    ['bargauge_options', { displayMode: 'hologram' }],
  ] as const)('refuses in %s: %j', (part, json) => {
    expect(faultsOf(part, json)).not.toEqual([]);
  });
});
