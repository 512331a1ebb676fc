import { restorableSli } from '../collectors/backups/measure.js';
import { backupsTargets } from '../collectors/backups/targets.js';
import type { Target } from '../collectors/contract.js';
import { replicationSli as lagReplicationSli, writerSli } from '../collectors/lag/measure.js';
import { lagTargets } from '../collectors/lag/targets.js';
import { availabilitySli } from '../collectors/lb/measure.js';
import { lbTargets } from '../collectors/lb/targets.js';
import { replicationSli as objectsReplicationSli } from '../collectors/objects/measure.js';
import { objectsTargets } from '../collectors/objects/targets.js';
import { leaderSli, redundancySli as patroniRedundancySli } from '../collectors/patroni/measure.js';
import { patroniTargets } from '../collectors/patroni/targets.js';
import { canaryTargets, clusterTargets } from '../collectors/postgres/targets.js';
import {
  capacitySli,
  leaderSli as leaseSli,
  redundancySli as replicasRedundancySli,
} from '../collectors/replicas/measure.js';
import { replicasTargets } from '../collectors/replicas/targets.js';
import { redundancySli as redisRedundancySli } from '../collectors/sentinel/measure.js';
import { redisCanaryTargets, sentinelTargets } from '../collectors/sentinel/targets.js';
import type { Config } from '../config/schema.js';
import type { SloType } from '../slo/objective.js';
import { componentTargets, recoveryTargetsMs } from '../slo/tiers.js';

/** An SLI that the configured collectors observe, with what an SLO on it is by default. */
export interface SliSource {
  readonly sli: string;
  readonly type: Exclude<SloType, 'latency'>;
  readonly place: Pick<Target, 'component' | 'region' | 'zone'>;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Name of the SLO that is made by default. */
  readonly name: string;
  /** Whether one is made: of several SLIs that say the same, the one closest to the user. */
  readonly isDefault: boolean;
  readonly outageThreshold?: number;
  /** How soon it must be back, where the component does not say. */
  readonly recoveryTargetMs?: number;
  readonly toldBy?: 'platform';
}

/** How often exposure is judged, in milliseconds. */
export const exposureIntervalMs = 1000;

const targetByComponent: ReadonlyMap<string, number> = new Map(
  Object.entries(componentTargets).map(([component, { recoveryMs }]) => [component, recoveryMs]),
);

/** How soon a component must be back; an unknown one as soon as the load balancer. */
export function recoveryTargetOf(component: string): number {
  return targetByComponent.get(component) ?? recoveryTargetsMs.loadBalancer;
}

function sourceOf(
  target: Target,
  sli: string,
  type: SliSource['type'],
  aspect: string,
  isDefault = true,
): SliSource {
  const { name, component, region, zone, intervalMs, timeoutMs } = target;
  const place = { component, region, zone };
  return { sli, type, place, intervalMs, timeoutMs, name: `${name}-${aspect}`, isDefault };
}

function namesOf(targets: readonly Target[]): ReadonlySet<string> {
  return new Set(targets.map(({ name }) => name));
}

function postgresSlis(config: Config): SliSource[] {
  const canaries = canaryTargets(config);
  const patroni = patroniTargets(config);
  const [canaried, managed] = [namesOf(canaries), namesOf(patroni)];
  return [
    ...canaries.map((target) =>
      sourceOf(target, `postgres-canary/${target.name}/write`, 'availability', 'writes'),
    ),
    ...patroni.flatMap((target) => [
      sourceOf(
        target,
        leaderSli(target),
        'availability',
        'leader',
        !canaried.has(target.name) && target.settings.role !== 'standby',
      ),
      sourceOf(target, patroniRedundancySli(target), 'redundancy', 'redundancy'),
    ]),
    ...clusterTargets(config).map((target) =>
      sourceOf(
        target,
        `postgres/${target.name}/replication`,
        'redundancy',
        'replication',
        !managed.has(target.name),
      ),
    ),
  ];
}

/** With one writer for several regions, that there is exactly one is what users see of it. */
function lagSlis(config: Config): SliSource[] {
  const isActiveActive = config.disasterRecovery?.mode === 'active-active';
  return lagTargets(config).flatMap((target) => [
    sourceOf(target, writerSli(target), 'availability', 'writer', isActiveActive),
    sourceOf(target, lagReplicationSli(target), 'redundancy', 'region-copy'),
  ]);
}

function redisSlis(config: Config): SliSource[] {
  const canaries = redisCanaryTargets(config);
  const canaried = namesOf(canaries);
  return [
    ...canaries.map((target) =>
      sourceOf(target, `sentinel-canary/${target.name}/write`, 'availability', 'writes'),
    ),
    ...sentinelTargets(config).flatMap((target) => [
      sourceOf(
        target,
        `sentinel/${target.name}/agreement`,
        'availability',
        'agreement',
        !canaried.has(target.name),
      ),
      sourceOf(target, redisRedundancySli(target), 'redundancy', 'redundancy'),
    ]),
  ];
}

function lbSlis(config: Config): SliSource[] {
  return lbTargets(config).map((target) => ({
    ...sourceOf(target, availabilitySli(target), 'availability', 'availability'),
    outageThreshold: target.threshold,
  }));
}

/** Of each component: whether all that is wanted serves, whether a zone could be lost, who leads. */
function replicasSlis(config: Config): SliSource[] {
  const toldBy = 'platform' as const;
  return replicasTargets(config).flatMap((target) =>
    target.components.flatMap(({ component, lease }): SliSource[] => {
      const of = { ...target, component };
      const [capacity, redundancy] = [
        capacitySli(target, component),
        replicasRedundancySli(target, component),
      ];
      return [
        {
          ...sourceOf(of, capacity, 'capacity', `${component}-capacity`),
          recoveryTargetMs: recoveryTargetsMs.node,
          toldBy,
        },
        sourceOf(of, redundancy, 'redundancy', `${component}-redundancy`),
        ...(lease === undefined
          ? []
          : [
              {
                ...sourceOf(of, leaseSli(target, component), 'availability', `${component}-leader`),
                toldBy,
              },
            ]),
      ];
    }),
  );
}

/** A restorable point says little of how old it is: an SLO on it is made where it is asked for. */
function backupsSlis(config: Config): SliSource[] {
  return backupsTargets(config).map((target) =>
    sourceOf(target, restorableSli(target), 'availability', 'restorable', false),
  );
}

/** The exposure of every dataset that some target tells restore points of; one SLI each. */
function exposureSlis(config: Config): SliSource[] {
  const targets: readonly Target[] = [
    ...clusterTargets(config),
    ...lagTargets(config),
    ...objectsTargets(config),
    ...backupsTargets(config),
  ];
  const told = targets.flatMap((target) =>
    (target.datasets ?? []).map((dataset) => [dataset, target] as const),
  );
  const first = new Map(told.toReversed());
  return [...first].map(([dataset, target]) => ({
    ...sourceOf(target, `rpo/${dataset}`, 'rpo', 'rpo'),
    name: `${dataset}-rpo`,
    intervalMs: exposureIntervalMs,
    timeoutMs: exposureIntervalMs,
  }));
}

/** Names that two kinds would give to different SLOs get their kind in front. */
function withDistinctNames(sources: readonly SliSource[]): SliSource[] {
  const counts = new Map<string, number>();
  for (const { name } of sources) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sources.map((source) => {
    const kind = source.sli.slice(0, source.sli.indexOf('/'));
    return counts.get(source.name) === 1 ? source : { ...source, name: `${kind}-${source.name}` };
  });
}

/** Every SLI that a configuration's collectors observe. */
export function slisOf(config: Config): SliSource[] {
  return withDistinctNames([
    ...lbSlis(config),
    ...postgresSlis(config),
    ...lagSlis(config),
    ...redisSlis(config),
    ...replicasSlis(config),
    ...objectsTargets(config).map((target) =>
      sourceOf(target, objectsReplicationSli(target), 'redundancy', 'replication'),
    ),
    ...backupsSlis(config),
    ...exposureSlis(config),
  ]);
}
