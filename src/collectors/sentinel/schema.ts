import { z } from 'zod';
import { cadence, duration, hostPort, name, place, secretRef, tls } from '../../config/values.js';

const redisCredentials = {
  username: z.string().min(1).optional(),
  password: secretRef.optional(),
  tls: tls.optional(),
};

/** A key set and read back at the address that the Sentinels resolve. Off unless this block is there. */
export const redisCanary = z.strictObject({
  ...redisCredentials,
  key: z.string().min(1).max(256).prefault('sensei:heartbeat'),
  interval: duration({ min: '100ms', max: '1h' }).prefault('1s'),
  timeout: duration({ min: '10ms', max: '5m' }).prefault('1s'),
});

/** One Redis deployment (a Sentinel master name), asked of every Sentinel. */
export const sentinelTarget = z.strictObject({
  /** The master's name in the Sentinels' configuration. */
  name,
  /** The master's name when it is not the target's. */
  masterName: z.string().min(1).optional(),
  sentinels: z.array(z.strictObject({ name, address: hostPort, zone: name.optional() })).min(1).max(32),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  ...redisCredentials,
  /** Sentinels that must agree; `redis.sentinel.quorum` when absent. */
  quorum: z.int().min(1).max(32).optional(),
  /** Replicas expected; `redis.replica.replicaCount` when absent. */
  replicas: z.int().min(0).max(32).optional(),
  canary: redisCanary.optional(),
});
export type SentinelTargetConfig = z.infer<typeof sentinelTarget>;
