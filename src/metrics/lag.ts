import { defineMetrics } from './definition.js';

const lag = ['lag'] as const;
const cluster = [...lag, 'cluster', 'region'] as const;
const member = [...cluster, 'member'] as const;
const slot = [...cluster, 'slot'] as const;

export const lagMetrics = defineMetrics({
  sensei_lag_cluster_up: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Whether any member of the cluster answered the last collection.',
  },
  sensei_lag_writers: {
    type: 'gauge',
    unit: 'none',
    labels: lag,
    help: 'Members of both clusters that accept writes: 1 is right, 2 is a split brain between the regions; 0 also where the one that does gives no answer.',
  },
  sensei_lag_source_info: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'The cluster that has the writer, or had it last; always 1.',
  },
  sensei_lag_standby_leader_info: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'The member of the copy that gets its log from the other region; always 1, absent while unknown.',
  },
  sensei_lag_streaming: {
    type: 'gauge',
    unit: 'none',
    labels: member,
    help: 'Whether the WAL receiver of a member of the copy is streaming.',
  },
  sensei_lag_last_message_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: member,
    help: "Unix time, by the member's clock, at which its WAL receiver last heard from what it follows.",
  },
  sensei_lag_timeline: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Timeline of the primary, or of the standby leader.',
  },
  sensei_lag_timelines_equal: {
    type: 'gauge',
    unit: 'none',
    labels: lag,
    help: 'Whether both regions are on one timeline of one database: positions compare only then. Absent while either is unknown.',
  },
  sensei_lag_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [...member, 'stage'],
    help: 'Log that the primary had written and the member of the copy had not received or replayed (stage), both asked in one collection; absent where either is unknown or the timelines differ.',
  },
  sensei_lag_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: member,
    help: 'Time since the primary passed the position that the member has replayed, on one clock; 0 when it has all; absent where unknown.',
  },
  sensei_lag_heartbeat_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: cluster,
    help: 'Unix time of the newest heartbeat that any member of the cluster has.',
  },
  sensei_lag_heartbeat_sequence: {
    type: 'gauge',
    unit: 'none',
    labels: cluster,
    help: 'Number of that heartbeat.',
  },
  sensei_lag_restorable_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: lag,
    help: 'Unix time of the newest point that the copy could be promoted at; stays while nothing newer is known.',
  },
  sensei_lag_threshold_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: lag,
    help: 'Age of that point from which to warn; absent where none is configured.',
  },
  sensei_lag_above_threshold: {
    type: 'gauge',
    unit: 'none',
    labels: lag,
    help: 'Whether it is older than that; absent where none is configured or nothing is known yet.',
  },
  sensei_lag_slot_retained_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: slot,
    help: 'Log that the primary keeps for the copy in the slot that it streams from.',
  },
  sensei_lag_slot_active: {
    type: 'gauge',
    unit: 'none',
    labels: slot,
    help: 'Whether anything streams from that slot.',
  },
  sensei_lag_slot_lost: {
    type: 'gauge',
    unit: 'none',
    labels: slot,
    help: 'Whether log that the slot needs is gone or about to go: then the copy must be made anew.',
  },
});
