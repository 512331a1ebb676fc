import { nextMessage, startModule, stop } from './child.js';
import { percentile, rowOf, type Row } from './row.js';

const targets = 1000;

interface Delays {
  readonly delays: readonly number[];
}

/** How late probes start with 1,000 targets at 1 s, one of which hangs; the floor is bare timers. */
export async function benchStartDelay(seconds: number): Promise<Row[]> {
  const endpoint = await startModule('./endpoint-server.ts', []);
  const runner = await startModule('./start-delay-runner.ts', [
    String(endpoint.first),
    String(targets),
    String(seconds),
  ]);
  const ours = (await nextMessage(runner.child)) as Delays;
  await stop(runner.child);
  await stop(endpoint.child);
  const bare = await startModule('./timer-floor.ts', [
    String(targets),
    String(Math.min(seconds, 10)),
  ]);
  const floor = (await nextMessage(bare.child)) as Delays;
  await stop(bare.child);
  return [0.5, 0.99].map((share) => {
    const value = percentile(ours.delays, share);
    return rowOf({
      name: `start delay p${share * 100}, 1,000 targets at 1 s, one hanging`,
      unit: 'ms',
      ours: value,
      floor: percentile(floor.delays, share),
      aim: share === 0.99 ? 'under 50 ms' : 'none',
      isMet: share !== 0.99 || value < 50,
    });
  });
}
