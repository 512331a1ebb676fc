import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ports, type RegionLetter } from './addresses.js';
import type { Lab } from './lab.js';
import { standbyOf } from './patroni-configuration.js';

const recorder = fileURLToPath(new URL('record-hook.mjs', import.meta.url));
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

/** Where the hooks that only record write: a line of JSON each. */
export function hooksFile(lab: Lab): string {
  return join(lab.folder, 'hooks.jsonl');
}

/** What a cluster becomes when its region is to follow the other one, over the line between them. */
function cluster(lab: Lab, letter: RegionLetter): object {
  const { regionA, regionB, link, linkBack } = lab.addresses;
  const [here, there] = letter === 'a' ? [regionA, linkBack] : [regionB, link];
  const { host, port, primary_slot_name, create_replica_methods } = standbyOf(
    there,
    `region_${letter}`,
  );
  return {
    name: `orders-${letter}`,
    standbyCluster: {
      host,
      port,
      primarySlotName: primary_slot_name,
      createReplicaMethods: create_replica_methods,
    },
    writePath: {
      address: `${here.haproxy}:${ports.pgWrite}`,
      user: 'sensei_canary',
      password: { file: lab.passwordFile('canary') },
    },
  };
}

/** By the fencer's API, as a provider's would be. */
function requestHook(lab: Lab, on: string, letter: RegionLetter, path: string): object {
  const region = `region-${letter}`;
  return {
    name: `${on}-${letter}`,
    on,
    region,
    http: {
      url: `http://${lab.addresses.monitoring}:${ports.fencer}/${path}/${region}`,
      bearerToken: { file: lab.passwordFile('fencer') },
    },
    timeout: '60s',
  };
}

/** By the lab's command line, told where labs are: a hook has no other variables than its own. */
function commandHook(lab: Lab, on: string, letter: RegionLetter): object {
  const region = `region-${letter}`;
  const words = ['--import', tsx, main, '--name', lab.name, on, region];
  const command = ['/usr/bin/env', `TMPDIR=${tmpdir()}`, process.execPath, ...words];
  return { name: `${on}-${letter}`, on, region, command };
}

function recordHook(lab: Lab, on: string): object {
  return {
    name: `record-${on}`,
    on,
    command: [process.execPath, recorder, hooksFile(lab)],
    secrets: { LAB_TOKEN: { file: lab.passwordFile('fencer') } },
  };
}

/** The file of what a failover may change in the lab, and how. JSON is YAML. */
export function operationsConfig(lab: Lab): string {
  const operations = {
    journal: { file: join(lab.folder, 'failover.db') },
    clusters: [cluster(lab, 'a'), cluster(lab, 'b')],
    hooks: [
      requestHook(lab, 'fence', 'a', 'fence'),
      commandHook(lab, 'fence', 'b'),
      requestHook(lab, 'rejoin', 'a', 'start'),
      requestHook(lab, 'rejoin', 'b', 'start'),
      requestHook(lab, 'unfence', 'a', 'unfence'),
      commandHook(lab, 'unfence', 'b'),
      ...['scale', 'redis', 'traffic', 'notify'].map((on) => recordHook(lab, on)),
    ],
  };
  return `${JSON.stringify(operations, undefined, 2)}\n`;
}
