import { describe, expect, it } from 'vitest';
import { backupsCollector } from '../../src/collectors/backups/index.js';
import type { BackupsMemory } from '../../src/collectors/backups/measure.js';
import type { PrimaryAnswer } from '../../src/collectors/backups/primary.js';
import { parseSegment } from '../../src/collectors/backups/segment.js';
import type {
  ArchiverResult,
  BackupsSnapshot,
  RestoreTestResult,
} from '../../src/collectors/backups/snapshot.js';
import { configOf } from '../support/collect.js';
import {
  fullEndMs,
  incrEndMs,
  lsn,
  primary,
  stanza,
  unreachable,
  wal,
  type At,
  type RawStanza,
} from './recorded.js';

const minute = 60_000;
const day = 86_400_000;
/** An hour and more after the recorded backups. */
const startMs = incrEndMs + 4_000_000;
const at = (seconds: number): At => ({
  wallMs: startMs + seconds * 1000,
  monoMs: 500_000 + seconds * 1000,
});
const span = (seconds: number) => ({ startedAt: at(seconds), endedAt: at(seconds) });

const config = (more: object = {}, objects = false) =>
  configOf({
    postgres: [{ name: 'orders', user: 'm', members: [{ name: 'a1', address: '127.0.0.1:5432' }] }],
    backups: [
      {
        name: 'nightly',
        region: 'east',
        archiver: { cluster: 'orders' },
        restoreTest: { file: '/restore.json', maxAge: '30d' },
        ...(objects
          ? { objects: { bucket: 'backups', prefix: 'base/' } }
          : { pgbackrest: { stanza: 'orders' } }),
        ...more,
      },
    ],
  });
const targetOf = (...args: Parameters<typeof config>) =>
  backupsCollector.targets(config(...args))[0]!;
const target = targetOf();

const tested: RestoreTestResult = { ok: true, record: { at: startMs - day, success: true } };

interface Given {
  readonly source?: BackupsSnapshot['source'];
  readonly archiver?: ArchiverResult | undefined;
  readonly restoreTest?: RestoreTestResult;
  readonly target?: typeof target;
}

/** Collections one after the other: each with what it is given, at its second. */
function collected(rounds: readonly (Given & { readonly s: number })[]) {
  let memory: BackupsMemory | undefined;
  const measurements = rounds.map(({ s, ...given }) => {
    const measurement = backupsCollector.measure(
      given.target ?? target,
      {
        source: given.source ?? stanza(),
        archiver: 'archiver' in given ? given.archiver : primary({}, at(s)),
        restoreTest: given.restoreTest ?? tested,
      },
      memory,
      span(s),
    );
    memory = measurement.memory;
    return measurement;
  });
  const last = measurements.at(-1)!;
  const value = (metric: string, labels: Record<string, string> = {}) =>
    last.samples.find(
      (sample) =>
        sample.metric === metric &&
        Object.entries(labels).every(([key, each]) => sample.labels[key] === each),
    )?.value;
  return {
    ...last,
    value,
    point: last.restorePoints?.[0],
    outcome: last.observations[0],
    eventTypes: last.events.map(({ type }) => type),
    memory,
  };
}

const once = (given: Given = {}) => collected([{ s: 0, ...given }]);

/** A stanza whose archive reaches to a segment. */
const archivedTo = (number: number, more: (stanza: RawStanza) => void = () => {}) =>
  stanza((raw) => {
    raw.archive[0].max = wal(number);
    more(raw);
  });
const writing = (number: number, bytes: number, seconds: number, more = {}) =>
  primary({ insertLsn: lsn(number, bytes), ...more }, at(seconds));
const claim = (number: number): PrimaryAnswer['archiver'] => ({
  last_archived_wal: wal(number),
  last_archived_at: 10,
  last_failed_at: null,
});

describe('the name of a WAL segment', () => {
  it.each([
    ['000000010000000000000001', 1, 0x1000000n, 0x2000000n],
    ['0000000200000001000000FF', 2, 0x1ff000000n, 0x200000000n],
    ['0000000AFFFFFFFF000000FF', 10, 0xffffffffff000000n, 0x10000000000000000n],
  ])('%s is a place in the log', (name, timeline, begin, end) => {
    expect(parseSegment(name)).toEqual({ name, timeline, begin, end });
  });

  it('depends on the size of segments', () => {
    const megabyte = 1024 * 1024;
    expect(parseSegment(wal(3), megabyte)).toMatchObject({ begin: 0x300000n, end: 0x400000n });
  });

  it.each([
    ['00000001000000000000000B.00000028.backup'],
    ['00000002.history'],
    ['00000001000000000000000B.partial'],
    ['00000001000000000000000b'],
    [''],
    [null],
    [undefined],
  ])('%s is none', (name) => {
    expect(parseSegment(name)).toBeUndefined();
  });
});

describe('the instant that archived WAL stands for', () => {
  it('is the last at which the primary had not gone beyond the archived segment', () => {
    const source = archivedTo(0x0c);
    const { point } = collected([
      { s: 0, source: archivedTo(0x0b), archiver: writing(0x0c, 100, 0) },
      { s: 60, source: archivedTo(0x0b), archiver: writing(0x0c, 9_000_000, 60) },
      { s: 120, source, archiver: writing(0x0d, 100_000, 120, { archiver: claim(0x0c) }) },
      { s: 180, source, archiver: writing(0x0d, 200_000, 180, { archiver: claim(0x0c) }) },
    ]);
    expect(point).toMatchObject({
      newestMs: at(60).wallMs,
      source: `WAL ${wal(0x0c)} in stanza orders after backup 20261123-094306F_20261123-094309I`,
    });
  });

  it('is not when it was archived: an archiver that catches up archives old segments now', () => {
    const catchingUp = (s: number) => ({
      last_archived_wal: wal(0x0c),
      last_archived_at: at(s).wallMs / 1000,
      last_failed_at: null,
    });
    const { point } = collected([
      { s: 0, source: archivedTo(0x0b), archiver: writing(0x0c, 100, 0) },
      ...[1000, 2000, 3000].map((s) => ({
        s,
        source: archivedTo(0x0b),
        archiver: writing(0x0d + s / 1000, 100, s, { archiver: claim(0x0b) }),
      })),
      {
        s: 4000,
        source: archivedTo(0x0c),
        archiver: writing(0x14, 100, 4000, { archiver: catchingUp(4000) }),
      },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
  });

  it('stands still however long archiving is stopped, and however often it was looked', () => {
    const rounds = Array.from({ length: 3000 }, (_each, index) => ({
      s: 60 + index,
      source: archivedTo(0x0b),
      archiver: writing(0x0c, 100 + index * 4000, 60 + index),
    }));
    const idle = writing(0x0c, 0x28, 0);
    const { point } = collected([{ s: 0, source: archivedTo(0x0b), archiver: idle }, ...rounds]);
    expect(point?.newestMs).toBe(at(0).wallMs);
  });

  it.each([
    ['at its beginning', 0],
    ['behind the page header', 0x28],
    ['behind the snapshot that an idle server writes', 0x60],
  ])('is now where the primary is idle %s', (_title, bytes) => {
    const { point } = collected(
      [0, 60, 120].map((s) => ({ s, archiver: writing(0x0c, bytes, s) })),
    );
    expect(point?.newestMs).toBe(at(120).wallMs);
  });

  it.each([
    ['a commit', 0x58],
    ['a change and its commit', 0x88],
    ['more', 5000],
  ])('is not now where the next segment may hold %s', (_title, bytes) => {
    const { point } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: writing(0x0c, bytes, 60) },
      { s: 120, archiver: writing(0x0c, bytes, 120) },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
  });

  const file = (secondsBefore: number, clockAhead = 0) => ({
    now: at(0).wallMs / 1000 + clockAhead,
    files: [{ name: wal(0x0b), modified_at: at(0).wallMs / 1000 + clockAhead - secondsBefore }],
  });

  it('after a restart is when the file of the segment was last written to', () => {
    const { point } = once({ archiver: writing(0x0c, 5000, 0, file(90)) });
    expect(point?.newestMs).toBe(at(-90).wallMs);
  });

  it('is told by the file from the clock of the primary to that of the exporter', () => {
    const { point } = once({ archiver: writing(0x0c, 5000, 0, file(90, 3600)) });
    expect(point?.newestMs).toBe(at(-90).wallMs);
  });

  it('is not known after a restart without the file: the backup alone counts', () => {
    const { point, value } = once({ archiver: writing(0x0c, 5000, 0) });
    expect(point).toMatchObject({
      newestMs: incrEndMs,
      source: expect.stringMatching(/^backup .*; what its WAL stands for is not known yet$/),
    });
    expect(value('sensei_backup_wal_timestamp_seconds')).toBeUndefined();
  });

  it('is not the time of the oldest segment that waits, which was whole only later', () => {
    const waiting = { segments: 3, oldest_at: at(-5).wallMs / 1000 };
    expect(once({ archiver: writing(0x0f, 5000, 0, { waiting }) }).point?.newestMs).toBe(incrEndMs);
  });

  it('is kept where the primary cannot be reached: nothing newer, nothing older', () => {
    const { point, value, increments } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: unreachable, source: archivedTo(0x0d) },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
    expect(value('sensei_backup_archiver_up')).toBe(0);
    expect(increments).toContainEqual(
      expect.objectContaining({ metric: 'sensei_backup_archiver_failures_total', by: 1 }),
    );
  });

  it('does not compare positions of two timelines: after a failover the old one stands', () => {
    const after = { timeline: 2, archiver: { ...claim(0x0b), last_archived_wal: null } };
    const { point } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: writing(0x0c, 5000, 60, after) },
      { s: 120, archiver: writing(0x0c, 9000, 120, after) },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
  });

  it('follows the new timeline once its segments are archived', () => {
    const source = stanza((raw) => {
      raw.archive[0].max = wal(0x0c, 2);
    });
    const on2 = (bytes: number, s: number) =>
      writing(bytes > 16e6 ? 0x0d : 0x0c, bytes % 16_777_216, s, { timeline: 2, archiver: null });
    const { point } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: on2(5000, 60) },
      { s: 120, archiver: on2(16_800_000, 120), source },
    ]);
    expect(point?.newestMs).toBe(at(60).wallMs);
  });

  it.each([
    ['another cluster than the primary is', { systemIdentifier: '1' }],
    ['a log that the primary has not come to', { insertLsn: lsn(0x05, 100), archiver: null }],
  ])('is not told by WAL of %s', (_title, change) => {
    const { point } = collected([0, 60].map((s) => ({ s, archiver: primary(change, at(s)) })));
    expect(point?.newestMs).toBe(incrEndMs);
  });

  it('does not run ahead of what this primary archived: the rest may be of another server', () => {
    const { point } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: writing(0x0d, 5000, 60, { archiver: claim(0x0b) }) },
      {
        s: 120,
        archiver: writing(0x0e, 5000, 120, { archiver: claim(0x0b) }),
        source: archivedTo(0x0d),
      },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
  });

  it('is kept apart from the wall clock: a step of that moves nothing', () => {
    const stepped = { wallMs: at(60).wallMs - 3600_000, monoMs: at(60).monoMs };
    let memory: BackupsMemory | undefined;
    const points = [at(0), stepped].map((now, index) => {
      const archiver = primary({ insertLsn: lsn(0x0c, index === 0 ? 0x28 : 5000) }, now);
      const snapshot = { source: stanza(), archiver, restoreTest: tested };
      const measured = backupsCollector.measure(target, snapshot, memory, {
        startedAt: now,
        endedAt: now,
      });
      memory = measured.memory;
      return measured.restorePoints?.[0]?.newestMs;
    });
    expect(points).toEqual([at(0).wallMs, at(0).wallMs]);
  });
});

describe('a good backup', () => {
  const alone = targetOf({ archiver: undefined });
  const left = (alter: (raw: RawStanza) => void) =>
    once({ target: alone, archiver: undefined, source: stanza(alter) });

  it('is the newest whose WAL is archived; without an archiver its end is the newest point', () => {
    const { point, outcome, value } = left(() => {});
    expect(point).toEqual({
      dataset: 'nightly',
      path: 'backup',
      newestMs: incrEndMs,
      source:
        'backup 20261123-094306F_20261123-094309I in stanza orders; no archiver is configured',
    });
    expect(outcome?.outcome).toBe('good');
    expect(value('sensei_backup_newest_timestamp_seconds', { type: 'full' })).toBe(
      fullEndMs / 1000,
    );
    expect(value('sensei_backup_last_success')).toBe(1);
    expect(value('sensei_backup_size_bytes')).toBe(32_772_317);
    expect(value('sensei_backup_duration_seconds')).toBe(2);
  });

  it.each<[string, string, (raw: RawStanza) => void]>([
    ['whose pages are damaged', 'backup_failed', (raw) => (raw.backup[1].error = true)],
    ['whose WAL is not archived yet', 'archive_gone', (raw) => (raw.archive[0].max = wal(0x0a))],
    [
      'whose WAL no record names',
      'archive_gone',
      (raw) => (raw.backup[1].archive = { start: null, stop: null }),
    ],
    [
      'that is built on one that is gone',
      'reference_missing',
      (raw) => (raw.backup[1].reference = ['20200101-000000F']),
    ],
    ['of another database id', 'archive_gone', (raw) => (raw.backup[1].database.id = 2)],
    [
      'that is dated in the future',
      'dated_in_future',
      (raw) => (raw.backup[1].timestamp.stop = startMs / 1000 + 3600),
    ],
  ])('is not the one %s: the one before it counts', (_title, reason, alter) => {
    const { point, value } = left(alter);
    expect(point?.newestMs).toBe(fullEndMs);
    expect(value('sensei_backup_faulty', { reason })).toBe(1);
  });

  it('is not an increment on a damaged one', () => {
    const { point, outcome } = left((raw) => (raw.backup[0].error = true));
    expect(point?.newestMs).toBeNull();
    expect(outcome).toMatchObject({ outcome: 'bad', reason: 'reference_missing' });
  });

  it('may lack the result of page checksums, which older versions do not record', () => {
    expect(left((raw) => (raw.backup[1].error = null)).point?.newestMs).toBe(incrEndMs);
  });

  it.each<[string, string, (raw: RawStanza) => void]>([
    [
      'no_backup',
      'there is no backup',
      (raw) => {
        raw.backup.splice(0);
        raw.repo[0]!.status = { code: 2, message: 'no valid backups' };
      },
    ],
    [
      'archive_gone',
      'the WAL that the newest backup needs is not in the archive',
      (raw) => Object.assign(raw.archive[0], { min: null, max: null }),
    ],
    [
      'archive_gone',
      'the WAL that the newest backup needs is not in the archive',
      (raw) => Object.assign(raw.archive[0], { min: wal(0x0d), max: wal(0x0e) }),
    ],
    [
      'backup_failed',
      'every backup holds pages whose checksum is wrong',
      (raw) => raw.backup.forEach((each) => (each.error = true)),
    ],
  ])('where there is none: %s, %s', (reason, words, alter) => {
    const { point, outcome, value } = left(alter);
    expect(point).toMatchObject({ newestMs: null, source: `stanza orders: ${words}` });
    expect(outcome).toMatchObject({ outcome: 'bad', reason });
    expect(value('sensei_backup_restorable')).toBe(0);
    expect(value('sensei_backup_restorable_timestamp_seconds')).toBeUndefined();
  });

  const withSecond = (code: number, alter: (raw: RawStanza) => void = () => {}) =>
    left((raw) => {
      const [full] = raw.backup;
      raw.repo.push({ key: 2, status: { code, message: 'x' } });
      const database = { id: 1, 'repo-key': 2 };
      raw.archive.push({ database, min: wal(1), max: wal(0x20) });
      const stop = incrEndMs / 1000 + 600;
      raw.backup.push({ ...full, label: 'L', database, timestamp: { start: stop - 1, stop } });
      alter(raw);
    });

  it('is looked for in every repository: the best counts', () => {
    const { point } = withSecond(0);
    expect(point?.newestMs).toBe(incrEndMs + 600_000);
    expect(point?.source).toContain('stanza orders, repository 2');
  });

  it('counts in no repository that cannot be read', () => {
    expect(withSecond(99).point?.newestMs).toBe(incrEndMs);
  });

  it('is not known to be missing where a repository that could not be read may hold one', () => {
    const { restorePoints, outcome, value } = withSecond(99, (raw) => {
      raw.archive[0].max = null;
    });
    expect(restorePoints).toEqual([]);
    expect(outcome).toMatchObject({ outcome: 'unknown', reason: 'repository_failed' });
    expect(value('sensei_backup_restorable')).toBeUndefined();
  });
});

describe('archiving', () => {
  it('that fails is bad, with since when in the source', () => {
    const archiver = {
      ...claim(0x0b),
      last_archived_at: 1_795_426_000,
      last_failed_at: 1_795_426_100,
    };
    const { outcome, point, value } = once({
      archiver: writing(0x0c, 0x28, 0, { archiver, waiting: { segments: 7, oldest_at: 5 } }),
    });
    expect(outcome).toMatchObject({ outcome: 'bad', reason: 'archiver_failing' });
    expect(point?.source).toContain(
      '; the archiver fails; nothing was archived since 2026-11-23T09:26:40Z',
    );
    expect(value('sensei_backup_archiving')).toBe(0);
    expect(value('sensei_backup_segments_waiting')).toBe(7);
    expect(value('sensei_backup_oldest_waiting_timestamp_seconds')).toBe(5);
    expect(value('sensei_backup_last_archive_failure_timestamp_seconds')).toBe(1_795_426_100);
  });

  it('that is off is bad', () => {
    expect(once({ archiver: primary({ archiveMode: 'off' }, at(0)) }).outcome?.reason).toBe(
      'archiving_off',
    );
  });

  it('that the primary claims and the repository lacks is reported, and does not count', () => {
    const { point, outcome, value } = collected([
      { s: 0, archiver: writing(0x0c, 0x28, 0) },
      { s: 60, archiver: writing(0x0e, 5000, 60, { archiver: claim(0x0d) }) },
    ]);
    expect(point?.newestMs).toBe(at(0).wallMs);
    expect(point?.source).toContain(
      `the primary says that ${wal(0x0d)} is archived, and it is not there`,
    );
    expect(outcome?.reason).toBe('archive_incomplete');
    expect(value('sensei_backup_archive_missing', { repository: '1' })).toBe(1);
  });

  it('says where the archive begins and ends, as positions', () => {
    const { value } = once();
    const metric = 'sensei_backup_archive_position_bytes';
    expect(value(metric, { edge: 'min' })).toBe(0x1000000);
    expect(value(metric, { edge: 'max' })).toBe(0xc000000);
    expect(value('sensei_backup_archive_missing')).toBe(0);
  });

  it('is not judged without the right to look', () => {
    const { value, outcome } = once({
      archiver: primary({ waiting: undefined, files: undefined }, at(0)),
    });
    expect(value('sensei_backup_segments_waiting')).toBeUndefined();
    expect(outcome?.outcome).toBe('good');
  });
});

describe('backups that are objects', () => {
  const objects = targetOf({}, true);
  const source = (modifiedMs: number | undefined, tooSmall = 0): BackupsSnapshot['source'] => ({
    kind: 'objects',
    newest: modifiedMs === undefined ? undefined : { key: 'base/7', bytes: 42, modifiedMs },
    tooSmall,
  });

  it('stand for when they were stored', () => {
    const { point, value } = once({ target: objects, source: source(startMs - day) });
    expect(point?.newestMs).toBe(startMs - day);
    expect(value('sensei_backup_size_bytes')).toBe(42);
    expect(value('sensei_backup_newest_timestamp_seconds', { type: 'object' })).toBe(
      (startMs - day) / 1000,
    );
  });

  it('are carried on by the WAL that the primary says is archived', () => {
    const { point } = collected(
      [0, 60].map((s) => ({
        s,
        target: objects,
        source: source(startMs - day),
        archiver: writing(0x0c, 0x28, s),
      })),
    );
    expect(point).toMatchObject({
      newestMs: at(60).wallMs,
      source: `WAL ${wal(0x0b)} in bucket backups after backup base/7`,
    });
  });

  it.each(['00000001000000000000000C.00000028.backup', '00000002.history', null])(
    'take no notice of %s, which is no segment',
    (last_archived_wal) => {
      const given = { target: objects, source: source(startMs - day) };
      const { point } = collected([
        { s: 0, ...given, archiver: writing(0x0c, 0x28, 0) },
        {
          s: 60,
          ...given,
          archiver: writing(0x0d, 5000, 60, { archiver: { ...claim(0), last_archived_wal } }),
        },
      ]);
      expect(point?.newestMs).toBe(at(0).wallMs);
    },
  );

  it('that are too small are none', () => {
    const { point } = once({ target: objects, source: source(undefined, 3) });
    expect(point).toMatchObject({
      newestMs: null,
      source: 'bucket backups: there is no backup: 3 objects are too small',
    });
  });
});

describe('pitfall: a backup never restored is "no evidence"', () => {
  const record = (change: object): RestoreTestResult => ({
    ok: true,
    record: { at: startMs - day, success: true, ...change },
  });

  it.each<[string, RestoreTestResult | undefined, string | undefined]>([
    ['a test that succeeded is evidence', record({}), undefined],
    ['one of exactly the greatest age still is', record({ at: startMs - 30 * day }), undefined],
    [
      'an older one is none',
      record({ at: startMs - 30 * day - 1 }),
      'the last restore test, of 2026-10-24T10:49:50Z, is older than 30 d',
    ],
    [
      'one that failed is none',
      record({ success: false }),
      'the last restore test, of 2026-11-22T10:49:51Z, failed',
    ],
    [
      'one of the future is none',
      record({ at: startMs + 2 * minute }),
      'the last restore test, of 2026-11-23T10:51:51Z, is dated in the future',
    ],
    ['a clock that is a little ahead is forgiven', record({ at: startMs + minute }), undefined],
    [
      'a record that cannot be read is none',
      { ok: false, message: '/restore.json: at: expected an instant' },
      'the record of the restore test cannot be read: /restore.json: at: expected an instant',
    ],
  ])('%s', (_title, restoreTest, words) => {
    const { point, value } = once(restoreTest === undefined ? {} : { restoreTest });
    expect(point?.unproved).toBe(words);
    expect(value('sensei_backup_proved')).toBe(words === undefined ? 1 : 0);
  });

  it('none is recorded where none is configured', () => {
    const { point } = once({ target: targetOf({ restoreTest: undefined }) });
    expect(point?.unproved).toBe('no restore test is recorded');
  });
});

describe('events', () => {
  const quiet = { s: 0, source: stanza((raw) => raw.backup.pop()) };

  it('tell nothing at the first collection', () => {
    expect(once().events).toEqual([]);
  });

  it('tell a backup that was completed, once', () => {
    expect(collected([quiet, { s: 60 }]).events).toEqual([
      expect.objectContaining({
        type: 'backup_completed',
        subject: '20261123-094306F_20261123-094309I',
      }),
    ]);
    expect(collected([quiet, { s: 60 }, { s: 120 }]).events).toEqual([]);
  });

  it('tell a backup that failed, once', () => {
    const damaged = stanza((raw) => (raw.backup[1].error = true));
    expect(collected([quiet, { s: 60, source: damaged }]).eventTypes).toEqual(['backup_failed']);
    const again = [60, 120].map((s) => ({ s, source: damaged }));
    expect(collected([quiet, ...again]).eventTypes).toEqual([]);
  });

  it('tell that archiving stopped and went on', () => {
    const failing = primary(
      { archiver: { ...claim(0x0b), last_archived_at: 10, last_failed_at: 11 } },
      at(60),
    );
    const stopped = [{ s: 0 }, { s: 60, archiver: failing }];
    expect(collected(stopped).eventTypes).toEqual(['archive_stopped']);
    expect(collected([...stopped, { s: 90, archiver: unreachable }]).eventTypes).toEqual([]);
    expect(
      collected([...stopped, { s: 90, archiver: unreachable }, { s: 120 }]).eventTypes,
    ).toEqual(['archive_resumed']);
  });

  it('tell a restorable point that went back or is gone', () => {
    const before = [{ s: 0, archiver: writing(0x0c, 0x28, 0) }];
    const back = stanza((raw) => {
      raw.backup[1].error = true;
      raw.archive[0].max = wal(0x08);
    });
    const gone = stanza((raw) => Object.assign(raw.archive[0], { min: null, max: null }));
    for (const source of [back, gone])
      expect(collected([...before, { s: 60, source }]).eventTypes).toContain(
        'restorable_point_lost',
      );
    expect(
      collected([
        { s: 0, source: gone },
        { s: 60, source: gone },
      ]).eventTypes,
    ).toEqual([]);
  });

  it('tell a restore test that was recorded', () => {
    const restoreTest: RestoreTestResult = { ok: true, record: { at: startMs, success: false } };
    expect(collected([{ s: 0 }, { s: 60, restoreTest }]).events).toEqual([
      expect.objectContaining({
        type: 'restore_test_recorded',
        detail: 'the restore test of 2026-11-23T10:49:51Z failed',
      }),
    ]);
  });
});

describe('a collection that failed', () => {
  it('says nothing of points, and goes on with the track and the archiver', () => {
    const first = backupsCollector.measure(
      target,
      { source: stanza(), archiver: writing(0x0c, 0x28, 0), restoreTest: tested },
      undefined,
      span(0),
    );
    const partial = { archiver: writing(0x0c, 0x60, 60), restoreTest: tested };
    const failed = backupsCollector.failed!(target, 'timeout', first.memory, span(60), partial);
    expect(failed.restorePoints).toBeUndefined();
    expect(failed.observations).toMatchObject([{ outcome: 'unknown', reason: 'timeout' }]);
    expect(failed.samples?.map(({ metric }) => metric)).toContain('sensei_backup_archiver_up');
    expect(failed.samples?.map(({ metric }) => metric)).not.toContain('sensei_backup_restorable');
    const third = backupsCollector.measure(
      target,
      { source: stanza(), archiver: writing(0x0c, 5000, 120), restoreTest: tested },
      failed.memory,
      span(120),
    );
    expect(third.restorePoints?.[0]?.newestMs).toBe(at(60).wallMs);
  });

  it('that brought nothing keeps what is remembered', () => {
    expect(backupsCollector.failed!(target, 'internal', undefined, span(0))).not.toHaveProperty(
      'memory',
    );
  });
});
