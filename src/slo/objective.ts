import type { MaintenanceWindow } from './maintenance.js';

export const sloTypes = ['availability', 'latency', 'redundancy', 'capacity', 'rpo'] as const;
export type SloType = (typeof sloTypes)[number];

/** What a budget is for: a rolling time, or a calendar month or quarter in a time zone. */
export type Period =
  | { readonly kind: 'rolling'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly unit: 'month' | 'quarter'; readonly timeZone: string };

/** A service level objective over one SLI. */
export interface Slo {
  /** Unique; a label and a key of the store. */
  readonly name: string;
  readonly type: SloType;
  /** The observations it counts: `<kind>/<target>/<aspect>`; of an RPO, `rpo/<dataset>`. */
  readonly sli: string;
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  /** Share of slices that must be good: above 0, below 1. */
  readonly objective: number;
  readonly period: Period;
  /** Length of a slice: time between two observations, in milliseconds. */
  readonly intervalMs: number;
  /** The longest that one observation may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Latency: a good observation that took longer counts as bad. */
  readonly latencyThresholdMs?: number;
  /** Set where its outages are timed: how soon it must be back, in milliseconds. */
  readonly recoveryTargetMs?: number;
  /** Failures in a row that open an outage. */
  readonly outageThreshold: number;
  /** Set where the platform itself tells, not a probe: what it tells is no sign that users are served. */
  readonly toldBy?: 'platform';
  /** Slices that begin within one of these are excluded. */
  readonly maintenance: readonly MaintenanceWindow[];
  /** Where it was written: `default`, a key of the configuration, or an OpenSLO file. */
  readonly source: string;
}
