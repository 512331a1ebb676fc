import { describe, expect, it } from 'vitest';
import type { Dashboard, Panel } from '../../lab/preview/dashboard.js';
import { render } from '../../lab/preview/render.js';
import type { Series, Source } from '../../lab/preview/source.js';

const span = { start: 1000, end: 1060 };

function sourceOf(answers: Readonly<Record<string, readonly Series[]>>): Source {
  return {
    span,
    stepSeconds: 60,
    labelValues: () => Promise.resolve([]),
    answer: ({ expr }) => {
      const answer = answers[expr];
      return answer === undefined
        ? Promise.reject(new Error(`cannot answer ${expr}`))
        : Promise.resolve(answer);
    },
  };
}

function dashboardOf(panel: Partial<Panel>): Dashboard {
  const gridPos = { x: 0, y: 0, w: 12, h: 6 };
  return { uid: 'd', title: 'D', panels: [{ id: 1, type: 'stat', title: 'P', gridPos, ...panel }] };
}

async function drawn(panel: Partial<Panel>, answers: Readonly<Record<string, readonly Series[]>>) {
  return render(dashboardOf(panel), sourceOf(answers), { theme: 'dark', width: 1600 });
}

const targets = [{ refId: 'A', expr: 'x', legendFormat: '{{slo}}' }];
const rising: readonly Series[] = [
  {
    metric: { slo: 'writes' },
    values: [
      [1000, '1'],
      [1060, '2'],
    ],
  },
  { metric: { slo: 'reads' }, values: [[1000, '5']] },
];

/** What the page's script is handed. */
function chartIn(html: string) {
  const [, text = ''] = /data-chart="([^"]*)"/.exec(html) ?? [];
  return JSON.parse(text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as {
    lines: { title: string; values: (number | null)[]; scale: string; lone: number[] }[];
    bands: { upper: number; lower: number }[];
  };
}

describe('a page', () => {
  it('shows the last value of a stat with its mapping', async () => {
    const mappings = [{ type: 'value', options: { '2': { text: 'Two' } } }] as const;
    const fieldConfig = { defaults: { mappings } };
    const { html } = await drawn({ targets, fieldConfig }, { x: rising.slice(0, 1) });
    expect(html).toContain('>Two<');
  });
  it('writes what a panel has for no value, and tells of it', async () => {
    const fieldConfig = { defaults: { noValue: 'No outage' } };
    const { html, remarks } = await drawn({ type: 'table', targets, fieldConfig }, { x: [] });
    expect(html).toContain('No outage');
    expect(remarks).toEqual(['P: empty: No outage']);
  });
  it('shows on the panel what a query failed with, and complains', async () => {
    const { html, complaints } = await drawn({ targets }, {});
    expect(html).toContain('class="error"');
    expect(complaints).toEqual(['P: A: cannot answer x']);
  });
  it('says of a panel type that it is not drawn', async () => {
    const { html, complaints } = await drawn({ type: 'geomap' }, {});
    expect(html).toContain('The preview draws no geomap');
    expect(complaints).toEqual(['P: panel type geomap']);
  });
  it('makes markup of titles harmless', async () => {
    const { html } = await drawn({ title: '<b>& co' }, {});
    expect(html).toContain('&lt;b&gt;&amp; co');
  });
  it('draws lines on common times, with gaps and lone points', async () => {
    const { html } = await drawn({ type: 'timeseries', targets }, { x: rising });
    const { lines } = chartIn(html);
    expect(lines.map(({ title, values }) => [title, values])).toEqual([
      ['writes', [1, 2]],
      ['reads', [5, null]],
    ]);
    expect(lines.map(({ lone }) => lone)).toEqual([[], [0]]);
  });
  it('stacks series on those before them and fills down to these', async () => {
    const custom = { stacking: { mode: 'normal', group: 'A' }, fillOpacity: 30 };
    const fieldConfig = { defaults: { custom } };
    const { html } = await drawn({ type: 'timeseries', targets, fieldConfig }, { x: rising });
    const { lines, bands } = chartIn(html);
    expect(lines[1]?.values).toEqual([6, 2]);
    expect(bands).toEqual([{ upper: 2, lower: 1, fill: 0.3 }]);
  });
  it('says that a table needs scrolling', async () => {
    const table = [{ refId: 'A', expr: 'x', format: 'table', instant: true }];
    const metric = { a: '1', b: '2', c: '3', d: '4', e: '5' };
    const answer = [{ metric, values: [[1060, '1']] as const }];
    const { remarks } = await drawn({ type: 'table', targets: table }, { x: answer });
    expect(remarks.join()).toContain('scrolls sideways: 1050 px');
  });
});
