// A write attempt every 10 ms, whatever became of those before; one line each to stdout:
// START END OK, in Unix milliseconds. Shares no code with the exporter: it is what that is held against.
import { setInterval } from 'node:timers';
import process from 'node:process';

const everyMs = 10;
/** Attempts that may hang at once; beyond, no new one is begun: a storm would be an outage of its own. */
const mostAtOnce = 20;

/** Writes until stdin ends. `attempt` resolves when a write is acknowledged, and rejects otherwise. */
export function writeLoop(attempt: (count: number) => Promise<void>): void {
  let count = 0;
  let underWay = 0;
  let lines = '';
  const now = () => performance.timeOrigin + performance.now();
  setInterval(() => {
    if (underWay >= mostAtOnce) return;
    count += 1;
    underWay += 1;
    const start = now();
    const ended = (ok: 0 | 1) => {
      underWay -= 1;
      lines += `${start} ${now()} ${ok}\n`;
    };
    attempt(count).then(
      () => ended(1),
      () => ended(0),
    );
  }, everyMs);
  setInterval(() => {
    process.stdout.write(lines);
    lines = '';
  }, 250);
  process.stdin.resume().on('end', () => process.exit(0));
}

/** Rejects when it takes longer. */
export function within<Value>(promise: Promise<Value>, ms: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('too late')), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
