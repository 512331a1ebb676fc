import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError } from '../failure.js';
import { KeptConnection } from './connection.js';
import { readBackQuery, writeQuery } from './queries.js';
import type { CanarySnapshot } from './snapshot.js';
import type { CanaryTarget } from './targets.js';

/** The kept connection of a canary, and the sequence number that it last used. */
export interface CanaryIo {
  readonly connection: KeptConnection;
  readonly target: CanaryTarget;
  readonly clock: Clock;
  sequence: bigint;
}

export function openCanary(target: CanaryTarget, env: CollectorEnv): CanaryIo {
  const connection = new KeptConnection(target.settings, env.secrets);
  return { connection, target, clock: env.clock, sequence: 0n };
}

/**
 * Higher than every number used before, also by an earlier run: the wall clock in milliseconds, or the
 * last number and one where writes come faster or the clock was set back.
 */
function nextSequence(io: CanaryIo): bigint {
  const wall = BigInt(Math.floor(io.clock.now().wallMs));
  io.sequence = wall > io.sequence ? wall : io.sequence + 1n;
  return io.sequence;
}

function protocolError(io: CanaryIo, what: string): CollectionError {
  return new CollectionError('protocol', `write path ${io.connection.server}: ${what}`);
}

async function commit(io: CanaryIo, sequence: bigint, context: ObserveContext): Promise<void> {
  const { table, writer } = io.target;
  const values = [writer, String(sequence), io.clock.now().wallMs / 1000];
  const rows = await io.connection.query(writeQuery(table), values, context.signal);
  context.transcript?.note(
    `${io.connection.server}: INSERT INTO ${table} (seq ${sequence})`,
    `${rows.length} row`,
  );
  if (rows.length !== 1)
    throw protocolError(
      io,
      'the row has a higher sequence number; is another exporter of this name writing it?',
    );
  const unreplicated = io.connection.warnings.find((warning) =>
    /synchronous replication/i.test(warning),
  );
  if (unreplicated !== undefined)
    throw protocolError(io, `committed on the primary alone: ${unreplicated}`);
}

async function readBack(io: CanaryIo, sequence: bigint, context: ObserveContext): Promise<void> {
  const { table, writer } = io.target;
  const [row] = await io.connection.query(readBackQuery(table), [writer], context.signal);
  context.transcript?.note(
    `${io.connection.server}: SELECT seq FROM ${table}`,
    JSON.stringify(row),
  );
  if (row?.['standby'] === true) throw protocolError(io, 'leads to a standby');
  if (row?.['seq'] !== String(sequence))
    throw protocolError(io, `read back ${String(row?.['seq'])}, not the committed ${sequence}`);
}

/** Commits a heartbeat and reads it back. @throws CollectionError when writes do not work */
export async function observeCanary(
  io: CanaryIo,
  context: ObserveContext,
): Promise<CanarySnapshot> {
  const reconnected = !io.connection.isOpen;
  const at = [io.clock.now().monoMs];
  const stamp = () => void at.push(io.clock.now().monoMs);
  try {
    await io.connection.connect(context.signal);
    stamp();
    const sequence = nextSequence(io);
    await commit(io, sequence, context);
    stamp();
    await readBack(io, sequence, context);
    stamp();
    const [connectSeconds = 0, commitSeconds = 0, readSeconds = 0] = at
      .slice(1)
      .map((end, index) => (end - at[index]!) / 1000);
    return { sequence, connectSeconds, commitSeconds, readSeconds, reconnected };
  } catch (error) {
    io.connection.close();
    throw error;
  }
}

export function closeCanary(io: CanaryIo): Promise<void> {
  io.connection.close();
  return Promise.resolve();
}
