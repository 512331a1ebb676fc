import type { CollectorEnv, ObserveContext } from '../contract.js';
import {
  askMembers,
  closeMembers,
  openMembers,
  requireAnswer,
  type Asked,
  type MemberConnection,
} from '../sql/ask-members.js';
import type { LagSnapshot } from './snapshot.js';
import type { LagTarget } from './targets.js';

export interface LagIo extends Asked {
  readonly sites: readonly [readonly MemberConnection[], readonly MemberConnection[]];
}

export function openLag(
  { sites: [first, second], heartbeatTable }: LagTarget,
  { secrets, clock }: CollectorEnv,
): LagIo {
  const sites = [
    openMembers(first.members, secrets),
    openMembers(second.members, secrets),
  ] as const;
  return { sites, heartbeatTable, clock };
}

/**
 * Asks every member of both regions at once: positions compare only within one collection.
 * @throws CollectionError when no member of either answered
 */
export async function observeLag(io: LagIo, context: ObserveContext): Promise<LagSnapshot> {
  const [first, second] = io.sites;
  const results = await Promise.all([
    askMembers(first, io, context),
    askMembers(second, io, context),
  ]);
  requireAnswer(results.flat());
  return results;
}

export function closeLag(io: LagIo): Promise<void> {
  for (const members of io.sites) closeMembers(members);
  return Promise.resolve();
}
