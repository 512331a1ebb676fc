import type { DrillPlan } from '../config/drill-plans.js';
import type { Config } from '../config/schema.js';
import { chaosPlurals } from './chaos.js';
import { podsOfChaos } from './plan.js';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface RightsManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [key: string]: unknown;
}

export const drillAccount = { name: 'sensei-drills', namespace: 'sensei-monitoring' } as const;
const rbac = 'rbac.authorization.k8s.io/v1';

function chaosRule(plurals: readonly string[]): Rule {
  return {
    apiGroups: ['chaos-mesh.org'],
    resources: [...new Set(plurals)].toSorted(),
    verbs: ['create', 'get', 'delete'],
  };
}

/** Nodes have no namespace, and pods of any may run on one. */
const drainRules: readonly Rule[] = [
  { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
];

function bound(kind: 'Role' | 'ClusterRole', rules: readonly Rule[], namespace?: string) {
  const metadata = { name: drillAccount.name, ...(namespace !== undefined && { namespace }) };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name: drillAccount.name };
  const subjects = [{ kind: 'ServiceAccount', ...drillAccount }];
  return [
    { apiVersion: rbac, kind, metadata, rules },
    { apiVersion: rbac, kind: `${kind}Binding`, metadata, roleRef, subjects },
  ];
}

function chaosByNamespace(plans: readonly DrillPlan[], config: Config): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { chaos } of plans) {
    if (chaos === undefined) continue;
    const { namespace } = podsOfChaos(config, chaos);
    found.set(namespace, [...(found.get(namespace) ?? []), chaosPlurals[chaos.kind]]);
  }
  return found;
}

/** The account of `sensei drill run`, and no more rights than the plans need. */
export function drillRights(config: Config): RightsManifest[] {
  const plans = config.drills?.plans ?? [];
  const roles = [...chaosByNamespace(plans, config)].flatMap(([namespace, plurals]) =>
    bound('Role', [chaosRule(plurals)], namespace),
  );
  const hasDrain = plans.some(({ drain }) => drain !== undefined);
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: drillAccount },
    ...roles,
    ...(hasDrain ? bound('ClusterRole', drainRules) : []),
  ];
}
