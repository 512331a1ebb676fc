import type { State } from './state.js';
import type { ShownTarget } from './target.js';

/** One thing that serves, or should, at its place. */
export interface Instance {
  readonly component: string;
  readonly region: string;
  readonly zone: string;
  readonly name: string;
  readonly state: State;
  /** What it is or why it is not well, in a word or two; empty where there is nothing to say. */
  readonly note: string;
  /** How many it stands for. */
  readonly count: number;
  /** `kind/name` of the target that told of it. */
  readonly target: string;
}

type Value = string | number | boolean | null;
type Facts = ReadonlyMap<string, Value>;

function factsOf({ facts }: ShownTarget): Facts {
  return new Map(facts.map(({ name, value }) => [name, value]));
}

function text(value: Value | undefined): string {
  return value === undefined || value === null ? '' : String(value).replaceAll('_', ' ');
}

/** A member that does not answer is bad; one that nobody asked lately is unknown. */
function memberState(target: ShownTarget, isUp: boolean): State {
  if (target.status === 'pending' || target.stale) return 'unknown';
  return isUp ? 'good' : 'bad';
}

function members(
  target: ShownTarget,
  see: (name: string, facts: Facts) => { readonly isUp: boolean; readonly note: string },
): Instance[] {
  const { id, component, region, memberZones } = target;
  const facts = factsOf(target);
  return Object.entries(memberZones).map(([name, zone]) => {
    const { isUp, note } = see(name, facts);
    const state = memberState(target, isUp);
    const shown = state === 'good' ? note : state === 'bad' ? 'no answer' : 'not known';
    return { component, region, zone, name, state, note: shown, count: 1, target: id };
  });
}

function patroniMembers(target: ShownTarget): Instance[] {
  return members(target, (name, facts) => ({
    isUp: facts.get(`members.${name}.up`) === true,
    note: text(facts.get(`members.${name}.role`)),
  }));
}

function postgresMembers(target: ShownTarget): Instance[] {
  return members(target, (name, facts) => ({
    isUp: (facts.get(`${name}.role`) ?? null) !== null,
    note: text(facts.get(`${name}.role`)),
  }));
}

function sentinels(target: ShownTarget): Instance[] {
  return members(target, (name, facts) => ({
    isUp: (facts.get(`${name}.master`) ?? null) !== null,
    note: 'sentinel',
  }));
}

function endpoint(target: ShownTarget): Instance[] {
  const { id, component, region, zone } = target;
  const isUp = factsOf(target).get('up') ?? null;
  const state = isUp === null ? 'unknown' : isUp === true ? 'good' : 'bad';
  const note = state === 'good' ? '' : (target.lastFailure?.reason ?? 'not known');
  const name = id.slice(id.indexOf('/') + 1);
  return [{ component, region, zone, name, state, note, count: 1, target: id }];
}

/** Instances that Kubernetes runs: numbers by zone, and for the cluster against minimum and wanted. */
function workloads(target: ShownTarget): Instance[] {
  const { id, region } = target;
  const facts = factsOf(target);
  const names = [...facts.keys()]
    .filter((key) => key.endsWith('.serving'))
    .map((key) => key.slice(0, -'.serving'.length));
  return names.flatMap((component) => {
    const serving = Number(facts.get(`${component}.serving`));
    const [desired, minimum] = ['desired', 'minimum'].map((key) =>
      Number(facts.get(`${component}.${key}`) ?? 0),
    ) as [number, number];
    const findings = text(facts.get(`${component}.findings`));
    const isShort = serving < minimum;
    const isDoubtful = serving < desired || findings !== '';
    const state = target.stale ? 'unknown' : isShort ? 'bad' : isDoubtful ? 'doubtful' : 'good';
    const note = `of ${desired} serve, minimum ${minimum}${findings === '' ? '' : `: ${findings}`}`;
    const whole = { component, region, zone: '', name: String(serving), state, note } as const;
    return [
      { ...whole, count: serving, target: id },
      ...zonesOf(target, component, facts, isDoubtful),
    ];
  });
}

/** Zones with none among them: no fault where all that are wanted serve elsewhere. */
function zonesOf(
  target: ShownTarget,
  component: string,
  facts: Facts,
  isLacking: boolean,
): Instance[] {
  const prefix = `${component}.zone.`;
  return [...facts].flatMap(([key, value]) => {
    if (!key.startsWith(prefix)) return [];
    const count = Number(value);
    const state = target.stale ? 'unknown' : count === 0 && isLacking ? 'doubtful' : 'good';
    const { id, region } = target;
    return [
      {
        component,
        region,
        zone: key.slice(prefix.length),
        name: String(count),
        state,
        note: 'serve',
        count,
        target: id,
      },
    ];
  });
}

const readers: Readonly<Record<string, (target: ShownTarget) => Instance[]>> = {
  lb: endpoint,
  patroni: patroniMembers,
  postgres: postgresMembers,
  sentinel: sentinels,
  replicas: workloads,
};

/** Two collectors may watch one member: what is worse counts, and what the first calls it. */
function merged(instances: readonly Instance[]): Instance[] {
  const byPlace = new Map<string, Instance>();
  for (const instance of instances) {
    const { component, region, zone, name } = instance;
    const key = JSON.stringify([component, region, zone, name]);
    const known = byPlace.get(key);
    const isWorse = known?.state === 'good' && instance.state !== 'good';
    if (known === undefined || isWorse) byPlace.set(key, instance);
  }
  return [...byPlace.values()];
}

/** Everything that serves, as the targets tell of it. */
export function instancesOf(targets: readonly ShownTarget[]): Instance[] {
  return merged(targets.flatMap((target) => readers[target.kind]?.(target) ?? []));
}
