import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreReader } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import { eventOf, incidentOf, nothing, openIncident, retention, slice } from './rows.js';

const at = 1_795_000_000_000;
const day = 86_400_000;
const always = { fromMs: 0, toMs: 4_000_000_000_000 };

/** What every store must do. `make` and `read` answer with another one on the same, empty database. */
export function storeSuite(
  name: string,
  fresh: () => Promise<{
    make: () => Store;
    read: () => StoreReader;
    remove: () => Promise<void>;
  }>,
): void {
  describe(`a store in ${name}`, () => {
    let make: () => Store;
    let read: () => StoreReader;
    let remove: () => Promise<void>;
    let store: Store;
    const others: Pick<Store, 'close'>[] = [];

    beforeEach(async () => {
      ({ make, read, remove } = await fresh());
      store = make();
      await store.open();
      expect(await store.acquire()).toBe(true);
    });

    afterEach(async () => {
      await Promise.all([store, ...others.splice(0)].map((each) => each.close()));
      await remove();
    });

    function another(): Store {
      const made = make();
      others.push(made);
      return made;
    }

    it('gives back what was written, by time', async () => {
      const rows = [0, 1, 2].map((index) => slice({ startMs: at + index * 5000 }));
      const event = eventOf({ planned: true });
      const incident = incidentOf();
      const exposure = { dataset: 'orders', startMs: at, worstMs: 1200, targetMs: 5000 };
      const unknown = { ...exposure, startMs: at + 60_000, worstMs: null };
      const drill = {
        id: 'd',
        scenario: 'region',
        atMs: at,
        recoveryMs: 9,
        lossMs: null,
        detail: '',
      };
      await store.write({
        slices: [rows[2]!, rows[0]!, rows[1]!, slice({ slo: 'other' })],
        exposures: [unknown, exposure],
        events: [event],
        incidents: [incident],
        drills: [drill],
      });
      expect(await store.slices('api', always)).toEqual(rows);
      expect(await store.slices('api', { fromMs: at + 5000, toMs: at + 10_000 })).toEqual([
        rows[1],
      ]);
      expect(await store.exposures(always)).toEqual([exposure, unknown]);
      expect(await store.events(always, 10)).toEqual([event]);
      expect(await store.incidents(always, 10)).toEqual([incident]);
      expect(await store.incident(incident.id)).toEqual(incident);
      expect(await store.incident('none')).toBeUndefined();
      expect(await store.drills(always)).toEqual([drill]);
      expect(await store.sizeBytes()).toBeGreaterThan(0);
    });

    it('is read by others while it is written, who hold nothing up and make nothing', async () => {
      const reader = read();
      others.push(reader);
      await reader.open();
      await reader.open();
      expect(await reader.drills(always)).toEqual([]);
      const exposure = { dataset: 'orders', startMs: at, worstMs: 1200, targetMs: 5000 };
      await store.write({ ...nothing, exposures: [exposure] });
      expect(await reader.exposures(always)).toEqual([exposure]);
      await reader.close();
      expect(await store.acquire()).toBe(true);
      await store.write({ ...nothing, exposures: [{ ...exposure, startMs: at + 60_000 }] });
      expect(await store.exposures(always)).toHaveLength(2);
    });

    it('keeps whichever count of a stretch covers more', async () => {
      await store.write({ ...nothing, slices: [slice({ good: 4, bad: 1 })] });
      await store.write({ ...nothing, slices: [slice({ good: 2, bad: 0 })] });
      expect(await store.slices('api', always)).toMatchObject([{ good: 4, bad: 1 }]);
      await store.write({ ...nothing, slices: [slice({ good: 3, bad: 2, unknown: 1 })] });
      expect(await store.slices('api', always)).toMatchObject([{ good: 3, bad: 2, unknown: 1 }]);
    });

    it('writes an incident again in its place, and tells those that were under way in a range', async () => {
      const open = openIncident();
      await store.write({ ...nothing, incidents: [open] });
      const closed = { ...open, closedMs: at + 20_000, firstOkMs: at + 10_000, highMs: 9.5 };
      await store.write({ ...nothing, incidents: [closed] });
      expect(await store.incidents(always, 10)).toEqual([closed]);
      const under = (fromMs: number, toMs: number) => store.incidents({ fromMs, toMs }, 10);
      expect(await under(at + 15_000, at + 16_000)).toHaveLength(1);
      expect(await under(at + 20_001, at + 30_000)).toHaveLength(0);
      expect(await under(0, at)).toHaveLength(0);
    });

    it('has one open incident an SLO: a second one goes by the id of the first, to its end', async () => {
      const first = openIncident();
      await store.write({ ...nothing, incidents: [first] });
      const mine = openIncident();
      await store.write({ ...nothing, incidents: [mine] });
      expect((await store.incidents(always, 10)).map(({ id }) => id)).toEqual([first.id]);
      const next = openIncident({ firstFailMs: at + 60_000 });
      await store.write({ ...nothing, incidents: [next, { ...mine, closedMs: at + 30_000 }] });
      const kept = await store.incidents(always, 10);
      expect(kept).toHaveLength(2);
      expect(kept.filter(({ closedMs }) => closedMs === null)).toMatchObject([{ id: next.id }]);
    });

    it('writes all of a batch or nothing', async () => {
      const broken = { ...eventOf(), atMs: null as unknown as number };
      await expect(
        store.write({ ...nothing, incidents: [incidentOf()], events: [broken] }),
      ).rejects.toThrow(/store/);
      expect(await store.incidents(always, 10)).toEqual([]);
      await store.write({ ...nothing, events: [eventOf()] });
      expect(await store.events(always, 10)).toHaveLength(1);
    });

    it('takes a batch larger than a statement may have parameters', async () => {
      const slices = Array.from({ length: 20_000 }, (_, index) =>
        slice({ startMs: at + index * 5000 }),
      );
      await store.write({ ...nothing, slices });
      expect(await store.slices('api', always)).toHaveLength(20_000);
    });

    it('one at a time may write; the next one can when the first is gone', async () => {
      const second = another();
      await second.open();
      expect(await second.acquire()).toBe(false);
      await expect(second.write({ ...nothing, events: [eventOf()] })).rejects.toThrow(
        /another exporter is the recorder/,
      );
      expect(await second.incidents(always, 1)).toEqual([]);
      await store.close();
      expect(await second.acquire()).toBe(true);
      await second.write({ ...nothing, events: [eventOf()] });
      expect(await second.events(always, 10)).toHaveLength(1);
    });

    it('is opened again where it is, with what it had', async () => {
      await store.write({ ...nothing, incidents: [incidentOf()] });
      await store.close();
      store = make();
      await store.open();
      await store.open();
      expect(await store.acquire()).toBe(true);
      expect(await store.incidents(always, 10)).toHaveLength(1);
    });

    it('prunes by table, and never what is open; fine stretches go when windows no longer need them', async () => {
      const nowMs = at + 100 * day;
      const old = openIncident({ slo: 'open' });
      const ancient = incidentOf({ firstFailMs: at - 400 * day, closedMs: at - 399 * day });
      await store.write({
        ...nothing,
        slices: [
          slice(),
          slice({ startMs: nowMs - 3_600_000 }),
          slice({ startMs: nowMs - 60_000 }),
          slice({ widthMs: 3_600_000, startMs: nowMs - 90 * day }),
          slice({ widthMs: 3_600_000, startMs: nowMs - 94 * day }),
        ],
        events: [eventOf(), eventOf({ atMs: nowMs - day })],
        incidents: [old, ancient, incidentOf()],
      });
      await store.prune(retention, nowMs);
      expect((await store.slices('api', always)).map(({ startMs }) => startMs)).toEqual([
        nowMs - 90 * day,
        nowMs - 60_000,
      ]);
      expect(await store.events(always, 10)).toHaveLength(1);
      expect(await store.incidents(always, 10)).toHaveLength(2);
    });
  });
}
