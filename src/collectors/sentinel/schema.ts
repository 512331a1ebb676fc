import { z } from 'zod';
import { cadence, duration, hostPort, name, place, secretRef, tls } from '../../config/values.js';

const credentials = {
  username: z
    .string()
    .min(1)
    .optional()
    .describe('ACL user; the default user when absent. See redis/ for one with the least rights.'),
  password: secretRef.optional().describe("The user's password, by reference."),
  tls: tls
    .optional()
    .describe('TLS to the server; without this block the connection is not encrypted.'),
};

/** A key set and read back at the address that the Sentinels resolve. */
export const redisCanary = z
  .strictObject({
    ...credentials,
    key: z
      .string()
      .min(1)
      .max(256)
      .prefault('sensei:heartbeat')
      .describe('Key that is set; it expires by itself.'),
    interval: duration({ min: '100ms', max: '1h' })
      .prefault('1s')
      .describe('Time between two writes.'),
    timeout: duration({ min: '10ms', max: '5m' })
      .prefault('1s')
      .describe('Deadline of one write and its read-back; may be longer than the interval.'),
  })
  .describe('Sets and reads back a key at the primary that the Sentinels name. Off unless given.');

/** One Redis deployment (a Sentinel master name), asked of every Sentinel. */
export const sentinelTarget = z.strictObject({
  name: name.describe('Name of the deployment.'),
  masterName: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the master in the Sentinels' configuration; the target's when absent."),
  sentinels: z
    .array(
      z.strictObject({
        name: name.describe('Name of the Sentinel.'),
        address: hostPort.describe("The Sentinel's HOST:PORT."),
        zone: name.optional().describe('Availability zone of the Sentinel.'),
      }),
    )
    .min(1)
    .max(32)
    .describe('Every Sentinel.'),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  ...credentials,
  quorum: z
    .int()
    .min(1)
    .max(32)
    .optional()
    .describe('Sentinels that must agree; redis.sentinel.quorum, else a majority.'),
  replicas: z
    .int()
    .min(0)
    .max(32)
    .optional()
    .describe('Replicas that must be usable; redis.replica.replicaCount when absent.'),
  canary: redisCanary.optional(),
});
