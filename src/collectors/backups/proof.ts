import type { Span } from '../contract.js';
import { clockToleranceMs } from './judge.js';
import type { RestoreTestResult } from './snapshot.js';
import type { BackupsTarget } from './targets.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

export function instantText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function ageText(ms: number): string {
  return ms % dayMs === 0 ? `${ms / dayMs} d` : `${ms / hourMs} h`;
}

/** Why the backups are no evidence; undefined where a restore test speaks for them. */
export function unprovedWords(
  { restoreTest }: BackupsTarget,
  result: RestoreTestResult | undefined,
  { endedAt }: Span,
): string | undefined {
  if (restoreTest === undefined || result === undefined) return 'no restore test is recorded';
  if (!result.ok) return `the record of the restore test cannot be read: ${result.message}`;
  const { at, success } = result.record;
  const which = `the last restore test, of ${instantText(at)},`;
  if (at > endedAt.wallMs + clockToleranceMs) return `${which} is dated in the future`;
  if (!success) return `${which} failed`;
  if (endedAt.wallMs - at > restoreTest.maxAgeMs)
    return `${which} is older than ${ageText(restoreTest.maxAgeMs)}`;
  return undefined;
}
