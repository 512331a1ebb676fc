import { isRaw, items, rawAt, type CrossFault, type Raw } from './checks.js';
import { chaosActions, injectionKinds } from './drill-plans.js';
import { showValue } from './fault.js';

type Path = readonly PropertyKey[];

/** A fault unless exactly one of the keys is given. */
function oneOf(item: Raw, keys: readonly string[], path: Path): CrossFault[] {
  const given = keys.filter((key) => item[key] !== undefined);
  if (given.length === 1) return [];
  const found = given.length === 0 ? 'none' : given.join(', ');
  return [{ path, message: `found ${found}; expected exactly one of ${keys.join(', ')}` }];
}

function namesOf(list: readonly unknown[], key: string): string[] {
  return list.flatMap((each) => {
    const name = isRaw(each) ? each[key] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

function known(value: unknown, names: readonly string[], what: string, path: Path): CrossFault[] {
  if (typeof value !== 'string' || names.includes(value)) return [];
  const there = names.join(', ') || 'none';
  return [
    { path, message: `found ${showValue(value, [])}; expected the name of ${what}: ${there}` },
  ];
}

/** The cluster, and the component of it, are configured. */
function placeFaults(item: Raw, path: Path, raw: unknown): CrossFault[] {
  const clusters = items(rawAt(raw, 'collectors', 'replicas'));
  const cluster = clusters.find((each) => isRaw(each) && each['name'] === item['cluster']);
  const components = namesOf(items(rawAt(cluster, 'components')), 'component');
  return [
    ...known(item['cluster'], namesOf(clusters, 'name'), 'a cluster under collectors.replicas', [
      ...path,
      'cluster',
    ]),
    ...(cluster === undefined
      ? []
      : known(item['component'], components, 'a component of the cluster', [...path, 'component'])),
  ];
}

/** What an action, a mode or a selector cannot do without. */
function missingOf(chaos: Raw): string[] {
  const { action, mode, labels } = chaos;
  const needed: readonly (readonly [boolean, string])[] = [
    [action === 'container-kill', 'containers'],
    [action === 'delay', 'latency'],
    [action === 'loss', 'loss'],
    [['pod-failure', ...chaosActions.NetworkChaos].includes(String(action)), 'duration'],
    [typeof mode === 'string' && !['one', 'all'].includes(mode), 'value'],
    [labels !== undefined, 'namespace'],
  ];
  return needed.flatMap(([isNeeded, key]) => (isNeeded && chaos[key] === undefined ? [key] : []));
}

function actionFaults({ kind, action }: Raw, path: Path): CrossFault[] {
  const actions: readonly string[] | undefined =
    kind === 'PodChaos' || kind === 'NetworkChaos' ? chaosActions[kind] : undefined;
  if (actions === undefined || typeof action !== 'string' || actions.includes(action)) return [];
  const message = `found ${showValue(action, [])}; expected for ${String(kind)} one of ${actions.join(', ')}`;
  return [{ path: [...path, 'action'], message }];
}

function chaosFaults(chaos: Raw, path: Path, raw: unknown): CrossFault[] {
  const given = [chaos['action'], chaos['mode']];
  const needs = given.filter((each) => typeof each === 'string').join(', ');
  return [
    ...oneOf(chaos, ['component', 'labels'], path),
    ...actionFaults(chaos, path),
    ...missingOf(chaos).map((key) => ({
      path: [...path, key],
      message: `found none; expected one, for ${key === 'namespace' ? 'labels' : needs}`,
    })),
    ...placeFaults(chaos, path, raw),
  ];
}

function planFaults(plan: Raw, path: Path, raw: unknown): CrossFault[] {
  const { chaos, drain } = plan;
  return [
    ...oneOf(plan, injectionKinds, path),
    ...(isRaw(chaos) ? chaosFaults(chaos, [...path, 'chaos'], raw) : []),
    ...(isRaw(drain)
      ? [
          ...oneOf(drain, ['node', 'zone', 'component'], [...path, 'drain']),
          ...placeFaults(drain, [...path, 'drain'], raw),
        ]
      : []),
  ];
}

/** Faults of drill plans that no single key shows. */
export function drillFaults(raw: unknown): CrossFault[] {
  const plans = items(rawAt(raw, 'drills', 'plans'));
  const names = plans.map((plan) => (isRaw(plan) ? plan['name'] : undefined));
  return plans.flatMap((plan, index) => {
    if (!isRaw(plan)) return [];
    const path = ['drills', 'plans', index];
    const before = names.indexOf(plan['name']);
    const isDoubled = plan['name'] !== undefined && before < index;
    const message = `found ${showValue(plan['name'], path)}; expected a name that no other plan has (it is also that of number ${before + 1})`;
    const doubled = isDoubled ? [{ path: [...path, 'name'], message }] : [];
    return [...doubled, ...planFaults(plan, path, raw)];
  });
}
