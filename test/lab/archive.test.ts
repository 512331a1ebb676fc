import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExporterProcess } from '../../lab/exporter-process.js';
import { clusterOf, until } from '../../lab/health.js';
import { Lab, removeLab } from '../../lab/lab.js';
import { switchSegment } from '../../lab/superuser.js';
import { samplesOf, valueOf } from './scrape.js';

const labName = 'archive';
const dataset = 'orders-backups';
const limitMs = 180_000;

describe('the backups of a cluster under Patroni', () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    lab = await Lab.up({ name: labName, octet: 75, timing: 'fast', hasBackups: true });
    exporter = new ExporterProcess(lab);
    await exporter.start();
  });
  afterAll(async () => {
    await exporter?.stop();
    await removeLab(labName);
  });

  const shows = async (what: string, holds: (page: string) => boolean) => {
    let page = '';
    await until(
      what,
      async () => holds((page = await exporter.metrics())),
      limitMs,
      () =>
        page
          .split('\n')
          .filter((line) => /^sensei_(?:backup|rpo)/.test(line))
          .join('\n'),
    );
    return page;
  };
  const pointOf = (page: string) =>
    valueOf(page, 'sensei_rpo_restorable_timestamp_seconds', { dataset }) ?? 0;

  it('are shown with the point that archived WAL reaches to, and are no evidence', async () => {
    const page = await shows('a restorable point', (text) => pointOf(text) > 0);
    expect(valueOf(page, 'sensei_rpo_path_info', { dataset, path: 'backup' })).toBe(1);
    expect(valueOf(page, 'sensei_rpo_unproved', { dataset })).toBe(1);
    expect(samplesOf(page, 'sensei_rpo_worst_dataset_info')).toHaveLength(1);
  });

  it('go on being archived by the next primary, on its timeline', async () => {
    const before = pointOf(await exporter.metrics());
    const leaderOf = async () =>
      (await clusterOf(lab.addresses.regionA)).find(
        ({ role, state }) => role === 'leader' && state === 'running',
      )?.name;
    const killed = await lab.kill('pg-primary');
    await until(
      'another leader',
      async () => !killed.includes((await leaderOf()) ?? killed[0]!),
      limitMs,
      () => 'there is none',
    );
    await lab.heal();
    const healedSeconds = Date.now() / 1000;
    await lab.backup('incr');
    const page = await shows('a point after the failover', (text) => pointOf(text) > healedSeconds);
    expect(pointOf(page)).toBeGreaterThan(before);
  });

  it('stop where archiving fails, and are told as lost when the archive is deleted', async () => {
    lab.archive.pause();
    await switchSegment(lab);
    const stopped = await shows(
      'archiving fails',
      (text) => valueOf(text, 'sensei_backup_archiving', { backup: dataset }) === 0,
    );
    await switchSegment(lab);
    await shows(
      'two segments wait',
      (text) => (valueOf(text, 'sensei_backup_segments_waiting', { backup: dataset }) ?? 0) >= 2,
    );
    const later = await exporter.metrics();
    expect(pointOf(later)).toBeLessThan(pointOf(stopped) + 1);
    lab.archive.deleteWal();
    await shows(
      'nothing is restorable',
      (text) => valueOf(text, 'sensei_rpo_exposure_seconds', { dataset }) === undefined,
    );
  });
});
