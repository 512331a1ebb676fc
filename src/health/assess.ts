import { componentTargets, type ComponentTarget } from '../slo/tiers.js';
import { adviceFor } from './advice.js';
import { dangerOf } from './dangers.js';
import { instancesOf, type Instance } from './instances.js';
import type { State } from './state.js';
import type { ShownTarget } from './target.js';

/** What one SLI was when it was looked at. */
export interface SeenSli {
  /** `<kind>/<target>/<aspect>`. */
  readonly sli: string;
  readonly type: 'availability' | 'latency' | 'redundancy' | 'capacity' | 'rpo';
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly outcome: 'good' | 'bad' | 'unknown';
  /** Why it was not good; empty where nothing tells. */
  readonly reason: string;
}

/** All that was seen in one look. */
export interface Look {
  readonly targets: readonly ShownTarget[];
  readonly slis: readonly SeenSli[];
}

export const healthWords = ['healthy', 'degraded', 'down', 'unknown'] as const;
/** `degraded`: it serves, and less of it is left than there should be. */
export type Health = (typeof healthWords)[number];

/** One component in one region. */
export interface ComponentHealth {
  readonly component: string;
  readonly region: string;
  readonly health: Health;
  /** Instances that are well; null where none are known one by one. */
  readonly live: number | null;
  /** Instances that make it highly available; null where nothing is promised of it. */
  readonly minimum: number | null;
  /** Zones in which an instance is well. */
  readonly zones: readonly string[];
  /** The worst that was found, in words; empty where nothing was. */
  readonly finding: string;
  /** What to do about it; empty where there is nothing to do. */
  readonly advice: string;
}

/** Something that is not as it should be. */
interface Finding {
  readonly health: Exclude<Health, 'healthy'>;
  readonly text: string;
  readonly advice: string;
}

/** The worst first; what is down weighs more than what nobody knows. */
const severity: readonly Health[] = ['down', 'unknown', 'degraded', 'healthy'];

export function worstHealth(found: readonly Health[], otherwise: Health): Health {
  return severity.find((health) => found.includes(health)) ?? otherwise;
}

function subjectOf(sli: string): string {
  return sli.split('/').slice(1).join(' ');
}

function targetOf(sli: string): string {
  return sli.split('/').slice(0, 2).join('/');
}

const minimums: ReadonlyMap<string, ComponentTarget> = new Map(Object.entries(componentTargets));

/** A zone that fails is a loss of redundancy: users are served by the others. */
function sliFinding({ sli, type, zone, outcome, reason }: SeenSli): Finding[] {
  const why = reason === '' ? '' : `: ${reason.replaceAll('_', ' ')}`;
  const advice = adviceFor(targetOf(sli), type);
  const place = zone === '' ? '' : ` in ${zone}`;
  if (outcome === 'unknown')
    return [{ health: 'unknown', text: `${subjectOf(sli)} is not known${why}`, advice }];
  if (outcome === 'good') return [];
  const isDown = type === 'availability' && zone === '';
  const text = `${subjectOf(sli)} fails${place}${why}`;
  return [{ health: isDown ? 'down' : 'degraded', text, advice }];
}

function instanceFinding({ name, zone, state, note, target }: Instance): Finding[] {
  if (state === 'good' || state === 'planned') return [];
  const place = zone === '' ? '' : ` (${zone})`;
  const health = state === 'unknown' ? 'unknown' : 'degraded';
  return [{ health, text: `${name}${place}: ${note}`, advice: adviceFor(target, 'redundancy') }];
}

function dangerFinding(target: ShownTarget): Finding[] {
  const danger = dangerOf(target);
  if (danger === undefined) return [];
  const { id } = target;
  const { health, trouble, text } = danger;
  return [{ health, text: `${id}: ${text}`, advice: adviceFor(id, trouble) }];
}

function targetFinding({ id, status, lastFailure }: ShownTarget): Finding[] {
  if (status === 'ok') return [];
  const why = lastFailure === null ? 'no answer in time' : lastFailure.reason;
  return [{ health: 'unknown', text: `${id}: ${why}`, advice: adviceFor(id, 'collection') }];
}

/** Instances that count: what Kubernetes says it runs, else the members of clusters. */
function counted(instances: readonly Instance[]): readonly Instance[] {
  const workloads = instances.filter(
    ({ target, zone }) => target.startsWith('replicas/') && zone === '',
  );
  return workloads.length > 0 ? workloads : instances.filter(({ target }) => !isFront(target));
}

/** An endpoint of a load balancer: how many instances stand behind it, it does not tell. */
function isFront(target: string): boolean {
  return target.startsWith('lb/');
}

/** Of a workload with too few instances those that there are count all the same. */
function isLive(state: State, target: string): boolean {
  return state !== 'unknown' && (state !== 'bad' || target.startsWith('replicas/'));
}

function liveOf(instances: readonly Instance[]): number | null {
  const known = counted(instances);
  if (known.length === 0) return null;
  return known.reduce(
    (sum, { state, count, target }) => sum + (isLive(state, target) ? count : 0),
    0,
  );
}

function zonesOf(instances: readonly Instance[]): string[] {
  const zones = instances.flatMap(({ zone, state, count, target }) =>
    zone !== '' && count > 0 && isLive(state, target) ? [zone] : [],
  );
  return [...new Set(zones)].toSorted();
}

function shortage(component: string, live: number | null): Finding[] {
  const minimum = minimums.get(component)?.minimumInstances;
  if (minimum === undefined || live === null || live >= minimum) return [];
  const advice = 'bring instances back: docs/runbooks/SenseiRedundancyBelowMinimum.md';
  return [{ health: 'degraded', text: `${live} of at least ${minimum} instances`, advice }];
}

interface Parts {
  readonly component: string;
  readonly region: string;
  readonly slis: readonly SeenSli[];
  readonly instances: readonly Instance[];
  readonly targets: readonly ShownTarget[];
}

/** What one look cannot decide of an instance its SLI has decided: an endpoint is down after several failures. */
function undecided({ state, target }: Instance, slis: readonly SeenSli[]): boolean {
  return (
    state === 'unknown' &&
    slis.some(({ sli, outcome }) => targetOf(sli) === target && outcome !== 'unknown')
  );
}

/** A target whose failure is told by its own SLI need not be told of twice. */
function findingsOf({ component, slis, instances, targets }: Parts, live: number | null) {
  const told = new Set(
    slis.filter(({ outcome }) => outcome !== 'good').map(({ sli }) => targetOf(sli)),
  );
  const silent = targets.filter(({ id }) => !told.has(id));
  return [
    ...targets.flatMap(dangerFinding),
    ...slis.flatMap(sliFinding),
    ...shortage(component, live),
    ...instances.filter((each) => !undecided(each, slis)).flatMap(instanceFinding),
    ...silent.flatMap(targetFinding),
  ];
}

function healthOf(parts: Parts): ComponentHealth {
  const { component, region, instances } = parts;
  const live = liveOf(instances);
  const findings = findingsOf(parts, live);
  const health = worstHealth(
    findings.map((finding) => finding.health),
    'healthy',
  );
  const worst = findings.find((finding) => finding.health === health);
  return {
    component,
    region,
    health,
    live,
    minimum: minimums.get(component)?.minimumInstances ?? null,
    zones: zonesOf(instances),
    finding: worst?.text ?? '',
    advice: worst?.advice ?? '',
  };
}

/** How every component stands in every region, by what one look has found. */
export function assess({ targets, slis }: Look): ComponentHealth[] {
  const instances = instancesOf(targets);
  const placed = [...slis, ...instances, ...targets.filter(({ component }) => component !== '')];
  const keys = new Map(
    placed.map(({ component, region }) => [
      JSON.stringify([component, region]),
      { component, region },
    ]),
  );
  return [...keys.values()]
    .toSorted((a, b) => (a.component + a.region < b.component + b.region ? -1 : 1))
    .map((place) => {
      const isHere = (each: { readonly component: string; readonly region: string }) =>
        each.component === place.component && each.region === place.region;
      return healthOf({
        ...place,
        slis: slis.filter(isHere),
        instances: instances.filter(isHere),
        targets: targets.filter(isHere),
      });
    });
}

/** The deployment as a whole; what nothing was seen of is unknown. */
export function overallHealth(components: readonly ComponentHealth[]): Health {
  return worstHealth(
    components.map(({ health }) => health),
    'unknown',
  );
}
