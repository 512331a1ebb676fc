/** Every address of a lab: region A on 127.<octet>.1.x, region B on 127.<octet>.2.x. */
export interface Addresses {
  readonly exporter: string;
  /** A second exporter, in region B. */
  readonly peer: string;
  readonly monitoring: string;
  readonly regionA: Region;
  readonly regionB: Region;
  /** The line between the regions, which can be slowed and cut: where region B finds region A. */
  readonly link: string;
  /** The same line, where region A finds region B. */
  readonly linkBack: string;
  /** Where nobody listens. */
  readonly nobody: string;
  /** The S3 service that holds the buckets of both regions. */
  readonly objects: string;
  readonly redis: Readonly<Record<'r1' | 'r2' | 'r3', string>>;
}

export type RegionLetter = 'a' | 'b';

export interface Region {
  readonly haproxy: string;
  readonly etcd: string;
  readonly members: Readonly<Record<string, string>>;
  readonly api: Readonly<Record<string, string>>;
}

/** Ports, the same on every host: each host has an address of its own. */
export const ports = {
  exporter: 9808,
  prometheus: 9090,
  alertmanager: 9093,
  pager: 9099,
  fencer: 9098,
  etcd: 2379,
  etcdPeer: 2380,
  postgres: 5432,
  patroni: 8008,
  redis: 6379,
  sentinel: 26379,
  api: 8080,
  pgWrite: 5000,
  pgRead: 5001,
  redisPrimary: 6380,
  apiZoneA: 8081,
  apiZoneB: 8082,
  haproxyStats: 8404,
  linkControl: 5999,
  objects: 9000,
  objectsControl: 9001,
} as const;

/** Buckets, by region. */
export const labBuckets = { regionA: 'documents-a', regionB: 'documents-b' } as const;

/** What the keys of the lab's canary objects begin with, by direction. */
export const labPrefixes = [
  'sensei-canary/orders/documents/',
  'sensei-canary/orders/documents-back/',
] as const;

export function addressesOf(octet: number): Addresses {
  const a = (host: number) => `127.${octet}.1.${host}`;
  const b = (host: number) => `127.${octet}.2.${host}`;
  return {
    exporter: a(3),
    peer: b(3),
    monitoring: a(2),
    regionA: {
      haproxy: a(5),
      etcd: a(10),
      members: { a1: a(11), a2: a(12), a3: a(13) },
      api: { 'api-a': a(31), 'api-b': a(32) },
    },
    regionB: {
      haproxy: b(5),
      etcd: b(10),
      members: { b1: b(11), b2: b(12) },
      api: { 'api-c': b(31) },
    },
    link: b(6),
    linkBack: a(6),
    nobody: a(254),
    objects: b(7),
    redis: { r1: a(21), r2: a(22), r3: a(23) },
  };
}
