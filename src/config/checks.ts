import { namesSecret, showValue } from './fault.js';

/** A fault that no single key shows. */
export interface CrossFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export type Raw = Readonly<Record<string, unknown>>;
/** Looks at one target; `raw` is the whole file. */
export type Check = (item: Raw, path: readonly PropertyKey[], raw: unknown) => CrossFault[];

export function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function rawAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRaw(at) ? at[key] : undefined), value);
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A name that stands twice in a list: its second and later places. */
export function doubled(
  list: readonly unknown[],
  path: readonly PropertyKey[],
  what: string,
): CrossFault[] {
  const first = new Map<unknown, number>();
  return list.flatMap((item, index) => {
    const name = rawAt(item, 'name');
    if (name === undefined) return [];
    const before = first.get(name);
    if (before === undefined) {
      first.set(name, index);
      return [];
    }
    return [
      {
        path: [...path, index, 'name'],
        message: `found ${showValue(name, path)}; expected a name that no other ${what} has (it is also that of number ${before + 1})`,
      },
    ];
  });
}

export const oneCredential: Check = (item, path) =>
  item['basicAuth'] !== undefined && item['bearerToken'] !== undefined
    ? [
        {
          path: [...path, 'bearerToken'],
          message: 'found beside basicAuth; expected one of the two',
        },
      ]
    : [];

export const headersHoldNoSecret: Check = (item, path) =>
  (isRaw(item['headers']) ? Object.keys(item['headers']) : []).filter(namesSecret).map((key) => ({
    path: [...path, 'headers', key],
    message:
      'found a header that carries a secret; expected it under secretHeaders, by reference: {file: PATH} or {env: NAME}',
  }));

export function halfCertificate(settings: unknown, path: readonly PropertyKey[]): CrossFault[] {
  const [cert, key] = [rawAt(settings, 'certFile'), rawAt(settings, 'keyFile')];
  if ((cert === undefined) === (key === undefined)) return [];
  const [present, absent] = cert === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
  const message = `found without ${absent}; expected both or neither`;
  return [{ path: [...path, present], message }];
}
