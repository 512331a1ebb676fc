import type { FailureReason } from '../failure.js';
import type { HeartbeatRow, MemberAnswer, ReplicationRow } from './answer.js';
import { parseLsn } from './lsn.js';

/** One member's part of a collection. */
export type MemberResult =
  | {
      readonly ok: true;
      readonly member: string;
      readonly answer: MemberAnswer;
      /** Empty where there is no heartbeat table or no right to read it. */
      readonly heartbeats: readonly HeartbeatRow[];
      /** When the answer was there, on the exporter's monotonic clock. */
      readonly monoMs: number;
    }
  | {
      readonly ok: false;
      readonly member: string;
      readonly reason: FailureReason;
      readonly message: string;
    };

export type Answered = Extract<MemberResult, { ok: true }>;

/** The timeline a member writes, receives, or last wrote a checkpoint on. */
export function timelineOf({
  writtenTimeline,
  receiver,
  checkpointTimeline,
}: MemberAnswer): number | undefined {
  return writtenTimeline ?? receiver?.received_tli ?? checkpointTimeline ?? undefined;
}

export function isStreaming({ receiver }: MemberAnswer): boolean {
  return receiver?.status === 'streaming';
}

/** Whether a commit waits for the standby of a row, and it streams. */
export function isSynchronous({ sync_state: sync, state }: ReplicationRow): boolean {
  return state === 'streaming' && (sync === 'sync' || sync === 'quorum');
}

/** Where a server's own log ends: written on a primary, received on a standby that others follow. */
export function logEnd({ currentLsn, receiveLsn }: MemberAnswer): bigint | undefined {
  return parseLsn(currentLsn ?? receiveLsn);
}

/** The primary that the others are compared with: on two, the one on the higher timeline. */
export function primaryOf(answered: readonly Answered[]): Answered | undefined {
  return answered
    .filter(({ answer }) => !answer.inRecovery)
    .toSorted((a, b) => (timelineOf(b.answer) ?? 0) - (timelineOf(a.answer) ?? 0))[0];
}

/** Whether two servers hold one database; taken for granted where either does not tell. */
export function isSameDatabase(a: MemberAnswer, b: MemberAnswer): boolean {
  const [ofA, ofB] = [a.systemIdentifier ?? undefined, b.systemIdentifier ?? undefined];
  return ofA === undefined || ofB === undefined || ofA === ofB;
}
