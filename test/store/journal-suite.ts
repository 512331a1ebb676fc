import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal, JournalReader } from '../../src/store/journal.js';
import type { Store } from '../../src/store/store.js';
import { OtherProcess, type Place } from './processes.js';
import { executionOf, incidentOf, nothing, slice } from './rows.js';

const at = 1_795_000_000_000;
const always = { fromMs: 0, toMs: 4_000_000_000_000 };

export interface JournalBench {
  readonly place: Place;
  readonly journal: () => Journal;
  readonly read: () => JournalReader;
  readonly store: () => Store;
  /** Makes of a store that is up to date one from before there were executions. */
  readonly age: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** What every journal must do, on a new database each time. */
export function journalSuite(name: string, fresh: () => Promise<JournalBench>): void {
  describe(`a journal in ${name}`, () => {
    let bench: JournalBench;
    const opened: Pick<Store, 'close'>[] = [];
    const processes: OtherProcess[] = [];

    beforeEach(async () => {
      bench = await fresh();
    });

    afterEach(async () => {
      await Promise.all(processes.splice(0).map((each) => each.kill()));
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await bench.remove();
    });

    async function open<Each extends JournalReader | Store>(each: Each): Promise<Each> {
      opened.push(each);
      await each.open();
      return each;
    }

    async function locked(): Promise<Journal> {
      const journal = await open(bench.journal());
      expect(await journal.lock()).toBe(true);
      return journal;
    }

    async function other(): Promise<OtherProcess> {
      const started = await OtherProcess.start();
      processes.push(started);
      return started;
    }

    async function recording(): Promise<Store> {
      const store = await open(bench.store());
      expect(await store.acquire()).toBe(true);
      return store;
    }

    it('gives back what was put, newest first, each in its last state', async () => {
      const journal = await locked();
      const first = executionOf();
      const next = executionOf({ startedMs: at + 60_000, endedMs: null, body: ['fence'] });
      await journal.put(next);
      await journal.put(first);
      await journal.put({ ...next, body: ['fence', 'promote'] });
      const last = { ...next, body: ['fence', 'promote'] };
      expect(await journal.entries(10)).toEqual([last, first]);
      expect(await journal.entries(1)).toEqual([last]);
      expect(await journal.unfinished()).toEqual(last);
      await journal.put({ ...last, endedMs: at + 90_000 });
      expect(await journal.unfinished()).toBeUndefined();
      expect(await journal.entry(next.id)).toEqual({ ...last, endedMs: at + 90_000 });
    });

    it('finds an execution by the beginning of its id, if it is long enough and of one alone', async () => {
      const journal = await locked();
      const ids = ['aaaaaaaa-1', 'aaaaaaaa-12', 'bbbbbbbb-1'];
      for (const id of ids) await journal.put(executionOf({ id }));
      const found = async (id: string) => (await journal.entry(id))?.id;
      expect(await found('bbbbbbbb')).toBe('bbbbbbbb-1');
      expect(await found('bbbbbbb')).toBeUndefined();
      expect(await found('aaaaaaaa-1')).toBe('aaaaaaaa-1');
      expect(await found('________')).toBeUndefined();
      expect(await found('')).toBeUndefined();
      await expect(found('aaaaaaaa')).rejects.toThrow(
        /^journal .*begin with aaaaaaaa: give more of one of aaaaaaaa-1, aaaaaaaa-12$/,
      );
    });

    it('takes no second execution while one is not over', async () => {
      const journal = await locked();
      const first = executionOf({ endedMs: null });
      await journal.put(first);
      await expect(journal.put(executionOf({ endedMs: null }))).rejects.toThrow(
        /^journal .*another execution is not over: go on with it by sensei dr resume, or end it/,
      );
      expect(await journal.entries(10)).toEqual([first]);
      await journal.put({ ...first, endedMs: at });
      await journal.put(executionOf({ endedMs: null }));
      expect(await journal.entries(10)).toHaveLength(2);
    });

    it('writes nothing for those who have no right to execute, and says what to do', async () => {
      const journal = await open(bench.journal());
      await expect(journal.put(executionOf())).rejects.toThrow(
        /^journal .*no right to execute.*run sensei dr resume$/,
      );
      await journal.lock();
      await journal.put(executionOf());
      await journal.close();
      await expect(journal.put(executionOf())).rejects.toThrow(/^journal .*sensei dr resume/);
      const reader = await open(bench.read());
      expect(await reader.entries(10)).toHaveLength(1);
    });

    it('has one that executes: the next can when the first has closed it', async () => {
      const first = await locked();
      const second = await open(bench.journal());
      expect(await second.lock()).toBe(false);
      expect(await first.lock()).toBe(true);
      await first.put(executionOf());
      expect(await second.entries(10)).toHaveLength(1);
      await first.close();
      expect(await second.lock()).toBe(true);
      await second.put(executionOf());
    });

    it('is locked against other processes, until its own is gone, by kill -9 too', async () => {
      const { place } = bench;
      const task = { task: 'lock', as: 'journal', place } as const;
      const [one, two] = [await other(), await other()];
      const journal = await locked();
      await open(bench.journal());
      await open(bench.store());
      expect(await one.tell(task)).toEqual({ locked: false });
      await journal.close();
      expect(await one.tell(task)).toEqual({ locked: true });
      expect(await two.tell(task)).toEqual({ locked: false });
      await one.kill();
      await expect.poll(() => two.tell(task), { timeout: 60_000 }).toEqual({ locked: true });
    });

    it('of two processes that ask in the same moment one may execute', async () => {
      const { place } = bench;
      await open(bench.journal());
      const both = [await other(), await other()];
      const answers = await Promise.all(
        both.map((each) => each.tell({ task: 'lock', as: 'journal', place })),
      );
      expect(answers).toContainEqual({ locked: true });
      expect(answers).toContainEqual({ locked: false });
    });

    it('keeps all that was acknowledged through kill -9 in the middle of putting', async () => {
      const { place } = bench;
      let acknowledged = 0;
      for (let round = 0; round < 3; round += 1) {
        const writer = await other();
        await writer.tell({ task: 'write', as: 'journal', place, from: acknowledged });
        await writer.writesOn();
        await new Promise((resolve) => setTimeout(resolve, 20 + 30 * round));
        await writer.kill();
        expect(writer.said).toEqual([]);
        acknowledged = Math.max(acknowledged, writer.acknowledged);
      }
      const journal = await open(bench.journal());
      await expect.poll(() => journal.lock(), { timeout: 60_000 }).toBe(true);
      const kept = new Set((await journal.entries(100_000)).map(({ startedMs }) => startedMs));
      expect(acknowledged).toBeGreaterThan(3);
      for (let count = 1; count <= acknowledged; count += 1) expect(kept).toContain(count);
    });

    it('is put to beside an exporter that records in the same store; nothing is lost on either side', async () => {
      const exporter = await other();
      const { place } = bench;
      await exporter.tell({ task: 'write', as: 'store', place, pauseMs: 3 });
      const journal = await locked();
      const execution = executionOf({ endedMs: null });
      const before = exporter.acknowledged;
      const puts = 300;
      for (let step = 1; step <= puts; step += 1) {
        await journal.put({ ...execution, body: { step } });
        expect(await journal.unfinished()).toMatchObject({ body: { step } });
      }
      expect(exporter.acknowledged).toBeGreaterThan(before + 10);
      await exporter.kill();
      expect(exporter.said).toEqual([]);
      const store = await open(bench.store());
      const starts = new Set((await store.slices('api', always)).map(({ startMs }) => startMs));
      for (let count = 1; count <= exporter.acknowledged; count += 1) {
        expect(starts).toContain(count * 5000);
      }
      expect(await journal.entries(10)).toEqual([{ ...execution, body: { step: puts } }]);
    });

    it('and the exporter beside it do not take each other their locks', async () => {
      const journal = await locked();
      const store = await recording();
      expect(await journal.lock()).toBe(true);
      await journal.put(executionOf());
      await store.write({ ...nothing, slices: [slice()] });
      await store.close();
      await journal.put(executionOf());
      await journal.close();
      const again = await recording();
      await again.write({ ...nothing, slices: [slice()] });
      expect(await again.slices('api', always)).toHaveLength(1);
    });

    it('tells of the incidents of the exporter whose store it is in, none in one of its own', async () => {
      const journal = await locked();
      expect(await journal.incidents(always, 10)).toEqual([]);
      const store = await recording();
      const incident = incidentOf();
      await store.write({ ...nothing, incidents: [incident] });
      expect(await journal.incidents(always, 10)).toEqual([incident]);
      const reader = await open(bench.read());
      expect(await reader.incidents(always, 10)).toEqual([incident]);
    });

    it('is read beside the one that executes, who is not held up', async () => {
      const journal = await locked();
      const reader = await open(bench.read());
      const execution = executionOf({ endedMs: null });
      await journal.put(execution);
      expect(await reader.unfinished()).toEqual(execution);
      expect(await reader.entry(execution.id.slice(0, 8))).toEqual(execution);
      await reader.close();
      await journal.put({ ...execution, endedMs: at });
      expect(await journal.unfinished()).toBeUndefined();
    });

    it('of a store from before there were executions is empty to readers, and made by the first who may', async () => {
      const before = await recording();
      await before.write({ ...nothing, slices: [slice()] });
      await before.close();
      await bench.age();
      const reader = await open(bench.read());
      expect(await reader.entries(10)).toEqual([]);
      expect(await reader.unfinished()).toBeUndefined();
      expect(await reader.entry('aaaaaaaa')).toBeUndefined();
      const journal = await locked();
      const execution = executionOf();
      await journal.put(execution);
      expect(await reader.entries(10)).toEqual([execution]);
      const store = await open(bench.store());
      expect(await store.slices('api', always)).toHaveLength(1);
    });
  });
}

/** The exporter and a command come first at once. */
export function migrationSuite(name: string, fresh: () => Promise<JournalBench>): void {
  describe(`a store in ${name} that two processes open in the same moment`, () => {
    let exporter: OtherProcess;
    let command: OtherProcess;

    beforeEach(async () => {
      [exporter, command] = await Promise.all([OtherProcess.start(), OtherProcess.start()]);
    });

    afterEach(async () => {
      await Promise.all([exporter.kill(), command.kill()]);
    });

    async function openBoth(place: Place): Promise<void> {
      const answers = await Promise.all([
        exporter.tell({ task: 'open', as: 'store', place }),
        command.tell({ task: 'open', as: 'journal', place }),
      ]);
      expect(answers).toEqual([{ opened: true }, { opened: true }]);
    }

    it.each(['is not there yet', 'is from before there were executions'])(
      'and that %s is made once, for both',
      async (which) => {
        for (let round = 0; round < 6; round += 1) {
          const bench = await fresh();
          if (which !== 'is not there yet') {
            const before = bench.store();
            await before.open();
            await before.close();
            await bench.age();
          }
          await openBoth(bench.place);
          const journal = bench.journal();
          await journal.open();
          expect(await journal.lock()).toBe(true);
          await journal.put(executionOf());
          await journal.close();
          await bench.remove();
        }
      },
      90_000,
    );
  });
}
