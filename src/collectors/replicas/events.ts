import { count, type Increment } from '../../metrics/sample.js';
import type { EvidenceEvent, Instant } from '../../slo/observation.js';
import type { ComponentJudgement, ComponentMemory } from './judge.js';
import type { Filled } from './ledger.js';
import type { NodesView } from './nodes.js';
import type { PodRecord } from './records.js';
import type { ScopeView } from './snapshot.js';
import { isPlanned, type Cause, type Vacancy } from './vacancies.js';

/** Rollouts and changes of scale are told as a whole, not pod by pod. */
const silent: ReadonlySet<Cause> = new Set(['rollout', 'scale_down', 'scale_up']);

const words: Readonly<Record<Cause, string>> = {
  zone_lost: 'every node of its zone is lost',
  node_lost: 'its node is lost',
  pod_evicted: 'it was evicted',
  pod_deleted: 'it was deleted, and is still wanted',
  pod_not_ready: 'it is not ready',
  overdue: 'it is missing for too long',
  drain: 'it was evicted through the API, or its node is being drained',
  rollout: 'a newer one takes its place',
  scale_down: 'it is no longer wanted',
  scale_up: 'it is newly wanted',
};

function zoneOf({ nodeName }: PodRecord, { byName }: NodesView): { readonly zone?: string } {
  const zone = byName.get(nodeName)?.record.zone;
  return zone === undefined ? {} : { zone };
}

function lostEvent({ pod, since, cause }: Vacancy, component: string, nodes: NodesView) {
  if (pod === undefined || silent.has(cause)) return [];
  const on = pod.nodeName === '' ? '' : ` (node ${pod.nodeName})`;
  const trouble = pod.trouble === '' || cause !== 'pod_not_ready' ? '' : `: ${pod.trouble}`;
  const event: EvidenceEvent = {
    type: isPlanned(cause) ? 'pod_evicted' : 'pod_lost',
    at: since,
    subject: pod.name,
    detail: `${words[cause]}${trouble}${on}`,
    component,
    ...zoneOf(pod, nodes),
    ...(isPlanned(cause) && { planned: true }),
  };
  return [event];
}

function filledEvent({ vacancy, by, at }: Filled, component: string, nodes: NodesView) {
  const { pod, since, cause } = vacancy;
  if (pod === undefined || silent.has(cause)) return [];
  const seconds = ((at.monoMs - since.monoMs) / 1000).toFixed(1);
  const isSame = pod.uid === by.uid;
  const event: EvidenceEvent = {
    type: isSame ? 'pod_back' : 'pod_replaced',
    at,
    subject: by.name,
    detail: isSame
      ? `it serves again after ${seconds} s`
      : `in place of ${pod.name}, after ${seconds} s`,
    component,
    ...zoneOf(by, nodes),
  };
  return [event];
}

/** Pods whose containers were restarted, with how often. */
function restarts({ view: { pods } }: ComponentJudgement, before: ComponentMemory | undefined) {
  if (before === undefined) return [];
  return pods.flatMap((pod) => {
    const times = pod.restarts - (before.restarts.get(pod.uid) ?? pod.restarts);
    return times > 0 ? [{ pod, times }] : [];
  });
}

function restartEvent(
  pod: PodRecord,
  times: number,
  component: string,
  nodes: NodesView,
): EvidenceEvent {
  const why = pod.trouble === '' ? '' : ` (${pod.trouble})`;
  const detail =
    times === 1
      ? `a container was restarted${why}`
      : `containers were restarted ${times} times${why}`;
  const at = pod.receivedAt;
  return {
    type: 'container_restarted',
    at,
    subject: pod.name,
    detail,
    component,
    ...zoneOf(pod, nodes),
  };
}

/** What happened to the instances of a component since the last look, in the order of time. */
export function instanceChanges(
  judged: ComponentJudgement,
  before: ComponentMemory | undefined,
  nodes: NodesView,
): EvidenceEvent[] {
  const { component } = judged.view.spec;
  return [
    ...judged.vacated.flatMap((vacancy) => lostEvent(vacancy, component, nodes)),
    ...restarts(judged, before).map(({ pod, times }) => restartEvent(pod, times, component, nodes)),
    ...judged.filled.flatMap((filled) => filledEvent(filled, component, nodes)),
  ].toSorted((a, b) => a.at.monoMs - b.at.monoMs);
}

/** Counts of the same. */
export function instanceIncrements(
  labels: { readonly cluster: string; readonly region: string },
  judged: ComponentJudgement,
  before: ComponentMemory | undefined,
): Increment[] {
  const of = { ...labels, component: judged.view.spec.component };
  return [
    ...judged.vacated
      .filter(({ cause }) => !isPlanned(cause))
      .map(({ cause }) => count('sensei_replicas_pods_lost_total', { ...of, cause })),
    ...restarts(judged, before).map(({ times }) =>
      count('sensei_replicas_container_restarts_total', of, times),
    ),
  ];
}

/** Rights that were found missing or are there again. */
export function accessChanges(
  scopes: readonly ScopeView[],
  denied: ReadonlySet<string>,
  keyOf: (scope: ScopeView) => string,
  at: Instant,
): EvidenceEvent[] {
  return scopes.flatMap((scope): EvidenceEvent[] => {
    const subject = keyOf(scope);
    const { failure } = scope;
    if (failure?.isDenied === true && !denied.has(subject)) {
      return [{ type: 'access_denied', at: failure.at, subject, detail: failure.message }];
    }
    if (failure === undefined && denied.has(subject)) {
      return [{ type: 'access_granted', at, subject, detail: 'it can be read again' }];
    }
    return [];
  });
}
