import type { Fact } from '../../slo/observation.js';
import { survivors, type ComponentJudgement } from './judge.js';
import type { Leadership } from './leader.js';
import type { ComponentView } from './snapshot.js';

function placedText(byZone: ReadonlyMap<string, number> | undefined): string | null {
  if (byZone === undefined) return null;
  return [...byZone]
    .map(([zone, count]) => `${zone === '' ? '(no zone)' : zone}: ${count}`)
    .join(', ');
}

/** How a component stands, for people. */
export function factsOf(judged: ComponentJudgement): Fact[] {
  const { view, desired, serving, byZone, byNode, findings, lossCause } = judged;
  const { component, minimum } = view.spec;
  const source = view.workloads.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
  const values: Readonly<Record<string, Fact['value']>> = {
    serving: serving.length,
    desired,
    minimum,
    zones: placedText(byZone),
    zone_loss_survivors: byZone === undefined ? null : survivors(byZone),
    node_loss_survivors: survivors(byNode),
    findings: [...findings].join(', '),
    missing_because: lossCause ?? null,
  };
  const byZoneValues = [...(byZone ?? [])].map(([zone, count]) => [`zone.${zone}`, count] as const);
  return [...Object.entries(values), ...byZoneValues].map(([name, value]) => ({
    name: `${component}.${name}`,
    value,
    source: source.slice(0, 5).join(', ') || `no workload in ${view.spec.namespace}`,
  }));
}

/** Who leads. */
export function leaderFact({ spec }: ComponentView, { lease }: Leadership): Fact {
  const { component, namespace } = spec;
  const source = `Lease ${namespace}/${spec.lease}`;
  return { name: `${component}.leader`, value: lease?.holder ?? null, source };
}
