import { count, gauge, type Increment, type Sample } from '../../metrics/sample.js';
import { failureReasons } from '../failure.js';
import type { ObjectsMemory } from './measure.js';
import type { ObjectsSnapshot, SideResult } from './snapshot.js';
import type { ObjectsTarget } from './targets.js';

type SideName = 'source' | 'destination';

function sideSamples(
  { name, source, destination }: ObjectsTarget,
  side: SideName,
  result: SideResult,
): Sample[] {
  const { region } = side === 'source' ? source : destination;
  const up = gauge('sensei_objects_up', { replication: name, side, region }, result.ok);
  if (!result.ok) return [up];
  const labels = { replication: name, side };
  return [up, gauge('sensei_objects_request_duration_seconds', labels, result.seconds)];
}

function timestamp(
  metric:
    | 'sensei_objects_oldest_outstanding_timestamp_seconds'
    | 'sensei_objects_newest_replicated_timestamp_seconds',
  replication: string,
  atMs: number | undefined,
): Sample[] {
  return atMs === undefined ? [] : [gauge(metric, { replication }, atMs / 1000)];
}

/** Every gauge of a collection. */
export function samplesOf(
  target: ObjectsTarget,
  snapshot: ObjectsSnapshot,
  { delayMs, isStalled }: ObjectsMemory,
): Sample[] {
  const replication = target.name;
  const { outstanding, newestReplicatedMs } = snapshot;
  const inState = (state: string) => outstanding.filter((each) => each.state === state).length;
  return [
    ...sideSamples(target, 'source', snapshot.source),
    ...sideSamples(target, 'destination', snapshot.destination),
    ...(['missing', 'corrupt'] as const).map((state) =>
      gauge('sensei_objects_canaries_outstanding', { replication, state }, inState(state)),
    ),
    ...timestamp(
      'sensei_objects_oldest_outstanding_timestamp_seconds',
      replication,
      outstanding[0]?.atMs,
    ),
    ...timestamp(
      'sensei_objects_newest_replicated_timestamp_seconds',
      replication,
      newestReplicatedMs,
    ),
    ...(delayMs === undefined
      ? []
      : [gauge('sensei_objects_replication_delay_seconds', { replication }, delayMs / 1000)]),
    gauge('sensei_objects_stalled', { replication }, isStalled),
    gauge('sensei_objects_waiting_for_removal', { replication }, snapshot.waitingForRemoval),
  ];
}

/** Series that exist from the start. */
export function zeros({ name: replication }: ObjectsTarget): Increment[] {
  return [
    count('sensei_objects_canaries_written_total', { replication }, 0),
    count('sensei_objects_canaries_replicated_total', { replication }, 0),
    count('sensei_objects_canaries_corrupt_total', { replication }, 0),
    count('sensei_objects_canaries_accepted_total', { replication }, 0),
    ...(['source', 'destination'] as const).flatMap((side) =>
      failureReasons.map((reason) =>
        count('sensei_objects_failures_total', { replication, side, reason }, 0),
      ),
    ),
  ];
}

/** What one collection adds; `newlyCorrupt` were not corrupt before. */
export function incrementsOf(
  { name: replication }: ObjectsTarget,
  { source, destination, isPut, replicated, accepted }: ObjectsSnapshot,
  newlyCorrupt: number,
): Increment[] {
  const failed = (side: SideName, result: SideResult) =>
    result.ok
      ? []
      : [count('sensei_objects_failures_total', { replication, side, reason: result.reason })];
  return [
    count('sensei_objects_canaries_written_total', { replication }, Number(isPut)),
    count('sensei_objects_canaries_replicated_total', { replication }, replicated.length),
    count('sensei_objects_canaries_corrupt_total', { replication }, newlyCorrupt),
    count('sensei_objects_canaries_accepted_total', { replication }, accepted),
    ...failed('source', source),
    ...failed('destination', destination),
  ];
}
