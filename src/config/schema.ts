import { z } from 'zod';
import { lagTarget } from '../collectors/lag/schema.js';
import { backupsTarget } from '../collectors/backups/schema.js';
import { lbTarget } from '../collectors/lb/schema.js';
import { objectsTarget } from '../collectors/objects/schema.js';
import { patroniTarget } from '../collectors/patroni/schema.js';
import { postgresTarget } from '../collectors/postgres/schema.js';
import { replicasTarget } from '../collectors/replicas/schema.js';
import { sentinelTarget } from '../collectors/sentinel/schema.js';
import { tierNames } from '../slo/tiers.js';
import { alertsBlock } from './alerts.js';
import { drillsBlock } from './drills.js';
import { otlpBlock, peersBlock, sloBlock, storeBlock } from './slo.js';
import { disasterRecoveryBlock, postgresqlBlock, redisBlock } from './platform.js';
import { duration, name, port } from './values.js';

/** Whether only this machine reaches an address that is listened on. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

const server = z
  .strictObject({
    host: z.string().min(1).prefault('127.0.0.1').describe('Address to listen on.'),
    port: port.prefault(9808).describe('TCP port to listen on.'),
    reload: z
      .boolean()
      .optional()
      .describe(
        'Whether POST /-/reload loads the configuration again; only on a loopback host when absent. SIGHUP always does.',
      ),
  })
  .transform((given) => ({ ...given, reload: given.reload ?? isLoopback(given.host) }))
  .prefault({})
  .describe(
    'The HTTP server. It has no TLS or login of its own: keep it where only Prometheus reaches it.',
  );

const objectives = z
  .strictObject({
    rpo: duration({ min: '1s', max: '30d' })
      .optional()
      .describe("Most data that may be lost, as time; the tier's own when absent."),
    rto: duration({ min: '1s', max: '30d' })
      .optional()
      .describe("Longest recovery from the loss of a region; the tier's own when absent."),
  })
  .prefault({})
  .describe("What was promised, where it differs from the tier's own targets.");

const logging = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .prefault('info')
      .describe('Least severe level that is logged to stderr, as one JSON object a line.'),
  })
  .prefault({})
  .describe('The log.');

const settings = z
  .strictObject({
    backups: z
      .strictObject({
        interval: duration({ min: '1m', max: '90d' }).describe('Time between two full backups.'),
        walArchiving: z.boolean().describe('Whether WAL is archived continuously between backups.'),
      })
      .optional()
      .describe('How backups are made.'),
    patroni: z
      .strictObject({
        primaryStartTimeout: duration({ min: '1s' }).describe(
          "Patroni's primary_start_timeout: how long a crashed primary may try to start before a failover.",
        ),
      })
      .optional()
      .describe("Patroni's dynamic configuration."),
    sentinel: z
      .strictObject({
        downAfter: duration({ min: '1ms' }).describe("Sentinel's down-after-milliseconds."),
      })
      .optional()
      .describe("Sentinel's configuration."),
    kubernetes: z
      .strictObject({
        unreachableToleration: duration({ min: '1s' })
          .optional()
          .describe('tolerationSeconds for node.kubernetes.io/unreachable.'),
        podAntiAffinity: z
          .enum(['preferred', 'required'])
          .optional()
          .describe('How pods of a component are kept apart by zone.'),
      })
      .optional()
      .describe("The workloads' settings in Kubernetes."),
  })
  .prefault({})
  .describe(
    'Facts about the deployment that are set elsewhere; contradictions with the targets are warned of.',
  );

/** The whole configuration file. Types, checks, messages and JSON Schema come from here alone. */
export const configSchema = z.strictObject({
  deployment: name.describe('Name of the deployment that is watched.'),
  tier: z.enum(tierNames).prefault('standard').describe('RPO/RTO tier that was promised.'),
  objectives,
  server,
  logging,
  slo: sloBlock,
  store: storeBlock,
  alerts: alertsBlock,
  drills: drillsBlock.optional(),
  otlp: otlpBlock.optional(),
  peers: peersBlock.optional(),
  postgresql: postgresqlBlock.optional(),
  redis: redisBlock.optional(),
  disasterRecovery: disasterRecoveryBlock.optional(),
  settings,
  collectors: z
    .strictObject({
      lb: z.array(lbTarget).max(5000).prefault([]).describe('Load-balancer endpoints.'),
      patroni: z.array(patroniTarget).max(200).prefault([]).describe('Patroni clusters.'),
      postgres: z.array(postgresTarget).max(200).prefault([]).describe('PostgreSQL clusters.'),
      lag: z
        .array(lagTarget)
        .max(200)
        .prefault([])
        .describe('PostgreSQL clusters and their copies in another region.'),
      sentinel: z
        .array(sentinelTarget)
        .max(200)
        .prefault([])
        .describe('Redis deployments under Sentinel.'),
      replicas: z
        .array(replicasTarget)
        .max(50)
        .prefault([])
        .describe('Kubernetes clusters: instances, zones and leaders of components.'),
      objects: z
        .array(objectsTarget)
        .max(200)
        .prefault([])
        .describe('Objects copied between regions.'),
      backups: z
        .array(backupsTarget)
        .max(200)
        .prefault([])
        .describe('Backups and archived WAL: the newest point that could be restored.'),
    })
    .prefault({})
    .describe('What is probed, by kind.'),
});
export type Config = z.output<typeof configSchema>;
