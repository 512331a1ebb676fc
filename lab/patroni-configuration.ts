import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import { ports, type Region } from './addresses.js';

const run = promisify(execFile);

/** What a standby cluster has of another one: where that accepts writes, and its slot there. */
export function standbyOf(host: string, slot: string) {
  return {
    host,
    port: ports.pgWrite,
    primary_slot_name: slot,
    create_replica_methods: ['basebackup'],
  };
}

async function etcd({ etcd: host }: Region, ...words: readonly string[]): Promise<string> {
  const endpoint = `--endpoints=http://${host}:${ports.etcd}`;
  const env = { PATH: process.env['PATH'] ?? '', ETCDCTL_API: '3' };
  const { stdout } = await run('etcdctl', [endpoint, ...words], { timeout: 30_000, env });
  return stdout;
}

/**
 * Makes a cluster that does not run a standby one of nobody, in its DCS: Patroni would make the old
 * primary one again, on a new timeline that has the number of the other region's, before its own API
 * could be told otherwise. It does not see that such timelines differ, and rewinds nothing.
 */
export async function followNobody(region: Region, scope: string, nobody: string): Promise<void> {
  const key = `/service/${scope}/config`;
  const stored = JSON.parse(await etcd(region, 'get', '--print-value-only', key)) as object;
  if ('standby_cluster' in stored) return;
  const config = { ...stored, slots: {}, standby_cluster: standbyOf(nobody, 'none') };
  await etcd(region, 'put', key, JSON.stringify(config));
}
