// Usage: write-loop-postgres.ts HOST PORT PASSWORD-FILE
import { readFileSync } from 'node:fs';
import process from 'node:process';
import pg from 'pg';
import { within, writeLoop } from './write-loop.js';

const [host = '', port = '', passwordFile = ''] = process.argv.slice(2);
const password = readFileSync(passwordFile, 'utf8').trim();
/** A slow write is a write: only one that hangs is none. */
const limitMs = 1000;

interface Connection {
  readonly client: pg.Client;
  readonly writer: string;
}

const idle: Connection[] = [];
let made = 0;

async function connect(): Promise<Connection> {
  made += 1;
  const client = new pg.Client({
    host,
    port: Number(port),
    user: 'postgres',
    password,
    database: 'postgres',
    connectionTimeoutMillis: limitMs,
    statement_timeout: limitMs,
  });
  client.on('error', () => {});
  try {
    await within(client.connect(), limitMs);
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
  return { client, writer: `truth-${made % 64}` };
}

const first = await connect();
await first.client.query(
  'CREATE TABLE IF NOT EXISTS truth (writer text PRIMARY KEY, count bigint)',
);
idle.push(first);

const statement = `INSERT INTO truth (writer, count) VALUES ($1, $2)
  ON CONFLICT (writer) DO UPDATE SET count = excluded.count`;

writeLoop(async (count) => {
  let connection: Connection | undefined;
  try {
    connection = idle.pop() ?? (await connect());
    await within(connection.client.query(statement, [connection.writer, count]), limitMs);
    idle.push(connection);
  } catch (error) {
    connection?.client.connection.stream.destroy();
    throw error;
  }
});
