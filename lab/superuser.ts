import pg from 'pg';
import { ports } from './addresses.js';
import type { Lab } from './lab.js';

/** A server, or a load balancer before it. */
interface Way {
  readonly host: string;
  readonly port: number;
}

const limitMs = 30_000;

/** One statement of the superuser, on a connection of its own. */
export async function runAsSuperuser(lab: Lab, way: Way, statement: string): Promise<void> {
  const client = new pg.Client({
    ...way,
    user: 'postgres',
    password: lab.password('superuser'),
    database: 'postgres',
    connectionTimeoutMillis: limitMs,
    query_timeout: limitMs,
  });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Fills up a segment of WAL in region A: an idle database has nothing to archive. */
export function switchSegment(lab: Lab): Promise<void> {
  const way = { host: lab.addresses.regionA.haproxy, port: ports.pgWrite };
  return runAsSuperuser(lab, way, 'SELECT pg_switch_wal()');
}
