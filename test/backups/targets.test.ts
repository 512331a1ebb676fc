import { describe, expect, it } from 'vitest';
import { backupsCollector } from '../../src/collectors/backups/index.js';
import { clusterTargets } from '../../src/collectors/postgres/targets.js';
import { slisOf } from '../../src/deployment/slis.js';
import { loadConfig } from '../../src/config/load.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configOf } from '../support/collect.js';

const cluster = {
  name: 'orders',
  user: 'm',
  password: { env: 'X' },
  members: ['a1', 'a2'].map((name) => ({ name, address: `${name}.test:5432` })),
  canary: { address: 'lb.test:5000', user: 'c' },
};
const backups = { name: 'nightly', pgbackrest: { stanza: 'orders' } };
const configWith = (more: object, postgres: readonly object[] = [cluster]) =>
  configOf({ postgres, backups: [{ ...backups, ...more }] });
const targetWith = (...args: Parameters<typeof configWith>) =>
  backupsCollector.targets(configWith(...args))[0]!;

describe('a target of backups', () => {
  it.each([
    ['the name', {}, 'nightly'],
    ["the archiver's cluster", { archiver: { cluster: 'orders' } }, 'orders'],
    ['what is given', { archiver: { cluster: 'orders' }, dataset: 'sales' }, 'sales'],
  ])('restores the dataset: %s', (_title, more, dataset) => {
    expect(targetWith(more)).toMatchObject({ dataset, datasets: [dataset] });
  });

  it('asks the members of the cluster with its own login, read-only, in a part of the deadline', () => {
    const { archiver, surroundingsMs, timeoutMs } = targetWith({
      archiver: { cluster: 'orders' },
    });
    expect(archiver?.members).toMatchObject([
      { name: 'a1', settings: { user: 'm', password: { env: 'X' }, readOnly: true } },
      { name: 'a2', settings: { user: 'm', readOnly: true } },
    ]);
    expect(surroundingsMs).toBeLessThanOrEqual(timeoutMs / 2);
    expect(archiver?.members[0]?.settings.timeoutMs).toBeLessThan(surroundingsMs);
  });

  it('has its counters from the start, where there is an archiver', () => {
    expect(backupsCollector.counters(targetWith({}))).toEqual([]);
    const counters = backupsCollector.counters(targetWith({ archiver: { cluster: 'orders' } }));
    expect(counters.length).toBeGreaterThan(5);
    expect(new Set(counters.map(({ by }) => by))).toEqual(new Set([0]));
  });
});

describe('the exposure of a dataset with backups', () => {
  it('is an SLI, and whether it can be restored is another', () => {
    const slis = slisOf(configWith({}, []));
    expect(slis.map(({ sli, name, isDefault }) => [sli, name, isDefault])).toEqual([
      ['backups/nightly/restorable', 'nightly-restorable', false],
      ['rpo/nightly', 'nightly-rpo', true],
    ]);
  });

  it('is not that of a copy in the same region: that goes with the cluster', () => {
    const own = clusterTargets(configWith({ dataset: 'orders' }));
    expect(own.map(({ copyOf }) => copyOf)).toEqual([undefined]);
    const others = clusterTargets(configWith({ dataset: 'sales' }));
    expect(others.map(({ copyOf }) => copyOf?.dataset)).toEqual(['orders']);
  });

  it('counts a copy in another region beside the backups', () => {
    const standby = { ...cluster, name: 'orders-dr', region: 'west', canary: undefined };
    const targets = clusterTargets(
      configWith({ dataset: 'orders' }, [{ ...cluster, region: 'east' }, standby]),
    );
    expect(targets.map(({ copyOf }) => copyOf?.dataset)).toEqual([undefined, 'orders']);
  });
});

describe('the record of a restore test', () => {
  it('is no secret: everybody may read it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sensei-record-'));
    const [record, file] = [join(folder, 'restore.json'), join(folder, 'sensei.yaml')];
    writeFileSync(record, '{}', { mode: 0o644 });
    writeFileSync(
      file,
      `deployment: x\nobjectives: { rpo: 2d }\ncollectors: { backups: [{ name: o, pgbackrest: { stanza: o }, restoreTest: { file: ${record} } }] }`,
    );
    expect(await loadConfig(file)).toMatchObject({ ok: true, warnings: [] });
    rmSync(folder, { recursive: true });
  });
});
