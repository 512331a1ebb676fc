import { z } from 'zod';

/** An instance as SENTINEL MASTER, REPLICAS and SENTINELS describe it; all values are text. */
export type Instance = Readonly<Record<string, string>>;

const flat = z.array(z.union([z.string(), z.number()]).transform(String));
const mapped = z.union([
  z.map(z.string(), z.union([z.string(), z.number()]).transform(String)),
  z.record(z.string(), z.union([z.string(), z.number()]).transform(String)),
]);

function pairs(list: readonly string[]): Instance {
  const entries: [string, string][] = [];
  for (let index = 0; index + 1 < list.length; index += 2)
    entries.push([list[index]!, list[index + 1]!]);
  return Object.fromEntries(entries);
}

/** Name and value in turn, as RESP2 has them, or the map of RESP3. Undefined for anything else. */
export function parseInstance(value: unknown): Instance | undefined {
  const list = flat.safeParse(value);
  if (list.success) return list.data.length % 2 === 0 ? pairs(list.data) : undefined;
  const map = mapped.safeParse(value);
  if (!map.success) return undefined;
  return map.data instanceof Map ? Object.fromEntries(map.data) : map.data;
}

export function parseInstances(value: unknown): readonly Instance[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const instances = value.map(parseInstance);
  return instances.every((instance) => instance !== undefined) ? instances : undefined;
}

/** A number in an instance; undefined where it is missing or none. */
export function numberIn(instance: Instance, key: string): number | undefined {
  const text = instance[key];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export function flagsOf(instance: Instance): readonly string[] {
  return (instance['flags'] ?? '').split(',').filter((flag) => flag !== '');
}

const unusable = new Set(['s_down', 'o_down', 'disconnected']);

/** Neither down nor disconnected, as the Sentinel that describes it sees it. */
export function isUsable(instance: Instance): boolean {
  return !flagsOf(instance).some((flag) => unusable.has(flag));
}

/** `sentinel_tilt` of INFO; undefined where the answer lacks it. */
export function parseTilt(info: unknown): boolean | undefined {
  const match = typeof info === 'string' ? /^sentinel_tilt:(\d)/m.exec(info) : null;
  return match === null ? undefined : match[1] !== '0';
}
