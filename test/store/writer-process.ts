// Writes rows one after the other and tells of each that was acknowledged, until it is killed.
import process from 'node:process';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf } from '../../src/store/open-store.js';
import { nothing, slice } from './rows.js';

const [file = '', from = '0'] = process.argv.slice(2);
const store = storeOf({ kind: 'sqlite', file }, { clock: systemClock, onDamage: () => {} });
await store.open();
while (!(await store.acquire())) await new Promise((resolve) => setTimeout(resolve, 5));
for (let count = Number(from) + 1; ; count += 1) {
  await store.write({ ...nothing, slices: [slice({ startMs: count * 5000 })] });
  process.send?.(count);
}
