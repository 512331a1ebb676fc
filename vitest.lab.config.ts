import { defineConfig } from 'vitest/config';

/** Tests on real components: one lab at a time on two cores, and time enough for failovers. */
export default defineConfig({
  test: {
    include: ['test/lab/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
