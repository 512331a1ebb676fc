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
import { showValue } from './fault.js';
import { regionsOf } from './regions.js';
import type { Config } from './schema.js';
import { hostPort } from './values.js';

type Path = readonly PropertyKey[];
type Lag = Config['collectors']['lag'][number];

/** The name under collectors.postgres of a cluster in the raw input. */
function postgresNameOf(item: unknown): unknown {
  return rawAt(item, 'postgres') ?? rawAt(item, 'name');
}

function namesOf(list: readonly { readonly name: string }[]): string[] {
  return list.map(({ name }) => name);
}

function strayName(value: unknown, path: Path, known: readonly string[], what: string) {
  if (typeof value !== 'string' || known.includes(value)) return [];
  const there = known.join(', ') || 'there is none';
  return [{ path, message: `found ${showValue(value, [])}; expected ${what}: ${there}` }];
}

function clusterIsWatched(item: Raw, path: Path, { collectors }: Config): CrossFault[] {
  const key = item['postgres'] === undefined ? 'name' : 'postgres';
  const under = (kind: string) => `the name of a cluster under collectors.${kind}`;
  const stray = strayName(
    item['name'],
    [...path, 'name'],
    namesOf(collectors.patroni),
    under('patroni'),
  );
  const strayToo = strayName(
    item[key],
    [...path, key],
    namesOf(collectors.postgres),
    `${under('postgres')}${key === 'name' ? ', or its other name there under postgres' : ''}`,
  );
  return [...stray, ...strayToo];
}

/** A cluster of PostgreSQL that two entries stand for. */
function postgresTwice(clusters: readonly unknown[]): CrossFault[] {
  const named = clusters.map(postgresNameOf);
  return clusters.flatMap((item, index) => {
    const own = rawAt(item, 'postgres');
    const first = named.indexOf(own);
    if (own === undefined || first === index) return [];
    const message = `found ${showValue(own, [])}; expected a cluster that no other entry has (it is also that of number ${first + 1})`;
    return [{ path: ['clusters', index, 'postgres'], message }];
  });
}

/** Either cluster of a pair goes with the other: one is promoted where the other is demoted. */
function pairIsWhole(clusters: readonly unknown[], { name, primary, standby }: Lag): CrossFault[] {
  const named = clusters.map(postgresNameOf);
  const [one, other] = [named.indexOf(primary), named.indexOf(standby)];
  if (one < 0 === other < 0) return [];
  const absent = one < 0 ? primary : standby;
  const message = `found without ${absent}, the other cluster of collectors.lag ${name}; expected an entry for each of the two`;
  return [{ path: ['clusters', Math.max(one, other), 'name'], message }];
}

function partnersOf(cluster: unknown, { collectors }: Config): string[] {
  return collectors.lag.flatMap(({ primary, standby }) =>
    primary === cluster ? [standby] : standby === cluster ? [primary] : [],
  );
}

/** The cluster that an address is known to belong to. */
function ownerOf(host: unknown, port: unknown, clusters: readonly unknown[], config: Config) {
  const isIt = (at: { readonly host: string; readonly port: number } | undefined) =>
    at !== undefined && at.host === host && at.port === port;
  const ofPath = clusters.find((each) =>
    isIt(hostPort.safeParse(rawAt(each, 'writePath', 'address')).data),
  );
  if (ofPath !== undefined) return postgresNameOf(ofPath);
  return config.collectors.postgres.find(
    ({ members, canary }) => isIt(canary?.address) || members.some(({ address }) => isIt(address)),
  )?.name;
}

/** A cluster follows the other of its pair; an address that nobody is known by may be a way there. */
function followsPartner(
  item: Raw,
  path: Path,
  clusters: readonly unknown[],
  config: Config,
): CrossFault[] {
  const { host, port = 5432 } = isRaw(item['standbyCluster']) ? item['standbyCluster'] : {};
  const owner = ownerOf(host, port, clusters, config);
  const partners = partnersOf(postgresNameOf(item), config);
  if (typeof owner !== 'string' || partners.includes(owner) || partners.length === 0) return [];
  const message = `found ${showValue(`${String(host)}:${String(port)}`, [])}, which is of ${owner}; expected where ${partners.join(' or ')} is reached`;
  return [{ path: [...path, 'standbyCluster', 'host'], message }];
}

/** Faults of names, and where there are none those that pairs have: they would follow from them. */
function namingFaults(clusters: readonly unknown[], config: Config): CrossFault[] {
  const eachItem = (check: (item: Raw, path: Path) => CrossFault[]) =>
    clusters.flatMap((item, index) => (isRaw(item) ? check(item, ['clusters', index]) : []));
  const names = [
    ...doubled(clusters, ['clusters'], 'cluster'),
    ...postgresTwice(clusters),
    ...eachItem((item, path) => clusterIsWatched(item, path, config)),
  ];
  if (names.length > 0) return names;
  return [
    ...config.collectors.lag.flatMap((pair) => pairIsWhole(clusters, pair)),
    ...eachItem((item, path) => followsPartner(item, path, clusters, config)),
  ];
}

function clusterFaults(raw: unknown, config: Config): CrossFault[] {
  const clusters = items(rawAt(raw, 'clusters'));
  const certificates = clusters.flatMap((item, index) => [
    ...halfCertificate(rawAt(item, 'tls'), ['clusters', index, 'tls']),
    ...halfCertificate(rawAt(item, 'writePath', 'tls'), ['clusters', index, 'writePath', 'tls']),
  ]);
  return [...namingFaults(clusters, config), ...certificates];
}

const commandOrHttp: Check = (item, path) => {
  const given = ['command', 'http'].filter((key) => item[key] !== undefined);
  if (given.length === 1) return [];
  return given.length === 0
    ? [{ path, message: 'found neither command nor http; expected one of the two' }]
    : [{ path: [...path, 'http'], message: 'found beside command; expected one of the two' }];
};

const secretsWithCommand: Check = (item, path) =>
  item['secrets'] !== undefined && item['command'] === undefined
    ? [
        {
          path: [...path, 'secrets'],
          message:
            'found without command, whose variables they are; expected them with http under secretHeaders, basicAuth or bearerToken',
        },
      ]
    : [];

const ofOneRegion: readonly unknown[] = ['fence', 'rejoin', 'unfence'];

const regionIsNamed: Check = (item, path) =>
  ofOneRegion.includes(item['on']) && item['region'] === undefined
    ? [
        {
          path: [...path, 'region'],
          message: `is missing; expected with on: ${String(item['on'])} the region that it is about`,
        },
      ]
    : [];

const bodyGoesWithMethod: Check = (item, path) =>
  item['method'] === 'GET' && item['body'] !== undefined
    ? [
        {
          path: [...path, 'body'],
          message: 'found with method GET; expected no body, or method POST, PUT, PATCH or DELETE',
        },
      ]
    : [];

const requestChecks = [oneCredential, headersHoldNoSecret, bodyGoesWithMethod];

const requestIsSound: Check = (item, path, raw) => {
  const { http } = item;
  if (!isRaw(http)) return [];
  const here = [...path, 'http'];
  return [
    ...requestChecks.flatMap((check) => check(http, here, raw)),
    ...halfCertificate(http['tls'], [...here, 'tls']),
  ];
};

const hookChecks = [commandOrHttp, secretsWithCommand, regionIsNamed, requestIsSound];

function hookFaults(raw: unknown, config: Config): CrossFault[] {
  const hooks = items(rawAt(raw, 'hooks'));
  const regions = regionsOf(config);
  const each = hooks.flatMap((item, index) => {
    if (!isRaw(item)) return [];
    const path = ['hooks', index];
    return [
      ...hookChecks.flatMap((check) => check(item, path, raw)),
      ...strayName(item['region'], [...path, 'region'], regions, 'one of the regions'),
    ];
  });
  return [...doubled(hooks, ['hooks'], 'hook'), ...each];
}

/** Faults between the keys of operations.yaml, and between it and the configuration. */
export function checkOperations(raw: unknown, config: Config): CrossFault[] {
  return [...clusterFaults(raw, config), ...hookFaults(raw, config)];
}
