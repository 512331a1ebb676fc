import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SnapshotSource } from '../../lab/preview/snapshot-source.js';

const series = (value: string) => [{ metric: { region: 'a' }, values: [[90, value]] }];
const answers = [
  { place: 'region', kind: 'variable', expr: 'label_values(up, region)', series: series('1') },
  { place: 'Up', kind: 'panel', panelId: 2, refId: 'A', series: series('1'), atSeconds: 100 },
  { place: 'Outages', kind: 'panel', panelId: 3, refId: 'A', series: series('7'), atSeconds: 90 },
  { place: 'Lag', kind: 'panel', panelId: 4, refId: 'A', series: series('3') },
  { place: 'Outages', kind: 'annotation', series: series('1') },
];

describe('a snapshot as a source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-preview-'));
  const question = { uid: 'd', expr: 'up', instant: true, refId: 'A' };
  const write = (name: string, content: unknown) =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  let source: SnapshotSource;

  beforeAll(() => {
    write('index.json', { start: 0, end: 100, stepSeconds: 1, moments: [], dashboards: ['d'] });
    write('d.json', answers);
    source = new SnapshotSource(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('answers for the panel and the query of the same number', async () => {
    const answer = await source.answer({ ...question, panelId: 4, place: 'Lag' });
    expect(answer[0]?.values).toEqual([[90, '3']]);
  });
  it('answers for an annotation by its name', async () => {
    const answer = await source.answer({ uid: 'd', expr: 'x', instant: false, place: 'Outages' });
    expect(answer[0]?.values).toEqual([[90, '1']]);
  });
  it('has no value for what was true only before the end', async () => {
    expect(await source.answer({ ...question, panelId: 3, place: 'Outages' })).toEqual([]);
  });
  it('refuses a panel that has another title now', async () => {
    const asked = source.answer({ ...question, panelId: 4, place: 'Lag in bytes' });
    await expect(asked).rejects.toThrow('not in the snapshot');
  });
  it('offers the values that a variable had', async () => {
    const asked = { uid: 'd', label: 'region', selector: 'up' };
    expect(await source.labelValues(asked)).toEqual(['a']);
  });
});
