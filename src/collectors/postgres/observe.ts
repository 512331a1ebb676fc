import type { Clock, CollectorEnv, ObserveContext } from '../contract.js';
import {
  askMembers,
  closeMembers,
  openMembers,
  requireAnswer,
  type MemberConnection,
} from '../sql/ask-members.js';
import type { PostgresSnapshot } from './snapshot.js';
import type { PostgresTarget } from './targets.js';

export interface PostgresIo {
  readonly members: readonly MemberConnection[];
  readonly heartbeatTable: string | undefined;
  readonly clock: Clock;
}

export function openPostgres(
  { members, heartbeatTable }: PostgresTarget,
  { secrets, clock }: CollectorEnv,
): PostgresIo {
  return { members: openMembers(members, secrets), heartbeatTable, clock };
}

/** Asks every member at once. @throws CollectionError when none answered */
export async function observePostgres(
  io: PostgresIo,
  context: ObserveContext,
): Promise<PostgresSnapshot> {
  const results = await askMembers(io.members, io, context);
  requireAnswer(results);
  return results;
}

export function closePostgres(io: PostgresIo): Promise<void> {
  closeMembers(io.members);
  return Promise.resolve();
}
