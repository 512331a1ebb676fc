import { defineConfig } from 'vitest/config';

/** Time limits are there to end what hangs, on a machine that is many times slower too. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**', '**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
