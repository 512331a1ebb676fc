import { parseDuration } from './values.js';

/** A fault that no single key shows. */
export interface CrossFault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Raw = Readonly<Record<string, unknown>>;
type Check = (item: Raw, path: readonly PropertyKey[]) => CrossFault[];

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rawAt(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRaw(at) ? at[key] : undefined), value);
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A name that stands twice in a list: its second and later places. */
function doubled(
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
        message: `found ${JSON.stringify(name)}; expected a name that no other ${what} has (it is also that of number ${before + 1})`,
      },
    ];
  });
}

const timeoutWithinInterval =
  (defaults: { interval: string; timeout: string }): Check =>
  (item, path) => {
    const interval = item['interval'] ?? defaults.interval;
    const timeout = item['timeout'];
    if (typeof interval !== 'string' || typeof timeout !== 'string') return [];
    const [intervalMs, timeoutMs] = [parseDuration(interval), parseDuration(timeout)];
    if (intervalMs === undefined || timeoutMs === undefined || timeoutMs <= intervalMs) return [];
    return [
      {
        path: [...path, 'timeout'],
        message: `found "${timeout}"; expected at most the interval, "${interval}"`,
      },
    ];
  };

const oneCredential: Check = (item, path) =>
  item['basicAuth'] !== undefined && item['bearerToken'] !== undefined
    ? [
        {
          path: [...path, 'bearerToken'],
          message: 'found beside basicAuth; expected one of the two',
        },
      ]
    : [];

const bodyHasMethod: Check = (item, path) => {
  const { body, method = 'GET' } = item;
  if (body === undefined || (method !== 'GET' && method !== 'HEAD')) return [];
  const message = `found with method ${method}; expected method POST, PUT or OPTIONS`;
  return [{ path: [...path, 'body'], message }];
};

const certificateHasKey: Check = (item, path) => {
  const settings = item['tls'];
  if (!isRaw(settings)) return [];
  const [cert, key] = [settings['certFile'], settings['keyFile']];
  if ((cert === undefined) === (key === undefined)) return [];
  const [present, absent] = cert === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
  return [
    {
      path: [...path, 'tls', present],
      message: `found without ${absent}; expected both or neither`,
    },
  ];
};

function atMost(key: string, limit: (item: Raw) => number, why: string): Check {
  return (item, path) => {
    const value = item[key];
    const most = limit(item);
    return typeof value === 'number' && value > most
      ? [{ path: [...path, key], message: `found ${value}; expected at most ${most}, ${why}` }]
      : [];
  };
}

const membersLessOne = (item: Raw) => Math.max(0, items(item['members']).length - 1);
const clusterTimeout = timeoutWithinInterval({ interval: '5s', timeout: '3s' });

const checks: Readonly<Record<string, readonly Check[]>> = {
  lb: [
    timeoutWithinInterval({ interval: '10s', timeout: '5s' }),
    oneCredential,
    bodyHasMethod,
    certificateHasKey,
  ],
  patroni: [
    clusterTimeout,
    certificateHasKey,
    atMost('synchronousStandbys', membersLessOne, 'the members less the primary'),
    (item, path) => doubled(items(item['members']), [...path, 'members'], 'member'),
  ],
  postgres: [
    clusterTimeout,
    certificateHasKey,
    (item, path) => doubled(items(item['members']), [...path, 'members'], 'member'),
  ],
  sentinel: [
    clusterTimeout,
    certificateHasKey,
    atMost('quorum', (item) => items(item['sentinels']).length, 'the number of sentinels'),
    (item, path) => doubled(items(item['sentinels']), [...path, 'sentinels'], 'sentinel'),
  ],
};

function regionsOf(raw: unknown): readonly string[] | undefined {
  const dr = rawAt(raw, 'disasterRecovery');
  if (!isRaw(dr) || dr['enabled'] === false) return undefined;
  const listed =
    dr['mode'] === 'standby' ? [dr['primaryRegion'], dr['drRegion']] : items(dr['regions']);
  const regions = listed.filter((each): each is string => typeof each === 'string');
  return regions.length === 0 ? undefined : regions;
}

function regionFaults(raw: unknown): CrossFault[] {
  const dr = rawAt(raw, 'disasterRecovery');
  if (!isRaw(dr)) return [];
  if (typeof dr['drRegion'] === 'string' && dr['drRegion'] === dr['primaryRegion']) {
    return [
      {
        path: ['disasterRecovery', 'drRegion'],
        message: `found ${JSON.stringify(dr['drRegion'])}; expected a region other than primaryRegion`,
      },
    ];
  }
  const list = items(dr['regions']);
  return list.flatMap((region, index) =>
    typeof region === 'string' && list.indexOf(region) < index
      ? [
          {
            path: ['disasterRecovery', 'regions', index],
            message: `found ${JSON.stringify(region)}; expected each region once`,
          },
        ]
      : [],
  );
}

function strayRegion(
  item: Raw,
  path: readonly PropertyKey[],
  regions: readonly string[],
): CrossFault[] {
  const region = item['region'];
  return typeof region === 'string' && !regions.includes(region)
    ? [
        {
          path: [...path, 'region'],
          message: `found ${JSON.stringify(region)}; expected one of the regions under disasterRecovery: ${regions.join(', ')}`,
        },
      ]
    : [];
}

/** Faults between keys, found in the raw input, so that they show beside those of single keys. */
export function crossCheck(raw: unknown): CrossFault[] {
  const regions = regionsOf(raw);
  const perTarget = Object.entries(checks).flatMap(([kind, list]) => {
    const path = ['collectors', kind];
    const targets = items(rawAt(raw, ...path));
    const each = targets.flatMap((item, index) =>
      isRaw(item)
        ? [
            ...list.flatMap((check) => check(item, [...path, index])),
            ...(regions === undefined ? [] : strayRegion(item, [...path, index], regions)),
          ]
        : [],
    );
    return [...doubled(targets, path, `${kind} target`), ...each];
  });
  return [...regionFaults(raw), ...perTarget];
}
