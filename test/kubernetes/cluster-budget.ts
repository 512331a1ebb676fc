import type { Condition, Pod } from './cluster-objects.js';
import { isDeleting, isReady } from './cluster-objects.js';
import type { KubeObject } from './object-store.js';

export interface BudgetStatus {
  readonly observedGeneration: number;
  readonly disruptedPods?: Readonly<Record<string, string>>;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly conditions: readonly Condition[];
}

export interface Budget extends KubeObject {
  readonly spec: { readonly minAvailable: number };
  readonly status: BudgetStatus;
}

function allowance(allowed: number, before: readonly Condition[], at: string): Condition {
  const status = allowed > 0 ? 'True' : 'False';
  const reason = allowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const known = before.find((each) => each.status === status);
  return known ?? { type: 'DisruptionAllowed', status, reason, lastTransitionTime: at };
}

/** None of its fields is left out when it is 0. Pods that end are expected, but not healthy. */
export function budgetStatus(
  minAvailable: number,
  pods: readonly Pod[],
  before: BudgetStatus | undefined,
  at: string,
): BudgetStatus {
  const alive = new Set(
    pods.filter((pod) => !isDeleting(pod)).map(({ metadata }) => metadata.name),
  );
  const disrupted = Object.entries(before?.disruptedPods ?? {}).filter(([name]) => alive.has(name));
  const isDisrupted = (name: string) => disrupted.some(([each]) => each === name);
  const currentHealthy = pods.filter(
    (pod) => !isDeleting(pod) && isReady(pod) && !isDisrupted(pod.metadata.name),
  ).length;
  const disruptionsAllowed = pods.length === 0 ? 0 : Math.max(0, currentHealthy - minAvailable);
  return {
    observedGeneration: 1,
    ...(disrupted.length > 0 && { disruptedPods: Object.fromEntries(disrupted) }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy: minAvailable,
    expectedPods: pods.length,
    conditions: [allowance(disruptionsAllowed, before?.conditions ?? [], at)],
  };
}

/** What the eviction API writes before it deletes a pod; undefined where it refuses. */
export function disrupted(budget: Budget, pod: string, at: string): Budget | undefined {
  const { status } = budget;
  if (status.disruptionsAllowed <= 0) return undefined;
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  const disruptedPods = { ...status.disruptedPods, [pod]: at };
  const conditions = [allowance(disruptionsAllowed, status.conditions, at)];
  return { ...budget, status: { ...status, disruptedPods, disruptionsAllowed, conditions } };
}

/** An unready pod of an application that is healthy otherwise is no loss; one that has not begun neither. */
export function isFreeToGo(budget: Budget, pod: Pod): boolean {
  const { currentHealthy, desiredHealthy } = budget.status;
  if (pod.status.phase !== 'Running' || isDeleting(pod)) return true;
  return !isReady(pod) && currentHealthy >= desiredHealthy && desiredHealthy > 0;
}
