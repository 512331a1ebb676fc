import type { KubeObject, ObjectMeta, OwnerReference } from './object-store.js';

export type Strength = 'none' | 'preferred' | 'required';
export type Condition = {
  type: string;
  status: string;
  reason?: string;
  lastTransitionTime: string;
  lastHeartbeatTime?: string;
};

export interface Taint {
  readonly key: string;
  readonly effect: 'NoSchedule' | 'NoExecute';
  readonly timeAdded?: string;
}

export interface Node extends KubeObject {
  readonly spec: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status: { readonly conditions: readonly Condition[]; readonly [key: string]: unknown };
}

export interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly state: object;
  readonly lastState: object;
}

export interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly tolerations: readonly { key?: string; effect?: string; tolerationSeconds?: number }[];
    readonly containers: readonly { name: string; image: string }[];
    readonly [key: string]: unknown;
  };
  readonly status: {
    readonly phase: string;
    readonly conditions: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly [key: string]: unknown;
  };
}

export interface Template {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly { readonly name: string; readonly image: string }[];
    readonly tolerations?: readonly object[];
    readonly affinity?: object;
    readonly topologySpreadConstraints?: readonly object[];
  };
}

export interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: Template;
    readonly strategy?: {
      readonly type: string;
      readonly rollingUpdate?: {
        readonly maxSurge: number | string;
        readonly maxUnavailable: number | string;
      };
    };
    readonly minReadySeconds?: number;
    readonly progressDeadlineSeconds?: number;
    readonly [key: string]: unknown;
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly conditions?: readonly Condition[];
    readonly [key: string]: unknown;
  };
}

export interface ReplicaSet extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly template: Template;
    readonly [key: string]: unknown;
  };
  readonly status: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly [key: string]: unknown;
  };
}

export const hashLabel = 'pod-template-hash';
export const revisionLabel = 'controller-revision-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** API timestamps have a resolution of a second. */
export function timestamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Go leaves fields out that are zero. */
export function withoutZeros(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== 0 && value !== ''),
  );
}

export function digest(value: unknown): string {
  const text = JSON.stringify(value);
  let hash = 5381;
  for (let index = 0; index < text.length; index += 1)
    hash = (hash * 33 + text.charCodeAt(index)) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

export function ownedBy(owner: KubeObject, kind: string): OwnerReference[] {
  const { name, uid } = owner.metadata;
  return [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }];
}

export function isOwnedBy({ metadata }: KubeObject, uid: string): boolean {
  return (
    metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) ??
    false
  );
}

export function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function conditionOf(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((each) => each.type === type);
}

/** The time of a transition is that of the status: another reason alone does not change it. */
export function withCondition(conditions: readonly Condition[], condition: Condition): Condition[] {
  const before = conditionOf(conditions, condition.type);
  if (before === undefined) return [...conditions, condition];
  const { lastTransitionTime } = before.status === condition.status ? before : condition;
  return conditions.map((each) => (each === before ? { ...condition, lastTransitionTime } : each));
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, 'Ready')?.status === 'True';
}

/** A template as the example of the platform has it. */
export function templateOf(given: {
  readonly app: string;
  readonly image: string;
  readonly affinity: Strength;
  readonly tolerationSeconds?: number;
  readonly maxSkew?: number;
}): Template {
  const { app, image, affinity, tolerationSeconds = 300, maxSkew } = given;
  const spread = {
    maxSkew,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app } },
  };
  const term = {
    labelSelector: { matchLabels: { app } },
    topologyKey: 'topology.kubernetes.io/zone',
  };
  const antiAffinity =
    affinity === 'required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
      : {
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
        };
  const toleration = (key: string) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds,
  });
  return {
    metadata: { labels: { app } },
    spec: {
      containers: [{ name: 'main', image }],
      tolerations: [
        toleration('node.kubernetes.io/not-ready'),
        toleration('node.kubernetes.io/unreachable'),
      ],
      ...(affinity !== 'none' && { affinity: { podAntiAffinity: antiAffinity } }),
      ...(maxSkew !== undefined && { topologySpreadConstraints: [spread] }),
    },
  };
}

/** What a pod has beside what is judged: about as much text as a real one. */
const ballast = {
  env: Array.from({ length: 24 }, (_, index) => ({
    name: `SENSEI_SETTING_${index}`,
    value: 'x'.repeat(48),
  })),
  volumeMounts: [
    {
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      name: 'kube-api-access',
      readOnly: true,
    },
  ],
  resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  readinessProbe: {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    periodSeconds: 1,
    failureThreshold: 1,
  },
};
const managedFields = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} } },
    'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:env': {}, 'f:image': {} } } },
  },
}));

export function podOf(meta: ObjectMeta, { spec }: Template, at: string): Pod {
  return {
    metadata: { ...meta, creationTimestamp: at, managedFields } as ObjectMeta,
    spec: {
      ...spec,
      containers: spec.containers.map((container) => ({ ...container, ...ballast })),
      tolerations: spec.tolerations ?? [],
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      terminationGracePeriodSeconds: 30,
    },
    status: { phase: 'Pending', conditions: [], qosClass: 'Burstable' },
  };
}

export function nodeOf(name: string, zone: string, uid: string, at: string): Node {
  return {
    metadata: {
      name,
      uid,
      creationTimestamp: at,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': 'eu',
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: {},
    status: {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          lastHeartbeatTime: at,
          lastTransitionTime: at,
        },
      ],
      nodeInfo: { kubeletVersion: 'v1.32.0', osImage: 'Debian GNU/Linux 12' },
    },
  };
}
