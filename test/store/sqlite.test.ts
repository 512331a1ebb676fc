import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf, storeReaderOf } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { OtherProcess } from './processes.js';
import { eventOf, incidentOf, nothing, slice } from './rows.js';
import { storeSuite } from './store-suite.js';

const always = { fromMs: 0, toMs: 4_000_000_000_000 };

function sqlite(file: string, onDamage: (message: string) => void = () => {}): Store {
  return storeOf({ kind: 'sqlite', file }, { clock: systemClock, onDamage });
}

storeSuite('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-store-'));
  return Promise.resolve({
    make: () => sqlite(join(folder, 'deep', 'sensei.db')),
    read: () =>
      storeReaderOf({ kind: 'sqlite', file: join(folder, 'deep', 'sensei.db') }, systemClock),
    remove: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  });
});

describe('a store in one file', () => {
  let folder: string;
  let file: string;
  let store: Store | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sensei-store-'));
    file = join(folder, 'sensei.db');
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is readable by its owner alone', async () => {
    store = sqlite(file);
    await store.open();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['something else', Buffer.from('this is no database at all\n'.repeat(500))],
    ['zeros after a good beginning', undefined],
  ])(
    'that is damaged (%s) is put aside with a clear message, and recording goes on',
    async (_, text) => {
      if (text === undefined) {
        const before = sqlite(file);
        await before.open();
        await before.acquire();
        const slices = Array.from({ length: 5000 }, (__, index) =>
          slice({ startMs: index * 5000 }),
        );
        await before.write({ ...nothing, slices });
        await before.close();
        execFileSync('dd', [
          'if=/dev/zero',
          `of=${file}`,
          'bs=4096',
          'seek=3',
          'count=20',
          'conv=notrunc',
          'status=none',
        ]);
      } else writeFileSync(file, text);
      const said: string[] = [];
      store = sqlite(file, (message) => said.push(message));
      await store.open();
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^store .*sensei\.db was damaged \(.*\) and is now .*\.damaged-20/);
      expect(readdirSync(folder).some((name) => name.includes('.damaged-'))).toBe(true);
      expect(await store.acquire()).toBe(true);
      await store.write({ ...nothing, incidents: [incidentOf()] });
      expect(await store.incidents(always, 10)).toHaveLength(1);
    },
  );

  it.each([
    [
      'is a folder',
      () => mkdirSync(file),
      /sensei\.db: is a folder: give a file under store\.file/,
    ],
    [
      'lies below a file',
      () => writeFileSync(join(folder, 'deep'), ''),
      /deep\/sensei\.db: has no folder that can be made: see store\.file/,
      'deep/sensei.db',
    ],
  ] as const)(
    'that %s is told of by name, with what to do',
    async (_, make, message, below?: string) => {
      make();
      store = sqlite(join(folder, below ?? 'sensei.db'));
      await expect(store.open()).rejects.toThrow(message);
    },
  );

  it('whose disk is full says so, loses nothing that it had, and goes on when there is room', async () => {
    const disk = join(folder, 'small');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const small = sqlite(join(disk, 'sensei.db'));
      store = small;
      await small.open();
      await small.acquire();
      await small.write({ ...nothing, incidents: [incidentOf()] });
      writeFileSync(join(disk, 'filler'), Buffer.alloc(4096));
      const fill = async () => {
        for (let round = 0; round < 50; round += 1) {
          const events = Array.from({ length: 100 }, () => eventOf({ detail: 'x'.repeat(300) }));
          await small.write({ ...nothing, events });
        }
      };
      await expect(fill()).rejects.toThrow(
        /sensei\.db: the disk (?:is full|fails or is full).*recording goes on/,
      );
      const kept = (await small.events(always, 100_000)).length;
      expect(await small.incidents(always, 10)).toHaveLength(1);
      execFileSync('mount', ['-o', 'remount,size=8m', disk]);
      await small.write({ ...nothing, events: [eventOf()] });
      expect(await small.events(always, 100_000)).toHaveLength(kept + 1);
    } finally {
      await store?.close();
      store = undefined;
      execFileSync('umount', ['-l', disk]);
    }
  });

  it('keeps all that was acknowledged through kill -9 in the middle of writing, again and again', async () => {
    let acknowledged = 0;
    for (let round = 0; round < 8; round += 1) {
      const other = await OtherProcess.start();
      const place = { kind: 'sqlite', file } as const;
      await other.tell({ task: 'write', as: 'store', place, from: acknowledged });
      await other.writesOn();
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 40));
      await other.kill();
      expect(other.said).toEqual([]);
      acknowledged = Math.max(acknowledged, other.acknowledged);
    }
    const said: string[] = [];
    store = sqlite(file, (message) => said.push(message));
    await store.open();
    expect(said).toEqual([]);
    expect(await store.acquire()).toBe(true);
    const rows = await store.slices('api', always);
    expect(acknowledged).toBeGreaterThan(8);
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
    expect(new Set(rows.map(({ startMs }) => startMs)).size).toBe(rows.length);
  });
});
