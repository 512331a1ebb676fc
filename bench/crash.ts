import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { systemClock } from '../src/runner/clock.js';
import { storeOf, type StoreSettings } from '../src/store/open-store.js';
import { PostgresServer } from '../lab/postgres-server.js';
import { crashRun, type CrashResult } from './crash-run.js';
import { rowOf, type Row } from './row.js';

const kills = 50;
const tell = (text: string) => void process.stderr.write(`  ${text}\n`);

function opened(settings: StoreSettings) {
  return async () => {
    const store = storeOf(settings, { clock: systemClock, onDamage: tell });
    await store.open();
    return store;
  };
}

function rowsOf(where: string, result: CrashResult): Row[] {
  const none = (name: string, ours: number) =>
    rowOf({ name: `${where}: ${name}`, unit: '', ours, aim: 'none', isMet: ours === 0 });
  return [
    rowOf({
      name: `${where}: outages while killed ${result.kills} times`,
      unit: '',
      ours: result.outages,
      aim: 'none',
      isMet: true,
    }),
    none('incidents lost', result.lost),
    none('incidents doubled', result.doubled),
    none('outages taken for a part of the one before', result.merged),
    none('incidents that were none', result.invented),
    none('slices lost that were older than 2 s', result.slicesLost),
    none('counters that went backwards in one life', result.backwards),
  ];
}

/** kill -9 of the exporter at random moments, with both stores. */
export async function benchCrash(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sensei-crash-'));
  const server = new PostgresServer();
  try {
    const file = join(folder, 'sensei.db');
    const options = { folder, kills, targets: 20, onProgress: tell };
    const inFile = await crashRun({
      ...options,
      store: { file },
      open: opened({ kind: 'sqlite', file }),
    });
    await server.up();
    await server.sql('CREATE DATABASE crash');
    const url = server.url('crash');
    process.env['SENSEI_STORE_URL'] = url;
    const inServer = await crashRun({
      ...options,
      store: { postgres: { url: { env: 'SENSEI_STORE_URL' } } },
      open: opened({ kind: 'postgres', url: () => Promise.resolve(url), deployment: 'crash' }),
    });
    return [...rowsOf('SQLite', inFile), ...rowsOf('PostgreSQL', inServer)];
  } finally {
    await server.down();
    rmSync(folder, { recursive: true, force: true });
  }
}
