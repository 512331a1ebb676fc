// Plain JavaScript without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is needed, and why. */
const reasons = {
  'etcd-server': "Patroni's configuration store",
  'etcd-client': 'its command line',
  patroni: 'PostgreSQL failover',
  'postgresql-15': 'the database',
  'postgresql-client-15': 'psql, to create roles',
  pgbackrest: 'backups and archived WAL',
  'redis-server': 'the cache',
  'redis-sentinel': 'Redis failover',
  'redis-tools': 'redis-server and redis-cli binaries',
  haproxy: 'the load balancer',
  prometheus: 'scrapes the exporter; promtool checks its metrics',
  'prometheus-alertmanager': 'routes alerts; amtool checks its configuration',
  procps: 'ps, to look for processes left behind',
  chromium: 'looks at the status page and the dashboards as people do',
  pngquant: 'makes the pictures of the documents small',
  'fonts-dejavu-core': 'letters for it',
  'prometheus-blackbox-exporter': 'the peer of the benchmark',
};

const others = new Set(['prometheus-blackbox-exporter', 'pngquant']);
const lab = Object.keys(reasons).filter((name) => !others.has(name));

export const packageSets = {
  lab,
  bench: [...lab, 'prometheus-blackbox-exporter'],
  preview: ['chromium', 'pngquant'],
};

const policyFile = '/usr/sbin/policy-rc.d';

function missingOf(names) {
  const { stdout, error } = spawnSync(
    'dpkg-query',
    ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names],
    { encoding: 'utf8' },
  );
  if (error) throw new Error('this needs Debian: dpkg-query was not found');
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

function apt(args) {
  const { status } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed; see its output above`);
}

/** Debian starts services on installation; while this runs it must not. */
function withoutServices(work) {
  const before = existsSync(policyFile) ? readFileSync(policyFile) : undefined;
  const restore = () => {
    if (before === undefined) rmSync(policyFile, { force: true });
    else writeFileSync(policyFile, before);
  };
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n');
  chmodSync(policyFile, 0o755);
  process.once('exit', restore);
  try {
    work();
  } finally {
    restore();
    process.off('exit', restore);
  }
}

/** Installs the packages of a set that are missing. Quick when there is nothing to do. */
export function ensureDebianPackages(set) {
  const missing = missingOf(packageSets[set]);
  if (missing.length === 0) return;
  process.stderr.write(`Installing Debian packages (a minute or two):\n`);
  for (const name of missing) process.stderr.write(`  ${name}: ${reasons[name]}\n`);
  if (process.getuid() !== 0) {
    throw new Error(
      `not root: run this as root, or install them first: apt-get install ${missing.join(' ')}`,
    );
  }
  apt(['update']);
  withoutServices(() => apt(['install', '-y', '--no-install-recommends', ...missing]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureDebianPackages(process.argv[2] ?? 'lab');
}
