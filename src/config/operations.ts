import { z } from 'zod';
import { postgresCanary } from '../collectors/postgres/schema.js';
import {
  basicAuth,
  duration,
  headerName,
  headerValue,
  httpUrl,
  name,
  port,
  secretRef,
  tls,
} from './values.js';

const word = z.string().min(1).max(4096);

const slotName = z
  .string()
  .regex(/^[a-z0-9_]{1,63}$/, { error: 'a slot name of lower-case letters, digits and "_"' });

const standbyCluster = z
  .strictObject({
    host: z
      .string()
      .regex(/^[^\s/:@]+$|^[0-9A-Fa-f:.]+$/, { error: 'a host name or address, without a port' })
      .describe(
        "Host that it replicates from: the other region's write path, which leads to whoever is primary there.",
      ),
    port: port.prefault(5432).describe('Port of that host.'),
    primarySlotName: slotName
      .optional()
      .describe('Slot of the other region that it replicates through; none when absent.'),
    createReplicaMethods: z
      .array(word)
      .min(1)
      .max(16)
      .prefault(['basebackup'])
      .describe('How a member is made anew from the other region, as Patroni names the ways.'),
  })
  .describe(
    "What becomes Patroni's standby_cluster when the cluster is to follow the other region.",
  );

const cluster = z
  .strictObject({
    name: name.describe('Name of the cluster, as under collectors.patroni.'),
    postgres: name
      .optional()
      .describe('Name of the same cluster under collectors.postgres; the same name when absent.'),
    basicAuth: basicAuth
      .optional()
      .describe("Login of Patroni's REST API that may change its configuration."),
    tls: tls.optional(),
    standbyCluster,
    writePath: postgresCanary
      .omit({ interval: true, timeout: true })
      .describe(
        "The region's own write path: what proves that writes are refused before a failover, and work after it.",
      ),
  })
  .transform((given) => ({ ...given, postgres: given.postgres ?? given.name }));

const limits = z
  .strictObject({
    fenceProof: duration({ min: '100ms', max: '10m' })
      .prefault('3s')
      .describe('How long no write may have succeeded in a region that counts as fenced.'),
    hold: duration({ min: '100ms', max: '1h' })
      .prefault('30s')
      .describe('Longest that a planned failover holds writes while the copy catches up.'),
    demote: duration({ min: '1s', max: '1h' })
      .prefault('2m')
      .describe('Longest until the old region runs as a standby.'),
    promote: duration({ min: '1s', max: '1h' })
      .prefault('2m')
      .describe('Longest until the new region has a primary.'),
    verify: duration({ min: '1s', max: '1h' })
      .prefault('1m')
      .describe('Longest until a heartbeat is committed in the new region and read back.'),
    gates: duration({ min: '100ms', max: '1h' })
      .prefault('1m')
      .describe(
        'Longest that gates are asked again on the way back, until what has just come back is seen.',
      ),
    follow: duration({ min: '1s', max: '1d' })
      .prefault('10m')
      .describe('Longest until the old region follows the new one.'),
  })
  .prefault({})
  .describe('How long each step may take before the execution stops and says so.');

const hookHttp = z
  .strictObject({
    method: z
      .enum(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'])
      .prefault('POST')
      .describe('HTTP method.'),
    url: httpUrl.describe(
      'What is called; any status 2xx is success, and no redirect is followed.',
    ),
    headers: z.record(headerName, headerValue).prefault({}).describe('Header fields to send.'),
    secretHeaders: z
      .record(headerName, secretRef)
      .prefault({})
      .describe('Header fields whose values are secrets, by reference.'),
    basicAuth: basicAuth.optional(),
    bearerToken: secretRef.optional().describe('Bearer token, by reference.'),
    tls: tls.optional(),
    body: z
      .string()
      .max(65536)
      .optional()
      .describe(
        'Body to send, as text/plain unless headers name a Content-Type; when absent JSON with execution, kind, mode, from, to, deployment, drill and hook. GET has none.',
      ),
  })
  .describe(
    'A request to make. Its Idempotency-Key is EXECUTION/HOOK, the same however often it is made.',
  );

/** Variables that the program has anyway; a secret in their place would hide them. */
const ownVariables = /^(?:PATH|HOME|LANG|SENSEI_.*|LD_.*|NODE_OPTIONS)$/;

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of an environment variable' })
  .refine((text) => !ownVariables.test(text), {
    error: 'a name other than PATH, HOME, LANG, NODE_OPTIONS, LD_* and SENSEI_*',
  });

/** When a hook runs. */
export const hookOccasions = [
  'fence',
  'scale',
  'redis',
  'traffic',
  'notify',
  'rejoin',
  'unfence',
] as const;

const hook = z
  .strictObject({
    name: name.describe('Name of the hook; no other has it.'),
    on: z
      .enum(hookOccasions)
      .describe(
        'When it runs. fence: the region must not take writes any more. scale, redis, traffic, notify: the region takes over, in this order. rejoin: the region is started again, as a standby of nobody, or it makes itself a primary (docs/failover.md). unfence: it follows, and may be reached again.',
      ),
    region: name
      .optional()
      .describe(
        'With fence, rejoin and unfence: the region that is fenced or let back in, required. With the others: the region that takes over; every region when absent.',
      ),
    command: z
      .array(word)
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Program and arguments, one word each, never through a shell; exit code 0 is success. It has PATH, HOME, LANG, SENSEI_EXECUTION, SENSEI_KIND (failover, failback), SENSEI_MODE (planned, unplanned), SENSEI_FROM, SENSEI_TO, SENSEI_DEPLOYMENT, SENSEI_DRILL (true, false), SENSEI_HOOK, and no other variable but its secrets.',
      ),
    http: hookHttp.optional(),
    secrets: z
      .record(variableName, secretRef)
      .optional()
      .describe('Environment variables of the command whose values are secrets, by reference.'),
    timeout: duration({ min: '100ms', max: '1h' })
      .prefault('30s')
      .describe(
        'Deadline of one try, to the end of the program or of the answer. A program is ended with all that it started: SIGTERM, and SIGKILL 5 s later.',
      ),
    attempts: z.int().min(1).max(10).prefault(1).describe('Tries in all, with 1 s between them.'),
    required: z
      .boolean()
      .optional()
      .describe(
        'Whether an execution stops where it fails; when absent true, and false with notify.',
      ),
  })
  .transform((given) => ({ ...given, required: given.required ?? given.on !== 'notify' }));
export type Hook = z.output<typeof hook>;
export type HookHttp = NonNullable<Hook['http']>;

const journal = z
  .strictObject({
    file: z.string().min(1).max(4096).describe('SQLite file of the journal.'),
  })
  .describe(
    "Where executions are written. The exporter's store when absent: keep that out of the region that may be lost.",
  );

/**
 * What may change a deployment in a failover, with the credentials to do so. A file of its own: the exporter
 * never reads it.
 */
export const operationsSchema = z.strictObject({
  journal: journal.optional(),
  clusters: z
    .array(cluster)
    .min(1)
    .max(200)
    .describe('PostgreSQL clusters of both regions that are failed over.'),
  limits,
  hooks: z
    .array(hook)
    .max(200)
    .prefault([])
    .describe(
      'Commands and HTTP requests that take part in an execution, in the order of the file. One that was resumed runs them again: a hook must be safe to run twice.',
    ),
});
export type Operations = z.output<typeof operationsSchema>;
