import {
  conditionOf,
  withCondition,
  type Condition,
  type ContainerStatus,
  type Pod,
} from './cluster-objects.js';

/** What the kubelet, the scheduler and the node controller write into a pod, step by step. */

type ConditionChange = Omit<Condition, 'lastTransitionTime'>;

function withConditions(pod: Pod, at: string, changes: readonly ConditionChange[]): Pod {
  const conditions = changes.reduce<readonly Condition[]>(
    (list, change) => withCondition(list, { ...change, lastTransitionTime: at }),
    pod.status.conditions,
  );
  return { ...pod, status: { ...pod.status, conditions } };
}

function withContainers(
  pod: Pod,
  change: (status: ContainerStatus) => Partial<ContainerStatus>,
): Pod {
  const before = pod.status.containerStatuses ?? pod.spec.containers.map(unstarted);
  const containerStatuses = before.map((each) => ({ ...each, ...change(each) }));
  return { ...pod, status: { ...pod.status, containerStatuses } };
}

function unstarted({ name, image }: Pod['spec']['containers'][number]): ContainerStatus {
  return {
    name,
    image,
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  };
}

function isReadyNow(ready: boolean, reason = 'ContainersNotReady'): readonly ConditionChange[] {
  const status = ready ? 'True' : 'False';
  const why = ready ? {} : { reason };
  return [
    { type: 'Ready', status, ...why },
    { type: 'ContainersReady', status, ...why },
  ];
}

export function boundTo(pod: Pod, nodeName: string, at: string): Pod {
  const bound = { ...pod, spec: { ...pod.spec, nodeName } };
  return withConditions(bound, at, [{ type: 'PodScheduled', status: 'True' }]);
}

export function withoutPlace(pod: Pod, at: string): Pod {
  return withConditions(pod, at, [
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
  ]);
}

/** The kubelet took it: its containers are being created. */
export function accepted(pod: Pod, hostIP: string, at: string): Pod {
  const known = withConditions(pod, at, [
    { type: 'Initialized', status: 'True' },
    ...isReadyNow(false),
  ]);
  const creating = withContainers(known, () => ({}));
  return { ...creating, status: { ...creating.status, hostIP, startTime: at } };
}

export function running(pod: Pod, podIP: string, at: string): Pod {
  const begun = withContainers(pod, ({ name, image }) => ({
    imageID: `registry.local/${image}@sha256:${'0'.repeat(64)}`,
    containerID: `containerd://${pod.metadata.uid}/${name}`,
    started: true,
    state: { running: { startedAt: at } },
  }));
  return {
    ...begun,
    status: { ...begun.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
  };
}

export function withReadiness(pod: Pod, ready: boolean, at: string): Pod {
  return withConditions(
    withContainers(pod, () => ({ ready })),
    at,
    isReadyNow(ready),
  );
}

const failure = { exitCode: 1, reason: 'Error' };
/** What a kubelet says of containers that ended while it was not there. */
export const unseenEnd = { exitCode: 255, reason: 'Unknown' };

/** Its containers ended. The restart is counted when they begin again. */
export function exited(pod: Pod, at: string, how = failure): Pod {
  const ended = withContainers(pod, ({ state }) => ({
    ready: false,
    started: false,
    state: { terminated: { ...how, startedAt: startOf(state, at), finishedAt: at } },
  }));
  return withConditions(ended, at, isReadyNow(false));
}

export function backingOff(pod: Pod): Pod {
  return withContainers(pod, ({ state }) => ({
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: state,
  }));
}

export function restarted(pod: Pod, at: string): Pod {
  return withContainers(pod, ({ restartCount, state, lastState }) => ({
    started: true,
    restartCount: restartCount + 1,
    state: { running: { startedAt: at } },
    lastState: 'terminated' in state ? state : lastState,
  }));
}

/** It ended as it was told to: over for good, and removed right after. */
export function completed(pod: Pod, at: string): Pod {
  const ended = withContainers(pod, ({ state }) => ({
    ready: false,
    started: false,
    state: {
      terminated: {
        exitCode: 0,
        reason: 'Completed',
        startedAt: startOf(state, at),
        finishedAt: at,
      },
    },
  }));
  const over = withConditions(ended, at, isReadyNow(false, 'PodCompleted'));
  return { ...over, status: { ...over.status, phase: 'Succeeded' } };
}

/**
 * Its node was not heard: the node controller denies nothing but `Ready`. What its kubelet said of the
 * containers stays.
 */
export function unheard(pod: Pod, at: string): Pod {
  const before = conditionOf(pod.status.conditions, 'Ready');
  if (before === undefined) return pod;
  const { lastTransitionTime: _since, ...rest } = before;
  return withConditions(pod, at, [{ ...rest, status: 'False' }]);
}

function startOf(state: object, otherwise: string): string {
  if (!('running' in state)) return otherwise;
  return (state.running as { startedAt?: string }).startedAt ?? otherwise;
}

export function isOver({ status: { phase } }: Pod): boolean {
  return phase === 'Failed' || phase === 'Succeeded';
}

export function restartsOf({ status }: Pod): number {
  return (status.containerStatuses ?? []).reduce((sum, each) => sum + each.restartCount, 0);
}
