import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runner/clock.js';
import { storeOf, storeReaderOf, type StoreSettings } from '../../src/store/open-store.js';
import { Recorder, type RecorderListener, type RecorderStatus } from '../../src/store/recorder.js';
import type { Store } from '../../src/store/store.js';
import { incidentOf, nothing, openIncident, retention } from '../store/rows.js';
import { storeSuite } from '../store/store-suite.js';
import { until } from '../../lab/health.js';
import { PostgresServer } from '../../lab/postgres-server.js';

const server = new PostgresServer();
const always = { fromMs: 0, toMs: 4_000_000_000_000 };
let databases = 0;

beforeAll(async () => server.up());
afterAll(async () => server.down());

async function newDatabase(): Promise<string> {
  databases += 1;
  await server.sql(`CREATE DATABASE store${databases}`);
  return `store${databases}`;
}

function settingsOf(database: string, user?: string): StoreSettings {
  const url = () => Promise.resolve(server.url(database, user));
  return { kind: 'postgres', url, deployment: 'orders' };
}

function storeIn(database: string, user?: string): Store {
  return storeOf(settingsOf(database, user), { clock: systemClock, onDamage: () => {} });
}

storeSuite('PostgreSQL', async () => {
  const database = await newDatabase();
  return {
    make: () => storeIn(database),
    read: () => storeReaderOf(settingsOf(database), systemClock),
    remove: async () => undefined,
  };
});

describe('a shared store', () => {
  const stores: Store[] = [];
  const recorders: Recorder[] = [];

  afterEach(async () => {
    await Promise.all(recorders.splice(0).map((recorder) => recorder.stop()));
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  function open(database: string, user?: string): Store {
    const store = storeIn(database, user);
    stores.push(store);
    return store;
  }

  function record(store: Store, given: Partial<RecorderListener> = {}): Recorder {
    const recorder = new Recorder(store, systemClock, retention, {
      opened: () => Promise.resolve(),
      takeover: () => Promise.resolve(),
      changed: () => {},
      wrote: () => {},
      ...given,
    });
    recorders.push(recorder);
    recorder.start();
    return recorder;
  }

  const isIn = (recorder: Recorder, state: RecorderStatus['state']) =>
    until(
      `a recorder that is ${state}`,
      () => Promise.resolve(recorder.status.state === state),
      120_000,
      () => JSON.stringify(recorder.status),
    );

  it('never shows its password, whatever fails', async () => {
    const store = open('nowhere');
    const failure = await store.open().then(
      () => 'opened',
      (error: Error) => `${error.message} ${store.description}`,
    );
    expect(failure).toMatch(/there is no such database.*store\.postgres\.url/);
    expect(failure).not.toContain('s3cret');
  });

  it('says what to grant to a role that may not make the schema', async () => {
    const database = await newDatabase();
    await server.sql('CREATE ROLE lowly LOGIN');
    await expect(open(database, 'lowly').open()).rejects.toThrow(/GRANT CREATE ON DATABASE/);
  });

  it('the second exporter takes over within 10 s of the death of the first, asked before it writes', async () => {
    const database = await newDatabase();
    const first = record(open(database));
    await isIn(first, 'recorder');
    const mine = openIncident();
    first.addIncident(mine);
    const reader = open(database);
    await reader.open();
    await until(
      'the first incident',
      async () => (await reader.incidents(always, 9)).length === 1,
      60_000,
      () => '',
    );
    const told: string[] = [];
    const second = record(open(database), {
      takeover: async (store) => {
        const [kept] = await store.incidents(always, 9);
        told.push(kept?.id ?? 'none');
      },
    });
    await isIn(second, 'standby');
    second.addIncident(openIncident());
    const diedAtMs = performance.now();
    await server.sql(
      "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND a.datname = current_database()".replace(
        'current_database()',
        `'${database}'`,
      ),
    );
    await isIn(second, 'recorder');
    expect(performance.now() - diedAtMs).toBeLessThan(10_000);
    expect(told).toEqual([mine.id]);
    await until(
      'its write',
      () => Promise.resolve(second.status.queued === 0),
      60_000,
      () => '',
    );
    expect((await reader.incidents(always, 9)).map(({ id }) => id)).toEqual([mine.id]);
  });

  it('a server that goes away costs nothing: rows wait, and are written when it is back', async () => {
    const database = await newDatabase();
    const recorder = record(open(database));
    await isIn(recorder, 'recorder');
    await server.stop();
    const incident = incidentOf();
    recorder.addIncident(incident);
    await isIn(recorder, 'failing');
    expect(recorder.status.lastError).toMatch(/^store postgresql:\/\/127/);
    expect(recorder.status.queued).toBe(1);
    await server.start();
    await isIn(recorder, 'recorder');
    await until(
      'the row',
      () => Promise.resolve(recorder.status.queued === 0),
      60_000,
      () => '',
    );
    const reader = open(database);
    await reader.open();
    expect(await reader.incident(incident.id)).toEqual(incident);
    await expect(reader.write(nothing)).rejects.toThrow(/another exporter is the recorder/);
  });
});
