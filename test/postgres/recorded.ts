import { type MemberResult } from '../../src/collectors/sql/member.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MemberAnswer } from '../../src/collectors/sql/answer.js';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));

type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A view as it was recorded; undefined where the server did not answer. */
function rowsOf(situation: string, member: string, view: string): Row[] | undefined {
  const file = join(fixtures, situation, `${member}-sql-${view}.json`);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text === '') return undefined;
  const parsed = JSON.parse(text) as Row | Row[];
  return Array.isArray(parsed) ? parsed : [parsed];
}

function epoch(text: unknown): number | null {
  return typeof text === 'string' ? Date.parse(text) / 1000 : null;
}

/** Seconds of an interval such as `00:00:00.000123`. */
function interval(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  return value.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

function answerOf(situation: string, member: string): MemberAnswer | undefined {
  const recovery = rowsOf(situation, member, 'recovery')?.[0];
  if (recovery === undefined) return undefined;
  const rows = (view: string) => rowsOf(situation, member, view) ?? [];
  const receiver = rows('pg_stat_wal_receiver')[0];
  const archiver = rows('pg_stat_archiver')[0];
  return {
    version: '15.8',
    inRecovery: recovery['in_recovery'] === true,
    startedAt: 1,
    systemIdentifier: String(recovery['system_identifier']),
    checkpointTimeline: Number(recovery['ckpt_timeline']),
    currentLsn: recovery['current_lsn'] as string | null,
    writtenTimeline: recovery['in_recovery'] === true ? null : Number(recovery['ckpt_timeline']),
    receiveLsn: recovery['receive_lsn'] as string | null,
    replayLsn: recovery['replay_lsn'] as string | null,
    replayPaused: recovery['in_recovery'] === true ? false : null,
    synchronousStandbyNames: String(recovery['ssn']),
    replication: rows('pg_stat_replication').map((row) => ({
      application_name: String(row['application_name']),
      state: String(row['state']),
      sync_state: String(row['sync_state']),
      sent_lsn: String(row['sent_lsn']),
      write_lsn: String(row['write_lsn']),
      flush_lsn: String(row['flush_lsn']),
      replay_lsn: String(row['replay_lsn']),
      write_lag_seconds: interval(row['write_lag']),
      flush_lag_seconds: interval(row['flush_lag']),
      replay_lag_seconds: interval(row['replay_lag']),
    })),
    receiver:
      receiver === undefined
        ? null
        : {
            status: String(receiver['status']),
            received_tli: Number(receiver['received_tli']),
            slot_name: String(receiver['slot_name']),
            sender_host: String(receiver['sender_host']),
            last_message_at: epoch(receiver['last_msg_receipt_time']),
          },
    slots: rows('pg_replication_slots').map((row) => ({
      slot_name: String(row['slot_name']),
      active: row['active'] === true,
      restart_lsn: row['restart_lsn'] as string | null,
      wal_status: row['wal_status'] as string | null,
    })),
    archiver:
      archiver === undefined
        ? null
        : {
            archived_count: Number(archiver['archived_count']),
            failed_count: Number(archiver['failed_count']),
            last_archived_at: epoch(archiver['last_archived_time']),
            last_failed_at: epoch(archiver['last_failed_time']),
          },
  };
}

/** One member as it was recorded; a failed one where it gave no answer. */
export function recordedMember(situation: string, member: string, monoMs = 0): MemberResult {
  const answer = answerOf(situation, member);
  return answer === undefined
    ? { ok: false, member, reason: 'connect', message: `${member}: connection refused` }
    : { ok: true, member, answer, heartbeats: [], monoMs };
}

/** A member's answer with some of it changed. */
export function alter(
  result: MemberResult,
  change: Partial<MemberAnswer>,
  monoMs?: number,
): MemberResult {
  if (!result.ok) throw new Error(`${result.member} gave no answer to change`);
  return { ...result, answer: { ...result.answer, ...change }, monoMs: monoMs ?? result.monoMs };
}
