import type { CanaryTarget } from '../collectors/postgres/targets.js';
import type { PatroniSnapshot } from '../collectors/patroni/snapshot.js';
import { formatDuration } from '../report/figures.js';

export function serverOf({ settings: { address } }: CanaryTarget): string {
  return `${address.host}:${address.port}`;
}

/** What every member says of itself, in one line. */
export function rolesOf({ members }: PatroniSnapshot): string {
  return members
    .map(({ name, status, failure }) =>
      status === undefined
        ? `${name}: ${failure?.reason ?? 'no answer'}`
        : `${name}: ${status.role.replace('_', ' ')}, ${status.state}`,
    )
    .join('; ');
}

export function took(fromMs: number, toMs: number): string {
  return formatDuration(Math.max(0, toMs - fromMs));
}
