import type { Gate } from '../dr/gates.js';
import type { Override } from './execution.js';

/** What somebody goes on over, by the gate's name, and why. */
export interface Allowed {
  readonly name: string;
  readonly reason: string;
}

/** A condition of going on that `dr status` does not know: that nothing fences the lost region but one's word. */
export interface Blocker extends Pick<
  Gate,
  'verdict' | 'figure' | 'source' | 'advice' | 'mayBeOverridden'
> {
  readonly name: string;
}

export const fencingName = 'fencing';

/** Where the region is lost, and no hook keeps it from writing: that it does not is on somebody's word. */
export function fencingGate(region: string, hooks: readonly string[]): Blocker {
  const source = 'hooks of the operations file';
  return hooks.length > 0
    ? {
        name: fencingName,
        verdict: 'PASS',
        figure: hooks.join(', '),
        source,
        advice: '',
        mayBeOverridden: true,
      }
    : {
        name: fencingName,
        verdict: 'UNKNOWN',
        figure: `nothing fences ${region}`,
        source,
        advice: `Add a hook with on: fence and region: ${region}, or make sure yourself that it cannot come back.`,
        mayBeOverridden: true,
      };
}

/** Whether it keeps nothing from going on only because somebody said so. */
export function isOverridden(
  { name, verdict, mayBeOverridden }: Blocker,
  allowed: readonly Allowed[],
): boolean {
  return verdict !== 'PASS' && mayBeOverridden && allowed.some((each) => each.name === name);
}

/** What keeps the failover from going on: everything that does not pass, and is not overridden by its name. */
export function blockedBy<Each extends Blocker>(
  gates: readonly Each[],
  allowed: readonly Allowed[],
): Each[] {
  return gates.filter((gate) => gate.verdict !== 'PASS' && !isOverridden(gate, allowed));
}

/** What is gone on over, to be kept: a gate that passes needs no override, whatever was allowed. */
export function overridesOf(gates: readonly Blocker[], allowed: readonly Allowed[]): Override[] {
  return gates
    .filter((gate) => isOverridden(gate, allowed))
    .map(({ name, verdict, figure }) => ({
      name,
      verdict,
      figure,
      reason: allowed.find((each) => each.name === name)?.reason ?? '',
    }));
}
