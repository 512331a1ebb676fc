import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboards as uids } from '../../src/alerts/rule.js';
import { dashboards } from '../../src/dashboards/index.js';
import { mayBeEmpty } from '../../src/dashboards/may-be-empty.js';
import { lineColors, plain, stateColors } from '../../src/dashboards/palette.js';
import { contrast, deficiencies, distance, rgbOf, seenWith } from './colors.js';
import { committedDashboards, dashboardQueries, type PanelJson } from './queries.js';

const made = committedDashboards();
const folder = fileURLToPath(new URL('../../grafana/dashboards', import.meta.url));

/** Every value anywhere within, with the name that it has. */
function valuesOf(json: unknown, name = ''): [name: string, value: unknown][] {
  if (typeof json !== 'object' || json === null) return [[name, json]];
  return [
    [name, json] as [string, unknown],
    ...Object.entries(json).flatMap(([key, value]) => valuesOf(value, key)),
  ];
}

function named(name: string): unknown[] {
  return made
    .flatMap((json) => valuesOf(json))
    .filter(([key]) => key === name)
    .map(([, value]) => value);
}

function shownPanels(): { uid: string; panel: PanelJson }[] {
  return made.flatMap(({ uid, panels }) =>
    panels.filter(({ type }) => type !== 'row').map((panel) => ({ uid, panel })),
  );
}

function overlaps({ gridPos: a }: PanelJson, { gridPos: b }: PanelJson): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the dashboards', () => {
  it('keep their identities, which alerts and bookmarks link to', () => {
    expect(made.map(({ uid }) => uid).toSorted()).toEqual([
      'sensei-dr',
      'sensei-endpoints',
      'sensei-exporter',
      'sensei-kubernetes',
      'sensei-overview',
      'sensei-postgresql',
      'sensei-recovery',
      'sensei-redis',
      'sensei-slo',
    ]);
    expect(new Set(Object.values(uids))).toEqual(new Set(made.map(({ uid }) => uid)));
  });

  it('are made anew with the same bytes', () => {
    const [one, other] = [JSON.stringify(dashboards()), JSON.stringify(dashboards())];
    expect(one).toBe(other);
    const committed = readdirSync(folder).map((file) =>
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    );
    const wanted = new Map(dashboards().map(({ uid, json }) => [uid, json]));
    for (const json of committed)
      expect(json).toEqual(JSON.parse(JSON.stringify(wanted.get(json.uid))));
  });

  it.each(made)(
    '$uid has a title, a description, the tag and links that keep time and choices',
    (json) => {
      expect(json.title).toMatch(/^Sensei: \w/);
      expect(json.description.length).toBeGreaterThan(20);
      expect(json.tags).toEqual(['sensei']);
      expect(json.links).toMatchObject([{ type: 'dashboards', keepTime: true, includeVars: true }]);
    },
  );

  it.each(made)(
    '$uid numbers its panels from 1, each once, under different titles',
    ({ panels }) => {
      expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1));
      const titles = panels.filter(({ type }) => type !== 'row').map(({ title }) => title);
      expect(titles).toEqual([...new Set(titles)]);
    },
  );

  it.each(made)('$uid has no panel that covers another or leaves the grid', ({ panels }) => {
    const pairs = panels.flatMap((a, index) => panels.slice(index + 1).map((b) => [a, b] as const));
    const covered = pairs.filter(([a, b]) => overlaps(a, b)).map(([a, b]) => [a.title, b.title]);
    expect(covered).toEqual([]);
    expect(panels.filter(({ gridPos: { x, w } }) => x < 0 || w < 1 || x + w > 24)).toEqual([]);
  });

  it.each(made)(
    '$uid wastes no more than a sixth of the room in any row of panels',
    ({ panels }) => {
      const shown = panels.filter(({ type }) => type !== 'row');
      const tops = [...new Set(shown.map(({ gridPos }) => gridPos.y))];
      const widths = tops.map((top) =>
        shown
          .filter(({ gridPos: { y, h } }) => y <= top && top < y + h)
          .reduce((sum, { gridPos }) => sum + gridPos.w, 0),
      );
      expect(widths.filter((width) => width < 20)).toEqual([]);
    },
  );

  it('say of every panel what it means', () => {
    const mute = shownPanels().filter(({ panel }) => (panel.description ?? '').length < 25);
    expect(mute.map(({ uid, panel }) => `${uid}: ${panel.title}`)).toEqual([]);
  });

  it('set a unit for every panel', () => {
    const without = shownPanels().filter(({ panel }) => !panel.fieldConfig?.defaults.unit);
    expect(without.map(({ uid, panel }) => `${uid}: ${panel.title}`)).toEqual([]);
  });

  it('name no data source but the one that is chosen', () => {
    const sources = named('datasource').map((source) => JSON.stringify(source));
    expect(new Set(sources)).toEqual(new Set(['{"type":"prometheus","uid":"${datasource}"}']));
    const targets = shownPanels().flatMap(({ panel }) => panel.targets ?? []);
    expect(targets.every(({ datasource }) => datasource.uid === '${datasource}')).toBe(true);
    expect(sources.length).toBeGreaterThan(targets.length);
  });

  it('carry time, data source and deployment along in every link of a value', () => {
    const urls = named('url').filter((url) => typeof url === 'string');
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls)
      expect(url).toMatch(
        /^\/d\/sensei-[a-z]+\?\$\{__url_time_range\}&\$\{datasource:queryparam\}&\$\{deployment:queryparam\}/,
      );
  });

  it('choose data source, deployment, job and instance by variables of those names', () => {
    for (const { templating } of made)
      expect(templating.list.map(({ name }) => name).slice(0, 4)).toEqual([
        'datasource',
        'deployment',
        'job',
        'instance',
      ]);
  });

  it('leave no trace of what only newer Grafanas know in a query', () => {
    expect(dashboardQueries().filter(({ expr }) => expr.includes('$__all'))).toEqual([]);
  });

  it('ask for tables as they are now', () => {
    const tables = shownPanels().filter(({ panel }) => panel.type === 'table');
    expect(tables.length).toBeGreaterThan(20);
    for (const { panel } of tables)
      for (const target of panel.targets ?? [])
        expect(target).toMatchObject({ instant: true, range: false, format: 'table' });
  });
});

describe('the folder for Grafana', () => {
  const file = (path: string) =>
    readFileSync(fileURLToPath(new URL(`../../grafana/${path}`, import.meta.url)), 'utf8');

  it('has a guide that names every dashboard', () => {
    const guide = file('README.md');
    for (const { file: name } of dashboards()) expect(guide).toContain(`dashboards/${name}`);
  });

  it('tells Grafana where Prometheus and the dashboards are by its environment', () => {
    expect(parse(file('provisioning/datasources/sensei.yaml'))).toMatchObject({
      datasources: [{ type: 'prometheus', url: '${SENSEI_PROMETHEUS_URL}' }],
    });
    expect(parse(file('provisioning/dashboards/sensei.yaml'))).toMatchObject({
      providers: [{ type: 'file', options: { path: '${SENSEI_DASHBOARDS}' } }],
    });
  });
});

describe('what may be empty', () => {
  it('names panels, variables and annotations that there are, each once and with a reason', () => {
    const places = new Set(dashboardQueries().map(({ uid, place }) => `${uid}: ${place}`));
    const listed = mayBeEmpty.map(({ uid, place }) => `${uid}: ${place}`);
    expect(listed.filter((place) => !places.has(place))).toEqual([]);
    expect(listed).toEqual([...new Set(listed)]);
    expect(mayBeEmpty.filter(({ reason }) => reason.length < 10)).toEqual([]);
  });
});

describe('panels without anything to show', () => {
  it('say why in words, wherever they may be empty', () => {
    const listed = new Set(mayBeEmpty.map(({ uid, place }) => `${uid}: ${place}`));
    const mute = shownPanels().filter(
      ({ uid, panel }) =>
        listed.has(`${uid}: ${panel.title}`) && !panel.fieldConfig?.defaults.noValue,
    );
    expect(mute.map(({ uid, panel }) => `${uid}: ${panel.title}`)).toEqual([]);
  });

  it('keep these words out of the empty cells of tables that have others', () => {
    const tables = shownPanels().filter(({ panel }) => panel.type === 'table');
    for (const { panel } of tables)
      expect(panel.fieldConfig?.overrides[0]).toEqual({
        matcher: { id: 'byRegexp', options: '/.*/' },
        properties: [{ id: 'noValue', value: '-' }],
      });
  });
});

describe('tables', () => {
  it('squeeze their columns rather than hide the last ones', () => {
    const tables = shownPanels().filter(({ panel }) => panel.type === 'table');
    const widths = tables.map(({ panel }) => panel.fieldConfig?.defaults.custom?.['minWidth']);
    expect(new Set(widths)).toEqual(new Set([60]));
  });
});

describe('the colours', () => {
  const allowed = new Set<string>([
    ...Object.values(stateColors),
    ...Object.values(lineColors),
    plain,
  ]);

  it('are those of the palette', () => {
    const used = [
      ...named('color'),
      ...named('fixedColor'),
      ...named('iconColor'),
      ...named('fill'),
    ]
      .filter((color) => typeof color === 'string')
      .filter((color) => color !== 'dash');
    expect(used.length).toBeGreaterThan(100);
    expect([...new Set(used)].filter((color) => !allowed.has(color))).toEqual([]);
    const hexes = JSON.stringify(made).match(/#[0-9a-f]{3,8}\b/gi) ?? [];
    expect([...new Set(hexes)].filter((color) => !allowed.has(color))).toEqual([]);
  });

  const states = Object.entries(stateColors);
  const pairs = states.flatMap(([a, one], index) =>
    states.slice(index + 1).map(([b, other]) => ({ pair: `${a} and ${b}`, one, other })),
  );

  it.each(pairs)('of $pair differ for everybody', ({ one, other }) => {
    const matrices = Object.values(deficiencies);
    const seen = matrices.map((matrix) =>
      distance(seenWith(matrix, rgbOf(one)), seenWith(matrix, rgbOf(other))),
    );
    expect(Math.min(distance(rgbOf(one), rgbOf(other)), ...seen)).toBeGreaterThan(15);
  });

  it.each(states)('of %s stand out from a dark and a light panel', (_state, color) => {
    expect(contrast(color, '#181b1f')).toBeGreaterThanOrEqual(3);
    expect(contrast(color, '#ffffff')).toBeGreaterThanOrEqual(3);
  });

  it('would not pass as red and green', () => {
    const { deuteranopia } = deficiencies;
    // A red and a green of one lightness.
    const [red, green] = ['#b36b00', '#7f8000'].map((hex) => seenWith(deuteranopia, rgbOf(hex)));
    expect(distance(red!, green!)).toBeLessThan(15);
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  });
});
