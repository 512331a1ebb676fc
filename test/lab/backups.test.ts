import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupHost } from '../../lab/backup-host.js';
import { backupsCollector } from '../../src/collectors/backups/index.js';
import type { AnyCollector, Measurement } from '../../src/collectors/contract.js';
import { warningsOf } from '../../src/config/warnings.js';
import { systemClock } from '../../src/runner/clock.js';
import { TargetLoop } from '../../src/runner/target-loop.js';
import { ExposureTracker } from '../../src/slo/exposure.js';
import { tiers } from '../../src/slo/tiers.js';
import { configOf, noSecrets } from '../support/collect.js';

const hourMs = 3_600_000;
const collector = backupsCollector as AnyCollector;

/** The collector on a real repository, its points in the tracker that judges them. */
class Watch {
  readonly tracker = new ExposureTracker('orders', tiers.standard.rpoMs, 60_000);
  private readonly loop: TargetLoop;

  constructor(config: ReturnType<typeof configOf>) {
    const target = collector.targets(config)[0];
    if (target === undefined) throw new Error('the configuration has backups');
    this.loop = new TargetLoop(
      { collector, target },
      { clock: systemClock, secrets: noSecrets },
      { begun: () => {}, ended: () => {} },
    );
  }

  async look() {
    const outcome = await this.loop.collectOnce();
    const measurement = outcome.measurement as Measurement<unknown>;
    if (!outcome.ok) throw new Error(outcome.message);
    const point = measurement.restorePoints?.[0];
    if (point === undefined) throw new Error('a collection that succeeds tells a point');
    this.tracker.take('backups/orders', [point]);
    const value = (metric: string) =>
      measurement.samples.find((sample) => sample.metric === metric)?.value;
    const [observation] = measurement.observations;
    const events = measurement.events.map(({ type }) => type);
    return { point, value, observation, events, exposure: this.exposure() };
  }

  exposure(afterMs = 0) {
    return this.tracker.at(Date.now() + afterMs);
  }

  stop() {
    return this.loop.stop();
  }
}

type Look = Awaited<ReturnType<Watch['look']>>;

describe('backups on a real PostgreSQL with a real pgBackRest', () => {
  const host = new BackupHost();
  const startedMs = Date.now();
  let watch: Watch;
  const watches: Watch[] = [];

  const backups = (more: object) => ({
    name: 'orders',
    pgbackrest: { stanza: host.stanza, command: host.command, configFile: host.configFile },
    interval: '20s',
    timeout: '20s',
    ...more,
  });
  const configWith = (user: string, more: object) =>
    configOf({
      postgres: [
        { name: 'orders', user, members: [{ name: 'a', address: `${host.host}:${host.port}` }] },
      ],
      backups: [backups(more)],
    });
  const newWatch = (user = 'monitor', more: object = {}) => {
    const restoreTest = { file: host.restoreRecord };
    const config = configWith(user, { archiver: { cluster: 'orders' }, restoreTest, ...more });
    watches.push(new Watch(config));
    return watches.at(-1)!;
  };
  const write = () => host.sql('INSERT INTO orders_placed DEFAULT VALUES');
  const switchSegment = () => host.sql('SELECT pg_switch_wal()');
  /** Writes and looks until what is seen is as it should be. */
  const until = async (isSo: (look: Look) => boolean, limitMs = 180_000): Promise<Look> => {
    const untilMs = Date.now() + limitMs;
    for (;;) {
      await write();
      await switchSegment();
      const look = await watch.look();
      if (isSo(look)) return look;
      if (Date.now() > untilMs) throw new Error(`still ${JSON.stringify(look)}`);
      await sleep(200);
    }
  };

  beforeAll(async () => {
    await host.up();
    await host.sql(
      'CREATE TABLE orders_placed (id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())',
    );
    await host.sql(
      'CREATE ROLE monitor LOGIN; GRANT pg_monitor TO monitor; CREATE ROLE nobody LOGIN',
    );
    watch = newWatch();
  });
  afterAll(async () => {
    await Promise.all(watches.map((each) => each.stop()));
    await host.down();
  });

  it('without a backup there is nothing to restore', async () => {
    const { point, observation, value } = await watch.look();
    expect(point).toMatchObject({ newestMs: null, source: 'stanza orders: there is no backup' });
    expect(observation).toMatchObject({ outcome: 'bad', reason: 'no_backup' });
    expect(value('sensei_backup_restorable')).toBe(0);
  });

  it('healthy: the exposure is as long as the WAL that is not archived yet, and no evidence before a restore', async () => {
    await host.backup();
    const first = await watch.look();
    expect(first.events).toContain('backup_completed');
    const { point, exposure, observation } = await until(({ point }) =>
      /^WAL [0-9A-F]{24} in stanza orders after backup \d{8}-\d{6}F$/.test(point.source),
    );
    expect(observation?.outcome).toBe('good');
    expect(exposure.exposureMs).toBeLessThan(15_000);
    expect(point.unproved).toMatch(/restore test cannot be read/);
    expect(exposure.status).toBe('unknown');
  });

  it('a role without pg_monitor sees positions, and not what waits', async () => {
    const plain = newWatch('nobody');
    const { value, observation } = await plain.look();
    expect(value('sensei_backup_archiver_up')).toBe(1);
    expect(value('sensei_backup_segments_waiting')).toBeUndefined();
    expect(value('sensei_backup_last_archived_timestamp_seconds')).toBeGreaterThan(0);
    expect(observation?.outcome).toBe('good');
  });

  it('archiving stopped: the point stops, and is what a restore brings back', async () => {
    await host.archiveWith('/bin/false');
    await until(({ observation }) => observation?.reason === 'archiver_failing');
    const stopped = await watch.look();
    await until(() => true);
    const later = await until(() => true);
    expect(later.point.newestMs).toBe(stopped.point.newestMs);
    expect(later.point.source).toContain('the archiver fails; nothing was archived since');
    expect(later.value('sensei_backup_segments_waiting')).toBeGreaterThanOrEqual(1);

    const startedMs = Date.now();
    const claimed = (later.point.newestMs ?? 0) / 1000;
    const [lastRow, kept] = (
      await host.restoreAndAsk(
        `SELECT extract(epoch FROM max(at)), count(*) FILTER (WHERE at <= to_timestamp(${claimed})) FROM orders_placed`,
      )
    )
      .split('|')
      .map(Number);
    const committed = Number(
      await host.sql(`SELECT count(*) FROM orders_placed WHERE at <= to_timestamp(${claimed})`),
    );
    // Nothing that is claimed is lost, and little more than is claimed comes back.
    expect(kept).toBe(committed);
    expect(Math.abs((lastRow ?? 0) - claimed)).toBeLessThan(5);
    writeFileSync(
      host.restoreRecord,
      JSON.stringify({
        at: new Date().toISOString(),
        success: kept === committed,
        durationSeconds: (Date.now() - startedMs) / 1000,
      }),
    );
  });

  it('once restored the backups are evidence: met now, breached when archiving stays stopped for an hour', async () => {
    const { events, point, exposure, value } = await watch.look();
    expect(events).toContain('restore_test_recorded');
    expect(point.unproved).toBeUndefined();
    expect(exposure.status).toBe('met');
    expect(value('sensei_backup_proved')).toBe(1);
    expect(watch.exposure(hourMs).status).toBe('breached');
  });

  it('a restart of the exporter while archiving is stopped finds the same point', async () => {
    const before = await watch.look();
    const restarted = newWatch();
    const { point } = await restarted.look();
    expect(point.source).toContain('WAL ');
    expect(point.newestMs ?? 0).toBeGreaterThan(startedMs);
    expect(Math.abs((point.newestMs ?? 0) - (before.point.newestMs ?? 0))).toBeLessThan(5000);
  });

  it('archiving again: the point follows', async () => {
    const before = await watch.look();
    await host.archiveWith(undefined);
    const { events, observation } = await until(
      ({ observation }) => observation?.outcome === 'good',
    );
    expect(events).toContain('archive_resumed');
    expect(observation?.outcome).toBe('good');
    const { point } = await until(
      ({ point }) => (point.newestMs ?? 0) > (before.point.newestMs ?? Infinity) + 1000,
    );
    expect(point.source).not.toContain('fails');
  });

  it('an idle primary has all in the archive: the point is now', async () => {
    await write();
    await switchSegment();
    await host.sql('CHECKPOINT').then(switchSegment);
    const idleMs = Date.now();
    await sleep(2000);
    // However long a look takes: it moves on though nothing is written, to when it was begun.
    const behindMs = async () => {
      const begunMs = Date.now();
      const { newestMs } = (await watch.look()).point;
      return begunMs - (newestMs ?? idleMs);
    };
    await expect.poll(behindMs).toBeLessThan(1500);
  });

  it('a backup with damaged pages is no evidence: the one before it counts', async () => {
    await host.sql('CREATE TABLE ledger AS SELECT generate_series(1, 1000) AS id');
    await host.damage('ledger');
    await host.backup();
    const { events, point, value } = await watch.look();
    expect(events).toContain('backup_failed');
    expect(value('sensei_backup_last_success')).toBe(0);
    expect(value('sensei_backup_faulty')).toBe(1);
    expect(point.newestMs).not.toBeNull();
    await host.sql('DROP TABLE ledger');
  });

  it('backups without WAL: the exposure is the age of the last one, and daily ones are warned of', async () => {
    const config = configOf({ backups: [backups({ restoreTest: { file: host.restoreRecord } })] });
    const alone = new Watch(config);
    watches.push(alone);
    const { point, value } = await alone.look();
    const endedMs = (value('sensei_backup_newest_timestamp_seconds') ?? 0) * 1000;
    expect(point.newestMs).toBe(endedMs);
    expect(point.source).toContain('no archiver is configured');
    const tomorrow = alone.exposure(23 * hourMs);
    expect(tomorrow.status).toBe('breached');
    expect(tomorrow.exposureMs).toBeGreaterThan(23 * hourMs);
    expect(warningsOf(config).map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining("cannot meet the standard tier's RPO of 3600 s"),
    );
  });

  it('the archive deleted: the point is lost', async () => {
    const before = await watch.look();
    host.deleteArchive();
    const { point, observation, events, exposure } = await watch.look();
    expect(before.point.newestMs).not.toBeNull();
    expect(point.newestMs).toBeNull();
    expect(observation).toMatchObject({ outcome: 'bad', reason: 'archive_gone' });
    expect(events).toContain('restorable_point_lost');
    expect(exposure.exposureMs).toBeNull();
    expect(watch.exposure(120_000).status).toBe('breached');
  });

  it('the repository gone: that is said in words, and nothing is claimed', async () => {
    rmSync(`${host.repository}/backup`, { recursive: true });
    const { point, observation } = await watch.look();
    expect(point).toMatchObject({ newestMs: null, source: 'stanza orders: the stanza is missing' });
    expect(observation?.reason).toBe('stanza_missing');
  });
});
