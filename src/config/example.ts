import { exampleText } from './example-text.js';
import { configSchema } from './schema.js';

/** The platform that the HA page describes, as the example shows it. */
const content = {
  deployment: 'sensei',
  tier: 'enhanced',
  server: { host: '127.0.0.1', port: 9808 },
  postgresql: {
    replication: { enabled: true, numSynchronousReplicas: 1 },
    readReplicas: { replicaCount: 2 },
  },
  redis: { sentinel: { enabled: true, quorum: 2 }, replica: { replicaCount: 2 } },
  disasterRecovery: {
    mode: 'standby',
    primaryRegion: 'us-east-1',
    drRegion: 'us-west-2',
    replication: {
      postgresql: { enabled: true, mode: 'async', lagThreshold: '60s' },
      objectStorage: { enabled: true, mode: 'cross-region-replication' },
    },
  },
  settings: { backups: { interval: '24h', walArchiving: true } },
  slo: {
    objectives: [
      {
        name: 'api-latency',
        sli: 'lb/api/availability',
        type: 'latency',
        objective: 0.99,
        latencyThreshold: '300ms',
      },
    ],
    maintenance: [{ name: 'sunday', cron: '0 2 * * SUN', duration: '2h', timeZone: 'UTC' }],
  },
  alerts: {
    job: 'sensei',
    grafana: 'https://grafana.example.com',
    runbooks: 'https://runbooks.example.com/sensei',
    alertmanager: {
      pagerduty: [
        {
          routingKeyFile: '/etc/alertmanager/pagerduty-data.key',
          components: ['postgresql', 'redis', 'backups', 'objects'],
        },
        { routingKeyFile: '/etc/alertmanager/pagerduty-platform.key' },
      ],
      tickets: {
        url: 'https://tickets.example.com/hooks/alertmanager',
        credentialsFile: '/etc/alertmanager/tickets.token',
      },
      heartbeat: { url: 'https://heartbeat.example.com/sensei' },
    },
  },
  store: {
    file: '/var/lib/sensei/sensei.db',
    retention: {
      slices: '93d',
      exposures: '93d',
      events: '93d',
      incidents: '400d',
      drills: '400d',
    },
  },
  drills: {
    folder: '/var/lib/sensei/drills',
    plans: [
      {
        name: 'pod-kill',
        scenario: 'pod',
        what: 'One random instance of sensei-api is killed.',
        chaos: { cluster: 'us-east-1', kind: 'PodChaos', action: 'pod-kill', component: 'api' },
      },
    ],
  },
  collectors: {
    lb: [
      {
        name: 'api',
        url: 'https://api.example.com/healthz',
        component: 'api',
        region: 'us-east-1',
        interval: '1s',
        timeout: '900ms',
        expectBody: '"status":"ok"',
      },
    ],
    patroni: [
      {
        name: 'sensei-pg',
        region: 'us-east-1',
        members: [
          { name: 'pg1', url: 'https://pg1.example.com:8008', zone: 'a' },
          { name: 'pg2', url: 'https://pg2.example.com:8008', zone: 'b' },
          { name: 'pg3', url: 'https://pg3.example.com:8008', zone: 'c' },
        ],
      },
      {
        name: 'sensei-pg-west',
        region: 'us-west-2',
        role: 'standby',
        members: [{ name: 'pgw1', url: 'https://pgw1.example.com:8008', zone: 'a' }],
      },
    ],
    postgres: [
      {
        name: 'sensei-pg',
        region: 'us-east-1',
        user: 'sensei_monitor',
        password: { file: '/etc/sensei/monitor.password' },
        members: [
          { name: 'pg1', address: 'pg1.example.com:5432', zone: 'a' },
          { name: 'pg2', address: 'pg2.example.com:5432', zone: 'b' },
          { name: 'pg3', address: 'pg3.example.com:5432', zone: 'c' },
        ],
        canary: {
          address: 'pg-write.example.com:5000',
          user: 'sensei_canary',
          password: { env: 'SENSEI_CANARY_PASSWORD' },
          interval: '100ms',
        },
      },
      {
        name: 'sensei-pg-west',
        region: 'us-west-2',
        user: 'sensei_monitor',
        password: { file: '/etc/sensei/monitor.password' },
        members: [{ name: 'pgw1', address: 'pgw1.example.com:5432', zone: 'a' }],
      },
    ],
    lag: [{ name: 'sensei-pg-regions', primary: 'sensei-pg', standby: 'sensei-pg-west' }],
    sentinel: [
      {
        name: 'cache',
        region: 'us-east-1',
        username: 'sensei',
        password: { file: '/etc/sensei/sentinel.password' },
        sentinels: [
          { name: 's1', address: 'redis1.example.com:26379', zone: 'a' },
          { name: 's2', address: 'redis2.example.com:26379', zone: 'b' },
          { name: 's3', address: 'redis3.example.com:26379', zone: 'c' },
        ],
        canary: {
          username: 'sensei_canary',
          password: { file: '/etc/sensei/redis.password' },
          interval: '1s',
        },
      },
    ],
    replicas: [
      {
        name: 'us-east-1',
        region: 'us-east-1',
        namespaces: ['sensei'],
        components: [
          { component: 'api', deployment: 'sensei-api' },
          { component: 'workers', labels: { 'app.kubernetes.io/component': 'worker' } },
          {
            component: 'orchestrator',
            deployment: 'sensei-orchestrator',
            lease: 'sensei-orchestrator',
          },
        ],
      },
    ],
    objects: [
      {
        name: 'documents',
        source: { bucket: 'sensei-documents-east', region: 'us-east-1' },
        destination: {
          bucket: 'sensei-documents-west',
          region: 'us-west-2',
          signingRegion: 'us-west-2',
        },
      },
    ],
    backups: [
      {
        name: 'sensei-pg',
        region: 'us-east-1',
        pgbackrest: { stanza: 'sensei-pg' },
        archiver: { cluster: 'sensei-pg' },
        restoreTest: { file: '/var/lib/sensei/restore-test.json', maxAge: '100d' },
      },
    ],
  },
};

const secret = (name: string) => ({ file: `/etc/sensei/${name}` });
const tls = {
  caFile: '/etc/sensei/ca.pem',
  certFile: '/etc/sensei/client.pem',
  keyFile: '/etc/sensei/client.key',
  serverName: 'db.example.com',
};

const side = {
  endpoint: 'https://s3.example.com',
  pathStyle: true,
  accessKeyId: secret('s3.id'),
  secretAccessKey: secret('s3.key'),
  sessionToken: secret('s3.token'),
  tls,
};

/** Values to put in, shown behind a `#`; keys that have a default show that without being here. */
const suggestions = {
  drills: {
    kubeconfig: { file: '/home/admin/.kube/drills', context: 'us-east-1' },
    plans: [
      {
        components: ['api'],
        schedule: '0 10 1 * *',
        chaos: {
          labels: { app: 'sensei-api' },
          namespace: 'sensei',
          value: '1',
          containers: ['api'],
          duration: '30s',
          gracePeriod: '5s',
          towards: { app: 'redis' },
          latency: '100ms',
          loss: 50,
        },
        drain: {
          cluster: 'us-east-1',
          node: 'ip-10-0-1-23.ec2.internal',
          zone: 'us-east-1a',
          component: 'api',
          gracePeriod: '30s',
        },
        command: {
          inject: ['/usr/local/bin/kill-primary'],
          cleanup: ['/usr/local/bin/start-all-members'],
          targets: ['pg1'],
        },
      },
    ],
  },
  objectives: { rpo: '15m', rto: '1h' },
  slo: {
    objectives: [{ enabled: true, period: '30d', recoveryTarget: '1s' }],
    maintenance: [
      {
        from: '2026-12-01T22:00:00Z',
        to: '2026-12-02T02:00:00Z',
        components: ['postgresql'],
      },
    ],
    openslo: ['slo/api.yaml'],
  },
  store: { postgres: { url: secret('store.url') } },
  alerts: {
    disabled: ['SenseiDrillOverdue'],
    limits: { backupAge: '36h' },
    alertmanager: {
      pagerduty: [{ url: 'https://events.eu.pagerduty.com/v2/enqueue' }],
      tickets: { routingKeyFile: '/etc/alertmanager/pagerduty-tickets.key' },
      heartbeat: { credentialsFile: '/etc/alertmanager/heartbeat.token' },
    },
  },
  otlp: {
    endpoint: 'http://127.0.0.1:4318',
    headers: { Authorization: secret('otlp.authorization') },
  },
  peers: {
    secret: secret('peers.secret'),
    exporters: [{ name: 'west', url: 'https://sensei-west.example.com:9808', tls }],
  },
  server: { reload: true },
  postgresql: {
    primary: { resources: { requests: { cpu: 4, memory: '8Gi' } } },
    readReplicas: { resources: { requests: { cpu: 2, memory: '8Gi' } } },
  },
  disasterRecovery: {
    routing: { type: 'latency-based', healthCheck: { interval: '10s', threshold: 3 } },
  },
  settings: {
    patroni: { primaryStartTimeout: '30s' },
    sentinel: { downAfter: '5s' },
    kubernetes: { unreachableToleration: '60s', podAntiAffinity: 'required' },
  },
  collectors: {
    lb: [
      {
        zone: 'a',
        threshold: 3,
        headers: { 'X-Probe': 'sensei' },
        secretHeaders: { 'X-Api-Key': secret('api.key') },
        body: '{}',
        basicAuth: { username: 'sensei', password: secret('api.password') },
        bearerToken: secret('api.token'),
        tls,
        rejectBody: '"degraded":true',
        proxy: 'http://proxy.example.com:3128',
      },
    ],
    patroni: [
      {
        component: 'postgresql',
        zone: 'a',
        basicAuth: { username: 'sensei', password: secret('patroni.password') },
        tls,
        synchronousStandbys: 1,
      },
    ],
    postgres: [{ component: 'postgresql', zone: 'a', tls, expectedStandbys: 2, canary: { tls } }],
    lag: [{ dataset: 'sensei-pg', lagThreshold: '60s' }],
    sentinel: [
      {
        component: 'redis',
        zone: 'a',
        masterName: 'mymaster',
        tls,
        quorum: 2,
        replicas: 2,
        canary: { tls },
      },
    ],
    replicas: [
      {
        component: 'kubernetes',
        zone: 'a',
        kubeconfig: { file: '/etc/sensei/kubeconfig', context: 'us-east-1' },
        labelSelector: 'app.kubernetes.io/part-of=sensei',
        components: [
          {
            namespace: 'sensei',
            statefulSet: 'sensei-api',
            labels: { app: 'sensei-api' },
            minimum: 2,
            spread: 'zone',
            lease: 'sensei-api',
          },
        ],
      },
    ],
    objects: [
      {
        dataset: 'documents',
        component: 'objects',
        region: 'us-east-1',
        zone: 'a',
        source: side,
        destination: side,
      },
    ],
    backups: [
      {
        dataset: 'sensei-pg',
        component: 'backups',
        zone: 'a',
        pgbackrest: { configFile: '/etc/pgbackrest/pgbackrest.conf', repo: 1 },
        objects: {
          bucket: 'sensei-backups',
          endpoint: 'https://s3.example.com',
          pathStyle: true,
          accessKeyId: secret('backups.id'),
          secretAccessKey: secret('backups.key'),
          sessionToken: secret('backups.token'),
          tls,
          prefix: 'base/',
        },
      },
    ],
  },
};

/** A complete, commented configuration, made from the schema. */
export function exampleConfig(): string {
  return exampleText({
    command: 'sensei config example',
    schema: configSchema,
    content,
    suggestions,
  });
}
