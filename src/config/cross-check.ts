import {
  doubled,
  halfCertificate,
  headersHoldNoSecret,
  isRaw,
  items,
  oneCredential,
  rawAt,
  type Check,
  type CrossFault,
  type Raw,
} from './checks.js';
import { drillFaults } from './drill-check.js';
import { showValue } from './fault.js';
import { parseDuration } from './values.js';

function durationOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined;
}

function timeoutWithinInterval(defaultInterval: (raw: unknown) => unknown): Check {
  return (item, path, raw) => {
    const interval = item['interval'] ?? defaultInterval(raw);
    const timeout = item['timeout'];
    const [intervalMs, timeoutMs] = [durationOf(interval), durationOf(timeout)];
    if (intervalMs === undefined || timeoutMs === undefined || timeoutMs <= intervalMs) return [];
    const message = `found "${String(timeout)}"; expected at most the interval, "${String(interval)}"`;
    return [{ path: [...path, 'timeout'], message }];
  };
}

const bodyHasMethod: Check = (item, path) => {
  const { body, method = 'GET' } = item;
  if (body === undefined || (method !== 'GET' && method !== 'HEAD')) return [];
  const message = `found with method ${method}; expected no body, or method POST, PUT or OPTIONS`;
  return [{ path: [...path, 'body'], message }];
};

const answerHasBody: Check = (item, path) =>
  item['method'] === 'HEAD'
    ? ['expectBody', 'rejectBody']
        .filter((key) => item[key] !== undefined)
        .map((key) => ({
          path: [...path, key],
          message: 'found with method HEAD, whose answer has no body; expected method GET or POST',
        }))
    : [];

const certificateHasKey: Check = (item, path) => [
  ...halfCertificate(item['tls'], [...path, 'tls']),
  ...halfCertificate(rawAt(item, 'canary', 'tls'), [...path, 'canary', 'tls']),
];

const bucketCertificateHasKey: Check = (item, path) =>
  halfCertificate(rawAt(item, 'objects', 'tls'), [...path, 'objects', 'tls']);

const oneBackupSource: Check = (item, path) => {
  const given = ['pgbackrest', 'objects'].filter((key) => item[key] !== undefined);
  if (given.length === 1) return [];
  return given.length === 0
    ? [{ path, message: 'found neither pgbackrest nor objects; expected one of the two' }]
    : [{ path: [...path, 'objects'], message: 'found beside pgbackrest; expected one of the two' }];
};

const archiverIsConfigured: Check = (item, path, raw) => {
  const cluster = rawAt(item, 'archiver', 'cluster');
  const names = items(rawAt(raw, 'collectors', 'postgres')).map((each) => rawAt(each, 'name'));
  if (typeof cluster !== 'string' || names.includes(cluster)) return [];
  const known = names.filter((each) => typeof each === 'string').join(', ') || 'there is none';
  return [
    {
      path: [...path, 'archiver', 'cluster'],
      message: `found ${showValue(cluster, [])}; expected the name of a cluster under collectors.postgres: ${known}`,
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

/** A number that the platform's own block asks for is one that the listed members can reach. */
function enough(
  listKey: string,
  ownKey: string,
  platformPath: readonly string[],
  spare: number,
): Check {
  return (item, path, raw) => {
    const wanted = rawAt(raw, ...platformPath);
    const count = items(item[listKey]).length;
    if (typeof wanted !== 'number' || item[ownKey] !== undefined || item['role'] === 'standby')
      return [];
    const least = wanted + spare;
    if (count === 0 || count >= least) return [];
    const message = `found a list of ${count}; expected at least ${least}, for ${platformPath.join('.')} is ${wanted}`;
    return [{ path: [...path, listKey], message }];
  };
}

const namesOnce =
  (key: string, what: string): Check =>
  (item, path) =>
    doubled(items(item[key]), [...path, key], what);

const clusterTimeout = timeoutWithinInterval(() => '5s');
const synchronousPath = ['postgresql', 'replication', 'numSynchronousReplicas'];

/** A key that names a cluster which must be configured. */
function namesCluster(...keys: string[]): Check {
  return (item, path, raw) => {
    const clusters = items(rawAt(raw, 'collectors', 'postgres')).map((each) => rawAt(each, 'name'));
    return keys.flatMap((key) => {
      const named = rawAt(item, ...key.split('.'));
      if (typeof named !== 'string' || clusters.includes(named)) return [];
      const there = clusters.filter((each) => typeof each === 'string').join(', ') || 'none';
      const message = `found ${showValue(named, [])}; expected the name of a cluster under collectors.postgres: ${there}`;
      return [{ path: [...path, ...key.split('.')], message }];
    });
  };
}

/** An access key goes with its secret. */
function keysTogether(...side: string[]): Check {
  return (item, path) => {
    const pair = ['accessKeyId', 'secretAccessKey'];
    const given = pair.filter((key) => rawAt(item, ...side, key) !== undefined);
    const absent = pair.find((key) => !given.includes(key));
    if (given.length !== 1 || given[0] === undefined) return [];
    const message = `found without ${absent}; expected both, or neither for the keys of the environment`;
    return [{ path: [...path, ...side, given[0]], message }];
  };
}

/** Two ways to one dataset count as the better of them: objects and a database are two. */
const datasetOfItsOwn: Check = (item, path, raw) => {
  const key = item['dataset'] === undefined ? 'name' : 'dataset';
  const taken = [
    ...items(rawAt(raw, 'collectors', 'postgres')).map((each) => rawAt(each, 'name')),
    ...items(rawAt(raw, 'collectors', 'lag')).map((each) => rawAt(each, 'dataset')),
  ];
  if (typeof item[key] !== 'string' || !taken.includes(item[key])) return [];
  const message = `found ${showValue(item[key], [])}, the dataset of a PostgreSQL cluster; expected another name or dataset, for the better of two would hide the worse`;
  return [{ path: [...path, key], message }];
};

function sideCertificate(side: string): Check {
  return (item, path) => halfCertificate(rawAt(item, side, 'tls'), [...path, side, 'tls']);
}

const twoClusters: Check = (item, path) =>
  typeof item['standby'] === 'string' && item['standby'] === item['primary']
    ? [
        {
          path: [...path, 'standby'],
          message: `found ${showValue(item['standby'], [])}; expected a cluster other than primary`,
        },
      ]
    : [];

/** Exactly one way to find what runs a component. */
const oneWorkload: Check = (item, path) =>
  items(item['components']).flatMap((each, index) => {
    if (!isRaw(each)) return [];
    const given = ['deployment', 'statefulSet', 'labels'].filter((key) => each[key] !== undefined);
    if (given.length === 1) return [];
    const found = given.length === 0 ? 'none' : given.join(', ');
    const message = `found ${found}; expected exactly one of deployment, statefulSet, labels`;
    return [{ path: [...path, 'components', index], message }];
  });

/** A component is in a namespace that is watched; with several, it says which. */
const namespaceIsWatched: Check = (item, path) => {
  const watched = items(item['namespaces']);
  const isAll = watched.includes('*');
  return items(item['components']).flatMap((each, index) => {
    if (!isRaw(each) || watched.length === 0) return [];
    const here = [...path, 'components', index, 'namespace'];
    const { namespace } = each;
    if (namespace === undefined) {
      if (watched.length === 1 && !isAll) return [];
      return [
        { path: here, message: 'found none; expected one, for several namespaces are watched' },
      ];
    }
    if (isAll || watched.includes(namespace)) return [];
    const message = `found ${showValue(namespace, [])}; expected one of the namespaces of the target: ${watched.join(', ')}`;
    return [{ path: here, message }];
  });
};

const componentsOnce: Check = (item, path) => {
  const names = items(item['components']).map((each) => rawAt(each, 'component'));
  return names.flatMap((each, index) =>
    typeof each === 'string' && names.indexOf(each) < index
      ? [
          {
            path: [...path, 'components', index, 'component'],
            message: `found ${showValue(each, [])}; expected each component once a cluster`,
          },
        ]
      : [],
  );
};

const checks: Readonly<Record<string, readonly Check[]>> = {
  lb: [
    timeoutWithinInterval(
      (raw) => rawAt(raw, 'disasterRecovery', 'routing', 'healthCheck', 'interval') ?? '10s',
    ),
    oneCredential,
    headersHoldNoSecret,
    bodyHasMethod,
    answerHasBody,
    certificateHasKey,
  ],
  patroni: [
    clusterTimeout,
    certificateHasKey,
    atMost('synchronousStandbys', membersLessOne, 'the members less the primary'),
    enough('members', 'synchronousStandbys', synchronousPath, 1),
    namesOnce('members', 'member'),
  ],
  lag: [namesCluster('primary', 'standby'), twoClusters],
  objects: [
    timeoutWithinInterval(() => '10s'),
    datasetOfItsOwn,
    keysTogether('source'),
    keysTogether('destination'),
    sideCertificate('source'),
    sideCertificate('destination'),
  ],
  replicas: [oneWorkload, namespaceIsWatched, componentsOnce],
  postgres: [clusterTimeout, certificateHasKey, namesOnce('members', 'member')],
  sentinel: [
    clusterTimeout,
    certificateHasKey,
    atMost('quorum', (item) => items(item['sentinels']).length, 'the number of sentinels'),
    enough('sentinels', 'quorum', ['redis', 'sentinel', 'quorum'], 0),
    namesOnce('sentinels', 'sentinel'),
  ],
  backups: [
    timeoutWithinInterval(() => '60s'),
    oneBackupSource,
    archiverIsConfigured,
    bucketCertificateHasKey,
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
        message: `found ${showValue(dr['drRegion'], [])}; expected a region other than primaryRegion`,
      },
    ];
  }
  const list = items(dr['regions']);
  return list.flatMap((region, index) =>
    typeof region === 'string' && list.indexOf(region) < index
      ? [
          {
            path: ['disasterRecovery', 'regions', index],
            message: `found ${showValue(region, [])}; expected each region once`,
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
          message: `found ${showValue(region, [])}; expected one of the regions under disasterRecovery: ${regions.join(', ')}`,
        },
      ]
    : [];
}

function targetFaults(kind: string, list: readonly Check[], raw: unknown): CrossFault[] {
  const path = ['collectors', kind];
  const regions = regionsOf(raw);
  const targets = items(rawAt(raw, ...path));
  const each = targets.flatMap((item, index) => {
    if (!isRaw(item)) return [];
    const here = [...path, index];
    const found = list.flatMap((check) => check(item, here, raw));
    return regions === undefined ? found : [...found, ...strayRegion(item, here, regions)];
  });
  return [...doubled(targets, path, `${kind} target`), ...each];
}

/** Faults between keys, found in the raw input, so that they show beside those of single keys. */
export function crossCheck(raw: unknown): CrossFault[] {
  const perTarget = Object.entries(checks).flatMap(([kind, list]) => targetFaults(kind, list, raw));
  return [...regionFaults(raw), ...perTarget, ...drillFaults(raw)];
}
