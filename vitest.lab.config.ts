import { defineConfig } from 'vitest/config';

/**
 * Tests on real components: one lab at a time on two cores. Time limits are there to end what hangs, on a
 * machine that is many times slower too.
 */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
