import { z } from 'zod';
import { lbTarget } from '../collectors/lb/schema.js';
import { patroniTarget } from '../collectors/patroni/schema.js';
import { postgresTarget } from '../collectors/postgres/schema.js';
import { sentinelTarget } from '../collectors/sentinel/schema.js';
import { disasterRecoveryBlock, postgresqlBlock, redisBlock } from './platform.js';
import { duration, name, port } from './values.js';

/** The whole configuration file. Types, checks, messages and JSON Schema come from here alone. */
export const configSchema = z.strictObject({
  deployment: name,
  tier: z.enum(['standard', 'enhanced', 'premium']).prefault('standard'),
  server: z
    .strictObject({
      host: z.string().min(1).prefault('127.0.0.1'),
      port: port.prefault(9808),
    })
    .prefault({}),
  postgresql: postgresqlBlock.optional(),
  redis: redisBlock.optional(),
  disasterRecovery: disasterRecoveryBlock.optional(),
  /** Facts about the deployment that are set elsewhere and cannot be read from here. */
  settings: z
    .strictObject({
      backups: z
        .strictObject({ interval: duration({ min: '1m', max: '90d' }), walArchiving: z.boolean() })
        .optional(),
      patroni: z.strictObject({ primaryStartTimeout: duration({ min: '1s' }) }).optional(),
      sentinel: z.strictObject({ downAfter: duration({ min: '1ms' }) }).optional(),
      kubernetes: z
        .strictObject({
          unreachableToleration: duration({ min: '1s' }).optional(),
          podAntiAffinity: z.enum(['preferred', 'required']).optional(),
        })
        .optional(),
    })
    .prefault({}),
  collectors: z
    .strictObject({
      lb: z.array(lbTarget).max(5000).prefault([]),
      patroni: z.array(patroniTarget).max(200).prefault([]),
      postgres: z.array(postgresTarget).max(200).prefault([]),
      sentinel: z.array(sentinelTarget).max(200).prefault([]),
    })
    .prefault({}),
});
export type Config = z.output<typeof configSchema>;
