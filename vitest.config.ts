import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Time limits are there to end what hangs, on a machine that is many times slower too. Most files wait more
 * than they work: two of them at once, also on two cores.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', '**/node_modules/**'],
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
