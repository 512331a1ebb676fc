import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import { CollectionError, type FailureReason } from '../failure.js';
import { heartbeatRows, memberAnswer, type HeartbeatRow } from './answer.js';
import { KeptConnection } from '../sql/connection.js';
import { heartbeatQuery, memberQuery } from './queries.js';
import type { MemberResult, PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

export interface PostgresIo {
  readonly connections: readonly { readonly member: string; readonly connection: KeptConnection }[];
  readonly heartbeatTable: string | undefined;
  readonly clock: Clock;
}

export function openPostgres(target: PostgresTarget, env: CollectorEnv): PostgresIo {
  return {
    connections: target.members.map(({ name, settings }) => ({
      member: name,
      connection: new KeptConnection(settings, env.secrets),
    })),
    heartbeatTable: target.heartbeatTable,
    clock: env.clock,
  };
}

/** A query whose one row holds one JSON value. @throws CollectionError `body` when it does not */
async function askJson(
  connection: KeptConnection,
  query: string,
  context: ObserveContext,
): Promise<unknown> {
  const rows = await connection.query(query, [], context.signal);
  const answer = rows[0]?.['answer'];
  context.transcript?.note(
    `${connection.server}: ${query.trim().split('\n')[0]} ...`,
    JSON.stringify(answer),
  );
  if (answer === undefined) {
    throw new CollectionError('body', `PostgreSQL at ${connection.server}: an empty answer`);
  }
  return answer;
}

/** The heartbeats that the member has. Without the table or the right to it there are none. */
async function heartbeatsOf(
  connection: KeptConnection,
  table: string,
  context: ObserveContext,
): Promise<HeartbeatRow[]> {
  try {
    const rows = heartbeatRows.safeParse(await askJson(connection, heartbeatQuery(table), context));
    return rows.success ? rows.data : [];
  } catch (error) {
    const isAnswer =
      error instanceof CollectionError && ['protocol', 'auth'].includes(error.reason);
    if (!isAnswer) throw error;
    context.transcript?.note(`${connection.server}: heartbeat in ${table}`, error.message);
    return [];
  }
}

async function askMember(
  io: PostgresIo,
  member: string,
  connection: KeptConnection,
  context: ObserveContext,
): Promise<MemberResult> {
  const parsed = memberAnswer.safeParse(await askJson(connection, memberQuery, context));
  const monoMs = io.clock.now().monoMs;
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new CollectionError(
      'body',
      `PostgreSQL at ${connection.server}: unexpected answer at ${where}`,
    );
  }
  const { heartbeatTable } = io;
  const heartbeats =
    heartbeatTable === undefined ? [] : await heartbeatsOf(connection, heartbeatTable, context);
  return { ok: true, member, answer: parsed.data, heartbeats, monoMs };
}

function failure(member: string, error: unknown): MemberResult {
  const reason: FailureReason = error instanceof CollectionError ? error.reason : 'internal';
  return {
    ok: false,
    member,
    reason,
    message: error instanceof Error ? error.message : String(error),
  };
}

/** Asks every member at once. @throws CollectionError when none answered */
export async function observePostgres(
  io: PostgresIo,
  context: ObserveContext,
): Promise<PostgresSnapshot> {
  const results = await Promise.all(
    io.connections.map(({ member, connection }) =>
      askMember(io, member, connection, context).catch((error: unknown) => failure(member, error)),
    ),
  );
  const failures = results.filter((result) => !result.ok);
  const [first] = failures;
  if (failures.length < results.length || first === undefined) return results;
  const message = failures.map((result) => result.message).join('; ');
  throw new CollectionError(first.reason, `no member answered: ${message}`, undefined, results);
}

export function closePostgres(io: PostgresIo): Promise<void> {
  for (const { connection } of io.connections) connection.close();
  return Promise.resolve();
}
