import { z } from 'zod';
import { cadence, duration, hostPort, name, place, secretRef, tls } from '../../config/values.js';

const credentials = {
  database: z.string().min(1).prefault('postgres'),
  user: z.string().min(1),
  password: secretRef.optional(),
  tls: tls.optional(),
};

/** A heartbeat row committed and read back through the service's own write path. */
export const postgresCanary = z.strictObject({
  /** The write path: the load balancer's address, not a member's. */
  address: hostPort,
  ...credentials,
  table: z.string().regex(/^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/).prefault('sensei.heartbeat'),
  interval: duration({ min: '100ms', max: '1h' }).prefault('1s'),
  timeout: duration({ min: '10ms', max: '5m' }).prefault('1s'),
});

/** One PostgreSQL cluster: its members' statistics views, and optionally a write canary. */
export const postgresTarget = z.strictObject({
  name,
  members: z.array(z.strictObject({ name, address: hostPort, zone: name.optional() })).min(1).max(64),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  ...credentials,
  /** Standbys that should be connected to the primary; members less one when absent. */
  expectedStandbys: z.int().min(0).max(64).optional(),
  canary: postgresCanary.optional(),
});
export type PostgresTargetConfig = z.infer<typeof postgresTarget>;
