import { z } from 'zod';
import { basicAuth, cadence, httpUrl, name, place, tls } from '../../config/values.js';

/** One Patroni cluster (scope), asked through the REST API of every member. */
export const patroniTarget = z.strictObject({
  name: name.describe('Name of the cluster: its scope.'),
  members: z
    .array(
      z.strictObject({
        name: name.describe('Name of the member, as Patroni has it.'),
        url: httpUrl.describe("The member's own REST API, for example http://pg1:8008."),
        zone: name.optional().describe('Availability zone of the member.'),
      }),
    )
    .min(1)
    .max(64)
    .describe('Every member of the cluster.'),
  ...place,
  ...cadence({ interval: '5s', timeout: '3s', minInterval: '200ms' }),
  basicAuth: basicAuth.optional(),
  tls: tls.optional(),
  synchronousStandbys: z
    .int()
    .min(0)
    .max(16)
    .optional()
    .describe(
      'Synchronous standbys expected; postgresql.replication.numSynchronousReplicas when absent.',
    ),
  role: z
    .enum(['primary', 'standby'])
    .prefault('primary')
    .describe('Whether the cluster has the primary, or is a standby cluster of another region.'),
});
export type PatroniTargetConfig = z.infer<typeof patroniTarget>;
