import { describe, expect, it } from 'vitest';
import { judgeDrill } from '../../src/drills/judge.js';
import { shownDrills } from '../../src/drills/standing.js';
import { buildReport, type Report, type ReportInput } from '../../src/report/build.js';
import { renderHtml } from '../../src/report/html.js';
import { renderJson } from '../../src/report/json.js';
import { escapeMarkdown, renderMarkdown } from '../../src/report/markdown.js';
import { configuration, drillOf } from '../drills/drill-of.js';
import { eventOf, hourMs, hoursOf, incidentOf, sloOf, verdictOf } from '../support/slo-fixtures.js';

const range = {
  fromMs: Date.parse('2026-03-01T00:00:00+01:00'),
  toMs: Date.parse('2026-04-01T00:00:00+02:00'),
};
const drillTerms = { periodsMs: {}, rtoMs: hourMs, configuration, nowMs: range.toMs };
const empty: ReportInput = {
  deployment: 'orders',
  tier: 'enhanced',
  targets: { rpoMs: 900_000, rtoMs: hourMs },
  range,
  timeZone: 'Europe/Berlin',
  generatedAtMs: Date.parse('2026-04-02T08:00:00Z'),
  slos: [],
  hourlySlices: [],
  tenMinuteSlices: [],
  incidents: [],
  incidentsCutOff: false,
  exposures: [],
  drills: [],
  verdicts: [],
};

function reportOf(changes: Partial<ReportInput> = {}): Report {
  return buildReport({ ...empty, ...changes });
}

const full: Partial<ReportInput> = {
  slos: [sloOf(), sloOf({ name: 'rpo-orders', type: 'rpo', sli: 'rpo/orders' })],
  hourlySlices: hoursOf(range.fromMs, range.toMs),
  incidents: [
    incidentOf(),
    incidentOf({ id: '7a000000-planned', class: 'planned_switchover', rule: 'scheduled' }),
  ],
  exposures: [{ dataset: 'orders', startMs: range.fromMs, worstMs: 1200, targetMs: 900_000 }],
  drills: shownDrills(
    [
      judgeDrill(drillOf({ injectedAt: new Date(range.fromMs).toISOString() }), drillTerms),
      judgeDrill(
        drillOf({
          id: 'n',
          scenario: 'node',
          targets: [],
          injectedAt: new Date(range.fromMs).toISOString(),
        }),
        drillTerms,
      ),
    ],
    [
      {
        id: 'd',
        scenario: 'region',
        atMs: range.fromMs,
        recoveryMs: 125_000,
        lossMs: null,
        detail: 'yearly',
      },
    ],
    drillTerms,
  ),
  verdicts: [
    verdictOf(),
    verdictOf({
      disruption: 'redis_primary',
      reason: 'the worst of 1 took 9 s, the target is 60 s',
      evidence: [{ drill: drillOf().id, atMs: 0 }],
    }),
    verdictOf({ disruption: 'zone', status: 'no_evidence', reason: 'None.' }),
  ],
};

const renderers = [
  ['markdown', renderMarkdown],
  ['HTML', renderHtml],
] as const;

/** Text as a reader sees it, whatever the format. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/<style>[\s\S]*?<\/style>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\\(?=[^a-z0-9\s])/gi, '')
    .replaceAll(/&#61;/g, '=')
    .replaceAll(/[\s|*]+/g, ' ');
}

describe.each(renderers)('a report in %s', (_name, render) => {
  it('says of the loss of a region what it is timed against', () => {
    const known = full.incidents ?? [];
    const lost = { ...known[0]!, id: 'r', slo: 'region/a', component: 'region' };
    const text = wordsOf(render(reportOf({ ...full, incidents: [...known, lost] })));
    expect(text).toContain('timed against the RTO; it has no budget');
    expect(text).not.toContain('No objective is configured here');
  });

  const words = wordsOf(render(reportOf(full)));

  it.each([
    [
      'the range in its zone, across a change of clocks',
      '2026-04-01T00:00:00.000+02:00 (30 d 23 h)',
    ],
    ['a budget', 'orders-writes availability 99.9 % 2674800 0 0 0 0 % 100.0 % 100.0 % met'],
    ['the bracket of an outage', '41.3 s to 41.8 s 1 min met primary database'],
    ['its rule', 'leader-changed-unplanned'],
    ['its reasons', 'refused (80), timeout (3)'],
    ['its evidence', 'leader_changed patroni/orders pg2 the leader was pg1 and is pg2'],
    ['a planned interruption', '7a000000 planned switchover postgresql'],
    ['exposure', 'orders 15 min 1.2 s 1.2 s 1.2 s 1.2 s 0 % 100 % unknown'],
    [
      'a drill with its evidence',
      'primary database A. Admin kill -9 of the primary pg1 41.3 s to 41.8 s 1 min not measured pass it took 41.3 s to 41.8 s, the target is 60 s',
    ],
    [
      'a drill that proved nothing',
      'nothing 41.3 s to 41.8 s 2 min not measured inconclusive it hit nothing',
    ],
    [
      'a drill of the store',
      'region not recorded yearly not recorded 2 min 5 s 1 h not measured pass',
    ],
    ['the drill that a verdict rests on', 'the target is 60 s; by drill 7d9f8a52'],
    ['a promise without evidence', 'Loss of an availability zone, recovery time (RTO): None.'],
  ])('tells %s', (_title, text) => expect(words).toContain(text));

  it('is the same each time', () => {
    expect(render(reportOf(full))).toBe(render(reportOf(full)));
  });

  it('of an empty history shows no evidence of anything and nothing that is met', () => {
    const slos = [sloOf(), sloOf({ name: 'rpo-orders', type: 'rpo', sli: 'rpo/orders' })];
    for (const changes of [{}, { slos }]) {
      const text = wordsOf(render(reportOf(changes)));
      expect(text).toContain('no evidence of any objective');
      expect(text).toContain('No promise was judged');
      expect(text).not.toMatch(/100(?:\.0)? % (?:met|100|no)|\bmet\b/);
    }
    const text = wordsOf(render(reportOf({ slos })));
    expect(text).toContain('0 0 0 0 no evidence no evidence 0.0 % unknown');
    expect(text).toContain('only 0.0 % of the time was observed');
    expect(text).toContain('orders unknown unknown unknown unknown unknown unknown 100 % unknown');
  });

  it('says that an outage is still open', () => {
    const incidents = [incidentOf({ firstOkMs: null, closedMs: null, highMs: null, lowMs: 5000 })];
    const text = wordsOf(render(reportOf({ incidents })));
    expect(text).toContain('5 s so far 1 min still open');
  });

  it('remarks on what it leaves out', () => {
    const hourlySlices = hoursOf(range.fromMs, range.fromMs + hourMs, { slo: 'gone' });
    const text = wordsOf(render(reportOf({ hourlySlices, incidentsCutOff: true })));
    expect(text).toContain('the oldest are not in this report');
    expect(text).toContain(
      '1 SLO had observations in the range and is no longer configured: gone.',
    );
  });
});

const hostile = '"><img src=x onerror=alert(1)>|[x](javascript:a)`<!--\n# h\u202e\u0000\'</style>';

function hostileReport(): Report {
  const names = { component: hostile, slo: hostile, sli: hostile, region: hostile, zone: hostile };
  const outage = incidentOf({
    ...names,
    id: hostile,
    rule: hostile,
    reasons: { [hostile]: 1 },
    evidence: [eventOf({ target: hostile, subject: hostile, detail: hostile })],
  });
  return reportOf({
    deployment: hostile,
    slos: [sloOf({ ...names, name: hostile, source: hostile })],
    hourlySlices: hoursOf(range.fromMs, range.toMs, { slo: `${hostile}2` }),
    incidents: [outage, { ...outage, class: 'maintenance' }],
    exposures: [{ dataset: hostile, startMs: range.fromMs, worstMs: 1, targetMs: 1 }],
    drills: shownDrills(
      [judgeDrill(drillOf({ by: hostile, what: hostile, targets: [hostile] }), drillTerms)],
      [{ id: '', scenario: hostile, atMs: 0, recoveryMs: 1, lossMs: 1, detail: hostile }],
      drillTerms,
    ),
    verdicts: [verdictOf({ reason: hostile, status: 'no_evidence' })],
  });
}

describe('HTML', () => {
  const well = renderHtml(reportOf(full));

  it('has no tag, attribute or comment of a hostile name', () => {
    const html = renderHtml(hostileReport());
    const tags = [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
    const allowed =
      /^<(?:!doctype html|\/?(?:html|head|body|main|title|style|h[1-4]|p|ul|li|dl|dt|dd|table|thead|tbody|tr|caption|span|meta|th|td|div)(?: [a-z-]+="[^"<>]*")*)>$/;
    expect(tags.filter((tag) => !allowed.test(tag))).toEqual([]);
    for (const part of ['<!--', '\u202e', '\u0000']) expect(html).not.toContain(part);
    expect(tags.filter((tag) => /onerror\s*=|src\s*=|href\s*=/i.test(tag))).toEqual([]);
  });

  it('asks for nothing and runs nothing', () => {
    expect(well).toContain("default-src 'none'");
    expect(well).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import/i);
  });

  it('has tables with a caption and scoped headings', () => {
    const tables = [...well.matchAll(/<table>[\s\S]*?<\/table>/g)].map(([table]) => table);
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      expect(table).toMatch(/^<table>\n<caption>[^<]+<\/caption>/);
      expect(table).not.toMatch(/<th(?![^>]*scope=)[ >]/);
    }
  });

  it('closes what it opens, in order', () => {
    const open: string[] = [];
    const wrong: string[] = [];
    for (const [, slash, tag = ''] of well.matchAll(/<(\/?)([a-z][a-z0-9]*)/g)) {
      if (tag === 'meta') continue;
      if (slash === '') open.push(tag);
      else if (open.pop() !== tag) wrong.push(tag);
    }
    expect({ open, wrong }).toEqual({ open: [], wrong: [] });
  });

  it('is for light, dark and paper', () => {
    expect(well).toContain('color-scheme: light dark');
    expect(well).toContain('prefers-color-scheme: dark');
    expect(well).toContain('@media print');
  });
});

describe('Markdown', () => {
  it.each([
    ['a|b', String.raw`a\|b`],
    [String.raw`a\|b`, String.raw`a\\\|b`],
    ['<b>&amp;', String.raw`\<b\>\&amp;`],
    ['[x](y)', String.raw`\[x\](y)`],
    ['# no heading', String.raw`\# no heading`],
    ['- no item', String.raw`\- no item`],
    ['1. no item', String.raw`1\. no item`],
    ['a\nb', String.raw`a\\u{a}b`],
    ['41.3 s', '41.3 s'],
    ['', ''],
  ])('escapes %j as %s', (text, escaped) => expect(escapeMarkdown(text)).toBe(escaped));

  it('has as many cells in every row as in the head of its table, whatever the names', () => {
    const tables = renderMarkdown(hostileReport())
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(5);
    for (const table of tables) {
      const widths = table
        .trimEnd()
        .split('\n')
        .map((line) => line.replaceAll(/\\./g, '').split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
  });

  it('has no heading, HTML or link of a hostile name', () => {
    const text = renderMarkdown(hostileReport()).replaceAll(/\\./g, '');
    expect(text).not.toMatch(/<|>|\[|`|\u202e/);
    expect(text.split('\n').filter((line) => /^#+ h/.test(line))).toEqual([]);
  });
});

describe('JSON', () => {
  it('is the report itself', () => {
    const report = reportOf(full);
    expect(JSON.parse(renderJson(report))).toEqual(report);
  });
});
