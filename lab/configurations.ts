import { ports, type Addresses, type Region } from './addresses.js';

/**
 * Patroni's timings in seconds: short ones for tests, longer ones where a failover must take much longer
 * than a switchover, Patroni's own defaults for a demonstration.
 */
export const timings = {
  fast: { ttl: 5, loopWait: 1, retryTimeout: 3 },
  medium: { ttl: 20, loopWait: 2, retryTimeout: 5 },
  default: { ttl: 30, loopWait: 10, retryTimeout: 10 },
} as const;
export type TimingName = keyof typeof timings;

export function isTiming(name: string): name is TimingName {
  return name in timings;
}

export interface PatroniSettings {
  readonly scope: string;
  readonly member: string;
  readonly address: string;
  readonly zone: string;
  readonly region: string;
  readonly etcd: string;
  readonly folder: string;
  readonly passwords: { readonly superuser: string; readonly replication: string };
  readonly timing: (typeof timings)[TimingName];
  /** What it archives a segment of WAL with, where that is not what the cluster has. */
  readonly archiveCommand?: string;
  /** Where a standby cluster gets its log from; absent in the primary region. */
  readonly source?: { readonly host: string; readonly port: number };
}

function dynamicConfiguration({ timing, source }: PatroniSettings): object {
  const { ttl, loopWait, retryTimeout } = timing;
  return {
    ttl,
    loop_wait: loopWait,
    retry_timeout: retryTimeout,
    maximum_lag_on_failover: 1048576,
    synchronous_mode: source === undefined,
    synchronous_node_count: 1,
    primary_start_timeout: 10,
    master_start_timeout: 10,
    postgresql: {
      use_pg_rewind: true,
      use_slots: true,
      parameters: {
        wal_level: 'replica',
        hot_standby: 'on',
        wal_log_hints: 'on',
        max_connections: 60,
        max_wal_senders: 10,
        max_replication_slots: 10,
        wal_keep_size: '128MB',
        max_wal_size: '256MB',
        shared_buffers: '32MB',
        dynamic_shared_memory_type: 'mmap',
        wal_receiver_timeout: '5s',
        wal_sender_timeout: '5s',
        wal_receiver_status_interval: '1s',
        tcp_keepalives_idle: 5,
        archive_mode: 'on',
        archive_command: '/bin/true',
        archive_timeout: 60,
      },
    },
    ...(source === undefined
      ? { slots: { region_b: { type: 'physical' } } }
      : {
          standby_cluster: {
            host: source.host,
            port: source.port,
            primary_slot_name: 'region_b',
            create_replica_methods: ['basebackup'],
          },
        }),
  };
}

const hostBased = [
  'local all all trust',
  'host replication replicator 127.0.0.0/8 scram-sha-256',
  'host all all 127.0.0.0/8 scram-sha-256',
];

/** Patroni's file; JSON is YAML. */
export function patroniConfiguration(settings: PatroniSettings): string {
  const { scope, member, address, zone, region, etcd, folder, passwords } = settings;
  const { archiveCommand } = settings;
  return JSON.stringify(
    {
      scope,
      name: member,
      restapi: {
        listen: `${address}:${ports.patroni}`,
        connect_address: `${address}:${ports.patroni}`,
      },
      etcd3: { host: `${etcd}:${ports.etcd}` },
      bootstrap: {
        dcs: dynamicConfiguration(settings),
        initdb: [
          { encoding: 'UTF8' },
          { locale: 'C.UTF-8' },
          'data-checksums',
          { 'auth-host': 'scram-sha-256' },
          { 'auth-local': 'trust' },
        ],
      },
      postgresql: {
        listen: `${address}:${ports.postgres}`,
        connect_address: `${address}:${ports.postgres}`,
        data_dir: `${folder}/data`,
        bin_dir: '/usr/lib/postgresql/15/bin',
        pgpass: `${folder}/pgpass`,
        pg_hba: hostBased,
        basebackup: [{ checkpoint: 'fast' }],
        authentication: {
          superuser: { username: 'postgres', password: passwords.superuser },
          replication: { username: 'replicator', password: passwords.replication },
        },
        parameters: {
          unix_socket_directories: folder,
          ...(archiveCommand !== undefined && { archive_command: archiveCommand }),
        },
      },
      tags: { zone, region },
    },
    undefined,
    2,
  );
}

function postgresBackend(
  name: string,
  port: number,
  address: string,
  check: string,
  members: Region['members'],
): string {
  const servers = Object.entries(members).map(
    ([member, host]) =>
      `    server ${member} ${host}:${ports.postgres} check port ${ports.patroni}`,
  );
  return `
listen ${name}
    bind ${address}:${port}
    mode tcp
    option httpchk
    http-check send meth OPTIONS uri ${check}
    http-check expect status 200
    default-server inter 1s fastinter 200ms rise 1 fall 2 on-marked-down shutdown-sessions
${servers.join('\n')}
`;
}

function apiFrontend(
  name: string,
  port: number,
  address: string,
  instances: Readonly<Record<string, string>>,
): string {
  const servers = Object.entries(instances).map(
    ([instance, host]) => `    server ${instance} ${host}:${ports.api} check`,
  );
  return `
listen ${name}
    bind ${address}:${port}
    mode http
    option httpchk GET /healthz
    default-server inter 500ms fastinter 200ms rise 1 fall 2
${servers.join('\n')}
`;
}

function redisBackend(address: string, redis: Addresses['redis']): string {
  const servers = Object.entries(redis).map(
    ([name, host]) => `    server ${name} ${host}:${ports.redis} check`,
  );
  return `
listen redis_primary
    bind ${address}:${ports.redisPrimary}
    mode tcp
    option tcp-check
    tcp-check send PING\\r\\n
    tcp-check expect string +PONG
    tcp-check send info\\ replication\\r\\n
    tcp-check expect string role:master
    tcp-check send QUIT\\r\\n
    tcp-check expect string +OK
    default-server inter 500ms fastinter 200ms rise 1 fall 2 on-marked-down shutdown-sessions
${servers.join('\n')}
`;
}

function haproxyHead(address: string): string {
  return `global
    maxconn 2000
defaults
    timeout connect 2s
    timeout client 1m
    timeout server 1m
    timeout check 1s
frontend stats
    bind ${address}:${ports.haproxyStats}
    mode http
    http-request use-service prometheus-exporter if { path /metrics }
    stats enable
    stats uri /
`;
}

export function haproxyConfiguration(
  region: Region,
  redis: Addresses['redis'] | undefined,
): string {
  const { haproxy, members, api } = region;
  const zones = Object.entries(api);
  return [
    haproxyHead(haproxy),
    postgresBackend('pg_write', ports.pgWrite, haproxy, '/primary', members),
    postgresBackend('pg_read', ports.pgRead, haproxy, '/replica', members),
    apiFrontend('api', ports.api, haproxy, api),
    ...(zones.length > 1
      ? [
          apiFrontend('api_zone_a', ports.apiZoneA, haproxy, Object.fromEntries(zones.slice(0, 1))),
          apiFrontend('api_zone_b', ports.apiZoneB, haproxy, Object.fromEntries(zones.slice(1))),
        ]
      : []),
    ...(redis === undefined ? [] : [redisBackend(haproxy, redis)]),
  ].join('');
}

export function redisConfiguration(folder: string, address: string, primary: string): string {
  return [
    `bind ${address}`,
    `port ${ports.redis}`,
    `bind-source-addr ${address}`,
    `replica-announce-ip ${address}`,
    `dir ${folder}`,
    'protected-mode no',
    'save ""',
    'repl-diskless-sync-delay 0',
    ...(address === primary ? [] : [`replicaof ${primary} ${ports.redis}`]),
    '',
  ].join('\n');
}

export function sentinelConfiguration(folder: string, address: string, primary: string): string {
  return [
    `bind ${address}`,
    `port ${ports.sentinel}`,
    `bind-source-addr ${address}`,
    `dir ${folder}`,
    'protected-mode no',
    `sentinel announce-ip ${address}`,
    `sentinel monitor cache ${primary} ${ports.redis} 2`,
    'sentinel down-after-milliseconds cache 1000',
    'sentinel failover-timeout cache 10000',
    'sentinel parallel-syncs cache 1',
    '',
  ].join('\n');
}

export function prometheusConfiguration(
  { exporter, monitoring }: Addresses,
  exporters: readonly string[] = [exporter],
): string {
  const targets = exporters.map((host) => `'${host}:${ports.exporter}'`).join(', ');
  return `global:
  scrape_interval: 1s
  evaluation_interval: 1s
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['${monitoring}:${ports.alertmanager}'] }]
rule_files: ['*.rules.yaml']
scrape_configs:
  - job_name: sensei
    static_configs: [{ targets: [${targets}] }]
`;
}

export const alertmanagerConfiguration = 'route: { receiver: none }\nreceivers: [{ name: none }]\n';
