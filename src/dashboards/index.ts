import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardOf, type DashboardSpec } from './dashboard.js';
import { overview } from './overview.js';

const specs: readonly DashboardSpec[] = [overview];

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
