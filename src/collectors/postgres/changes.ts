import { isStreaming, type MemberResult } from '../sql/member.js';
import { count, type Increment } from '../../metrics/sample.js';
import type { EvidenceEvent } from '../../slo/observation.js';
import type { Span } from '../contract.js';

import type { PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

/** What a member was when it was last seen. */
export interface MemberMemory {
  readonly isUp: boolean;
  readonly isStreaming: boolean | undefined;
  readonly archived: number | undefined;
  readonly archiveFailed: number | undefined;
}

/** By member name. */
export type MemberMemories = ReadonlyMap<string, MemberMemory>;

/** A server's own counter as a step; after a reset of its statistics the new value is the step. */
function stepOf(now: number | null | undefined, before: number | undefined): number {
  if (now === null || now === undefined || before === undefined) return 0;
  return now >= before ? now - before : now;
}

export function incrementsOf(
  target: PostgresTarget,
  snapshot: PostgresSnapshot,
  before: MemberMemories | undefined,
): Increment[] {
  return snapshot.flatMap((result) => {
    const labels = { cluster: target.name, region: target.region, member: result.member };
    if (!result.ok)
      return [count('sensei_postgres_member_failures_total', { ...labels, reason: result.reason })];
    const { archiver } = result.answer;
    const known = before?.get(result.member);
    return [
      count(
        'sensei_postgres_archived_segments_total',
        labels,
        stepOf(archiver?.archived_count, known?.archived),
      ),
      count(
        'sensei_postgres_archive_failures_total',
        labels,
        stepOf(archiver?.failed_count, known?.archiveFailed),
      ),
    ];
  });
}

function rememberMember(result: MemberResult, before: MemberMemory | undefined): MemberMemory {
  if (!result.ok) {
    return {
      isUp: false,
      isStreaming: before?.isStreaming,
      archived: before?.archived,
      archiveFailed: before?.archiveFailed,
    };
  }
  const { answer } = result;
  return {
    isUp: true,
    isStreaming: answer.inRecovery ? isStreaming(answer) : undefined,
    archived: answer.archiver?.archived_count ?? before?.archived,
    archiveFailed: answer.archiver?.failed_count ?? before?.archiveFailed,
  };
}

function memberEvents(
  member: string,
  now: MemberMemory,
  before: MemberMemory | undefined,
  why: string,
  span: Span,
): EvidenceEvent[] {
  const event = (type: EvidenceEvent['type'], detail: string) => ({
    type,
    at: span.endedAt,
    subject: member,
    detail,
  });
  const events: EvidenceEvent[] = [];
  if (before?.isUp === true && !now.isUp)
    events.push(event('member_down', `${member} gives no answer: ${why}`));
  if (before?.isUp === false && now.isUp)
    events.push(event('member_up', `${member} answers again`));
  if (before?.isStreaming === true && now.isStreaming === false)
    events.push(event('receiver_down', `the WAL receiver of ${member} is gone`));
  if (before?.isStreaming === false && now.isStreaming === true)
    events.push(event('receiver_up', `${member} streams again`));
  return events;
}

export function remember(
  snapshot: PostgresSnapshot,
  before: MemberMemories | undefined,
): MemberMemories {
  return new Map(
    snapshot.map((result) => [result.member, rememberMember(result, before?.get(result.member))]),
  );
}

export function eventsOf(
  snapshot: PostgresSnapshot,
  now: MemberMemories,
  before: MemberMemories | undefined,
  span: Span,
): EvidenceEvent[] {
  return snapshot.flatMap((result) => {
    const { member } = result;
    const why = result.ok ? '' : result.message;
    return memberEvents(member, now.get(member)!, before?.get(member), why, span);
  });
}
