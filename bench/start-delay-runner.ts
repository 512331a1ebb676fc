// Runs the real runner and lb collector over many targets and sends every start's delay at its end.
// Arguments: port of the endpoint server, number of targets, seconds.
import { lbCollector } from '../src/collectors/lb/index.js';
import { jobsOf } from '../src/collectors/jobs.js';
import type { AnyCollector } from '../src/collectors/contract.js';
import { configSchema } from '../src/config/schema.js';
import { systemClock } from '../src/runner/clock.js';
import { Runner } from '../src/runner/runner.js';

const [port, countText, secondsText] = process.argv.slice(2);
const count = Number(countText);
const lb = Array.from({ length: count }, (_, index) => ({
  name: `t${index}`,
  url: `http://127.0.0.1:${port}/${index === 0 ? 'hang' : index}`,
  interval: '1s',
  timeout: '900ms',
}));
const config = configSchema.parse({ deployment: 'bench', collectors: { lb } });
const delays: number[] = [];
let ended = 0;
const runner = new Runner(
  { clock: systemClock, secrets: { read: () => Promise.reject(new Error('no secrets')) } },
  {
    added: () => {},
    removed: () => {},
    begun: (_job, lateMs) => void delays.push(lateMs),
    ended: () => void (ended += 1),
  },
);
await runner.apply(jobsOf([lbCollector as AnyCollector], config));
process.send?.('running');

/** The first seconds are start-up: every target opens for the first time, and nothing is compiled yet. */
const startUpMs = 5000;
setTimeout(() => void (delays.length = 0), startUpMs);
setTimeout(
  () => {
    // Leaving before the message is out would lose it.
    process.send?.({ delays, ended }, () => {
      void runner.stop().then(() => process.exit(0));
    });
  },
  Number(secondsText) * 1000 + startUpMs,
);
