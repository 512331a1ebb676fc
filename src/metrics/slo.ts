import { defineMetrics } from './definition.js';

const slo = ['slo'] as const;
const dataset = ['dataset'] as const;

/** Budgets, outages, exposure and verdicts. A slice is one probe interval of the SLO's target. */
export const sloMetrics = defineMetrics({
  sensei_slo_info: {
    type: 'gauge',
    unit: 'none',
    labels: ['slo', 'sli', 'type', 'component', 'region', 'zone', 'period'],
    help: 'An SLO, and what it is about; always 1.',
  },
  sensei_slo_objective_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: slo,
    help: 'Share of slices that must be good.',
  },
  sensei_slo_valid_slices_total: {
    type: 'counter',
    unit: 'none',
    labels: slo,
    help: 'Slices that were good or bad. A probe that takes longer than its interval stands for several.',
  },
  sensei_slo_bad_slices_total: {
    type: 'counter',
    unit: 'none',
    labels: slo,
    help: 'Slices that were bad. Divided by the valid ones, over the same time, this is the SLI.',
  },
  sensei_slo_unknown_slices_total: {
    type: 'counter',
    unit: 'none',
    labels: slo,
    help: 'Slices that nothing is known of: gaps, pauses of the exporter, clock steps, probes that could not be made.',
  },
  sensei_slo_excluded_slices_total: {
    type: 'counter',
    unit: 'none',
    labels: slo,
    help: 'Slices within maintenance windows.',
  },
  sensei_slo_burn_rate: {
    type: 'gauge',
    unit: 'none',
    labels: ['slo', 'window'],
    help: 'How fast the error budget goes over the window: 1 spends it exactly over the period; absent where nothing was observed.',
  },
  sensei_slo_coverage_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: ['slo', 'window'],
    help: 'Share of the slices that were due in the window, and not excluded, that were observed. Below 0.9 the SLO is neither met nor breached.',
  },
  sensei_slo_error_budget_remaining_ratio: {
    type: 'gauge',
    unit: 'ratio',
    labels: slo,
    help: "Share of the period's error budget that is left; negative when overspent, absent where nothing was observed.",
  },
  sensei_slo_error_budget_exhaustion_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: slo,
    help: 'Time until the budget is spent at the burn rate of the last hour; absent when it is not burning.',
  },
  sensei_recovery_target_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: slo,
    help: 'How soon an outage of the SLO must be over.',
  },
  sensei_outage_open: {
    type: 'gauge',
    unit: 'none',
    labels: slo,
    help: 'Whether an outage is under way, from its third failure in a row (see the threshold) until successes have lasted.',
  },
  sensei_outage_open_since_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: slo,
    help: 'Unix time of the first failure of the outage that is under way; absent without one.',
  },
  sensei_outage_elapsed_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: slo,
    help: 'How long the outage under way has lasted; stands still while successes have to last. Absent without one.',
  },
  sensei_outages_total: {
    type: 'counter',
    unit: 'none',
    labels: ['slo', 'class'],
    help: 'Interruptions that ended, by class: outage, planned_switchover, rollout or maintenance. Only outages count against targets.',
  },
  sensei_recovery_target_breaches_total: {
    type: 'counter',
    unit: 'none',
    labels: slo,
    help: 'Outages that ended and certainly lasted longer than their target.',
  },
  sensei_outage_recovery_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: ['slo', 'bound'],
    help: 'Recovery time of the last outage, as measured: at least `low`, at most `high`; absent before the first, and `high` where nothing bounds it.',
  },
  sensei_recovery_time_low_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['component', 'scenario'],
    help: 'What outages took at least.',
  },
  sensei_recovery_time_high_seconds: {
    type: 'histogram',
    unit: 'seconds',
    labels: ['component', 'scenario'],
    help: 'What outages took at most, where something bounds it.',
  },
  sensei_rpo_exposure_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: dataset,
    help: 'Age of the newest point that the dataset could be brought back to: what would be lost now. Absent while unknown.',
  },
  sensei_rpo_restorable_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: dataset,
    help: 'Unix time of the newest point that the dataset could be brought back to, by the best way there is. Absent while unknown.',
  },
  sensei_rpo_path_info: {
    type: 'gauge',
    unit: 'none',
    labels: [...dataset, 'path'],
    help: 'How it would be brought back: from a copy or from a backup; always 1, absent while unknown.',
  },
  sensei_rpo_unproved: {
    type: 'gauge',
    unit: 'none',
    labels: dataset,
    help: 'Whether that rests on what is no evidence, such as backups of which none was ever restored.',
  },
  sensei_rpo_deployment_exposure_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Exposure of the most exposed dataset: what the deployment would lose now. Absent where any is unknown.',
  },
  sensei_rpo_worst_dataset_info: {
    type: 'gauge',
    unit: 'none',
    labels: dataset,
    help: 'The dataset that is most exposed, or of which nothing is known; always 1.',
  },
  sensei_rpo_target_seconds: {
    type: 'gauge',
    unit: 'seconds',
    labels: dataset,
    help: 'Most data that may be lost, as time.',
  },
  sensei_rpo_breached: {
    type: 'gauge',
    unit: 'none',
    labels: dataset,
    help: 'Whether the exposure is above its target, or unknown for longer than the grace time.',
  },
  sensei_verdict: {
    type: 'gauge',
    unit: 'none',
    labels: ['tier', 'disruption', 'objective', 'status'],
    help: 'Whether recovery time (rto) and data loss (rpo) are as the tier promises, by kind of failure: 1 for the status that holds, of met, breached, indeterminate, no_evidence, not_applicable.',
  },
  sensei_store_up: {
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: 'Whether the history store answers.',
  },
  sensei_store_recorder: {
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: 'Whether this exporter is the one that writes to the store.',
  },
  sensei_store_queue_rows: {
    type: 'gauge',
    unit: 'none',
    labels: [],
    help: 'Rows that wait to be written.',
  },
  sensei_store_last_write_timestamp_seconds: {
    type: 'gauge',
    unit: 'timestamp',
    labels: [],
    help: 'Unix time of the last write that succeeded; absent before the first.',
  },
  sensei_store_size_bytes: {
    type: 'gauge',
    unit: 'bytes',
    labels: [],
    help: 'Size of the history on disk; absent until known.',
  },
  sensei_store_writes_total: {
    type: 'counter',
    unit: 'none',
    labels: [],
    help: 'Transactions that were written.',
  },
  sensei_store_failures_total: {
    type: 'counter',
    unit: 'none',
    labels: [],
    help: 'Attempts to open, lock or write the store that failed.',
  },
  sensei_store_lost_rows_total: {
    type: 'counter',
    unit: 'none',
    labels: ['table'],
    help: 'Rows that were given up because too many waited, by table.',
  },
});
