import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ports } from './addresses.js';
import { exporterConfig, objectsTargets } from './exporter-config.js';
import type { Lab } from './lab.js';

/** What is watched beside the lab: it has no Kubernetes and no certificates of its own. */
export interface Beside {
  readonly kubeconfigFile: string;
  readonly lbTargets: readonly object[];
}

/**
 * A database failover takes longer than its target, so that a breach exists; one SLO has a latency, and
 * one a calendar period; a maintenance window is about to end.
 */
const slo = (nowMs: number) => ({
  stabilisation: '3s',
  exposureGrace: '5s',
  objectives: [
    { name: 'orders-a-writes', recoveryTarget: '3s' },
    { name: 'cache-writes', period: 'month' },
    {
      name: 'api-latency',
      sli: 'lb/api/availability',
      type: 'latency',
      latencyThreshold: '250ms',
      objective: 0.95,
    },
  ],
  maintenance: [
    {
      name: 'upgrade',
      from: new Date(nowMs - 60_000).toISOString(),
      to: new Date(nowMs + 60_000).toISOString(),
      components: ['dashboard'],
    },
  ],
});

function replicasTargets(kubeconfigFile: string): object[] {
  return [
    {
      name: 'east',
      region: 'region-a',
      kubeconfig: { file: kubeconfigFile },
      namespaces: ['sensei'],
      components: [
        { component: 'api', deployment: 'sensei-api' },
        { component: 'workers', deployment: 'sensei-workers' },
        {
          component: 'orchestrator',
          deployment: 'sensei-orchestrator',
          lease: 'sensei-orchestrator',
        },
      ],
    },
  ];
}

/** A second component that users reach in region B: one alone does not tell that a region is down. */
function dashboardOfRegionB({ addresses: { regionB } }: Lab): object {
  return {
    name: 'dashboard-region-b',
    url: `http://${regionB.haproxy}:${ports.api}/healthz`,
    component: 'dashboard',
    region: 'region-b',
    interval: '1s',
    timeout: '900ms',
  };
}

/** A restore test that succeeded yesterday: backups that were never restored are no evidence. */
function restoreRecord(lab: Lab): string {
  const file = join(lab.folder, 'restore-test.json');
  const at = new Date(Date.now() - 24 * 3_600_000).toISOString();
  writeFileSync(file, JSON.stringify({ at, success: true, durationSeconds: 310 }));
  return file;
}

function peersOf(lab: Lab, other: string): object {
  const file = lab.passwordFile('peers');
  writeFileSync(file, 'a secret that the two of them share', { mode: 0o600 });
  const exporters = [
    { name: other, url: `http://${lab.addresses[sideOf(other)]}:${ports.exporter}` },
  ];
  return { secret: { file }, interval: '500ms', exporters };
}

/** Evidence of a drill that passed, beside those of the store. */
function drillsFolder(lab: Lab): string {
  const folder = join(lab.folder, 'drills');
  mkdirSync(folder, { recursive: true });
  const at = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString();
  const evidence = {
    format: 'sensei-drill/v1',
    id: '7d9f8a52-7f0c-4a5e-9a6e-2f4f3d1c0001',
    scenario: 'pod',
    environment: 'lab',
    by: 'the lab',
    what: 'a pod was deleted',
    targets: ['sensei-api-1'],
    injectedAt: at(2),
    recoveredAt: at(1.9999),
    lossSeconds: null,
    cleanedUp: true,
    configuration: '0'.repeat(64),
    recordedAt: at(1.9),
  };
  writeFileSync(join(folder, 'pod.json'), JSON.stringify(evidence));
  return folder;
}

export type Side = 'exporter-a' | 'exporter-b';

function sideOf(name: string): 'exporter' | 'peer' {
  return name === 'exporter-a' ? 'exporter' : 'peer';
}

/** Where each of the two exporters keeps its history. */
export function storeFile(lab: Lab, side: Side): string {
  mkdirSync(join(lab.folder, side), { recursive: true });
  return join(lab.folder, side, 'sensei.db');
}

interface Collectors {
  readonly lb: object[];
  readonly lag: object[];
  readonly backups: object[];
}

/** All that a user could have, of one of two exporters that ask each other. */
export function lifeConfig(lab: Lab, side: Side, beside: Beside): string {
  const config = JSON.parse(
    exporterConfig(lab, { slo: slo(Date.now()), alerts: { regionSettles: '5s' } }),
  ) as {
    readonly collectors: Collectors;
  };
  const { lb, lag, backups } = config.collectors;
  const restoreTest = { file: restoreRecord(lab) };
  const other = side === 'exporter-a' ? 'exporter-b' : 'exporter-a';
  return JSON.stringify({
    ...config,
    server: { host: lab.addresses[sideOf(side)], port: ports.exporter },
    store: { file: storeFile(lab, side) },
    peers: peersOf(lab, other),
    drills: { folder: drillsFolder(lab) },
    collectors: {
      ...config.collectors,
      lb: [...lb, dashboardOfRegionB(lab), ...beside.lbTargets],
      lag: lag.map((target) => ({ ...target, lagThreshold: '5s' })),
      objects: objectsTargets(lab, true),
      backups: backups.map((target) => ({ ...target, restoreTest, interval: '2s', timeout: '2s' })),
      replicas: replicasTargets(beside.kubeconfigFile),
    },
  });
}
