import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../lab/postgres-server.js';
import { memberAnswer } from '../../src/collectors/sql/answer.js';
import {
  heartbeatQuery,
  memberQuery,
  readBackQuery,
  writeQuery,
} from '../../src/collectors/sql/queries.js';

const file = fileURLToPath(new URL('../../sql/monitoring.sql', import.meta.url));
const server = new PostgresServer();
const table = 'sensei.heartbeat';
const row = ['orders', '5', 1];

/** As its head says to run it; answers with the exit code and what was complained of. */
async function runFile(passwords: Readonly<Record<string, string>>) {
  const env = { PATH: process.env['PATH'], ...passwords };
  const args = ['-X', '-h', server.host, '-U', 'postgres', '-d', 'postgres', '-f', file];
  try {
    const { stdout, stderr } = await promisify(execFile)('psql', args, { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const given = { SENSEI_MONITOR_PASSWORD: "it's one", SENSEI_CANARY_PASSWORD: 'another' };

async function asked(user: string, sql: string, values: readonly unknown[] = []) {
  const client = new pg.Client({ connectionString: server.url('postgres', user) });
  await client.connect();
  try {
    return (await client.query(sql, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  await server.up();
  await server.sql('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
});
afterAll(() => server.down());

describe('sql/monitoring.sql', () => {
  it('changes nothing without the passwords, and says which is missing', async () => {
    const { code, stderr } = await runFile({ SENSEI_MONITOR_PASSWORD: 'one' });
    expect([code, stderr]).toEqual([3, expect.stringContaining('SENSEI_CANARY_PASSWORD')]);
    expect(await server.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'sensei%'")).toBe(
      '0',
    );
  });

  it('runs, and runs again, and shows no password', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { code, stdout, stderr } = await runFile(given);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).not.toContain('another');
    }
  });

  it('lets the canary write and read back its row, also where CONNECT was taken from everybody', async () => {
    expect(await asked('sensei_canary', writeQuery(table), row)).toEqual([
      { seq: '5', before: null },
    ]);
    expect(await asked('sensei_canary', readBackQuery(table), ['orders'])).toEqual([
      { seq: '5', standby: false },
    ]);
  });

  it('lets the monitor read everything that is asked of a member', async () => {
    const [answered] = await asked('sensei_monitor', memberQuery);
    expect(memberAnswer.parse(answered?.['answer'])).toMatchObject({ inRecovery: false });
    expect(await asked('sensei_monitor', heartbeatQuery(table))).toMatchObject([
      { answer: [{ writer: 'orders', seq: '5' }] },
    ]);
  });

  it('lets three exporters and two commands be connected to one member at the same time', async () => {
    const clients = Array.from(
      { length: 5 * 3 },
      () => new pg.Client({ connectionString: server.url('postgres', 'sensei_monitor') }),
    );
    try {
      for (const client of clients) await client.connect();
      expect(await asked('sensei_monitor', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      for (const client of clients) await client.end();
    }
  });

  it.each(['sensei_monitor', 'sensei_canary'])(
    'has the server give up sessions of %s whose line is cut',
    async (user) => {
      const settings = ['idle', 'interval', 'count'].map((name) => `tcp_keepalives_${name}`);
      const sql = `SELECT ${settings.map((each) => `current_setting('${each}')::int`).join(' + ')} AS sum`;
      expect(await asked(user, sql)).toEqual([{ sum: 10 + 5 + 3 }]);
    },
  );

  it.each([
    ['sensei_monitor', `UPDATE ${table} SET seq = 9`],
    ['sensei_monitor', `SET default_transaction_read_only = off; DELETE FROM ${table}`],
    ['sensei_monitor', 'CREATE TABLE sensei.own (a int)'],
    ['sensei_canary', `DELETE FROM ${table}`],
    ['sensei_canary', 'CREATE TABLE sensei.own (a int)'],
    ['sensei_canary', 'SELECT passwd FROM pg_shadow'],
  ])('does not let %s do: %s', async (user, sql) => {
    await expect(asked(user, sql)).rejects.toThrow(/permission denied|read-only transaction/);
  });

  it('lets the canary see of other sessions no more than anybody', async () => {
    const sql = "SELECT pg_has_role('sensei_canary', 'pg_monitor', 'MEMBER') AS is_member";
    expect(await asked('sensei_canary', sql)).toEqual([{ is_member: false }]);
  });
});
