import { defineMetrics } from './definition.js';

const replication = ['replication'] as const;
const side = [...replication, 'side', 'region'] as const;

export const objectsMetrics = defineMetrics({
  sensei_objects_up: {
    type: 'gauge',
    unit: 'none',
    labels: side,
    help: 'Whether the bucket (side: source, destination) did what it was asked in the last collection.',
  },
  sensei_objects_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...replication, 'side', 'reason'],
    help: 'Collections in which the bucket did not, by reason.',
  },
  sensei_objects_request_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [...replication, 'side'],
    help: 'What the work on the bucket took: putting a canary (source), or comparing copies and waiting for the newest one (destination).',
  },
  sensei_objects_canaries_written_total: {
    type: 'counter',
    unit: 'none',
    labels: replication,
    help: 'Canary objects that were put in the source.',
  },
  sensei_objects_canaries_replicated_total: {
    type: 'counter',
    unit: 'none',
    labels: replication,
    help: 'Canary objects whose copy was found with the same bytes.',
  },
  sensei_objects_canaries_corrupt_total: {
    type: 'counter',
    unit: 'none',
    labels: replication,
    help: 'Canary objects whose copy was found with other bytes.',
  },
  sensei_objects_canaries_accepted_total: {
    type: 'counter',
    unit: 'none',
    labels: replication,
    help: 'Canary objects that somebody removed from the source before a copy was seen: gaps that were accepted.',
  },
  sensei_objects_canaries_outstanding: {
    type: 'gauge',
    unit: 'none',
    labels: [...replication, 'state'],
    help: 'Canary objects that the destination lacks (missing) or has with other bytes (corrupt).',
  },
  sensei_objects_oldest_outstanding_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: replication,
    help: 'Unix time at which the oldest of them was put; absent where there is none.',
  },
  sensei_objects_newest_replicated_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: replication,
    help: 'Unix time at which the newest canary with a true copy was put; absent before the first.',
  },
  sensei_objects_replication_delay_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: replication,
    help: 'From the beginning of the last replicated canary until its copy was seen; absent before the first.',
  },
  sensei_objects_waiting_for_removal: {
    type: 'gauge',
    unit: 'none',
    labels: replication,
    help: 'Used canary objects that are not removed yet, on both sides: more than a few mean that removing is refused.',
  },
  sensei_objects_stalled: {
    type: 'gauge',
    unit: 'none',
    labels: replication,
    help: 'Whether a canary has been without a true copy for longer than staleAfter.',
  },
});
