import { burnAlerts } from './burn-alerts.js';
import { drillAlerts } from './drill-alerts.js';
import { exporterAlerts } from './exporter-alerts.js';
import { exposureAlerts } from './exposure-alerts.js';
import { kubernetesAlerts } from './kubernetes-alerts.js';
import type { AlertPlan } from './plan.js';
import { postgresqlAlerts } from './postgresql-alerts.js';
import { promDuration } from './promql.js';
import { recordingGroups } from './recording-rules.js';
import { recoveryAlerts } from './recovery-alerts.js';
import { redisAlerts } from './redis-alerts.js';
import { finishAlert, type AlertDefinition, type RuleGroup } from './rule.js';

/** Alerts by the group that they are evaluated in. */
const alertGroups: Readonly<Record<string, (plan: AlertPlan) => AlertDefinition[]>> = {
  'error-budgets': burnAlerts,
  recovery: recoveryAlerts,
  exposure: exposureAlerts,
  drills: drillAlerts,
  postgresql: postgresqlAlerts,
  redis: redisAlerts,
  kubernetes: kubernetesAlerts,
  exporter: exporterAlerts,
};

/** Every alert of a plan, those that it leaves out among them. */
export function alertsOf(plan: AlertPlan): AlertDefinition[] {
  return Object.values(alertGroups).flatMap((make) => make(plan));
}

/** Recording rules and alerts of a deployment, as Prometheus reads them. */
export function ruleGroups(plan: AlertPlan): RuleGroup[] {
  const interval = promDuration(plan.settings.interval);
  const groups = Object.entries(alertGroups).map(([name, make]) => ({
    name: `sensei-${plan.deployment}-${name}`,
    interval,
    rules: make(plan)
      .filter(({ alert }) => !plan.settings.disabled.includes(alert))
      .map((definition) => finishAlert(plan, definition)),
  }));
  return [...recordingGroups(plan), ...groups].filter(({ rules }) => rules.length > 0);
}

/** The same as an object of the Prometheus operator. */
export function prometheusRule(plan: AlertPlan, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: `sensei-${plan.deployment.toLowerCase().replaceAll('_', '-')}`,
      labels: { 'app.kubernetes.io/name': 'sensei', ...labels },
    },
    spec: { groups: ruleGroups(plan) },
  };
}
