import { z } from 'zod';
import { duration, name } from './values.js';

/** Kubernetes resource amounts; kept for pasting, not used. */
const resources = z
  .record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])))
  .describe('Resource requests and limits; accepted, not used.');

const enabled = (what: string) => z.boolean().prefault(true).describe(`Whether ${what} is on.`);

/** The platform's own `postgresql:` block, accepted as it stands; it sets expectations. */
export const postgresqlBlock = z
  .strictObject({
    replication: z
      .strictObject({
        enabled: enabled('replication'),
        numSynchronousReplicas: z
          .int()
          .min(0)
          .max(16)
          .prefault(0)
          .describe('Synchronous standbys that must be connected.'),
      })
      .optional()
      .describe('Replication within the region.'),
    primary: z
      .strictObject({ resources: resources.optional() })
      .optional()
      .describe('The primary; accepted, not used.'),
    readReplicas: z
      .strictObject({
        replicaCount: z.int().min(0).max(64).describe('Standbys that must be connected.'),
        resources: resources.optional(),
      })
      .optional()
      .describe('The standbys.'),
  })
  .describe("The platform's postgresql block, as its deployment has it; sets what is expected.");

/** The platform's own `redis:` block. */
export const redisBlock = z
  .strictObject({
    sentinel: z
      .strictObject({
        enabled: enabled('Sentinel'),
        quorum: z.int().min(1).max(32).optional().describe('Sentinels that must agree.'),
      })
      .optional()
      .describe('Redis Sentinel.'),
    replica: z
      .strictObject({
        replicaCount: z.int().min(0).max(32).describe('Replicas that must be usable.'),
      })
      .optional()
      .describe('The replicas.'),
  })
  .describe("The platform's redis block, as its deployment has it; sets what is expected.");

const replication = z
  .strictObject({
    postgresql: z
      .strictObject({
        enabled: enabled('replication of PostgreSQL'),
        mode: z
          .enum(['async', 'sync'])
          .prefault('async')
          .describe('How commits wait for the other region.'),
        lagThreshold: duration({ min: '1s' }).optional().describe('Lag from which to warn.'),
      })
      .optional()
      .describe('PostgreSQL across regions.'),
    objectStorage: z
      .strictObject({
        enabled: enabled('replication of objects'),
        mode: z.enum(['cross-region-replication']).optional().describe('How objects are copied.'),
      })
      .optional()
      .describe('Object storage across regions.'),
  })
  .describe('What is replicated between the regions.');

const routing = z
  .strictObject({
    type: z
      .enum(['latency-based', 'weighted', 'failover', 'geolocation'])
      .optional()
      .describe('How clients are sent to a region.'),
    healthCheck: z
      .strictObject({
        interval: duration({ min: '100ms', max: '1h' })
          .optional()
          .describe('Default interval of lb targets.'),
        threshold: z
          .int()
          .min(1)
          .max(100)
          .optional()
          .describe('Default failures in a row that make an lb endpoint down.'),
      })
      .optional()
      .describe('The health check of the routing.'),
  })
  .describe('Global routing.');

const shared = {
  enabled: enabled('disaster recovery'),
  replication: replication.optional(),
  routing: routing.optional(),
};

const modeWords = 'standby, with primaryRegion and drRegion; or active-active, with regions.';

/** The platform's own `disasterRecovery:` block, in both of its modes. */
export const disasterRecoveryBlock = z
  .discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('standby').describe(modeWords),
      primaryRegion: name.describe('Region that serves.'),
      drRegion: name.describe('Region that stands by.'),
      ...shared,
    }),
    z.strictObject({
      mode: z.literal('active-active').describe(modeWords),
      regions: z.array(name).min(2).max(8).describe('Regions that serve.'),
      ...shared,
    }),
  ])
  .describe("The platform's disasterRecovery block, as its deployment has it.");
