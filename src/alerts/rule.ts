import type { AlertPlan, Place } from './plan.js';
import { anyOf, promDuration, quoted } from './promql.js';

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule as Prometheus reads it. */
export type Rule = RecordingRule | AlertingRule;

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

/** Dashboards, by the identity that Grafana knows them by. */
export const dashboards = {
  overview: 'sensei-overview',
  slo: 'sensei-slo',
  recovery: 'sensei-recovery',
  postgresql: 'sensei-postgresql',
  redis: 'sensei-redis',
  kubernetes: 'sensei-kubernetes',
  endpoints: 'sensei-endpoints',
  disasterRecovery: 'sensei-dr',
  exporter: 'sensei-exporter',
} as const;

/** An alert before the labels and links that all of them have. */
export interface AlertDefinition {
  /** `Sensei` and what is wrong; the name of its runbook too. */
  readonly alert: string;
  /** `page` wakes somebody, `ticket` waits for the morning, `none` is for machines. */
  readonly severity: 'page' | 'ticket' | 'none';
  readonly expr: string;
  /** How long it must hold, in milliseconds. */
  readonly forMs?: number;
  /** The component it is about, where its series do not tell. */
  readonly component?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dashboard: keyof typeof dashboards;
  /** What is wrong, in plain words with the figures. */
  readonly summary: string;
  /** What it means, and what comes next if nothing is done. */
  readonly description: string;
}

/** Alerts that are consequences rather than causes, so that they can be silenced by what caused them. */
export const about = {
  /** Something cannot be seen: the exporter may be what is broken. */
  unknown: { about: 'unknown' },
  /** A copy lags or is cut off: no wonder when its source is lost. */
  replication: { about: 'replication' },
  /** Instances are missing. */
  capacity: { about: 'capacity' },
} as const;

/** Those that tell of an outage as such. */
export const outageAlerts = [
  'SenseiOutageHalfOfRecoveryTarget',
  'SenseiRecoveryTargetBreached',
] as const;

/** Alerts about what links two regions: the loss of either explains them. */
export const crossRegion = { scope: 'cross-region' } as const;

export function runbookOf(alert: string, base: string | undefined): string {
  return base === undefined
    ? `docs/runbooks/${alert}.md`
    : `${base.replace(/\/$/, '')}/${alert}.md`;
}

function linkLabels({ dashboard, expr }: AlertDefinition): string {
  if (dashboard === 'slo' && /\bslo\b/.test(expr)) return '&var-slo={{ $labels.slo }}';
  return '';
}

/** Figures that a summary asks for are those of this job: another deployment may have the same names. */
function askedOf(job: string, summary: string): string {
  return summary.replaceAll(/\b(sensei_[a-z_]+)\{/g, `$1{job='${job}',`);
}

/** Adds what every alert has: severity, deployment, tier, and where to look. */
export function finishAlert(plan: AlertPlan, definition: AlertDefinition): Rule {
  const { alert, expr, severity, forMs, component, labels, summary, description } = definition;
  const { grafana, runbooks } = plan.settings;
  const dashboard =
    grafana === undefined
      ? {}
      : {
          dashboard_url: `${grafana.replace(/\/$/, '')}/d/${dashboards[definition.dashboard]}?var-deployment=${encodeURIComponent(plan.deployment)}${linkLabels(definition)}`,
        };
  return {
    alert,
    expr,
    ...(forMs !== undefined && { for: promDuration(forMs) }),
    labels: {
      severity,
      deployment: plan.deployment,
      tier: plan.tier,
      ...(component !== undefined && { component }),
      ...labels,
    },
    annotations: {
      summary: askedOf(plan.settings.job, summary),
      description,
      runbook_url: runbookOf(alert, runbooks),
      ...dashboard,
    },
  };
}

/** The same for every component: each with its matchers, which are none where there is but one. */
export function perPlace<Made>(
  places: readonly Place[],
  label: string,
  make: (place: Place, matchers: readonly string[]) => readonly Made[],
): Made[] {
  return places.flatMap((place) =>
    make(place, place.names === undefined ? [] : [`${label}=~${quoted(anyOf(place.names))}`]),
  );
}
