import { z } from 'zod';
import { cadence, duration, hostPort, name, place, secretRef, tls } from '../../config/values.js';

const credentials = {
  database: z.string().min(1).prefault('postgres').describe('Database to connect to.'),
  user: z
    .string()
    .min(1)
    .describe('Role to log in as; see sql/monitoring.sql for one with the least rights.'),
  password: secretRef.optional().describe("The role's password, by reference."),
  tls: tls
    .optional()
    .describe('TLS to the server; without this block the connection is not encrypted.'),
};

/** A heartbeat row committed and read back through the service's own write path. */
export const postgresCanary = z
  .strictObject({
    address: hostPort.describe(
      "The service's write path: the load balancer's HOST:PORT, not a member's.",
    ),
    ...credentials,
    table: z
      .string()
      .regex(/^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/, {
        error: 'a table as NAME or SCHEMA.NAME, in lower case',
      })
      .prefault('sensei.heartbeat')
      .describe('Table of the heartbeat; sql/monitoring.sql creates it.'),
    interval: duration({ min: '100ms', max: '1h' })
      .prefault('1s')
      .describe('Time between two writes.'),
    timeout: duration({ min: '10ms', max: '5m' })
      .prefault('1s')
      .describe('Deadline of one write and its read-back; may be longer than the interval.'),
  })
  .describe(
    'Commits and reads back a heartbeat row: the proof that writes work. Off unless given.',
  );

/** One PostgreSQL cluster: its members' statistics views, and optionally a write canary. */
export const postgresTarget = z.strictObject({
  name: name.describe('Name of the cluster.'),
  members: z
    .array(
      z.strictObject({
        name: name.describe('Name of the member, as Patroni and application_name have it.'),
        address: hostPort.describe("The member's own HOST:PORT."),
        zone: name.optional().describe('Availability zone of the member.'),
      }),
    )
    .min(1)
    .max(64)
    .describe('Every member of the cluster.'),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  ...credentials,
  expectedStandbys: z
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe(
      'Standbys that should be connected; postgresql.readReplicas.replicaCount, else members less one.',
    ),
  canary: postgresCanary.optional(),
});
