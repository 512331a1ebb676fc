import { z } from 'zod';
import { basicAuth, cadence, httpUrl, name, place, tls } from '../../config/values.js';

/** One Patroni cluster (scope), asked through the REST API of every member. */
export const patroniTarget = z.strictObject({
  /** The cluster's scope. */
  name,
  members: z
    .array(z.strictObject({ name, url: httpUrl, zone: name.optional() }))
    .min(1)
    .max(64),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  basicAuth: basicAuth.optional(),
  tls: tls.optional(),
  /** Synchronous standbys expected; `postgresql.replication.numSynchronousReplicas` when absent. */
  synchronousStandbys: z.int().min(0).max(16).optional(),
  /** Members expected; the length of `members` when absent. */
  role: z.enum(['primary', 'standby']).prefault('primary'),
});
export type PatroniTargetConfig = z.infer<typeof patroniTarget>;
