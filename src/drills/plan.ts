import type { DrillPlan } from '../config/drill-plans.js';
import type { Config } from '../config/schema.js';
import type { Slo } from '../slo/objective.js';

export type Chaos = NonNullable<DrillPlan['chaos']>;
export type Drain = NonNullable<DrillPlan['drain']>;
export type OwnCommand = NonNullable<DrillPlan['command']>;

/** Pods of one namespace, by their labels. */
export interface PodsSelected {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

function componentEntry({ collectors }: Config, cluster: string, component: string) {
  const target = collectors.replicas.find(({ name }) => name === cluster);
  const entry = target?.components.find((each) => each.component === component);
  return { entry, namespace: entry?.namespace ?? target?.namespaces[0] ?? 'default' };
}

/** Where nothing is said, pods are labelled `app` with the name of what runs them. */
export function podsOfComponent(config: Config, cluster: string, component: string): PodsSelected {
  const { entry, namespace } = componentEntry(config, cluster, component);
  const app = entry?.deployment ?? entry?.statefulSet;
  return { namespace, labels: entry?.labels ?? { app: app ?? component } };
}

export function podsOfChaos(config: Config, chaos: Chaos): PodsSelected {
  const { cluster, component = '', labels } = chaos;
  const found = podsOfComponent(config, cluster, component);
  return { namespace: chaos.namespace ?? found.namespace, labels: labels ?? found.labels };
}

export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Components whose SLOs time a drill; undefined for all. */
function componentsOf({ components, chaos, drain }: DrillPlan): readonly string[] | undefined {
  const own = chaos?.component ?? drain?.component;
  return components ?? (own === undefined ? undefined : [own]);
}

function regionOf({ chaos, drain }: DrillPlan, { collectors }: Config): string | undefined {
  const cluster = chaos?.cluster ?? drain?.cluster;
  return collectors.replicas.find(({ name }) => name === cluster)?.region;
}

/** SLOs that are recorded: of the components, in the region that the failure is made in. */
export function watchedSlos(plan: DrillPlan, config: Config, slos: readonly Slo[]): Slo[] {
  const components = componentsOf(plan);
  const region = regionOf(plan, config);
  return slos.filter(
    (slo) =>
      slo.type !== 'rpo' &&
      (components === undefined || components.includes(slo.component)) &&
      (region === undefined || slo.region === '' || slo.region === region),
  );
}

/**
 * SLOs that tell how long it took, as verdicts have it: what users see, and of a lost node also what the
 * platform says of its instances.
 */
export function timedSlos({ scenario }: DrillPlan, watched: readonly Slo[]): Slo[] {
  return watched.filter(
    ({ recoveryTargetMs, toldBy }) =>
      recoveryTargetMs !== undefined && (toldBy === undefined || scenario === 'node'),
  );
}
