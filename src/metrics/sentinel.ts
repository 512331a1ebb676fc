import { defineMetrics } from './definition.js';

const master = ['master', 'region'] as const;
const sentinel = [...master, 'sentinel'] as const;
const replica = [...sentinel, 'replica'] as const;

export const sentinelMetrics = defineMetrics({
  sensei_sentinel_up: {
    type: 'gauge',
    unit: 'none',
    labels: [...master, 'zone', 'sentinel'],
    help: 'Whether the Sentinel answered the last collection (1) or not (0).',
  },
  sensei_sentinel_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...sentinel, 'reason'],
    help: 'Collections in which the Sentinel gave no answer, by reason.',
  },
  sensei_sentinel_master_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...sentinel, 'address'],
    help: 'The primary that this Sentinel names; always 1.',
  },
  sensei_sentinel_masters_claimed: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Different primaries named by the Sentinels that answered; more than 1 is a disagreement.',
  },
  sensei_sentinel_config_epoch: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Epoch of the configuration that this Sentinel holds; forced failovers raise it too.',
  },
  sensei_sentinel_epochs_claimed: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Different configuration epochs among the Sentinels that answered.',
  },
  sensei_sentinel_quorum_ok: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'What SENTINEL CKQUORUM says: whether quorum and majority can be reached. It ignores TILT.',
  },
  sensei_sentinel_quorum: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Sentinels that must agree, as this Sentinel is configured.',
  },
  sensei_sentinel_quorum_expected: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Sentinels that should have to agree.',
  },
  sensei_sentinel_sentinels_usable: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Sentinels that this one can count on, itself included: not down, not disconnected, itself not in TILT.',
  },
  sensei_sentinel_sentinels_known: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Sentinels that this one knows, itself and dead ones included: the majority is of these.',
  },
  sensei_sentinel_sentinels_configured: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Sentinels named in the configuration of the exporter.',
  },
  sensei_sentinel_replicas_usable: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Replicas that this Sentinel sees neither down nor disconnected, with their link to the primary up.',
  },
  sensei_sentinel_replicas_known: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Replicas that this Sentinel knows, dead ones included: they are not forgotten until SENTINEL RESET.',
  },
  sensei_sentinel_replicas_expected: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Replicas that should be usable.',
  },
  sensei_sentinel_master_flag: {
    type: 'gauge',
    unit: 'none',
    labels: [...sentinel, 'flag'],
    help: 'Whether this Sentinel has the flag set on the primary.',
  },
  sensei_sentinel_tilt: {
    type: 'gauge',
    unit: 'none',
    labels: sentinel,
    help: 'Whether the Sentinel is in TILT: it watches and does not act.',
  },
  sensei_sentinel_down_after_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: sentinel,
    help: 'Silence after which this Sentinel calls the primary down (down-after-milliseconds).',
  },
  sensei_sentinel_failover_timeout_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: sentinel,
    help: 'Failover timeout of this Sentinel.',
  },
  sensei_sentinel_detection_share_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: master,
    help: 'Longest down-after of the Sentinels as a share of the 30 s in which Redis should be back; at 1 it cannot be.',
  },
  sensei_sentinel_replica_link_up: {
    type: 'gauge',
    unit: 'none',
    labels: replica,
    help: 'Whether the replica has its link to the primary, as this Sentinel was told.',
  },
  sensei_sentinel_replica_link_down_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: replica,
    help: 'How long the link of the replica has been down; 0 while it is up.',
  },
  sensei_sentinel_replica_offset_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: replica,
    help: 'Replication offset of the replica, as this Sentinel was told.',
  },
  sensei_sentinel_switches_total: {
    type: 'counter',
    unit: 'none',
    labels: master,
    help: 'Changes of the primary, each counted once however many Sentinels announced it.',
  },
  sensei_sentinel_epoch_changes_total: {
    type: 'counter',
    unit: 'none',
    labels: master,
    help: 'Rises of the highest configuration epoch: failovers begun, forced ones included.',
  },
  sensei_sentinel_events_dropped_total: {
    type: 'counter',
    unit: 'none',
    labels: master,
    help: 'Announcements of Sentinels that were dropped because too many came at once.',
  },
  sensei_sentinel_canary_success: {
    type: 'gauge',
    unit: 'none',
    labels: master,
    help: 'Whether the last key was set and read back at the primary that the Sentinels name.',
  },
  sensei_sentinel_canary_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [...master, 'phase'],
    help: 'Duration of the last good write: resolve and connect (0 on the kept connection), write.',
  },
  sensei_sentinel_canary_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: master,
    help: 'Unix time of the last key that was set and read back; stays while writes fail.',
  },
  sensei_sentinel_canary_writes_total: {
    type: 'counter',
    unit: 'none',
    labels: master,
    help: 'Writes attempted.',
  },
  sensei_sentinel_canary_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [...master, 'reason'],
    help: 'Writes that failed, by reason.',
  },
  sensei_sentinel_canary_connections_total: {
    type: 'counter',
    unit: 'none',
    labels: master,
    help: 'Connections made to a primary; more than one means that the kept connection was lost.',
  },
});
