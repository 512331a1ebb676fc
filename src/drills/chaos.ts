import { z } from 'zod';
import { chaosModes, type DrillPlan } from '../config/drill-plans.js';
import type { Config } from '../config/schema.js';
import { podsOfChaos, type Chaos, type PodsSelected } from './plan.js';

/** https://chaos-mesh.org/docs/simulate-pod-chaos-on-kubernetes/#field-description */
export const chaosApi = 'chaos-mesh.org/v1alpha1';
export const chaosPlurals = { PodChaos: 'podchaos', NetworkChaos: 'networkchaos' } as const;

const goDuration = z.string().regex(/^\d+(?:ms|s)$/);
const selector = z.strictObject({
  namespaces: z.array(z.string()).length(1),
  labelSelectors: z.record(z.string(), z.string()),
});
const selection = { mode: z.enum(chaosModes), value: z.string().optional(), selector };

const podChaosSpec = z.strictObject({
  action: z.enum(['pod-kill', 'pod-failure', 'container-kill']),
  ...selection,
  duration: goDuration.optional(),
  /** Seconds. */
  gracePeriod: z.int().min(0).optional(),
  containerNames: z.array(z.string()).optional(),
});
const networkChaosSpec = z.strictObject({
  action: z.enum(['partition', 'delay', 'loss']),
  ...selection,
  duration: goDuration.optional(),
  direction: z.enum(['to', 'from', 'both']),
  target: z.strictObject(selection).optional(),
  delay: z.strictObject({ latency: goDuration }).optional(),
  loss: z.strictObject({ loss: z.string() }).optional(),
});

const chaosMetadata = z.strictObject({
  name: z.string().max(63),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()).optional(),
});
const head = { apiVersion: z.literal(chaosApi), metadata: chaosMetadata };
const podChaos = z.strictObject({ ...head, kind: z.literal('PodChaos'), spec: podChaosSpec });
const networkChaos = z.strictObject({
  ...head,
  kind: z.literal('NetworkChaos'),
  spec: networkChaosSpec,
});
const scheduleSpec = {
  schedule: z.string(),
  historyLimit: z.int().min(1),
  concurrencyPolicy: z.enum(['Forbid', 'Allow']),
};
const schedule = z.strictObject({
  ...head,
  kind: z.literal('Schedule'),
  spec: z.discriminatedUnion('type', [
    z.strictObject({ ...scheduleSpec, type: z.literal('PodChaos'), podChaos: podChaosSpec }),
    z.strictObject({
      ...scheduleSpec,
      type: z.literal('NetworkChaos'),
      networkChaos: networkChaosSpec,
    }),
  ]),
});

/** The parts of Chaos Mesh's objects that are made here. */
export const chaosManifest = z.discriminatedUnion('kind', [podChaos, networkChaos, schedule]);
export type ChaosManifest = z.output<typeof chaosManifest>;
export type ChaosObject = Exclude<ChaosManifest, { kind: 'Schedule' }>;
type Spec =
  | { readonly kind: 'PodChaos'; readonly spec: z.output<typeof podChaosSpec> }
  | { readonly kind: 'NetworkChaos'; readonly spec: z.output<typeof networkChaosSpec> };

function goText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
}

function selectionOf({ mode, value }: Chaos, { namespace, labels }: PodsSelected) {
  return {
    mode,
    ...(value !== undefined && { value }),
    selector: { namespaces: [namespace], labelSelectors: { ...labels } },
  };
}

function lasting({ duration }: Chaos) {
  return duration === undefined ? {} : { duration: goText(duration) };
}

function podSpec(chaos: Chaos, pods: PodsSelected): Spec {
  const { action, gracePeriod, containers } = chaos;
  const spec = {
    action: z.enum(['pod-kill', 'pod-failure', 'container-kill']).parse(action),
    ...selectionOf(chaos, pods),
    ...lasting(chaos),
    ...(gracePeriod !== undefined && { gracePeriod: Math.ceil(gracePeriod / 1000) }),
    ...(containers !== undefined && { containerNames: [...containers] }),
  };
  return { kind: 'PodChaos', spec };
}

/** Without a peer Chaos Mesh takes no direction but `to`, and only a partition is cut both ways. */
function networkSpec(chaos: Chaos, pods: PodsSelected): Spec {
  const { action, towards, latency, loss } = chaos;
  const peer = { mode: 'all' as const, selector: { ...selectionOf(chaos, pods).selector } };
  const spec = {
    action: z.enum(['partition', 'delay', 'loss']).parse(action),
    ...selectionOf(chaos, pods),
    ...lasting(chaos),
    direction:
      towards !== undefined && action === 'partition' ? ('both' as const) : ('to' as const),
    ...(towards !== undefined && {
      target: { ...peer, selector: { ...peer.selector, labelSelectors: { ...towards } } },
    }),
    ...(latency !== undefined && { delay: { latency: goText(latency) } }),
    ...(loss !== undefined && { loss: { loss: String(loss) } }),
  };
  return { kind: 'NetworkChaos', spec };
}

function specOf(chaos: Chaos, pods: PodsSelected): Spec {
  return chaos.kind === 'PodChaos' ? podSpec(chaos, pods) : networkSpec(chaos, pods);
}

function metadataOf({ name, scenario, what }: DrillPlan, objectName: string, namespace: string) {
  return {
    name: objectName,
    namespace,
    labels: {
      'app.kubernetes.io/managed-by': 'sensei',
      'sensei/plan': name,
      'sensei/scenario': scenario,
    },
    annotations: { 'sensei/what': what },
  };
}

/** The object that makes the failure of a plan, under a name. */
export function chaosObject(
  plan: DrillPlan,
  chaos: Chaos,
  config: Config,
  objectName: string,
): ChaosObject {
  const pods = podsOfChaos(config, chaos);
  const metadata = metadataOf(plan, objectName, pods.namespace);
  const made = specOf(chaos, pods);
  return made.kind === 'PodChaos'
    ? { apiVersion: chaosApi, kind: made.kind, metadata, spec: made.spec }
    : { apiVersion: chaosApi, kind: made.kind, metadata, spec: made.spec };
}

const dayMs = 86_400_000;

/** Beginnings that come at least as often as a drill is due. */
function cronOf(periodMs: number | undefined): string {
  if (periodMs === undefined || periodMs >= 365 * dayMs) return '0 10 1 1 *';
  if (periodMs >= 92 * dayMs) return '0 10 1 */3 *';
  if (periodMs >= 31 * dayMs) return '0 10 1 * *';
  return periodMs >= 7 * dayMs ? '0 10 * * 1' : '0 10 * * *';
}

/** The Schedule of a plan: by `schedule`, else by how often its kind of failure is due. */
export function scheduleObject(plan: DrillPlan, chaos: Chaos, config: Config): ChaosManifest {
  const pods = podsOfChaos(config, chaos);
  const periods: Readonly<Record<string, number>> = config.alerts.drills;
  const made = specOf(chaos, pods);
  const common = {
    schedule: plan.schedule ?? cronOf(periods[plan.scenario]),
    historyLimit: 2,
    concurrencyPolicy: 'Forbid' as const,
  };
  const spec =
    made.kind === 'PodChaos'
      ? { ...common, type: made.kind, podChaos: made.spec }
      : { ...common, type: made.kind, networkChaos: made.spec };
  const named = metadataOf(plan, `drill-${plan.name}`, pods.namespace);
  return { apiVersion: chaosApi, kind: 'Schedule', metadata: named, spec };
}

/** What Chaos Mesh says of an object, as far as it is read. */
export const chaosState = z.object({
  metadata: z.object({ finalizers: z.array(z.string()).nullish() }),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string().nullish() }))
        .nullish(),
      experiment: z
        .object({
          containerRecords: z
            .array(
              z.object({
                id: z.string(),
                /** `.` for those selected, `.Target` for the peers of a NetworkChaos. */
                selectorKey: z.string().nullish(),
                phase: z.string().nullish(),
                injectedCount: z.number().nullish(),
              }),
            )
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type ChaosState = z.output<typeof chaosState>;

interface ChaosRecord {
  readonly phase?: string | null | undefined;
  readonly injectedCount?: number | null | undefined;
}

function recordsOf({ status }: ChaosState) {
  return status?.experiment?.containerRecords ?? [];
}

function isHit({ phase, injectedCount }: ChaosRecord): boolean {
  return phase === 'Injected' || (injectedCount ?? 0) > 0;
}

/**
 * Ids of what was really hit, such as `sensei/sensei-api-7c9`. Not of the peers: Chaos Mesh calls them
 * injected also where it had nothing to do to them.
 */
export function injectedIn(state: ChaosState): string[] {
  return recordsOf(state)
    .filter((each) => each.selectorKey !== '.Target' && isHit(each))
    .map(({ id }) => id);
}

/** Whether all that was selected is hit, or was. */
export function isAllInjected(state: ChaosState): boolean {
  const records = recordsOf(state);
  return records.length > 0 && records.every(isHit);
}
