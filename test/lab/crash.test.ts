import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crashRun } from '../../bench/crash-run.js';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf, type StoreSettings } from '../../src/store/open-store.js';
import { PostgresServer } from '../../lab/postgres-server.js';

/** The benchmark kills 50 times; here it is enough to see it break. */
const kills = 6;
const server = new PostgresServer();
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sensei-crash-'));
  await server.up();
  await server.sql('CREATE DATABASE crash');
});

afterAll(async () => {
  await server.down();
  rmSync(folder, { recursive: true, force: true });
});

function opened(settings: StoreSettings) {
  return async () => {
    const store = storeOf(settings, { clock: systemClock, onDamage: () => {} });
    await store.open();
    return store;
  };
}

describe('an exporter that is killed at random moments under load', () => {
  it.each(['sqlite', 'postgres'] as const)(
    'loses no incident, doubles none, and no slice older than 2 s, in %s',
    async (kind) => {
      const file = join(folder, 'sensei.db');
      const url = server.url('crash');
      process.env['SENSEI_STORE_URL'] = url;
      const store =
        kind === 'sqlite' ? { file } : { postgres: { url: { env: 'SENSEI_STORE_URL' } } };
      const open = opened(
        kind === 'sqlite'
          ? { kind, file }
          : { kind, url: () => Promise.resolve(url), deployment: 'crash' },
      );
      const result = await crashRun({ folder, store, open, kills, targets: 10 });
      expect(result.outages).toBeGreaterThan(10);
      expect(result).toMatchObject({
        kills,
        lost: 0,
        doubled: 0,
        merged: 0,
        invented: 0,
        slicesLost: 0,
        backwards: 0,
      });
    },
  );
});
