import type { Clock, ObserveContext, Secrets } from '../contract.js';
import { CollectionError, type FailureReason } from '../failure.js';
import { heartbeatRows, memberAnswer, type HeartbeatRow } from './answer.js';
import { KeptConnection, type ServerSettings } from './connection.js';
import type { MemberResult } from './member.js';
import { heartbeatQuery, memberQuery } from './queries.js';

/** The one kept connection to a member. */
export interface MemberConnection {
  readonly member: string;
  readonly connection: KeptConnection;
}

export interface Asked {
  /** Table of the heartbeat to read on every member; undefined where there is none. */
  readonly heartbeatTable: string | undefined;
  readonly clock: Clock;
}

/** Connects nothing yet. */
export function openMembers(
  members: readonly { readonly name: string; readonly settings: ServerSettings }[],
  secrets: Secrets,
): MemberConnection[] {
  return members.map(({ name, settings }) => ({
    member: name,
    connection: new KeptConnection(settings, secrets),
  }));
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
  { member, connection }: MemberConnection,
  { heartbeatTable, clock }: Asked,
  context: ObserveContext,
): Promise<MemberResult> {
  const parsed = memberAnswer.safeParse(await askJson(connection, memberQuery, context));
  const monoMs = clock.now().monoMs;
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new CollectionError(
      'body',
      `PostgreSQL at ${connection.server}: unexpected answer at ${where}`,
    );
  }
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

/** Asks every member at once; each has its own result, and none throws. */
export function askMembers(
  members: readonly MemberConnection[],
  asked: Asked,
  context: ObserveContext,
): Promise<MemberResult[]> {
  return Promise.all(
    members.map((each) =>
      askMember(each, asked, context).catch((error: unknown) => failure(each.member, error)),
    ),
  );
}

/** @throws CollectionError with the results as its partial, when no member answered */
export function requireAnswer(results: readonly MemberResult[]): void {
  const failures = results.filter((result) => !result.ok);
  const [first] = failures;
  if (failures.length < results.length || first === undefined) return;
  const message = failures.map((result) => result.message).join('; ');
  throw new CollectionError(first.reason, `no member answered: ${message}`, undefined, results);
}

export function closeMembers(members: readonly MemberConnection[]): void {
  for (const { connection } of members) connection.close();
}
