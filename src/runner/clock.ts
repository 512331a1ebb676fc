import type { Clock } from '../collectors/contract.js';

/** The machine's clocks: wall for instants, monotonic for durations. */
export const systemClock: Clock = {
  now: () => ({ wallMs: Date.now(), monoMs: performance.now() }),
};
