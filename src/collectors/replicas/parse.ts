import { z } from 'zod';
import type { Instant } from '../../slo/observation.js';
import { constraintsOf, podTemplate } from './placement-rules.js';
import type {
  AnyRecord,
  BudgetRecord,
  LeaseRecord,
  NodeRecord,
  PodRecord,
  RecordMeta,
  RecordsByResource,
  ReplicaSetRecord,
  SliceRecord,
  WorkloadRecord,
} from './records.js';
import type { ResourceName } from './resources.js';

/** Go leaves a field out where it is zero, and writes null for a list that was never made. */
const number = z.number().nullish();
const text = z.string().nullish();
const labels = z.record(z.string(), z.string()).nullish();
const conditions = z
  .array(z.object({ type: z.string(), status: z.string(), reason: text }))
  .nullish();

const metadata = z.object({
  name: z.string(),
  namespace: text,
  uid: z.string(),
  resourceVersion: z.string(),
  generation: number,
  deletionTimestamp: text,
  labels,
  annotations: labels,
  ownerReferences: z
    .array(z.object({ uid: z.string(), controller: z.boolean().nullish() }))
    .nullish(),
});
type Metadata = z.infer<typeof metadata>;

const ended = z.object({ reason: text }).nullish();

const pod = z.object({
  metadata,
  spec: z.object({
    nodeName: text,
    tolerations: z
      .array(z.object({ key: text, operator: text, effect: text, tolerationSeconds: number }))
      .nullish(),
  }),
  status: z
    .object({
      phase: text,
      conditions,
      containerStatuses: z
        .array(
          z.object({
            restartCount: number,
            state: z.object({ waiting: ended, terminated: ended }).nullish(),
            lastState: z.object({ terminated: ended }).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
});
type Pod = z.infer<typeof pod>;

const node = z.object({
  metadata,
  spec: z
    .object({
      unschedulable: z.boolean().nullish(),
      taints: z.array(z.object({ key: z.string() })).nullish(),
    })
    .nullish(),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: text }))
        .nullish(),
    })
    .nullish(),
});

const workload = z.object({
  metadata,
  spec: z.object({
    replicas: number,
    template: podTemplate,
    updateStrategy: z
      .object({ rollingUpdate: z.object({ partition: number }).nullish() })
      .nullish(),
  }),
  status: z
    .object({
      observedGeneration: number,
      availableReplicas: number,
      updatedReplicas: number,
      currentRevision: text,
      updateRevision: text,
      conditions,
    })
    .nullish(),
});

const replicaSet = z.object({ metadata, spec: z.object({ replicas: number }) });

const labelSelector = z.object({
  matchLabels: labels,
  matchExpressions: z
    .array(
      z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }),
    )
    .nullish(),
});

const budget = z.object({
  metadata,
  spec: z.object({ selector: labelSelector.nullish() }).nullish(),
  status: z
    .object({
      observedGeneration: number,
      disruptionsAllowed: number,
      currentHealthy: number,
      desiredHealthy: number,
      expectedPods: number,
    })
    .nullish(),
});

const slice = z.object({
  metadata,
  endpoints: z
    .array(
      z.object({
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z.object({ kind: text, name: text }).nullish(),
      }),
    )
    .nullish(),
});

const lease = z.object({
  metadata,
  spec: z.object({ holderIdentity: text, renewTime: text, leaseDurationSeconds: number }).nullish(),
});

const notReady = 'node.kubernetes.io/unreachable';
/** Taints by which autoscalers give a node up that they are about to remove, without cordoning it. */
const givenUpTaints: ReadonlySet<string> = new Set([
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
]);
const zoneLabels = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionLabel = 'controller-revision-hash';
const serviceLabel = 'kubernetes.io/service-name';

function metaOf({ uid, name, namespace, resourceVersion }: Metadata, at: Instant): RecordMeta {
  return { uid, name, namespace: namespace ?? '', resourceVersion, receivedAt: at };
}

function ownerOf({ ownerReferences }: Metadata): string {
  return ownerReferences?.find(({ controller }) => controller === true)?.uid ?? '';
}

function isTrue(list: z.infer<typeof conditions>, type: string): boolean {
  return list?.some((each) => each.type === type && each.status === 'True') ?? false;
}

/** Milliseconds of an API timestamp; null for none. */
function millisecondsOf(timestamp: string | null | undefined): number | null {
  const ms = Date.parse(timestamp ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** The generation that a status is of must be that of the specification, or the status is old. */
function isObserved({ generation }: Metadata, observed: number | null | undefined): boolean {
  return (observed ?? 0) >= (generation ?? 0);
}

function troubleOf({ status }: Pod): string {
  for (const { state, lastState } of status?.containerStatuses ?? []) {
    const reason =
      state?.waiting?.reason ?? state?.terminated?.reason ?? lastState?.terminated?.reason;
    if (reason !== undefined && reason !== null) return reason.slice(0, 100);
  }
  return '';
}

/** Seconds that the pod stays on a node that cannot be reached; null for ever, 0 for not at all. */
function unreachableSecondsOf({ spec }: Pod): number | null {
  const fitting = (spec.tolerations ?? []).filter(
    ({ key, effect }) =>
      (key === notReady || (key ?? '') === '') && ((effect ?? '') === '' || effect === 'NoExecute'),
  );
  if (fitting.length === 0) return 0;
  const limits = fitting.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  return limits.length === 0 ? null : Math.min(...limits);
}

function disruptionOf({ status }: Pod): string | null {
  const found = status?.conditions?.find(
    ({ type, status: value }) => type === 'DisruptionTarget' && value === 'True',
  );
  return found === undefined ? null : (found.reason ?? 'unknown');
}

function toPod(raw: unknown, at: Instant): PodRecord {
  const parsed = pod.parse(raw);
  const { metadata: meta, spec, status } = parsed;
  const isDeleting = (meta.deletionTimestamp ?? '') !== '';
  return {
    ...metaOf(meta, at),
    ownerUid: ownerOf(meta),
    nodeName: spec.nodeName ?? '',
    isRunning: status?.phase === 'Running',
    isReady: isTrue(status?.conditions, 'Ready'),
    isDeleting,
    isOver: status?.phase === 'Failed' || status?.phase === 'Succeeded',
    endsByMs: millisecondsOf(meta.deletionTimestamp),
    disruption: disruptionOf(parsed),
    restarts: (status?.containerStatuses ?? []).reduce(
      (sum, { restartCount }) => sum + (restartCount ?? 0),
      0,
    ),
    trouble: troubleOf(parsed),
    labels: meta.labels ?? {},
    revision: meta.labels?.[revisionLabel] ?? '',
    unreachableSeconds: unreachableSecondsOf(parsed),
    turnedAt: at,
    leftAtEnd: null,
    wasCordonedAtEnd: false,
  };
}

function toNode(raw: unknown, at: Instant): NodeRecord {
  const { metadata: meta, spec, status } = node.parse(raw);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const zone = zoneLabels.map((label) => meta.labels?.[label]).find((each) => each !== undefined);
  return {
    ...metaOf(meta, at),
    zone: zone ?? '',
    isReady: ready?.status === 'True',
    isCordoned:
      spec?.unschedulable === true ||
      (spec?.taints?.some(({ key }) => givenUpTaints.has(key)) ?? false),
    heartbeatMs: millisecondsOf(ready?.lastHeartbeatTime),
    turnedAt: at,
  };
}

function toWorkload(kind: WorkloadRecord['kind']) {
  return (raw: unknown, at: Instant): WorkloadRecord => {
    const { metadata: meta, spec, status } = workload.parse(raw);
    const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
    return {
      ...metaOf(meta, at),
      kind,
      labels: meta.labels ?? {},
      replicas: spec.replicas ?? 1,
      isObserved: isObserved(meta, status?.observedGeneration),
      available: status?.availableReplicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
      updateRevision: status?.updateRevision ?? '',
      currentRevision: status?.currentRevision ?? '',
      isStuck: progressing?.reason === 'ProgressDeadlineExceeded',
      ...constraintsOf(spec.template),
    };
  };
}

function toReplicaSet(raw: unknown, at: Instant): ReplicaSetRecord {
  const { metadata: meta, spec } = replicaSet.parse(raw);
  return {
    ...metaOf(meta, at),
    ownerUid: ownerOf(meta),
    revision: Number(meta.annotations?.[revisionAnnotation] ?? 0),
    replicas: spec.replicas ?? 1,
  };
}

function toBudget(raw: unknown, at: Instant): BudgetRecord {
  const { metadata: meta, spec, status } = budget.parse(raw);
  const { selector } = spec ?? {};
  return {
    ...metaOf(meta, at),
    selector:
      selector === undefined || selector === null
        ? null
        : {
            matchLabels: selector.matchLabels ?? {},
            matchExpressions: (selector.matchExpressions ?? []).map(
              ({ key, operator, values }) => ({ key, operator, values: values ?? [] }),
            ),
          },
    isObserved: isObserved(meta, status?.observedGeneration),
    disruptionsAllowed: status?.disruptionsAllowed ?? 0,
    currentHealthy: status?.currentHealthy ?? 0,
    desiredHealthy: status?.desiredHealthy ?? 0,
    expectedPods: status?.expectedPods ?? 0,
  };
}

/** An endpoint without the condition is ready: that is how the API defines it. */
function toSlice(raw: unknown, at: Instant): SliceRecord {
  const { metadata: meta, endpoints } = slice.parse(raw);
  const ready = (endpoints ?? []).filter(({ conditions: each }) => each?.ready !== false);
  return {
    ...metaOf(meta, at),
    service: meta.labels?.[serviceLabel] ?? '',
    readyPods: ready.flatMap(({ targetRef }) =>
      targetRef?.kind === 'Pod' ? (targetRef.name ?? []) : [],
    ),
  };
}

function toLease(raw: unknown, at: Instant): LeaseRecord {
  const { metadata: meta, spec } = lease.parse(raw);
  const seconds = spec?.leaseDurationSeconds;
  return {
    ...metaOf(meta, at),
    holder: spec?.holderIdentity ?? '',
    renewMs: millisecondsOf(spec?.renewTime),
    durationMs: seconds === undefined || seconds === null ? null : seconds * 1000,
    renewedAt: at,
  };
}

type Parsers = {
  readonly [Name in ResourceName]: (raw: unknown, at: Instant) => RecordsByResource[Name];
};

const parsers: Parsers = {
  nodes: toNode,
  pods: toPod,
  deployments: toWorkload('Deployment'),
  replicasets: toReplicaSet,
  statefulsets: toWorkload('StatefulSet'),
  poddisruptionbudgets: toBudget,
  endpointslices: toSlice,
  leases: toLease,
};

/**
 * What is kept of an object of the API: a few hundred bytes of several thousand.
 * @throws Error with the paths of what is missing or of another type
 */
export function parseObject(resource: ResourceName, raw: unknown, at: Instant): AnyRecord {
  try {
    return parsers[resource](raw, at);
  } catch (cause) {
    const words = cause instanceof z.ZodError ? z.prettifyError(cause).replaceAll('\n', ' ') : '';
    throw new Error(`an object is not as ${resource} are: ${words.slice(0, 300)}`, { cause });
  }
}
