import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardOf, type DashboardSpec } from './dashboard.js';
import { disasterRecovery } from './disaster-recovery.js';
import { endpoints } from './endpoints.js';
import { exporter } from './exporter.js';
import { kubernetes } from './kubernetes.js';
import { overview } from './overview.js';
import { postgresql } from './postgresql.js';
import { recovery } from './recovery.js';
import { redis } from './redis.js';
import { sloDetail } from './slo.js';

const specs: readonly DashboardSpec[] = [
  overview,
  sloDetail,
  endpoints,
  postgresql,
  redis,
  kubernetes,
  disasterRecovery,
  recovery,
  exporter,
];

export interface MadeDashboard {
  readonly uid: string;
  /** Name of its file. */
  readonly file: string;
  readonly json: Dashboard;
}

/** All dashboards, in the order in which they are read. */
export function dashboards(): readonly MadeDashboard[] {
  return specs.map((spec) => ({
    uid: spec.uid,
    file: `${spec.uid}.json`,
    json: dashboardOf(spec),
  }));
}
