import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { DrillEvidence } from '../../src/drills/evidence.js';
import { reportCommand } from '../../src/cli/report-command.js';
import type { ReportSources } from '../../src/cli/report-store.js';
import type { Store, TimeRange } from '../../src/store/store.js';
import { drillOf } from '../drills/drill-of.js';
import { runCommand } from '../support/run-command.js';
import { hoursOf, incidentOf, sloOf, verdictOf } from '../support/slo-fixtures.js';

const minuteMs = 60_000;

/** What the SLO of the fixtures comes of. */
const deployment = {
  deployment: 'orders',
  tier: 'enhanced',
  objectives: { rto: '30m' },
  slo: {
    defaults: false,
    objectives: [{ name: sloOf().name, sli: 'postgres-canary/orders/write' }],
  },
  collectors: {
    postgres: [
      {
        name: 'orders',
        region: 'eu',
        user: 'monitor',
        members: [{ name: 'a1', address: 'a1:5432' }],
        canary: { address: 'write:5000', user: 'canary', interval: '1s' },
      },
    ],
  },
};

let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensei-report-'));
  config = join(folder, 'sensei.yaml');
  writeFileSync(config, JSON.stringify(deployment));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store that holds the whole range, and notes what was asked of it. */
function fakeStore(changes: Partial<Store> = {}) {
  const asked: [string, TimeRange][] = [];
  const closed = vi.fn<() => void>();
  const answering =
    <Row>(name: string, rows: (range: TimeRange) => Row[]) =>
    (range: TimeRange) => {
      asked.push([name, range]);
      return Promise.resolve(rows(range));
    };
  const slicesOf = answering('slices', ({ fromMs, toMs }) => hoursOf(fromMs, toMs));
  const unused = () => Promise.reject(new Error('a report does not ask for this'));
  const store: Store = {
    description: 'a fake',
    open: unused,
    acquire: unused,
    write: unused,
    slices: (slo, range) => (slo === sloOf().name ? slicesOf(range) : Promise.resolve([])),
    exposures: answering('exposures', () => []),
    incidents: answering('incidents', () => [incidentOf()]),
    incident: unused,
    events: unused,
    drills: answering('drills', () => []),
    prune: unused,
    sizeBytes: unused,
    close: () => {
      closed();
      return Promise.resolve();
    },
    ...changes,
  };
  return { store, asked, closed };
}

function sourcesOf(store: Store, changes: Partial<ReportSources> = {}): ReportSources {
  return {
    openStore: () => Promise.resolve(store),
    verdictsOf: () => [verdictOf()],
    ...changes,
  };
}

function report(sources: ReportSources, ...args: readonly string[]) {
  return runCommand(reportCommand(sources), ['-c', config, ...args]);
}

const march = ['--from', '2026-03', '--to', '2026-04', '--time-zone', 'Europe/Berlin'];
const reportShape = z.looseObject({
  targets: z.object({ rtoMs: z.number(), rpoMs: z.number() }),
  range: z.object({ fromMs: z.number(), toMs: z.number() }),
  components: z.array(z.looseObject({ budgets: z.array(z.looseObject({ coverage: z.number() })) })),
});

describe('sensei report', () => {
  it('writes a month that clocks change in, from the store, and closes it', async () => {
    const { store, asked, closed } = fakeStore();
    const file = join(folder, 'march.json');
    const result = await report(sourcesOf(store), ...march, '-o', file);
    expect(result).toEqual({ stdout: '', stderr: '', code: 0 });
    const written = reportShape.parse(JSON.parse(readFileSync(file, 'utf8')));
    const range = {
      fromMs: Date.parse('2026-03-01T00:00:00+01:00'),
      toMs: Date.parse('2026-04-01T00:00:00+02:00'),
    };
    expect(written).toMatchObject({
      range,
      targets: { rtoMs: 30 * minuteMs, rpoMs: 15 * minuteMs },
      components: [{ budgets: [{ coverage: 1, good: 743 * 3600 }], outages: [{ lowMs: 41_300 }] }],
    });
    expect(asked.map(([name]) => name).toSorted()).toEqual([
      'drills',
      'exposures',
      'incidents',
      'slices',
    ]);
    expect(
      asked.every(([, { fromMs, toMs }]) => fromMs === range.fromMs && toMs === range.toMs),
    ).toBe(true);
    expect(closed).toHaveBeenCalledOnce();
  });

  it.each([
    [[], /^# Service levels of orders\n/],
    [['--format', 'html'], /^<!doctype html>\n/],
    [['--format', 'json'], /^\{\n {2}"version": 1,/],
  ])('%j goes to stdout', async (args, beginning) => {
    const { stdout, code } = await report(sourcesOf(fakeStore().store), ...march, ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(beginning);
  });

  it.each([
    ['a.html', [], /^<!doctype html>/],
    ['a.HTM', [], /^<!doctype html>/],
    ['a.txt', [], /^# Service/],
    ['a.html', ['--format', 'md'], /^# Service/],
  ])('%s with %j is in the format of its name unless told otherwise', async (name, args, text) => {
    const file = join(folder, name);
    await report(sourcesOf(fakeStore().store), ...march, ...args, '-o', file);
    expect(readFileSync(file, 'utf8')).toMatch(text);
  });

  it('exits with 1 where something is breached, and writes the report all the same', async () => {
    const verdictsOf = () => [verdictOf({ status: 'breached' })];
    const { stdout, code } = await report(sourcesOf(fakeStore().store, { verdictsOf }), ...march);
    expect(code).toBe(1);
    expect(stdout).toContain('**breached**');
  });

  it('gives verdicts what the store holds', async () => {
    const verdictsOf = vi.fn<ReportSources['verdictsOf']>(() => []);
    await report(sourcesOf(fakeStore().store, { verdictsOf }), ...march);
    expect(verdictsOf).toHaveBeenCalledWith(
      expect.objectContaining({
        incidents: [incidentOf()],
        atMs: Date.parse('2026-04-01T00:00:00+02:00'),
      }),
    );
  });

  it('of an empty history shows no evidence', async () => {
    const none = () => Promise.resolve([]);
    const { store } = fakeStore({ slices: none, incidents: none });
    const sources = sourcesOf(store, { verdictsOf: () => [] });
    const { stdout, code } = await report(sources, ...march);
    expect(code).toBe(0);
    expect(stdout).toContain('no evidence of any objective');
    expect(stdout).toMatch(/\| no evidence \| no evidence \| 0\.0 % \| unknown \|/);
    expect(stdout).not.toMatch(/100\.0 %/);
  });

  const refuseOpen = () => Promise.reject(new Error('orders.db: no such file; check store.path'));
  it.each<[string, (store: Store) => ReportSources, readonly string[], string]>([
    [
      'the store cannot be opened',
      (store) => sourcesOf(store, { openStore: refuseOpen }),
      march,
      'orders.db: no such file; check store.path\n',
    ],
    [
      'the range is none',
      sourcesOf,
      ['--from', 'now', '--to', '7d'],
      'expected --from to be before --to',
    ],
    [
      'the file cannot be written',
      sourcesOf,
      [...march, '-o', '/nonexistent/a.md'],
      '/nonexistent/a.md',
    ],
    [
      'the configuration is bad',
      sourcesOf,
      [...march, '-c', '/nonexistent.yaml'],
      '/nonexistent.yaml: no such file\n',
    ],
  ])('exits with 2 and prints nothing where %s', async (_title, make, args, message) => {
    const { store } = fakeStore();
    const { stdout, stderr, code } = await report(make(store), ...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it('has the drills of evidence files that were made within the range, and verdicts rest on them', async () => {
    const drills = mkdtempSync(join(folder, 'drills-'));
    const evidence = (id: number, changes: Partial<DrillEvidence>) => {
      const uuid = `7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c000${id}`;
      const quick = { lowSeconds: 20, highSeconds: 21 };
      const drill = drillOf({ id: uuid, recovery: quick, ...changes });
      writeFileSync(join(drills, `${id}.json`), JSON.stringify(drill));
    };
    evidence(1, {
      injectedAt: '2026-03-10T10:00:00Z',
      recovery: { lowSeconds: 70, highSeconds: 71 },
    });
    evidence(2, { injectedAt: '2026-03-11T10:00:00Z', targets: [] });
    evidence(3, { injectedAt: '2026-04-10T10:00:00Z', recoveredAt: null });
    writeFileSync(join(drills, '4.json'), '{}');
    const file = join(folder, 'drills.json');
    writeFileSync(file, JSON.stringify({ deployment: 'orders', drills: { folder: drills } }));
    const verdictsOf = vi.fn<ReportSources['verdictsOf']>(() => []);
    const { stdout, stderr } = await runCommand(
      reportCommand(sourcesOf(fakeStore().store, { verdictsOf })),
      ['-c', file, ...march, '--format', 'json'],
    );
    const made = z.looseObject({ drills: z.array(z.looseObject({ verdict: z.string() })) });
    const { drills: found } = made.parse(JSON.parse(stdout));
    expect(found.map(({ verdict }) => verdict)).toEqual(['fail', 'inconclusive']);
    expect(stderr).toMatch(/4\.json: format: /);
    expect(verdictsOf.mock.calls[0]?.[0].drills.map(({ recoveryMs }) => recoveryMs)).toEqual([
      70_000,
    ]);
  });

  it('is made without the folder of drills, and says that it is not there', async () => {
    const file = join(folder, 'no-drills.json');
    const nowhere = join(folder, 'nowhere');
    writeFileSync(file, JSON.stringify({ deployment: 'orders', drills: { folder: nowhere } }));
    const command = reportCommand(sourcesOf(fakeStore().store));
    const { stdout, stderr } = await runCommand(command, ['-c', file, ...march]);
    expect(stderr).toContain(`drills.folder ${nowhere}: ENOENT`);
    expect(stdout).toContain('No drill is recorded in this range.');
  });

  it('closes the store where reading it fails', async () => {
    const { store, closed } = fakeStore({
      drills: () => Promise.reject(new Error('disk I/O error')),
    });
    const { stderr, code } = await report(sourcesOf(store), ...march);
    expect(code).toBe(2);
    expect(stderr).toBe('disk I/O error\n');
    expect(closed).toHaveBeenCalledOnce();
  });

  it('remarks on a range that is cut otherwise than asked', async () => {
    const args = ['--from', '2026-03-01T12:30', '--to', '2026-03-10'];
    const { stderr } = await report(sourcesOf(fakeStore().store), ...args);
    expect(stderr).toContain('the report is from 2026-03-01T12:00:00.000Z up to');
  });

  it('refuses a time zone that is none', async () => {
    const sources = sourcesOf(fakeStore().store);
    const { stderr, code } = await report(sources, '--time-zone', 'Mars/Olympus');
    expect(code).toBe('commander.invalidArgument');
    expect(stderr).toContain('expected a time zone');
  });
});
