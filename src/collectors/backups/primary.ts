import { z } from 'zod';
import type { Clock, ObserveContext, Secrets } from '../contract.js';
import { CollectionError } from '../failure.js';
import { KeptConnection } from '../sql/connection.js';
import type { ArchiverResult } from './snapshot.js';
import type { ArchiverTarget } from './targets.js';

const number = z.number().nullish();
const text = z.string().nullish();

/** What a member says of its log and of the archiver; only the fields in use, and loosely. */
const primaryAnswer = z.object({
  inRecovery: z.boolean(),
  /** The server's clock, in Unix seconds. */
  now: z.number(),
  systemIdentifier: text,
  timeline: number,
  insertLsn: text,
  segmentBytes: z.number().int().positive().nullish(),
  archiveMode: text,
  archiver: z
    .object({
      last_archived_wal: text,
      last_archived_at: number,
      last_failed_at: number,
    })
    .nullish(),
  /** Segments that wait to be archived; absent without the right to look. */
  waiting: z.object({ segments: z.number(), oldest_at: number }).nullish(),
  /** When the file of a segment was last written to: the last archived one's, then the newest. */
  files: z.array(z.object({ name: z.string(), modified_at: z.number() })).nullish(),
});
export type PrimaryAnswer = z.infer<typeof primaryAnswer>;

/** Files that one answer tells of. */
const maxFiles = 512;

/**
 * The position is the one of insertion: a commit that does not wait for the disk is beyond the one that
 * is written.
 */
const position = `
  'inRecovery', pg_is_in_recovery(),
  'now', extract(epoch FROM clock_timestamp()),
  'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
  'timeline', CASE WHEN NOT pg_is_in_recovery()
    THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
  'insertLsn', CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END,
  'segmentBytes', (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'),
  'archiveMode', current_setting('archive_mode'),
  'archiver', (SELECT row_to_json(r) FROM (
     SELECT last_archived_wal, extract(epoch FROM last_archived_time) AS last_archived_at,
            extract(epoch FROM last_failed_time) AS last_failed_at
     FROM pg_stat_archiver) r)`;

/** Files have the server's clock, so they are asked for beside it. Segments made for later use are left out. */
const files = `
  'waiting', (SELECT row_to_json(r) FROM (
     SELECT count(*) AS segments, extract(epoch FROM min(modification)) AS oldest_at
     FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}\\.ready$') r),
  'files', (SELECT coalesce(json_agg(r), '[]'::json) FROM (
     SELECT name, extract(epoch FROM modification) AS modified_at
     FROM pg_ls_waldir() WHERE NOT pg_is_in_recovery() AND name ~ '^[0-9A-F]{24}$'
       AND name <= CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END
     ORDER BY name IS NOT DISTINCT FROM (SELECT last_archived_wal FROM pg_stat_archiver) DESC, name DESC
     LIMIT ${maxFiles}) r)`;

const fullQuery = `SELECT json_build_object(${position},${files}) AS answer`;
/** Without pg_monitor. */
const shortQuery = `SELECT json_build_object(${position}) AS answer`;

/** One member that may be the primary. */
export interface ArchiverMember {
  readonly name: string;
  readonly connection: KeptConnection;
  /** The connection on which the files were refused: asking again would fill the server's log. */
  refusedOn: number | undefined;
}

export function openArchiver({ members }: ArchiverTarget, secrets: Secrets): ArchiverMember[] {
  return members.map(({ name, settings }) => ({
    name,
    connection: new KeptConnection(settings, secrets),
    refusedOn: undefined,
  }));
}

async function askWith(
  { connection }: ArchiverMember,
  query: string,
  context: ObserveContext,
): Promise<PrimaryAnswer> {
  const rows = await connection.query(query, [], context.signal);
  const answer = rows[0]?.['answer'];
  context.transcript?.note(
    `${connection.server}: position, archiver, segments`,
    JSON.stringify(answer) ?? 'nothing',
  );
  const parsed = primaryAnswer.safeParse(answer);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new CollectionError(
    'body',
    `PostgreSQL at ${connection.server}: unexpected answer at ${where}`,
  );
}

async function askMember(member: ArchiverMember, context: ObserveContext): Promise<PrimaryAnswer> {
  const { connection } = member;
  const isRefused =
    member.refusedOn !== undefined && member.refusedOn === connection.connectionsMade;
  if (isRefused) return askWith(member, shortQuery, context);
  try {
    return await askWith(member, fullQuery, context);
  } catch (error) {
    const mayNotLook = error instanceof CollectionError && error.reason === 'auth';
    if (!mayNotLook || connection.connectionsMade === 0) throw error;
    const answer = await askWith(member, shortQuery, context);
    member.refusedOn = connection.connectionsMade;
    return answer;
  }
}

async function resultOf(
  member: ArchiverMember,
  clock: Clock,
  context: ObserveContext,
): Promise<ArchiverResult> {
  try {
    await member.connection.connect(context.signal);
    const askedAt = clock.now();
    return { ok: true, member: member.name, answer: await askMember(member, context), askedAt };
  } catch (error) {
    const reason = error instanceof CollectionError ? error.reason : 'internal';
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason, message };
  }
}

/** Of two that take themselves for the primary, the one on the later timeline is. */
function primaryAmong(results: readonly ArchiverResult[]): ArchiverResult | undefined {
  const primaries = results.flatMap((each) => (each.ok && !each.answer.inRecovery ? [each] : []));
  return primaries.toSorted((a, b) => (b.answer.timeline ?? 0) - (a.answer.timeline ?? 0))[0];
}

/** Asks every member at once; answers with what the primary said. Never throws. */
export async function observeArchiver(
  cluster: string,
  members: readonly ArchiverMember[],
  clock: Clock,
  context: ObserveContext,
): Promise<ArchiverResult> {
  const results = await Promise.all(members.map((member) => resultOf(member, clock, context)));
  const primary = primaryAmong(results);
  if (primary !== undefined) return primary;
  const failures = results.filter((each) => !each.ok);
  const why = failures.map(({ message }) => message).join('; ') || 'every member is a standby';
  const reason = failures[0]?.reason ?? 'status';
  return { ok: false, reason, message: `no primary of ${cluster} answers: ${why}` };
}

export function closeArchiver(members: readonly ArchiverMember[]): void {
  for (const { connection } of members) connection.close();
}
