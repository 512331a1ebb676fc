import type { z } from 'zod';
import type { Heartbeat } from '../../slo/heartbeat-ring.js';
import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError, reasonOf } from '../failure.js';
import { readBackRow, writtenRow } from '../sql/answer.js';
import { KeptConnection } from '../sql/connection.js';
import { readBackQuery, writeQuery } from '../sql/queries.js';
import type { CanarySnapshot, FailedHeartbeat, LostHeartbeat } from './snapshot.js';
import type { CanaryTarget } from './targets.js';

/** The kept connection of a canary, and what it knows of its row. */
export interface CanaryIo {
  readonly connection: KeptConnection;
  readonly target: CanaryTarget;
  readonly clock: Clock;
  /** The number last proposed or written. */
  sequence: bigint;
  /** The number whose commit was acknowledged last. */
  acknowledged: bigint | undefined;
  /** Found, and not yet told. */
  lost: LostHeartbeat | undefined;
}

export function openCanary(target: CanaryTarget, env: CollectorEnv): CanaryIo {
  return {
    connection: new KeptConnection(target.settings, env.secrets),
    target,
    clock: env.clock,
    sequence: 0n,
    acknowledged: undefined,
    lost: undefined,
  };
}

/** The wall clock in milliseconds, or one more than the last number where that is higher. */
function proposeSequence(io: CanaryIo, wallMs: number): bigint {
  const wall = BigInt(Math.floor(wallMs));
  io.sequence = wall > io.sequence ? wall : io.sequence + 1n;
  return io.sequence;
}

function protocolError(io: CanaryIo, what: string): CollectionError {
  return new CollectionError('protocol', `write path ${io.connection.server}: ${what}`);
}

function rowOf<Row>(io: CanaryIo, schema: z.ZodType<Row>, rows: readonly unknown[]): Row {
  const parsed = schema.safeParse(rows[0]);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  const what = rows.length === 0 ? 'no heartbeat row' : `unexpected answer at ${where}`;
  throw new CollectionError('body', `write path ${io.connection.server}: ${what}`);
}

/** An acknowledged number above the row's was committed and is gone. */
function noteLoss(io: CanaryIo, before: bigint | null): void {
  const { acknowledged } = io;
  if (acknowledged === undefined || (before !== null && before >= acknowledged)) return;
  io.lost = { acknowledged, found: before ?? undefined };
  io.acknowledged = undefined;
}

/** A commit that its synchronous standbys did not confirm ends well, with a warning. */
function refuseUnreplicated(io: CanaryIo): void {
  const warning = io.connection.notices.find(
    ({ routine, message }) =>
      routine === 'SyncRepWaitForLSN' || /synchronous replication/i.test(message),
  );
  if (warning !== undefined)
    throw protocolError(io, `committed on the primary alone: ${warning.message}`);
}

/** Answers with what was committed. */
async function commit(io: CanaryIo, context: ObserveContext): Promise<Heartbeat> {
  const { table, heartbeatWriter } = io.target;
  const begunMs = io.clock.now().wallMs;
  const proposed = proposeSequence(io, begunMs);
  const values = [heartbeatWriter, String(proposed), begunMs / 1000];
  const rows = await io.connection.query(writeQuery(table), values, context.signal);
  const endedMs = io.clock.now().wallMs;
  context.transcript?.note(
    `${io.connection.server}: INSERT INTO ${table} (seq ${proposed})`,
    JSON.stringify(rows[0]),
  );
  const { seq, before } = rowOf(io, writtenRow, rows);
  io.sequence = seq;
  noteLoss(io, before);
  refuseUnreplicated(io);
  return { sequence: seq, begunMs, endedMs };
}

/** A higher number than the committed one is another exporter's, on the same row: writes work. */
async function readBack(io: CanaryIo, sequence: bigint, context: ObserveContext): Promise<void> {
  const { table, heartbeatWriter } = io.target;
  const rows = await io.connection.query(readBackQuery(table), [heartbeatWriter], context.signal);
  context.transcript?.note(
    `${io.connection.server}: SELECT seq FROM ${table}`,
    JSON.stringify(rows[0]),
  );
  const { seq, standby } = rowOf(io, readBackRow, rows);
  if (standby) throw protocolError(io, 'leads to a standby');
  if (seq < sequence) throw protocolError(io, `read back ${seq}, not the committed ${sequence}`);
}

async function beat(
  io: CanaryIo,
  context: ObserveContext,
  acknowledge: (heartbeat: Heartbeat) => void,
) {
  const at = [io.clock.now().monoMs];
  const lapSeconds = () => {
    const length = at.push(io.clock.now().monoMs);
    return (at[length - 1]! - at[length - 2]!) / 1000;
  };
  await io.connection.connect(context.signal);
  const connectSeconds = lapSeconds();
  const heartbeat = await commit(io, context);
  const commitSeconds = lapSeconds();
  acknowledge(heartbeat);
  await readBack(io, heartbeat.sequence, context);
  return { ...heartbeat, connectSeconds, commitSeconds, readSeconds: lapSeconds() };
}

/**
 * Commits a heartbeat and reads it back. After any failure the connection is made anew: only so does a
 * failover's end show. @throws CollectionError when writes do not work; its partial is a FailedHeartbeat
 */
export async function observeCanary(
  io: CanaryIo,
  context: ObserveContext,
): Promise<CanarySnapshot> {
  const before = io.connection.connectionsMade;
  const connections = () => io.connection.connectionsMade - before;
  let acknowledged: Heartbeat | undefined;
  const acknowledge = (heartbeat: Heartbeat) => {
    acknowledged = heartbeat;
    io.acknowledged = heartbeat.sequence;
  };
  try {
    const done = await beat(io, context, acknowledge);
    const { lost } = io;
    io.lost = undefined;
    return { ...done, connections: connections(), ...(lost !== undefined && { lost }) };
  } catch (cause) {
    io.connection.close();
    const message = cause instanceof Error ? cause.message : String(cause);
    const partial: FailedHeartbeat = {
      connections: connections(),
      ...(acknowledged !== undefined && { acknowledged }),
    };
    throw new CollectionError(reasonOf(cause), message, { cause }, partial);
  }
}

export function closeCanary(io: CanaryIo): Promise<void> {
  io.connection.close();
  return Promise.resolve();
}
