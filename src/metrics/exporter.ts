import { defineMetrics } from './definition.js';

/** What the exporter says of itself and of every collector, whatever the kind. */
export const exporterMetrics = defineMetrics({
  sensei_build_info: {
    type: 'gauge',
    unit: 'none',
    labels: ['version', 'node_version'],
    help: 'Version of the exporter; always 1.',
  },
  sensei_deployment_info: {
    type: 'gauge',
    unit: 'none',
    labels: ['deployment', 'tier'],
    help: 'The deployment this exporter watches and the RPO/RTO tier it was promised; always 1.',
  },
  sensei_target_info: {
    type: 'gauge',
    unit: 'none',
    labels: ['kind', 'target', 'component', 'region', 'zone'],
    help: 'A configured target and where it stands; always 1. Probes run on their own timers, not on scrapes.',
  },
  sensei_collector_success: {
    type: 'gauge',
    unit: 'none',
    labels: ['kind', 'target'],
    help: 'Whether the last collection of this target ended with an answer (1) or failed (0); absent before the first.',
  },
  sensei_collector_duration_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ['kind', 'target'],
    help: 'How long the last collection of this target took, successful or not.',
  },
  sensei_collector_last_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: ['kind', 'target'],
    help: 'Unix time at which the last successful collection of this target ended.',
  },
  sensei_collector_attempts_total: {
    type: 'counter',
    unit: 'none',
    labels: ['kind', 'target'],
    help: 'Collections begun or due, whatever their outcome.',
  },
  sensei_collector_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: ['kind', 'target', 'reason'],
    help: 'Collections that failed, by reason.',
  },
  sensei_collector_interval_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ['kind', 'target'],
    help: 'Configured time between two collections of this target.',
  },
  sensei_collector_start_delay_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: [],
    help: 'How late collections begin against their schedule, over all targets.',
  },
  sensei_observations_total: {
    type: 'counter',
    unit: 'none',
    labels: ['sli', 'outcome'],
    help: 'SLI observations by outcome: good, bad, unknown or excluded.',
  },
  sensei_config_last_reload_successful: {
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: 'Whether the last attempt to load the configuration succeeded; 0 means that the one before it is still in force.',
  },
  sensei_config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: [],
    help: 'Unix time of the last successful load of the configuration.',
  },
  sensei_config_warnings: {
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: 'Contradictions found in the configuration in force; `sensei config check` names them.',
  },
});
