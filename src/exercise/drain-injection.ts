import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { selectorText, type Drain, type PodsSelected } from '../drills/plan.js';
import {
  messageOf,
  step,
  untilDone,
  type CleanupStep,
  type Hit,
  type Injection,
  type UndoOf,
} from './injection.js';
import { statusOf, type DrillApi } from './kubernetes.js';

const zoneLabel = 'topology.kubernetes.io/zone';
const retryMs = 1000;

const node = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({ unschedulable: z.boolean().nullish() }),
});
const nodes = z.object({ items: z.array(node) });
type Node = z.output<typeof node>;

const pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().nullish(),
    annotations: z.record(z.string(), z.string()).nullish(),
    ownerReferences: z
      .array(z.object({ kind: z.string(), controller: z.boolean().nullish() }))
      .nullish(),
  }),
  spec: z.object({ nodeName: z.string().nullish() }),
  status: z.object({ phase: z.string().nullish() }),
});
const pods = z.object({ items: z.array(pod) });
type Pod = z.output<typeof pod>;

function nodePath(name: string): string {
  return `/api/v1/nodes/${encodeURIComponent(name)}`;
}

function podName({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function controllerOf({ metadata }: Pod): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.kind;
}

/** What a drain leaves where it is, as kubectl does: what belongs to the node, and what is over. */
function isLeft(each: Pod): boolean {
  const isMirror = each.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
  const isOver = each.status.phase === 'Succeeded' || each.status.phase === 'Failed';
  return isMirror || isOver || controllerOf(each) === 'DaemonSet';
}

async function podsOn(api: DrillApi, name: string, signal: AbortSignal): Promise<Pod[]> {
  const query = { fieldSelector: `spec.nodeName=${name}` };
  const { items } = await api.ask({ method: 'GET', path: '/api/v1/pods', query }, pods, signal);
  return items.filter((each) => each.spec.nodeName === name && !isLeft(each));
}

async function podsOnAll(
  api: DrillApi,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Pod[]> {
  return (await Promise.all(names.map((name) => podsOn(api, name, signal)))).flat();
}

async function nodeOfComponent(
  api: DrillApi,
  { namespace, labels }: PodsSelected,
  signal: AbortSignal,
): Promise<string[]> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const query = { labelSelector: selectorText(labels) };
  const { items } = await api.ask({ method: 'GET', path, query }, pods, signal);
  const running = items.filter(({ status }) => status.phase === 'Running');
  return running
    .flatMap(({ spec }) => spec.nodeName ?? [])
    .toSorted()
    .slice(0, 1);
}

async function nodesOf(
  api: DrillApi,
  drain: Drain,
  selected: PodsSelected,
  signal: AbortSignal,
): Promise<Node[]> {
  const { items } = await api.ask({ method: 'GET', path: '/api/v1/nodes' }, nodes, signal);
  const names =
    drain.node !== undefined
      ? [drain.node]
      : drain.zone === undefined
        ? await nodeOfComponent(api, selected, signal)
        : undefined;
  return items.filter(({ metadata }) =>
    names === undefined
      ? metadata.labels?.[zoneLabel] === drain.zone
      : names.includes(metadata.name),
  );
}

/** @throws Error where a drain would take what does not come back, or what somebody else cordoned */
function refuse(chosen: readonly Node[], all: readonly Pod[], drain: Drain): void {
  if (chosen.length === 0) {
    const which = drain.node ?? drain.zone ?? `a running instance of ${drain.component ?? ''}`;
    throw new Error(`drain: there is no node for ${which}`);
  }
  const cordoned = chosen.find(({ spec }) => spec.unschedulable === true);
  if (cordoned !== undefined)
    throw new Error(`drain: node ${cordoned.metadata.name} is cordoned by somebody else already`);
  const alone = all.find((each) => controllerOf(each) === undefined);
  if (alone !== undefined)
    throw new Error(`drain: pod ${podName(alone)} has no controller and would not come back`);
}

function cordon(api: DrillApi, name: string, signal: AbortSignal) {
  const body = { spec: { unschedulable: true } };
  return api.ask({ method: 'PATCH', path: nodePath(name), body }, node, signal);
}

/** Whether the API server took it; a budget that refuses is asked again. */
async function evict(
  api: DrillApi,
  { metadata }: Pod,
  gracePeriodMs: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { name, namespace, uid } = metadata;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/eviction`;
  // Whole seconds: the API takes no others.
  const grace =
    gracePeriodMs === undefined ? {} : { gracePeriodSeconds: Math.ceil(gracePeriodMs / 1000) };
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { ...grace, preconditions: { uid } },
  };
  try {
    await api.ask({ method: 'POST', path, body }, z.unknown(), signal);
    return true;
  } catch (error) {
    const status = statusOf(error);
    // 404 and 409: it is gone, or another has its name.
    if (status === 429 || status === 404 || status === 409) return false;
    throw error;
  }
}

async function evictAll(
  api: DrillApi,
  names: readonly string[],
  drain: Drain,
  evicted: string[],
  signal: AbortSignal,
): Promise<void> {
  const untilMs = performance.now() + drain.within;
  for (;;) {
    const here = await podsOnAll(api, names, signal);
    if (here.length === 0) return;
    for (const each of here.filter(({ metadata }) => !metadata.deletionTimestamp))
      if (await evict(api, each, drain.gracePeriod, signal)) evicted.push(podName(each));
    if (performance.now() >= untilMs) {
      const left = here.map(podName).join(', ').slice(0, 2000);
      throw new Error(`after ${drain.within / 1000} s these pods were still there: ${left}`);
    }
    await sleep(retryMs, undefined, { signal });
  }
}

/** What was evicted is told, whatever became of the rest. */
async function evictOrTell(
  api: DrillApi,
  names: readonly string[],
  drain: Drain,
  signal: AbortSignal,
): Promise<Hit> {
  const evicted: string[] = [];
  try {
    await evictAll(api, names, drain, evicted, signal);
    return { targets: evicted };
  } catch (error) {
    return { targets: evicted, problem: messageOf(error) };
  }
}

/** A drain of nodes, as kubectl does it. @throws Error where it would do harm that lasts */
export async function drainInjection(
  api: DrillApi,
  drain: Drain,
  selected: PodsSelected,
  signal: AbortSignal,
): Promise<Injection> {
  const chosen = await nodesOf(api, drain, selected, signal);
  const names = chosen.map(({ metadata }) => metadata.name);
  const all = await podsOnAll(api, names, signal);
  refuse(chosen, all, drain);
  return {
    undo: { kind: 'drain', cluster: drain.cluster, nodes: names },
    lines: names.map((name) => {
      const there = all.filter(({ spec }) => spec.nodeName === name).map(podName);
      return `node ${name}: cordon, and evict ${there.join(', ') || 'nothing'}`;
    }),
    inject: async (stop) => {
      for (const name of names) {
        stop.throwIfAborted();
        // Not given up when the drill is interrupted: it would come after the node was uncordoned.
        await cordon(api, name, new AbortController().signal);
      }
      return evictOrTell(api, names, drain, stop);
    },
  };
}

async function uncordon(api: DrillApi, name: string, signal: AbortSignal): Promise<CleanupStep> {
  const what = `uncordon node ${name}`;
  try {
    const body = { spec: { unschedulable: null } };
    await api.find({ method: 'PATCH', path: nodePath(name), body }, node, signal);
    const now = await api.find({ method: 'GET', path: nodePath(name) }, node, signal);
    // Such as by an autoscaler, which takes away what was drained: the cordon went with it.
    if (now === undefined) return step(what, true, 'there is no such node any more');
    const isOpen = now.spec.unschedulable !== true;
    return step(what, isOpen, `spec.unschedulable is ${String(now.spec.unschedulable ?? false)}`);
  } catch (error) {
    return step(what, false, messageOf(error));
  }
}

export function mendDrain(
  api: DrillApi,
  { nodes: names }: UndoOf<'drain'>,
  limitMs: number,
  signal: AbortSignal,
): Promise<CleanupStep[]> {
  const once = () => Promise.all(names.map((name) => uncordon(api, name, signal)));
  return untilDone(once, limitMs, signal);
}
