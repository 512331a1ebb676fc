// Does what it is told to stores and journals, one task after the other, until it is killed.
import process from 'node:process';
import { systemClock } from '../../src/runner/clock.js';
import { journalOf } from '../../src/store/journal.js';
import { storeOf, type StoreSettings } from '../../src/store/open-store.js';
import type { Store } from '../../src/store/store.js';
import type { Place, Task } from './processes.js';
import { executionOf, nothing, slice } from './rows.js';

function settingsOf(place: Place): StoreSettings {
  if (place.kind === 'sqlite') return place;
  return { kind: 'postgres', url: () => Promise.resolve(place.url), deployment: 'orders' };
}

function tell(report: unknown): void {
  process.send?.(report);
}

async function untilHeld(attempt: () => Promise<boolean>): Promise<void> {
  while (!(await attempt())) await new Promise((resolve) => setTimeout(resolve, 5));
}

function storeAt(place: Place): Store {
  return storeOf(settingsOf(place), { clock: systemClock, onDamage: (said) => tell({ said }) });
}

async function open({ place, as }: Task): Promise<void> {
  const opened = as === 'store' ? storeAt(place) : journalOf(settingsOf(place), systemClock);
  await opened.open();
  await opened.close();
  tell({ opened: true });
}

async function lock({ place }: Task): Promise<void> {
  const journal = journalOf(settingsOf(place), systemClock);
  await journal.open();
  const locked = await journal.lock();
  if (!locked) await journal.close();
  tell({ locked });
}

/** Tells of each row that was acknowledged. */
async function write({ place, as, from = 0, pauseMs = 0 }: Task): Promise<void> {
  const writer = as === 'store' ? storeAt(place) : journalOf(settingsOf(place), systemClock);
  await writer.open();
  await untilHeld(() => ('acquire' in writer ? writer.acquire() : writer.lock()));
  for (let count = from + 1; ; count += 1) {
    await ('acquire' in writer
      ? writer.write({ ...nothing, slices: [slice({ startMs: count * 5000 })] })
      : writer.put(executionOf({ startedMs: count, endedMs: count })));
    tell({ count });
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const tasks = { open, lock, write };

process.on('message', (task: Task) => {
  tasks[task.task](task).catch((error: unknown) => tell({ error: String(error) }));
});
tell({ ready: true });
