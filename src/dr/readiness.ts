import { judge } from '../collectors/patroni/judge.js';
import { dcs, healthyReplica, noPause, standbyLeader } from './cluster-gates.js';
import type { DrEvidence } from './evidence.js';
import { gateNames, gateOf, type Finding, type Gate, type GateName } from './gates.js';
import {
  oneWriter,
  replayRunning,
  sameSystem,
  sameTimeline,
  streaming,
} from './replication-gates.js';
import { receivedPosition } from './position-gate.js';
import { backups, capacity, lastDrill, objects, redis } from './surrounding-gates.js';

function splitBrains({ clusters }: DrEvidence): string[] {
  return clusters.flatMap(({ target, seen, atSeconds }) =>
    seen.ok && judge(target, seen.value, atSeconds).isSplitBrain ? [target.name] : [],
  );
}

const finders: Readonly<Record<GateName, (evidence: DrEvidence) => Finding>> = {
  'one-writer': (evidence) => oneWriter(evidence, splitBrains(evidence)),
  'same-system': sameSystem,
  'same-timeline': sameTimeline,
  'standby-leader': standbyLeader,
  streaming,
  'received-position': receivedPosition,
  'replay-running': replayRunning,
  'healthy-replica': healthyReplica,
  'no-pause': noPause,
  dcs,
  capacity,
  objects,
  redis,
  backups,
  'last-drill': lastDrill,
};

/** Every gate of a failover to the region, as it stands. */
export function gatesOf(evidence: DrEvidence): Gate[] {
  return gateNames.map((name) => gateOf(name, finders[name](evidence)));
}

/** Whether it is safe: `unknown` is not. */
export interface Readiness {
  readonly verdict: 'ready' | 'not_ready' | 'unknown';
  readonly sentence: string;
}

function namesOf(gates: readonly Gate[], verdict: Gate['verdict']): string[] {
  return gates.filter((gate) => gate.verdict === verdict).map(({ name }) => name);
}

/** One FAIL is enough for no; without any, one UNKNOWN is enough for not knowing. */
export function readinessOf(region: string, gates: readonly Gate[]): Readiness {
  const [failed, unknown] = [namesOf(gates, 'FAIL'), namesOf(gates, 'UNKNOWN')];
  const open = unknown.length === 0 ? '' : `; not known: ${unknown.join(', ')}`;
  if (failed.length > 0)
    return {
      verdict: 'not_ready',
      sentence: `not ready: ${failed.join(', ')}${open}`,
    };
  if (unknown.length > 0)
    return {
      verdict: 'unknown',
      sentence: `not known: ${unknown.join(', ')}`,
    };
  return {
    verdict: 'ready',
    sentence: `ready: all ${gates.length} gates of a failover to ${region} pass`,
  };
}
