import { z } from 'zod';
import { duration, name } from './values.js';

/** Kubernetes resource amounts; kept for pasting, not used. */
const resources = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])));

/** The platform's own `postgresql:` block, accepted as it stands; it sets expectations. */
export const postgresqlBlock = z.strictObject({
  replication: z
    .strictObject({
      enabled: z.boolean().prefault(true),
      numSynchronousReplicas: z.int().min(0).max(16).prefault(0),
    })
    .optional(),
  primary: z.strictObject({ resources: resources.optional() }).optional(),
  readReplicas: z
    .strictObject({ replicaCount: z.int().min(0).max(64), resources: resources.optional() })
    .optional(),
});

/** The platform's own `redis:` block. */
export const redisBlock = z.strictObject({
  sentinel: z.strictObject({ enabled: z.boolean().prefault(true), quorum: z.int().min(1).max(32).optional() }).optional(),
  replica: z.strictObject({ replicaCount: z.int().min(0).max(32) }).optional(),
});

const replication = z.strictObject({
  postgresql: z
    .strictObject({
      enabled: z.boolean().prefault(true),
      mode: z.enum(['async', 'sync']).prefault('async'),
      lagThreshold: duration({ min: '1s' }).optional(),
    })
    .optional(),
  objectStorage: z
    .strictObject({ enabled: z.boolean().prefault(true), mode: z.enum(['cross-region-replication']).optional() })
    .optional(),
});

const routing = z.strictObject({
  type: z.enum(['latency-based', 'weighted', 'failover', 'geolocation']).optional(),
  healthCheck: z
    .strictObject({
      interval: duration({ min: '100ms', max: '1h' }).optional(),
      threshold: z.int().min(1).max(100).optional(),
    })
    .optional(),
});

/** The platform's own `disasterRecovery:` block, in both of its modes. */
export const disasterRecoveryBlock = z.discriminatedUnion('mode', [
  z.strictObject({
    enabled: z.boolean().prefault(true),
    mode: z.literal('standby'),
    primaryRegion: name,
    drRegion: name,
    replication: replication.optional(),
    routing: routing.optional(),
  }),
  z.strictObject({
    enabled: z.boolean().prefault(true),
    mode: z.literal('active-active'),
    regions: z.array(name).min(2).max(8),
    replication: replication.optional(),
    routing: routing.optional(),
  }),
]);
