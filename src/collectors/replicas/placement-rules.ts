import { z } from 'zod';
import type { Constraint, WorkloadRecord } from './records.js';

const topologyKey = z.string().nullish();
const affinityTerm = z.looseObject({ topologyKey });

/** The part of a pod template that says where pods may be placed; everything of it counts for `template`. */
export const podTemplate = z.looseObject({
  spec: z
    .looseObject({
      affinity: z
        .looseObject({
          podAntiAffinity: z
            .looseObject({
              requiredDuringSchedulingIgnoredDuringExecution: z.array(affinityTerm).nullish(),
              preferredDuringSchedulingIgnoredDuringExecution: z
                .array(z.object({ podAffinityTerm: affinityTerm.nullish() }))
                .nullish(),
            })
            .nullish(),
        })
        .nullish(),
      topologySpreadConstraints: z
        .array(z.object({ topologyKey, whenUnsatisfiable: z.string().nullish() }))
        .nullish(),
    })
    .nullish(),
});
type PodTemplate = z.infer<typeof podTemplate>;

const zoneKeys = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];
const nodeKeys = ['kubernetes.io/hostname'];

interface Placement {
  readonly topologyKey?: string | null | undefined;
}

function hasKey(keys: readonly string[], terms: readonly Placement[]) {
  return terms.some((term) => keys.includes(term.topologyKey ?? ''));
}

/** The strongest of what anti-affinity and topology spread constraints say about one kind of place. */
function constraintOn(keys: readonly string[], template: PodTemplate): Constraint {
  const antiAffinity = template.spec?.affinity?.podAntiAffinity;
  const spread = template.spec?.topologySpreadConstraints ?? [];
  const [hard, soft] = [true, false].map((wanted) =>
    spread.filter(({ whenUnsatisfiable }) => (whenUnsatisfiable !== 'ScheduleAnyway') === wanted),
  );
  const required = antiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred = (antiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
    ({ podAffinityTerm }): Placement[] => (podAffinityTerm ? [podAffinityTerm] : []),
  );
  if (hasKey(keys, required) || hasKey(keys, hard ?? [])) return 'required';
  return hasKey(keys, preferred) || hasKey(keys, soft ?? []) ? 'preferred' : 'none';
}

/** FNV-1a over the text: two templates that differ have, in practice, different digests. */
function digestOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return `${(hash >>> 0).toString(16)}-${text.length}`;
}

/** What a pod template declares about where its pods go, and what tells it from another one. */
export function constraintsOf(
  template: PodTemplate,
): Pick<WorkloadRecord, 'template' | 'zoneConstraint' | 'nodeConstraint'> {
  return {
    template: digestOf(JSON.stringify(template)),
    zoneConstraint: constraintOn(zoneKeys, template),
    nodeConstraint: constraintOn(nodeKeys, template),
  };
}
