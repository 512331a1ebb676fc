import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import S3rver from 's3rver';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AnyCollector } from '../../src/collectors/contract.js';
import { backupsCollector } from '../../src/collectors/backups/index.js';
import { parseRestoreRecord } from '../../src/collectors/backups/restore-record.js';
import { collect, configOf, noSecrets, reasonOfOutcome } from '../support/collect.js';
import { errorAnswer, jsonAnswer, ready, startFakePostgres } from '../support/fake-postgres.js';
import {
  custom,
  hang,
  hugeBody,
  ok,
  refuse,
  resetHalfWay,
  resetOnAccept,
  slowDrip,
  startFaultyHttp,
  status,
  type Behaviour,
  type FaultyHttp,
} from '../support/faulty-http.js';
import { refusedPort, startTcp, tcpFaults, type TcpServer } from '../support/faulty-tcp.js';
import { answer, recordedText, stanzaText } from './recorded.js';

const collector = backupsCollector as AnyCollector;
const folder = mkdtempSync(join(tmpdir(), 'sensei-backups-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const timing = { interval: '5s', timeout: '3s' };

function targetFor(more: object, postgres: readonly object[] = []) {
  const config = configOf({ backups: [{ name: 'nightly', ...timing, ...more }], postgres });
  return collector.targets(config)[0]!;
}

type Measured = Awaited<ReturnType<typeof collect>>['measurement'];

function valueIn(measurement: Measured, metric: string): number | undefined {
  return measurement.samples?.find((sample) => sample.metric === metric)?.value;
}

/** A program that stands in for pgBackRest. */
function scripted(script: string) {
  return { pgbackrest: { stanza: 'orders', command: ['/bin/sh', '-c', script, 'sh'] } };
}
function printing(text: string) {
  const file = join(folder, `answer-${Math.random()}.json`);
  writeFileSync(file, text);
  return scripted(`cat ${file}`);
}
const healthy = printing(stanzaText());

describe('pgBackRest', () => {
  const outcomeOf = (more: object) => collect(collector, targetFor(more));

  it('that is not broken is read (the stand-in itself works)', async () => {
    const { measurement } = await outcomeOf(healthy);
    expect(measurement.restorePoints).toHaveLength(1);
    expect(measurement.observations?.[0]?.outcome).toBe('good');
  });

  it('is asked word by word, without a shell and with an environment of its own', async () => {
    const asked = join(folder, 'asked');
    const { pgbackrest } = scripted(`printf '%s\\n' "$@" > ${asked}; env >> ${asked}; false`);
    process.env['SENSEI_TEST_SECRET'] = 'hunter2';
    try {
      await outcomeOf({ pgbackrest: { ...pgbackrest, configFile: '/etc/$(id) x', repo: 2 } });
    } finally {
      delete process.env['SENSEI_TEST_SECRET'];
    }
    const words = readFileSync(asked, 'utf8').split('\n');
    expect(words.slice(0, 5)).toEqual([
      'info',
      '--output=json',
      '--stanza=orders',
      '--config=/etc/$(id) x',
      '--repo=2',
    ]);
    expect(words.join()).not.toContain('hunter2');
  });

  it.each([
    ['that does not exist', { command: ['/nonexistent/pgbackrest'] }, 'internal'],
    ['that may not be run', { command: [folder] }, 'internal'],
  ])('%s: %s', async (_title, change, reason) => {
    const outcome = await outcomeOf({ pgbackrest: { stanza: 'orders', ...change } });
    expect(outcome).toMatchObject({ ok: false, reason });
    expect(outcome).toMatchObject({ message: expect.stringContaining('pgBackRest stanza orders') });
  });

  it('that fails: status, with its exit code and its words', async () => {
    const complaint = 'ERROR: [055]: unable to load info file';
    const outcome = await outcomeOf(scripted(`echo WARN: x >&2; echo '${complaint}' >&2; exit 55`));
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'status',
      message: `pgBackRest stanza orders: /bin/sh ended with exit code 55: ${complaint}`,
    });
    expect(outcome.measurement.restorePoints).toBeUndefined();
    expect(outcome.measurement.observations?.[0]).toMatchObject({
      outcome: 'unknown',
      reason: 'status',
    });
  });

  it('that is killed: status', async () => {
    expect(reasonOfOutcome(await outcomeOf(scripted('kill -9 $$')))).toBe('status');
  });

  it('that hangs: timeout, and it goes with all that it started', async () => {
    const pids = join(folder, 'pids');
    const outcome = await outcomeOf(
      scripted(`sleep 600 & echo $! > ${pids}; echo $$ >> ${pids}; wait`),
    );
    expect(reasonOfOutcome(outcome)).toBe('timeout');
    const isRunning = (pid: string) => {
      try {
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    };
    const started = readFileSync(pids, 'utf8').trim().split('\n');
    expect(started).toHaveLength(2);
    await expect.poll(() => started.filter(isRunning)).toEqual([]);
  });

  it('that ends and leaves a child with its output behind: timeout', async () => {
    expect(reasonOfOutcome(await outcomeOf(scripted('sleep 5 & echo []')))).toBe('timeout');
  });

  it('that drips: timeout', async () => {
    const drip = 'while :; do echo x; sleep 0.05; done';
    expect(reasonOfOutcome(await outcomeOf(scripted(drip)))).toBe('timeout');
  });

  it('that floods: too large, and it is ended', async () => {
    const target = targetFor({ ...scripted('cat /dev/zero'), interval: '20s', timeout: '20s' });
    expect(reasonOfOutcome(await collect(collector, target))).toBe('too_large');
  });

  it('that complains without end is read all the same', async () => {
    const { pgbackrest } = scripted('');
    const script = `head -c 3000000 /dev/zero >&2; cat ${join(folder, 'good.json')}`;
    writeFileSync(join(folder, 'good.json'), stanzaText());
    const command = [...pgbackrest.command.slice(0, 2), script, 'sh'];
    const target = targetFor({
      pgbackrest: { stanza: 'orders', command },
      interval: '20s',
      timeout: '20s',
    });
    expect(reasonOfOutcome(await collect(collector, target))).toBe('ok');
  });

  it.each([
    ['nothing', ''],
    ['text', 'stanza: orders'],
    ['half of it', stanzaText().slice(0, 200)],
    ['a map', '{}'],
    ['a list of nothing', '[]'],
    ['another stanza', stanzaText((raw) => (raw.name = 'other'))],
    ['fields of other types', '[{"name":"orders","status":{"code":"0"},"archive":{},"backup":7}]'],
  ])('that answers with %s: body', async (_title, text) => {
    expect(reasonOfOutcome(await outcomeOf(printing(text)))).toBe('body');
  });

  it('without the stanza: an answer, and its words', async () => {
    const text = recordedText('info-nosuch-stanza').replaceAll('nosuch', 'orders');
    const outcome = await outcomeOf(printing(text));
    expect(outcome.measurement.restorePoints).toMatchObject([
      { newestMs: null, source: 'stanza orders: the stanza is missing' },
    ]);
    expect(outcome.measurement.observations?.[0]?.reason).toBe('stanza_missing');
  });

  it('whose only repository cannot be read: a failure in its words, not "nothing there"', async () => {
    const outcome = await outcomeOf(
      printing(
        stanzaText((raw) => {
          raw.repo[0]!.status = { code: 99, message: '[HostConnectError] on 1 repository' };
          raw.backup.splice(0);
        }),
      ),
    );
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'status',
      message: 'pgBackRest stanza orders: repository 1: [HostConnectError] on 1 repository',
    });
  });

  it('pitfall: `pgbackrest info` has no WAL time: without an archiver only backups count', async () => {
    const { measurement } = await outcomeOf(healthy);
    expect(valueIn(measurement, 'sensei_backup_wal_timestamp_seconds')).toBeUndefined();
    expect(measurement.restorePoints?.[0]?.source).toContain('no archiver is configured');
  });
});

describe('the primary that archives WAL', () => {
  const servers: TcpServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const keep = async (server: Promise<TcpServer>) => {
    servers.push(await server);
    return servers.at(-1)!;
  };
  const withPorts = (ports: readonly number[], times = 1) => {
    const members = ports.map((port, index) => ({
      name: `a${index}`,
      address: `127.0.0.1:${port}`,
    }));
    const target = targetFor({ ...healthy, archiver: { cluster: 'orders' } }, [
      { name: 'orders', user: 'monitor', members },
    ]);
    return collect(collector, target, noSecrets, times);
  };
  const answering = (value: unknown) => startFakePostgres({ answer: () => jsonAnswer(value) });
  const nowSeconds = () => Date.now() / 1000;

  it('is read (the fake server itself works)', async () => {
    const server = await keep(answering(answer({ now: nowSeconds() })));
    const { measurement } = await withPorts([server.port]);
    expect(valueIn(measurement, 'sensei_backup_archiver_up')).toBe(1);
    expect(valueIn(measurement, 'sensei_backup_segments_waiting')).toBe(0);
  });

  it('is the member that is not in recovery', async () => {
    const standby = await keep(answering(answer({ inRecovery: true })));
    const leader = await keep(answering(answer({ now: nowSeconds() })));
    const { measurement } = await withPorts([standby.port, leader.port]);
    expect(measurement.facts).toContainEqual(
      expect.objectContaining({ name: 'archiving', source: 'pg_stat_archiver on a1' }),
    );
  });

  it('of two that take themselves for it is the one on the later timeline', async () => {
    const old = await keep(answering(answer({ timeline: 1 })));
    const leader = await keep(answering(answer({ timeline: 2 })));
    const { measurement } = await withPorts([old.port, leader.port]);
    expect(measurement.facts?.find(({ name }) => name === 'archiving')?.source).toContain('a1');
  });

  it.each([
    ['hangs', tcpFaults.hang, 'timeout'],
    ['resets', tcpFaults.reset, 'connect'],
    ['answers what is no protocol', tcpFaults.garbage, 'protocol'],
    ['drips what is no protocol', tcpFaults.slowDrip, 'protocol'],
  ] as const)('that %s takes nothing from the backups', async (_title, treat, reason) => {
    const server = await keep(startTcp(treat));
    const outcome = await withPorts([server.port]);
    expect(outcome.ok).toBe(true);
    expect(outcome.measurement.restorePoints?.[0]?.source).toContain(
      'no primary of orders answers',
    );
    expect(valueIn(outcome.measurement, 'sensei_backup_archiver_up')).toBe(0);
    expect(outcome.measurement.increments).toContainEqual(
      expect.objectContaining({ labels: { backup: 'nightly', region: '', reason }, by: 1 }),
    );
  });

  it('that refuses connections takes nothing from the backups', async () => {
    const { measurement } = await withPorts([await refusedPort()]);
    expect(measurement.restorePoints).toHaveLength(1);
  });

  it.each([
    ['text where numbers are due', { ...answer(), now: 'x' }],
    ['nothing', null],
    ['a list', []],
  ])('that answers with %s takes nothing from the backups', async (_title, value) => {
    const server = await keep(answering(value));
    const { measurement } = await withPorts([server.port]);
    expect(measurement.increments).toContainEqual(
      expect.objectContaining({ labels: expect.objectContaining({ reason: 'body' }), by: 1 }),
    );
  });

  it('that is none but standbys is told so', async () => {
    const server = await keep(answering(answer({ inRecovery: true, timeline: null })));
    const { measurement } = await withPorts([server.port]);
    expect(measurement.restorePoints?.[0]?.source).toContain('every member is a standby');
  });

  it('that does not let look into its folders is asked for the rest, once a connection', async () => {
    const asked: boolean[] = [];
    const server = await keep(
      startFakePostgres({
        answer: (sql) => {
          const isFull = sql.includes('pg_ls_waldir');
          asked.push(isFull);
          return isFull
            ? Buffer.concat([errorAnswer('42501', 'permission denied'), ready])
            : jsonAnswer(answer({ now: nowSeconds(), waiting: null, files: null }));
        },
      }),
    );
    const { measurement } = await withPorts([server.port], 3);
    expect(valueIn(measurement, 'sensei_backup_archiver_up')).toBe(1);
    expect(asked).toEqual([true, false, false, false]);
    expect(server.accepted()).toBe(1);
  });

  it('keeps its track while pgBackRest gives no answer', async () => {
    const server = await keep(answering(answer({ now: nowSeconds() })));
    const target = targetFor({ ...scripted('exit 1'), archiver: { cluster: 'orders' } }, [
      {
        name: 'orders',
        user: 'monitor',
        members: [{ name: 'a', address: `127.0.0.1:${server.port}` }],
      },
    ]);
    const { measurement } = await collect(collector, target);
    expect(valueIn(measurement, 'sensei_backup_archiver_up')).toBe(1);
    expect(measurement.memory).toMatchObject({ log: { track: { timeline: 1 } } });
  });
});

describe('the record of a restore test', () => {
  const file = join(folder, 'restore.json');
  const unprovedWith = async (text: string | Buffer) => {
    writeFileSync(file, text);
    const { measurement } = await collect(
      collector,
      targetFor({ ...healthy, restoreTest: { file } }),
    );
    return measurement.restorePoints?.[0]?.unproved;
  };

  it('that is good makes evidence', async () => {
    const text = JSON.stringify({ at: new Date().toISOString(), success: true });
    expect(await unprovedWith(text)).toBeUndefined();
  });

  it.each([
    ['2026-01-31T04:00:00Z', 1_769_832_000_000],
    ['2026-01-31T05:00:00+01:00', 1_769_832_000_000],
  ])('has an instant with its offset: %s', (at, ms) => {
    const text = JSON.stringify({ at, success: true, backup: 'x', durationSeconds: 1.5 });
    expect(parseRestoreRecord(text).at).toBe(ms);
  });

  const instant = 'expected an instant such as 2026-01-31T04:00:00Z, with its offset';
  it.each([
    ['without an offset', '{"at":"2026-01-31T04:00:00","success":true}', `at: ${instant}`],
    ['of no date', '{"at":"yesterday","success":true}', `at: ${instant}`],
    ['without a date', '{"success":true}', `at: ${instant}`],
    [
      'with a word for success',
      '{"at":"2026-01-31T04:00:00Z","success":"yes"}',
      'success: expected true or false',
    ],
    ['with another key', '{"at":"2026-01-31T04:00:00Z","success":true,"ok":1}', 'ok: unknown key'],
    ['that is a list', '[]', 'expected a JSON object'],
    ['that is no JSON', '{at}', 'not JSON'],
    ['that is empty', '', 'not JSON'],
    ['that is too long', ' '.repeat(70_000), 'more than 65536 bytes'],
    ['that is not UTF-8', Buffer.from([0xff, 0xfe]), 'encoded data was not valid'],
  ])('%s: none, and why', async (_title, text, words) => {
    const unproved = await unprovedWith(text);
    expect(unproved).toContain(`the record of the restore test cannot be read: ${file}: `);
    expect(unproved).toContain(words);
  });

  it('that is missing, or a folder: none', async () => {
    for (const path of [join(folder, 'none'), folder]) {
      const target = targetFor({ ...healthy, restoreTest: { file: path } });
      const { measurement } = await collect(collector, target);
      expect(measurement.restorePoints?.[0]?.unproved).toContain(path);
    }
  });
});

const keys = { accessKeyId: { env: 'ID' }, secretAccessKey: { env: 'KEY' } };
const s3Secrets = { read: () => Promise.resolve('S3RVER') };

describe('backups in a bucket', () => {
  let s3: S3rver;
  let endpoint: string;
  beforeAll(async () => {
    s3 = new S3rver({
      address: '127.0.0.1',
      port: 0,
      silent: true,
      directory: join(folder, 's3'),
      configureBuckets: [{ name: 'backups', configs: [] }],
    });
    const { port } = await s3.run();
    endpoint = `http://127.0.0.1:${port}`;
  });
  afterAll(() => s3.close());

  const objects = (more: object = {}) => ({
    objects: { bucket: 'backups', endpoint, prefix: 'base/', ...keys, ...more },
    interval: '10s',
    timeout: '10s',
  });
  const look = (more: object = {}, secrets = s3Secrets) =>
    collect(collector, targetFor(objects(more)), secrets);
  const put = async (key: string, body: string) => {
    const { Bucket } = await import('../../src/collectors/s3/client.js');
    const bucket = new Bucket(
      { bucket: 'backups', endpoint, signingRegion: 'us-east-1', ...keys },
      s3Secrets,
    );
    await bucket.put(key, Buffer.from(body), new AbortController().signal);
    bucket.close();
  };

  it('without an object there is none', async () => {
    const { measurement } = await look();
    expect(measurement.restorePoints?.[0]?.newestMs).toBeNull();
    expect(measurement.observations?.[0]?.reason).toBe('no_backup');
  });

  it('the newest under the prefix that is large enough counts', async () => {
    const beforeMs = Date.now();
    await put('base/b', 'long enough');
    const afterMs = Date.now();
    await put('other/c', 'long enough, too');
    await sleep(1100);
    await put('base/a', 'small');
    const { measurement } = await look({ minBytes: 8 });
    const [point] = measurement.restorePoints!;
    expect(point?.source).toContain('backup base/b in bucket backups');
    // The service tells whole seconds, of the object and of its own clock.
    expect(point?.newestMs).toBeGreaterThan(beforeMs - 2100);
    expect(point?.newestMs).toBeLessThan(afterMs + 2100);
    expect(valueIn(measurement, 'sensei_backup_size_bytes')).toBe(11);
    expect((await look()).measurement.restorePoints?.[0]?.source).toContain('backup base/a');
  });

  it('a bucket that does not exist: status', async () => {
    expect(reasonOfOutcome(await look({ bucket: 'nosuch' }))).toBe('status');
  });

  it('a key that cannot be read: internal, with what cannot be read', async () => {
    const read = () => Promise.reject(new Error('cannot read the secret in /nowhere (ENOENT)'));
    expect(await look({}, { read })).toMatchObject({
      ok: false,
      reason: 'internal',
      message: expect.stringContaining('cannot read the secret in /nowhere'),
    });
  });

  it('a wrong key: auth, and the key is in no message', async () => {
    const outcome = await look({}, { read: () => Promise.resolve('hunter2') });
    expect(outcome).toMatchObject({ ok: false, reason: 'auth' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });
});

describe('a broken object service', () => {
  const servers: FaultyHttp[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  const outcomeWith = async (behaviour: Behaviour, more: object = {}) => {
    const server = await startFaultyHttp(behaviour);
    servers.push(server);
    const objects = { bucket: 'backups', endpoint: server.url, prefix: 'base/', ...keys, ...more };
    const target = targetFor({ objects, interval: '3s', timeout: '2s' });
    return collect(collector, target, s3Secrets);
  };
  const page = (next: string, modified = '2026-11-23T10:00:00.000Z') =>
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== ''}</IsTruncated>
     ${next === '' ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}
     <Contents><Key>base/1</Key><Size>10</Size><LastModified>${modified}</LastModified></Contents>
     </ListBucketResult>`;

  it.each<[string, Behaviour, unknown]>([
    ['refuses', refuse, 'connect'],
    // The SDK calls a reset before the answer a time-out.
    ['resets', resetOnAccept, expect.stringMatching(/^(?:connect|timeout)$/)],
    ['resets half-way', resetHalfWay, 'connect'],
    ['hangs', hang, 'timeout'],
    ['drips', slowDrip(), 'timeout'],
    ['answers with 500', status(500), 'status'],
    ['answers with 403', status(403), 'auth'],
    ['answers with what is no XML', ok(200, {}, '{}'), 'body'],
    ['floods', hugeBody(), 'too_large'],
  ])('that %s: a failed collection', async (_title, behaviour, reason) => {
    const outcome = await outcomeWith(behaviour);
    expect(outcome).toMatchObject({ ok: false, reason });
    expect(outcome.measurement.restorePoints).toBeUndefined();
  });

  it('that never ends its listing: too large, and the prefix is to be narrowed', async () => {
    const outcome = await outcomeWith(ok(200, {}, page('more')), { maxPages: 3 });
    expect(outcome).toMatchObject({
      ok: false,
      reason: 'too_large',
      message: expect.stringContaining('more than 3 pages; narrow the prefix'),
    });
    expect(servers[0]?.requests).toHaveLength(3);
  });

  it('whose clock is off: the time of the object is told by the clock of the exporter', async () => {
    const askedMs = Date.now();
    const serviceMs = askedMs - 7_200_000;
    const stored = new Date(serviceMs - 600_000).toISOString();
    const outcome = await outcomeWith(
      custom((_request, response) => {
        response.writeHead(200, { date: new Date(serviceMs).toUTCString() });
        response.end(page('', stored));
      }),
    );
    const newestMs = outcome.measurement.restorePoints?.[0]?.newestMs ?? 0;
    // The service tells whole seconds of its clock.
    expect(newestMs).toBeGreaterThan(askedMs - 600_000 - 2100);
    expect(newestMs).toBeLessThan(Date.now() - 600_000 + 2100);
  });
});
