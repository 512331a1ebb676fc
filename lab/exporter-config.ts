import { pgbackrestCommand, stanza } from './archive.js';
import { labBuckets, ports } from './addresses.js';
import { alertsBlock, type AlertTiming } from './alerting.js';
import type { Lab } from './lab.js';

const cadence = { interval: '1s', timeout: '900ms' };

function lbTargets({ addresses: { regionA, regionB } }: Lab): object[] {
  const target = (name: string, host: string, port: number, place: object) => ({
    name,
    url: `http://${host}:${port}/healthz`,
    component: 'api',
    expectBody: '"status":"ok"',
    ...place,
    ...cadence,
  });
  return [
    target('api', regionA.haproxy, ports.api, { region: 'region-a' }),
    target('api-zone-a', regionA.haproxy, ports.apiZoneA, { region: 'region-a', zone: 'zone-a' }),
    target('api-zone-b', regionA.haproxy, ports.apiZoneB, { region: 'region-a', zone: 'zone-b' }),
    target('api-region-b', regionB.haproxy, ports.api, { region: 'region-b' }),
  ];
}

function patroniTargets({ addresses: { regionA, regionB } }: Lab): object[] {
  const members = (hosts: Readonly<Record<string, string>>) =>
    Object.entries(hosts).map(([name, host], index) => ({
      name,
      url: `http://${host}:${ports.patroni}`,
      zone: `zone-${'abc'[index]}`,
    }));
  return [
    { name: 'orders-a', region: 'region-a', members: members(regionA.members), ...cadence },
    {
      name: 'orders-b',
      region: 'region-b',
      role: 'standby',
      members: members(regionB.members),
      ...cadence,
    },
  ];
}

function postgresTargets(lab: Lab, canaryTimeout: string): object[] {
  const { regionA, regionB } = lab.addresses;
  const members = (hosts: Readonly<Record<string, string>>) =>
    Object.entries(hosts).map(([name, host], index) => ({
      name,
      address: `${host}:${ports.postgres}`,
      zone: `zone-${'abc'[index]}`,
    }));
  const login = { user: 'sensei_monitor', password: { file: lab.passwordFile('monitor') } };
  const canary = {
    address: `${regionA.haproxy}:${ports.pgWrite}`,
    user: 'sensei_canary',
    password: { file: lab.passwordFile('canary') },
    interval: '100ms',
    timeout: canaryTimeout,
  };
  return [
    {
      name: 'orders-a',
      region: 'region-a',
      members: members(regionA.members),
      ...login,
      ...cadence,
      canary,
    },
    {
      name: 'orders-b',
      region: 'region-b',
      members: members(regionB.members),
      ...login,
      ...cadence,
    },
  ];
}

function sentinelTargets({ addresses: { redis } }: Lab): object[] {
  const sentinels = Object.entries(redis).map(([name, host], index) => ({
    name: name.replace('r', 's'),
    address: `${host}:${ports.sentinel}`,
    zone: `zone-${'abc'[index]}`,
  }));
  return [
    {
      name: 'cache',
      region: 'region-a',
      sentinels,
      ...cadence,
      canary: { interval: '100ms', timeout: '1s' },
    },
  ];
}

/** Objects from region A to region B, and back where both are written to. */
export function objectsTargets(lab: Lab, isActiveActive = false): object[] {
  const { objects } = lab.addresses;
  const key = { file: lab.passwordFile('objects') };
  const side = (region: string, bucket: string) => ({
    region,
    bucket,
    endpoint: `http://${objects}:${ports.objects}`,
    accessKeyId: key,
    secretAccessKey: key,
  });
  const a = side('region-a', labBuckets.regionA);
  const b = side('region-b', labBuckets.regionB);
  const cadence = { interval: '2s', timeout: '1500ms' };
  const back = { name: 'documents-back', source: b, destination: a, ...cadence };
  return [
    { name: 'documents', source: a, destination: b, ...cadence },
    ...(isActiveActive ? [back] : []),
  ];
}

/** A dataset of their own: the copy in region B is fresher, and would hide them. */
function backupsTargets({ archive }: Lab): object[] {
  if (!archive.isThere) return [];
  const { configFile } = archive;
  return [
    {
      name: 'orders-backups',
      dataset: 'orders-backups',
      region: 'region-a',
      pgbackrest: { stanza, command: pgbackrestCommand, configFile },
      archiver: { cluster: 'orders-a' },
      interval: '5s',
      timeout: '5s',
    },
  ];
}

/** The exporter's configuration for a lab, with the platform's own blocks in it. JSON is YAML. */
export function exporterConfig(
  lab: Lab,
  {
    canaryTimeout = '1s',
    slo = {},
    alerts = {},
  }: { canaryTimeout?: string; slo?: object; alerts?: AlertTiming } = {},
): string {
  const config = {
    deployment: 'orders',
    tier: 'enhanced',
    store: { file: `${lab.folder}/sensei.db` },
    slo,
    alerts: alertsBlock(lab, alerts),
    server: { host: lab.addresses.exporter, port: ports.exporter },
    postgresql: {
      replication: { enabled: true, numSynchronousReplicas: 1 },
      readReplicas: { replicaCount: 2 },
    },
    redis: { sentinel: { enabled: true, quorum: 2 }, replica: { replicaCount: 2 } },
    disasterRecovery: {
      enabled: true,
      mode: 'standby',
      primaryRegion: 'region-a',
      drRegion: 'region-b',
      replication: { postgresql: { enabled: true, mode: 'async', lagThreshold: '60s' } },
    },
    collectors: {
      lb: lbTargets(lab),
      patroni: patroniTargets(lab),
      postgres: postgresTargets(lab, canaryTimeout),
      lag: [{ name: 'orders', primary: 'orders-a', standby: 'orders-b', interval: '200ms' }],
      sentinel: sentinelTargets(lab),
      objects: objectsTargets(lab),
      backups: backupsTargets(lab),
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
