import type { MemberAnswer } from '../collectors/sql/answer.js';

/** Standbys that a commit waits for, and that stream. */
export function synchronousOf({ replication }: MemberAnswer): number {
  return replication.filter(
    ({ sync_state: sync, state }) =>
      (sync === 'sync' || sync === 'quorum') && state === 'streaming',
  ).length;
}
